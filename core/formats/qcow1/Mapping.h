// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"
#include "core/formats/qcow1/Header.h"
#include "core/io/PageCache.h"

#include <functional>
#include <memory>
#include <span>

namespace platter::qcow1 {

/// Where the clusters of the disk lie. The tables stay in the file; only pages of them are kept.
class Mapping final : public GuestMapping {
public:
    /// `header` has passed readHeader().
    Mapping(std::shared_ptr<const ByteFile> file, const Header& header);

    Bytes size() const override { return m_header.diskSize(); }
    Extent extentAt(GuestOffset at, Bytes atMost) const override;
    void scan(GuestOffset from, Bytes length, const ExtentSink& sink,
        const JobControl& job) const override;

    /// One L2 table as the L1 table names it.
    struct Table {
        std::uint64_t l1Index = 0;
        HostOffset at{};
        bool usable = true; ///< false: no file can reach so far; `entries` is empty
        std::span<const std::byte> entries; ///< past the end of the file: zeros
    };

    /// Reads the tables behind L1 entries [first, end) in rising order, in bounded memory; entries
    /// that name none are left out. Throws IoError, Cancelled.
    void walkTables(std::uint64_t first, std::uint64_t end, const JobControl& job,
        const std::function<void(const Table&)>& visit) const;

    /// Hands out the extents of a table, compressed clusters one by one, in rising guest order and
    /// not clipped to the disk.
    void extentsOf(const Table& table, const std::function<void(const Extent&)>& visit) const;

private:
    struct Run;
    void copy(HostOffset at, std::span<std::byte> to) const;
    bool isUsable(HostOffset table) const;
    Run runAt(std::span<const std::byte> entries, std::uint64_t index) const;
    Extent extentOf(std::uint64_t l1Index, HostOffset table, const Run& run) const;
    Extent unusableTable(std::uint64_t l1Index) const;

    Header m_header;
    PageCache m_pages;
};

} // namespace platter::qcow1
