// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/VdiWriter.h"

#include "core/formats/TableWriter.h"
#include "core/formats/vdi/Header.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <tuple>

namespace platter::vdi {

namespace {

    constexpr std::uint64_t blockSize = 1 << 20; ///< the only one that QEMU reads
    constexpr std::uint64_t smallestHole = 64 << 10; ///< zeros inside a block that are not written
    constexpr std::uint32_t tableOffset = 1 << 20; ///< where VirtualBox puts the block map
    constexpr std::uint32_t headerSize = 400; ///< with geometry, as VirtualBox makes it
    constexpr std::string_view text = "<<< Platter Virtual Disk Image >>>\n";
    constexpr std::uint64_t mostBlocks = 0x1fffff80;

    [[noreturn]] void refuse(const char* what)
    {
        throw UnsupportedError("new-image", what);
    }

    /// How many blocks the image has. Throws if it cannot be.
    std::uint64_t blocksOf(const NewImage& image)
    {
        if (image.clusterSize && image.clusterSize->value != blockSize)
            refuse("The blocks of a VDI image have 1 MiB: QEMU reads no others.");
        if (image.compress)
            refuse("A VDI image cannot hold compressed data.");
        if (image.encryption)
            refuse("A VDI image cannot be encrypted.");
        if (!image.dataFileName.empty())
            refuse("A VDI image cannot have an external data file.");
        if (!image.backingName.empty())
            refuse("A VDI image cannot name a backing file.");
        if (image.size.value == 0)
            refuse("A VDI image cannot have a disk of no bytes.");
        if (wholeSectors(image.size) > Bytes{mostBlocks * blockSize})
            refuse("The disk of a VDI image has at most 511 TiB.");
        if (image.preallocation == NewImage::Preallocation::Falloc
            || image.preallocation == NewImage::Preallocation::Full)
            refuse("VDI images can be preallocated as metadata only.");
        return (image.size.value + blockSize - 1) / blockSize;
    }

    bool isFixed(const NewImage& image)
    {
        return image.preallocation == NewImage::Preallocation::Metadata
            || image.fixed.value_or(image.vdiOrigin && image.vdiOrigin->fixed);
    }

    std::uint32_t dataOffsetFor(std::uint64_t blocks)
    {
        const std::uint64_t mapEnd = tableOffset + blocks * 4;
        return static_cast<std::uint32_t>((mapEnd + blockSize - 1) / blockSize * blockSize);
    }

    class VdiWriter final : public ImageWriter {
    public:
        VdiWriter(ByteFile& file, const NewImage& image)
            : m_file(file)
            , m_fixed(isFixed(image))
            , m_blocks(blocksOf(image))
            , m_map(
                  file, HostOffset{tableOffset}, m_blocks,
                  m_fixed ? [](std::uint64_t block) { return static_cast<std::uint32_t>(block); }
                          : [](std::uint64_t) { return freeBlock; })
        {
            std::memcpy(m_header.text.data(), text.data(), text.size());
            m_header.signature = 0xbeda107f;
            m_header.version = 0x00010001;
            m_header.headerSize = headerSize;
            m_header.imageType = m_fixed ? type::fixed : type::dynamic;
            m_header.blockMapOffset = tableOffset;
            m_header.dataOffset = dataOffsetFor(m_blocks);
            m_header.sectorSize = 512;
            m_header.diskSize = wholeSectors(image.size);
            m_header.blockSize = blockSize;
            m_header.blocksInImage = static_cast<std::uint32_t>(m_blocks);
            m_header.geometrySectorSize = 512;
            identify(image);
        }

        Bytes unit() const override { return Bytes{blockSize}; }
        bool sharesUnits() const override { return true; }
        bool wantsEverything() const override { return false; }
        void expect(GuestOffset, Bytes) override { }
        void begin() override
        {
            if (m_fixed)
                m_header.blocksAllocated = m_header.blocksInImage;
        }

        void encode(GuestPiece& piece) const override
        {
            clearGaps(piece, unit());
            piece.units.assign(piece.bytes.size() / blockSize, {});
            for (std::size_t i = 0; i < piece.units.size(); ++i) {
                GuestPiece::Unit& unit = piece.units[i];
                if (piece.isShared(i)) {
                    unit.kind = GuestPiece::Unit::Kind::Plain;
                    continue;
                }
                for (std::uint64_t part = 0; part < blockSize / smallestHole; ++part) {
                    if (!isZero(std::span{piece.bytes}.subspan(
                            i * blockSize + part * smallestHole, smallestHole)))
                        unit.stored |= 1U << part;
                }
                unit.kind
                    = unit.stored ? GuestPiece::Unit::Kind::Plain : GuestPiece::Unit::Kind::Absent;
            }
        }

