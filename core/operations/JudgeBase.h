// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Text.h"
#include "core/disk/BackingChain.h"

#include <filesystem>
#include <string>
#include <vector>

namespace platter {

/// How much a piece of evidence says for a file being the missing base of an image.
enum class EvidenceWeight {
    Excludes, ///< it cannot be
    StronglyAgainst,
    Against,
    Neutral, ///< worth knowing, says nothing either way
    For, ///< as it should be, but many files are like that
    StronglyFor, ///< hardly ever so by chance
};

struct EvidenceKind {
    const char* id; ///< stable, never translated: "size.same"
    EvidenceWeight weight;
    const char* text; ///< a sentence with %1 … %9; marked by PLATTER_TEXT("Evidence", …)
};

struct Evidence {
    const EvidenceKind* kind = nullptr;
    std::vector<std::string> arguments;
};

/// The English sentence of a piece of evidence, arguments filled in.
std::string describe(const Evidence& evidence);

/// What all evidence together allows to say.
enum class BaseVerdict {
    Impossible, ///< something excludes it
    Doubtful, ///< more speaks against it than for it
    Possible, ///< nothing speaks against it, nothing proves it
    Convincing, ///< content fits that hardly ever fits by chance
};

struct BaseJudgement {
    std::filesystem::path path;
    std::string formatId; ///< by signature; empty: it could not be looked at
    Bytes virtualSize{};
    BaseVerdict verdict = BaseVerdict::Impossible;
    std::vector<Evidence> evidence; ///< weightiest first
};

/// Puts the evidence of a judgement in order and draws the verdict from it.
void conclude(BaseJudgement& judgement);

/// Judges whether the file at `candidate` can be the base that `overlay` misses: by format, size,
/// name, time, identity, and by whether the overlay's own clusters fit its content.
///
/// Opens the candidate for reading and nothing that it names. A copy or another state of the right
/// base fits as well: no evidence is a proof. @param above the images over the missing one, the
/// overlay last @param job told in samples compared
/// @throws Cancelled; what fails is evidence
BaseJudgement judgeBase(const std::vector<OpenedImage>& above,
    const std::filesystem::path& candidate, const JobControl& job);

/// Judges the files right inside a folder that can come into question: those of the stored format
/// or, where that is raw or not stored, those of the overlay's size or with the stored name. Best
/// first; impossible ones are left out.
std::vector<BaseJudgement> judgeFolder(const std::vector<OpenedImage>& above,
    const std::filesystem::path& folder, const JobControl& job);

} // namespace platter
