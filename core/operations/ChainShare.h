// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <functional>
#include <vector>

namespace platter {

/// What of a guest's disk one layer of a chain serves.
struct LayerShare {
    Bytes stored{}; ///< byte for byte, perhaps encrypted
    Bytes compressed{}; ///< in the guest's bytes, before compression
    Bytes zeros{}; ///< marked as zeros here, whatever lies below
    Bytes damaged{}; ///< its entries cannot be followed

    Bytes data() const { return stored + compressed; }
    bool operator==(const LayerShare&) const = default;
};

/// Which layer serves what, as far as the disk was examined.
struct ChainShare {
    std::vector<LayerShare> layers; ///< as in BackingChain::layers
    Bytes nowhere{}; ///< no layer says anything: zeros
    Bytes examined{}; ///< from the beginning of the disk
    Bytes size{}; ///< of the disk

    Bytes data() const; ///< of all layers
};

using ChainShareSink = std::function<void(const ChainShare&)>;

/// Adds up which layer of a chain serves how much of the guest's disk.
///
/// Reads tables only, no guest data. @param soFar told about ten times a second, on this thread;
/// may be empty. @param job told in bytes of the guest's disk
/// @throws IoError, Cancelled; a damaged entry is added to `damaged`
ChainShare shareOfLayers(
    const VirtualDisk& disk, const ChainShareSink& soFar, const JobControl& job);

} // namespace platter
