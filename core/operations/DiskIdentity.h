// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace platter {

/// Something on a guest's disk that carries an identifier of its own.
struct DiskIdentity {
    const char* kind; ///< "ext file system", "GPT partition table"; marked by PLATTER_TEXT
    GuestOffset at{}; ///< where the structure begins
    std::string id; ///< the identifier in hexadecimal
    bool operator==(const DiskIdentity&) const = default;
};

/// Fills the buffer from a guest offset; false: these bytes are not known.
using KnownBytes = std::function<bool(GuestOffset at, std::span<std::byte> buffer)>;

/// Where file systems may begin on a disk of `size`: at its start, and where its MBR or GPT puts
/// partitions (at most 128). What `read` does not know is left out.
std::vector<GuestOffset> partitionStarts(const KnownBytes& read, Bytes size);

/// The structures with an identifier among those that can begin at `at`: partition tables (at 0),
/// ext, XFS, Btrfs, NTFS, FAT, swap, LUKS, LVM.
std::vector<DiskIdentity> identitiesAt(const KnownBytes& read, GuestOffset at);

} // namespace platter
