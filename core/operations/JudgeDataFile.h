// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/JudgeBase.h"

namespace platter {

/// Judges whether the file at `candidate` can be the external data file that `image` names: by
/// signature, size, name, and by whether it has content where the image says that data lie and none
/// where it says that nothing does.
///
/// Opens the candidate for reading. A copy or another state of the right file fits as well: no
/// evidence is a proof. BaseJudgement::virtualSize is the length of the file. @param job told in
/// places compared @throws Error: the image names no data file; Cancelled; what fails is evidence
BaseJudgement judgeDataFile(
    const OpenedImage& image, const std::filesystem::path& candidate, const JobControl& job);

/// Judges the files right inside a folder that can come into question: those that are long enough
/// and not longer than the disk, or have the stored name. Best first; impossible ones are left out.
std::vector<BaseJudgement> judgeDataFolder(
    const OpenedImage& image, const std::filesystem::path& folder, const JobControl& job);

} // namespace platter
