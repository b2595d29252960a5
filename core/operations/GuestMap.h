// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <functional>
#include <optional>
#include <vector>

namespace platter {

/// A guest range and where its bytes come from, in the terms of `qemu-img map`.
struct GuestMapEntry {
    GuestOffset start{};
    Bytes length{};
    std::size_t depth = 0; ///< index into BackingChain::layers
    bool present = false; ///< some layer says something about the range
    bool zero = false; ///< reads as zeros
    bool data = false; ///< bytes are stored for it
    bool compressed = false;
    /// Where the bytes lie in the data file of layer `depth`, if they are stored there as the guest
    /// sees them.
    std::optional<HostOffset> offset;
};

using GuestMapSink = std::function<void(const GuestMapEntry&)>;

/// Tells about every part of [from, from + length) of the disk in rising order, without gaps;
/// neighbours that `qemu-img map` would join are joined. Streams in bounded memory.
///
/// @param job   told in bytes of the guest's disk
/// @throws      FormatError naming the table entry if one cannot be followed; IoError; Cancelled
void guestMap(const VirtualDisk& disk, GuestOffset from, Bytes length, const GuestMapSink& sink,
    const JobControl& job);

/// Guest ranges of this length are what operations that read a disk hand to their threads.
inline constexpr Bytes guestWindow{16ULL << 20};

/// The indices of those windows of guestWindow bytes of which a part may not read as zeros, rising.
/// Takes eight bytes of memory for each, so 32 MiB for 64 TiB full of data.
std::vector<std::uint64_t> windowsWithContent(const VirtualDisk& disk, const JobControl& job);

} // namespace platter
