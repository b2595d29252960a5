// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/SnapshotReport.h"

namespace platter {

const char* confidenceName(ParentConfidence confidence)
{
    switch (confidence) {
    case ParentConfidence::Sure: return "sure";
    case ParentConfidence::Probable: return "probable";
    case ParentConfidence::Guess: return "guess";
    }
    return "guess";
}

const char* evidenceName(ParentEvidence evidence)
{
    switch (evidence) {
    case ParentEvidence::KeepsItsClusters: return "keeps-its-clusters";
    case ParentEvidence::SameContent: return "same-content";
    case ParentEvidence::OnlyOrder: return "only-order";
    case ParentEvidence::First: return "first";
    case ParentEvidence::NothingFits: return "nothing-fits";
    case ParentEvidence::Unreadable: return "unreadable";
    }
    return "unreadable";
}

} // namespace platter
