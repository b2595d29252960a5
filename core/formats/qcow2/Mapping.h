// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/io/IoBytes.h"
#include "core/io/PageCache.h"

#include <memory>
#include <vector>

namespace platter::qcow2 {

/// An L1 table in memory: as many entries as lie in the file, the rest reads as 0 as in QEMU.
struct L1Table {
    HostOffset at{};
    std::uint64_t declaredEntries = 0;
    std::vector<std::uint64_t> entries; ///< at most declaredEntries

    std::uint64_t operator[](std::uint64_t index) const
    {
        return index < entries.size() ? entries[index] : 0;
    }
};

/// Reads an L1 table of at most limit::l1Entries entries. Throws FormatError if it has more or is
/// unaligned.
L1Table readL1(
    const ByteFile& file, const Geometry& geometry, HostOffset at, std::uint64_t entries);

/// One state of a QCOW2 disk: an L1 table and everything behind it.
class Mapping final : public GuestMapping {
public:
    /// `base` is the guest offset that is shown as 0: nonzero for the VM state behind the disk.
    Mapping(std::shared_ptr<const PageCache> tables, const Geometry& geometry, L1Table l1,
        Bytes size, GuestOffset base = {});

    Bytes size() const override { return m_size; }
    Extent extentAt(GuestOffset at, Bytes atMost) const override;
    void scan(GuestOffset from, Bytes length, const ExtentSink& sink,
        const JobControl& job) const override;
    TableSharing sharingWith(
        const GuestMapping& other, GuestOffset from, Bytes atMost) const override;
    void scanOutline(const ExtentSink& sink) const override;
    std::optional<TableEntry> tableEntryOf(GuestOffset at) const override;

    const L1Table& l1() const { return m_l1; }

private:
    struct Place {
        std::uint64_t l1Index;
        std::uint64_t entry;
    };
    Place placeOf(std::uint64_t guest) const;
    Extent extentWithoutTable(std::uint64_t l1Index, GuestOffset at, std::uint64_t limit) const;
    std::uint64_t endOfGap(std::uint64_t l1Index, std::uint64_t limit) const;
    void scanChunk(std::uint64_t from, std::uint64_t end, IoBytes& buffer,
        const ExtentSink& sink) const;
    std::uint64_t chunkEnd(std::uint64_t from, std::uint64_t limit) const;

    std::shared_ptr<const PageCache> m_tables;
    Geometry m_geometry;
    L1Table m_l1;
    Bytes m_size;
    GuestOffset m_base;
};

} // namespace platter::qcow2
