// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"
#include "core/formats/CheckReport.h"

#include <memory>
#include <vector>

namespace platter::app {

/// Where a check counted references otherwise than is stored.
struct CountDifferences {
    static constexpr std::size_t mostRuns = std::size_t{1} << 20; ///< 32 MiB

    std::vector<CountDifference> runs; ///< rising; the first mostRuns
    std::uint64_t runsLeftOut = 0;

    /// What the check counted at a cluster, if that is not what is stored.
    const CountDifference* at(HostOffset cluster) const;
};

/// What a check brings.
struct CheckOfOneState {
    std::shared_ptr<const CheckReport> report;
    std::shared_ptr<const CountDifferences> differences;
    DiskFile::Stamp state; ///< of the file, before it was read
    bool mixed = false; ///< it changed while it was read
};

/// Checks an image; if the file changes meanwhile, opens and checks it once more. For workers.
/// Throws what Image::check() and openImage() throw; Cancelled.
CheckOfOneState checkImage(OpenedImage opened, const JobControl& job);

} // namespace platter::app
