// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <optional>

namespace platter {

/// Guest data whose place lies behind the end of a file that was cut short. It reads as zeros, to
/// QEMU too, so that nothing fails.
struct LostData {
    std::size_t layer = 0; ///< of the chain: whose file ends too early
    GuestOffset first{};
    Bytes length{}; ///< in that layer altogether, in whole clusters
};

/// What the topmost layer that has lost data has lost of this disk. Reads tables only.
/// Throws IoError, Cancelled.
std::optional<LostData> findLostData(const VirtualDisk& disk, const JobControl& job);

} // namespace platter
