// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"
#include "core/formats/vdi/Header.h"
#include "core/io/PageCache.h"

#include <functional>
#include <memory>
#include <span>

namespace platter::vdi {

/// Where the blocks of the disk lie. The map stays in the file; only pages of it are kept.
class BlockMap final : public GuestMapping {
public:
    /// `header` has passed readHeader().
    BlockMap(std::shared_ptr<const ByteFile> file, const Header& header);

    Bytes size() const override { return m_size; }
    Extent extentAt(GuestOffset at, Bytes atMost) const override;
    void scan(GuestOffset from, Bytes length, const ExtentSink& sink,
        const JobControl& job) const override;

    /// Blocks that follow one rule: all free, all zero, or stored one behind the other.
    struct Run {
        std::uint32_t block = 0; ///< the first one's index on the disk
        std::uint32_t count = 0;
        std::uint32_t entry = 0; ///< the first one's entry: freeBlock, zeroBlock or a number
        bool isStored() const { return entry < zeroBlock; }
    };

    /// Hands out the runs of blocks [first, end) in rising order, reading the map in large pieces;
    /// a run may be handed out in parts. Throws IoError, Cancelled; FormatError if the file has
    /// become shorter than its map.
    void walk(std::uint64_t first, std::uint64_t end, const JobControl& job,
        const std::function<void(const Run&)>& visit) const;

    /// The host offset of the entry of `block`.
    HostOffset entryAt(std::uint64_t block) const;

private:
    Extent extentOf(const Run& run) const;

    Header m_header;
    Bytes m_size;
    PageCache m_pages;
};

} // namespace platter::vdi
