// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace platter {

/// What a state of the disk takes of the image file, in whole host clusters: its guest data, saved
/// memory, L1 and L2 tables.
struct StateUsage {
    Bytes alone{}; ///< held by this state only: what deleting the snapshot gives back
    Bytes shared{}; ///< held by another state too
};

/// What speaks for the parent of a state.
enum class ParentEvidence : std::uint8_t {
    KeepsItsClusters, ///< holds clusters that the parent was the first to hold, and nothing older
    SameContent, ///< differs from several states by the same; the latest of them was taken
    OnlyOrder, ///< holds nothing of the parent's own, but nothing that contradicts it either
    First, ///< no parent: there is no earlier snapshot
    NothingFits, ///< no parent: each earlier snapshot holds something newer at some place
    Unreadable, ///< its tables cannot be followed
};

/// How far a parent can be trusted.
enum class ParentConfidence : std::uint8_t { Sure, Probable, Guess };

/// From which snapshot the disk went on to a state. The format does not store it: it is inferred.
struct StateParent {
    std::optional<std::size_t> snapshot; ///< index into Image::snapshots(); nothing: none
    ParentEvidence evidence = ParentEvidence::NothingFits;
    unsigned percent = 0; ///< of confidence, 0 to 100

    ParentConfidence confidence() const
    {
        return percent >= 95 ? ParentConfidence::Sure
            : percent >= 70  ? ParentConfidence::Probable
                             : ParentConfidence::Guess;
    }
};

/// One state of the disk as examined.
struct StateReport {
    StateUsage usage;
    StateParent parent;
};

/// What the internal snapshots of an image cost and where they come from.
struct SnapshotReport {
    std::vector<StateReport> snapshots; ///< as Image::snapshots()
    StateReport now;
    /// False: so many compressed clusters of different tables share host clusters that
    /// StateUsage::shared counts some of them twice.
    bool sharedIsExact = true;
};

/// "sure", "probable", "guess".
const char* confidenceName(ParentConfidence confidence);
/// "keeps-its-clusters", "same-content", "only-order", "first", "nothing-fits", "unreadable".
const char* evidenceName(ParentEvidence evidence);

} // namespace platter
