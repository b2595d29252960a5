// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <functional>
#include <optional>
#include <vector>

namespace platter {

/// What a host range is for.
enum class HostUse : std::uint8_t {
    Free, ///< nothing uses it and nothing counts it
    Header, ///< header, extensions, backing file name
    L1Table, ///< active L1 table (QCOW: likewise)
    L2Table, ///< of the active state
    RefcountTable,
    RefcountBlock,
    SnapshotTable,
    SnapshotL1Table,
    SnapshotL2Table, ///< reached only from snapshots
    BitmapDirectory,
    BitmapTable,
    BitmapData,
    EncryptionHeader,
    BlockMap, ///< VDI
    Data, ///< of the active state only
    DataShared, ///< of the active state and at least one snapshot
    DataSnapshot, ///< of snapshots only
    Compressed, ///< holds compressed clusters of the active state
    CompressedSnapshot, ///< holds compressed clusters of snapshots only
    ZeroAllocated, ///< kept for a guest range that reads as zeros
    VmState, ///< saved memory of a virtual machine
    Leaked, ///< counted in the refcounts but not used
    Problem, ///< used in two ways that exclude each other, or used and not counted
};

/// The word for a use in JSON and on the command line: "l2-table", "data", "leaked".
const char* hostUseName(HostUse use);

/// A range of the image file that serves one use.
struct HostRange {
    HostOffset start{};
    Bytes length{};
    HostUse use = HostUse::Free;
    std::optional<GuestOffset>
        guest; ///< of its first byte, where one active guest range is stored here in order
};

/// Takes ranges in rising host order without gaps, from 0 to the end of the file.
using HostSink = std::function<void(const HostRange&)>;

/// Makes whole clusters of ranges, puts them in order and drops what overlaps or lies behind the
/// end of a file of `fileSize`. Neighbours of one use become one.
std::vector<HostRange> orderedOutline(std::vector<HostRange> ranges, Bytes cluster, Bytes fileSize);

} // namespace platter
