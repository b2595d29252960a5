// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

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

} // namespace platter
