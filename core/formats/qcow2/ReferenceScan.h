// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostMap.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Refcounts.h"

#include <functional>
#include <span>
#include <vector>

namespace platter::qcow2 {

/// One L2 table and how many L1 entries lead to it.
struct TableUse {
    HostOffset at{};
    std::uint32_t active = 0; ///< entries of the active L1 table
    std::uint32_t snapshots = 0; ///< entries of snapshots' L1 tables
    std::uint32_t l1Index = 0; ///< the first active entry; without one, the first snapshot's
};

/// One entry of an L1 table that is not zero.
struct L1Entry {
    std::uint64_t word = 0;
    std::uint64_t index = 0;
    HostOffset at{}; ///< of the entry itself
    std::uint64_t weight = 1; ///< how many snapshots have this very L1 table
    enum class Owner { Active, Snapshot };
    Owner owner = Owner::Active;
    std::span<const std::uint32_t> snapshots{}; ///< their indices
};

/// A structure outside the mapping tables and what points at it.
struct StructureUse {
    HostUse use = HostUse::Header;
    HostOffset at{};
    Bytes length{};
    std::uint64_t weight = 1; ///< how many snapshots have this very L1 table
    std::optional<HostOffset> place{}; ///< of the field or entry that points here
    std::span<const std::uint32_t> snapshots{}; ///< of a snapshot's L1 table: indices of the owners
    std::optional<std::uint32_t> bitmap{}; ///< index of the owner
    std::optional<std::uint64_t> entryIndex{}; ///< in the bitmap's table at `place`
};

/// Who is told about the references of an image.
struct ReferenceSinks {
    /// On the calling thread.
    std::function<void(const StructureUse& use)> structure;
    /// Before the table behind it is visited. On the calling thread.
    std::function<void(const L1Entry& entry)> l1Entry;
    /// The bytes of one L2 table; one that lies past the end of the file is not visited. On
    /// `worker` threads at once.
    std::function<void(unsigned worker, const TableUse& use, std::span<const std::byte> table)>
        table;
    /// A snapshot whose L1 table cannot be followed. On the calling thread.
    std::function<void(const FindingKind& kind, std::size_t snapshot)> brokenSnapshot;
    /// An entry of a bitmap's table that is not valid. On the calling thread.
    std::function<void(std::size_t bitmap, std::uint32_t index, std::uint64_t word)>
        brokenBitmapEntry;
};

/// Visits every reference that the metadata of `image` holds, except those of the refcount table to
/// its blocks: active L1, snapshots, bitmaps, LUKS header, tables. The one scan behind check and
/// the map of the file.
///
/// L2 tables are read sorted by their place, neighbours with one read of about a MiB, by `threads`
/// threads; a table that many snapshots share is read once per million of L1 entries. Memory does
/// not grow with the image. Throws IoError, Cancelled.
void scanReferences(
    const Qcow2Image& image, unsigned threads, const JobControl& job, const ReferenceSinks& sinks);

/// The part of scanReferences() that reads L1 tables: those of the present state and of snapshots
/// with all their entries, but no L2 table. On the calling thread.
void scanL1Tables(const Qcow2Image& image, const JobControl& job, const ReferenceSinks& sinks);

} // namespace platter::qcow2
