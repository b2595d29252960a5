// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace platter::app {

/// What the user has said about the files that an image names.
struct ChainAgreement {
    std::set<std::filesystem::path> agreed; ///< may be opened
    ChainStandIns standIns; ///< are looked at in place of others
    /// Is looked at in place of the external data file that the image names.
    std::optional<std::filesystem::path> dataStandIn;
    bool besideToo = false; ///< what agreed files name in the image's folder is agreed to as well

    bool operator==(const ChainAgreement&) const = default;
};

/// The links of a chain and the agreement, which may have grown on the way.
struct ReadChain {
    std::vector<ChainLink> links;
    ChainAgreement agreement;
};

/// Follows the chain below `top` as far as the agreement allows; an external data file comes first.
/// For workers. @param dataProblem why the data file could not be attached; empty: no reason
/// Throws Cancelled.
ReadChain readChain(const OpenedImage& top, const std::string& dataProblem,
    ChainAgreement agreement, const JobControl& job);

/// The external data file of `opened` as a file of the system; nullptr: there is none, or it is not
/// attached.
std::shared_ptr<const DiskFile> attachedDataFile(const OpenedImage& opened);

} // namespace platter::app