        void put(const GuestPiece& piece) override
        {
            const std::uint64_t first = piece.start.value / blockSize;
            for (std::size_t i = 0; i < piece.units.size(); ++i) {
                const GuestPiece::Unit& unit = piece.units[i];
                if (unit.kind == GuestPiece::Unit::Kind::Absent)
                    continue;
                const auto entry
                    = m_fixed ? static_cast<std::uint32_t>(first + i) : m_header.blocksAllocated++;
                m_map.set(first + i, entry);
                const HostOffset at = m_header.blockAt(entry);
                if (piece.isShared(i)) {
                    shareUnits(m_file, at, piece, i, i + 1, Bytes{blockSize});
                    continue;
                }
                constexpr std::uint64_t parts = blockSize / smallestHole;
                for (std::uint64_t part = 0; part < parts;) {
                    std::uint64_t end = part;
                    while (end < parts && (unit.stored >> end & 1))
                        ++end;
                    if (end > part)
                        m_file.write(at + Bytes{part * smallestHole},
                            std::span{piece.bytes}.subspan(
                                i * blockSize + part * smallestHole, (end - part) * smallestHole));
                    part = std::max(end, part + 1);
                }
            }
        }

        void finish() override
        {
            m_file.resize(
                Bytes{m_header.dataOffset} + m_header.stride() * m_header.blocksAllocated);
            m_map.finish();
            m_file.write(HostOffset{0}, headerImage(m_header));
        }

    private:
        /// A child accepts its parent by both UUIDs. The content is the origin's, so that its
        /// children stay valid above the new image; one of another size has another content.
        void identify(const NewImage& image)
        {
            const VdiOrigin origin = image.vdiOrigin.value_or(VdiOrigin{});
            m_header.comment = origin.comment;
            m_header.uuid = image.uuid.value_or(origin.uuid);
            if (wholeSectors(origin.diskSize) == m_header.diskSize) {
                std::tie(m_header.legacyCylinders, m_header.legacyHeads, m_header.legacySectors)
                    = std::tuple_cat(origin.legacyGeometry);
                std::tie(m_header.cylinders, m_header.heads, m_header.sectors)
                    = std::tuple_cat(origin.geometry);
                if (m_header.uuid == origin.uuid)
                    m_header.modificationUuid = origin.modificationUuid;
            }
            for (Uuid* const uuid : {&m_header.uuid, &m_header.modificationUuid}) {
                if (*uuid == Uuid{})
                    *uuid = randomUuid();
            }
        }

        ByteFile& m_file;
        bool m_fixed;
        std::uint64_t m_blocks;
        TableWriter<std::uint32_t, ByteOrder::Little> m_map;
        Header m_header;
    };

    class VdiLayout final : public ImageLayout {
    public:
        explicit VdiLayout(const NewImage& image)
            : m_fixed(isFixed(image))
            , m_blocks(blocksOf(image))
        {
        }

        Bytes unit() const override { return Bytes{blockSize}; }
        Bytes part() const override { return Bytes{smallestHole}; }
        bool storesEverything() const override { return m_fixed; }
        LayoutSize sizeFor(const ContentCount& count) const override
        {
            constexpr std::uint64_t diskBlock = 4096;
            const std::uint64_t map = (m_blocks * 4 + diskBlock - 1) / diskBlock * diskBlock;
            LayoutSize size;
            size.length
                = Bytes{dataOffsetFor(m_blocks) + (m_fixed ? m_blocks : count.units) * blockSize};
            size.onDisk = Bytes{diskBlock + map + count.parts * smallestHole};
            return size;
        }

    private:
        bool m_fixed;
        std::uint64_t m_blocks;
    };

} // namespace

std::unique_ptr<ImageLayout> makeVdiLayout(const NewImage& image)
{
    return std::make_unique<VdiLayout>(image);
}

std::unique_ptr<ImageWriter> makeVdiWriter(ByteFile& file, const NewImage& image)
{
    return std::make_unique<VdiWriter>(file, image);
}

} // namespace platter::vdi
