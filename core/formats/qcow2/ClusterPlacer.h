// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/Allocator.h"
#include "core/formats/qcow2/Extensions.h"

namespace platter::qcow2 {

/// Turns pieces of guest data into clusters of a new image: looks for zeros, compresses, encrypts,
/// gives places and writes, into the image or its external data file. Tables are somebody else's.
class ClusterPlacer {
public:
    ClusterPlacer(ByteFile& file, const Geometry& geometry, const NewImage& image);

    using Entry = StatesWriter::Entry; ///< the bitmap is for extended L2 entries only
    using EntrySink = StatesWriter::EntrySink;

    Allocator& allocator() { return m_allocator; }
    /// Where the LUKS header lies, which is written already; nothing: there is none.
    const std::optional<EncryptionExtension>& luks() const { return m_luks; }
    std::optional<KeyArea> keyArea() const
    {
        return m_luks ? std::optional{KeyArea{m_luks->offset, m_luks->length}} : std::nullopt;
    }
    /// See ImageWriter::encode(). May be called from several threads.
    void encode(GuestPiece& piece) const;
    /// Gives the units [first, end) of an encoded piece a place, with so many references to each,
    /// and tells the entry of each that needs one.
    void place(const GuestPiece& piece, std::size_t first, std::size_t end,
        std::uint64_t references, const EntrySink& sink);
    /// Writes compressed streams that wait for others to be written with them.
    void writeWaiting();
    /// The same, and gives an external data file its length.
    void flush();

private:
    using Unit = GuestPiece::Unit;

    void encodeUnit(
        GuestPiece& piece, Unit& unit, std::uint64_t at, const std::vector<bool>& absent) const;
    std::size_t placePlain(const GuestPiece& piece, std::size_t first, std::size_t limit,
        std::uint64_t references, const EntrySink& sink);
    Entry placedEntry(const Unit& unit) const;
    Entry placeCompressed(const GuestPiece& piece, const Unit& unit, std::uint64_t references);
    void writeStored(
        const GuestPiece& piece, std::size_t first, std::uint64_t count, HostOffset at);
    void reserve(HostOffset at, std::uint64_t length);
    void writeLuks(std::span<const std::byte> area);
    void encryptStored(GuestPiece& piece) const;
    static bool isAllZeros(const GuestPiece& piece);

    ByteFile& m_file;
    ByteFile* m_dataFile; ///< where clusters go: the image or its external data file
    NewImage m_image;
    Geometry m_geometry;
    Allocator m_allocator;
    std::uint64_t m_cluster; ///< bytes
    std::uint64_t m_subcluster; ///< bytes
    bool m_preallocates;
    bool m_keepsZeros; ///< zeros would show the backing file if they had no entry
    const SectorCipher* m_cipher; ///< nullptr: nothing is encrypted
    bool m_storesAll; ///< zeros are stored as well, because nothing else reads as zeros
    bool m_encryptsEarly; ///< sectors are numbered by what is known before they have a place
    std::optional<EncryptionExtension> m_luks;
    std::vector<std::byte> m_encrypted; ///< used again and again

    // Compressed streams are packed one behind the other; what is packed waits to be written.
    std::uint64_t m_packedAt = 0; ///< host offset of the first byte that waits
    std::vector<std::byte> m_packed;
    std::uint64_t m_roomAt = 0; ///< host offset of the room behind the last stream
    std::uint64_t m_roomEnd = 0;
};

} // namespace platter::qcow2
