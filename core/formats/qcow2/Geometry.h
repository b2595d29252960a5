// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Endian.h"
#include "core/base/Units.h"
#include "core/formats/qcow2/Header.h"

#include <cstdint>

namespace platter::qcow2 {

/// What a table entry says before its offset is looked at.
enum class EntryType : std::uint8_t { Unallocated, ZeroPlain, ZeroAllocated, Normal, Compressed };

/// The masks of L1, L2 and refcount table entries.
namespace entry {
    inline constexpr std::uint64_t copied = std::uint64_t{1} << 63;
    inline constexpr std::uint64_t compressed = std::uint64_t{1} << 62;
    inline constexpr std::uint64_t zero = 1;
    inline constexpr std::uint64_t offset = 0x00fffffffffffe00; ///< L1 and standard L2 entries
    inline constexpr std::uint64_t l1Reserved = 0x7f000000000001ff;
    inline constexpr std::uint64_t l2Reserved = 0x3f000000000001fe;
    inline constexpr std::uint64_t refcountOffset = 0xfffffffffffffe00; ///< refcount table entries
    inline constexpr std::uint64_t refcountReserved = 0x1ff;
} // namespace entry

/// A compressed cluster's place: byte-exact start, length rounded up to the end of a 512-byte
/// sector.
struct CompressedPlace {
    HostOffset start{};
    Bytes length{};
};

/// The figures that follow from a header: how entries are read. A value; cheap to copy.
struct Geometry {
    explicit Geometry(const Header& header)
        : cluster(ClusterSize::ofBits(header.clusterBits))
        , version(header.version)
        , extended((header.incompatibleFeatures & feature::extendedL2) != 0)
        , externalData((header.incompatibleFeatures & feature::externalDataFile) != 0)
        , refcountOrder(header.refcountOrder)
    {
    }

    ClusterSize cluster;
    std::uint32_t version;
    bool extended; ///< L2 entries have 16 bytes and 32 subclusters
    bool externalData; ///< data clusters lie in another file at their guest offset
    std::uint32_t refcountOrder;

    unsigned entryBytes() const { return extended ? 16 : 8; }
    std::uint64_t entriesPerTable() const { return cluster.bytes().value / entryBytes(); }
    /// Guest bytes behind one L2 table.
    Bytes tableCoverage() const { return cluster.bytes() * entriesPerTable(); }
    Bytes subcluster() const { return {cluster.bytes().value / (extended ? 32 : 1)}; }
    unsigned refcountBits() const { return 1U << refcountOrder; }
    std::uint64_t refcountsPerBlock() const { return cluster.bytes().value * 8 / refcountBits(); }
    std::uint64_t refcountMaximum() const
    {
        return refcountBits() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << refcountBits()) - 1;
    }

    EntryType typeOf(std::uint64_t value) const
    {
        if (value & entry::compressed)
            return EntryType::Compressed;
        if ((value & entry::zero) && !extended)
            return (value & entry::offset) ? EntryType::ZeroAllocated : EntryType::ZeroPlain;
        if (value & entry::offset)
            return EntryType::Normal;
        // NOTE(spec): offset 0 means unallocated, except in an external data file, where the flag
        // tells.
        return externalData && (value & entry::copied) ? EntryType::Normal : EntryType::Unallocated;
    }

    /// Bits of a compressed entry's offset that no file reaches: they must be 0. Only small
    /// clusters have so many.
    std::uint64_t compressedReserved(std::uint64_t value) const
    {
        const unsigned offsetBits = 70 - cluster.bits();
        const std::uint64_t mask = (std::uint64_t{1} << offsetBits) - 1;
        return value & mask & (std::uint64_t{0xff} << 56);
    }

    CompressedPlace compressedPlace(std::uint64_t value) const
    {
        const unsigned offsetBits = 70 - cluster.bits();
        const std::uint64_t mask = (std::uint64_t{1} << offsetBits) - 1;
        const std::uint64_t start = value & mask & ~(std::uint64_t{0xff} << 56);
        const std::uint64_t sectors
            = (value >> offsetBits & ((std::uint64_t{1} << (cluster.bits() - 8)) - 1)) + 1;
        return {HostOffset{start}, Bytes{sectors * 512 - (start & 511)}};
    }
};

} // namespace platter::qcow2
