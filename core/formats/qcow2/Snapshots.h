// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/qcow2/Header.h"

#include <span>
#include <vector>

namespace platter::qcow2 {

/// The snapshot table as read.
struct SnapshotTable {
    std::vector<SnapshotInfo> snapshots;
    std::vector<std::uint32_t> extraSizes; ///< bytes of extra data, one per snapshot
    std::vector<HostOffset> places; ///< where each entry begins
    std::vector<HostOffset> l1FieldAt; ///< of the field that points at the L1 table, one each
    Bytes length{}; ///< of all entries with their padding
    std::vector<Finding> findings;
};

/// Reads the whole table. Throws FormatError for what QEMU refuses (too much extra data, a table
/// over 64 MiB); a table cut off by the end of the file gives the entries that are there and a
/// finding.
SnapshotTable readSnapshots(const ByteFile& file, const Header& header);

/// The bytes of a snapshot table. Throws UnsupportedError (feature "new-image") if it would pass
/// the 64 MiB that QEMU takes.
std::vector<std::byte> snapshotTableImage(std::span<const SnapshotInfo> snapshots);

/// The fields of at most `most` entries of a table, beginning with entry `first`, which lies at
/// `at`.
std::vector<StructureMark> describeSnapshots(
    const ByteFile& file, const Header& header, HostOffset at, std::size_t first, std::size_t most);

} // namespace platter::qcow2
