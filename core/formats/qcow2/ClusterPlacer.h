// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/Allocator.h"

namespace platter::qcow2 {

/// Turns pieces of guest data into clusters of a new image: looks for zeros, compresses, gives
/// places and writes. Tables are somebody else's.
class ClusterPlacer {
public:
    ClusterPlacer(ByteFile& file, const Geometry& geometry, const NewImage& image);

    using Entry = StatesWriter::Entry; ///< the bitmap is for extended L2 entries only
    using EntrySink = StatesWriter::EntrySink;

    Allocator& allocator() { return m_allocator; }
    /// See ImageWriter::encode(). May be called from several threads.
    void encode(GuestPiece& piece) const;
    /// Gives the units [first, end) of an encoded piece a place, with so many references to each,
    /// and tells the entry of each that needs one.
    void place(const GuestPiece& piece, std::size_t first, std::size_t end,
        std::uint64_t references, const EntrySink& sink);
    /// Writes what waits.
    void flush();

private:
    using Unit = GuestPiece::Unit;

    void encodeUnit(
        GuestPiece& piece, Unit& unit, std::uint64_t at, const std::vector<bool>& absent) const;
    std::size_t placePlain(const GuestPiece& piece, std::size_t first, std::size_t limit,
        std::uint64_t references, const EntrySink& sink);
    Entry placeCompressed(const GuestPiece& piece, const Unit& unit, std::uint64_t references);
    void writeStored(
        const GuestPiece& piece, std::size_t first, std::uint64_t count, HostOffset at);
    void reserve(HostOffset at, std::uint64_t length);

    ByteFile& m_file;
    NewImage m_image;
    Geometry m_geometry;
    Allocator m_allocator;
    std::uint64_t m_cluster; ///< bytes
    std::uint64_t m_subcluster; ///< bytes
    bool m_preallocates;
    bool m_keepsZeros; ///< zeros would show the backing file if they had no entry

    // Compressed streams are packed one behind the other; what is packed waits to be written.
    std::uint64_t m_packedAt = 0; ///< host offset of the first byte that waits
    std::vector<std::byte> m_packed;
    std::uint64_t m_roomAt = 0; ///< host offset of the room behind the last stream
    std::uint64_t m_roomEnd = 0;
};

} // namespace platter::qcow2
