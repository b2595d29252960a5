// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"
#include "core/formats/ImageWriter.h"
#include "core/operations/GuestMap.h"

#include <optional>
#include <vector>

namespace platter {

/// What the new image has to say of a range of the source.
class ContentRule {
public:
    /// @param keepFrom    layers of the disk's chain that lie below the new image too, from this
    ///                    index on
    /// @param marksZeros  see ImageWriter
    ContentRule(const VirtualDisk& disk, bool marksZeros, std::optional<std::size_t> keepFrom);

    GuestPiece::Content operator()(const GuestMapEntry& entry) const;

private:
    std::optional<std::size_t> m_keepFrom;
    GuestOffset m_plainZerosFrom{~std::uint64_t{0}};
};

/// Reads pieces of a disk for a writer. Thread-safe.
class PieceReader {
public:
    PieceReader(const VirtualDisk& disk, Bytes unit, Bytes granule, const ContentRule& rule,
        const std::stop_token& stop);

    /// What lies in these files need not be read: the new image can share it.
    void shareFrom(std::vector<const ByteFile*> files) { m_shared = std::move(files); }

    /// Fills runs and bytes of a piece that has its place.
    void read(GuestPiece& piece) const;

private:
    void findSources(const GuestMapEntry& entry, GuestPiece& piece) const;
    void makeWholeGranules(GuestPiece& piece) const;

    const VirtualDisk& m_disk;
    std::uint64_t m_unit; ///< bytes
    std::uint64_t m_granule; ///< bytes
    ContentRule m_rule;
    std::stop_token m_stop;
    std::vector<const ByteFile*> m_shared;
};

} // namespace platter
