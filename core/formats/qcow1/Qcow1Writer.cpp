// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/Qcow1Writer.h"

#include "core/formats/TableWriter.h"
#include "core/formats/qcow1/Header.h"

#include <algorithm>

namespace platter::qcow1 {

namespace {

    constexpr std::uint32_t magic = 0x514649fb;
    constexpr std::size_t longestName = 1023;
    constexpr std::uint64_t mostTableBytes = std::uint64_t{1} << 31; ///< of the L1 table, in QEMU
    constexpr std::uint64_t compressed = std::uint64_t{1} << 63;
    constexpr std::size_t flushAt = 1 << 20; ///< bytes that may wait to be written

    [[noreturn]] void refuse(const char* what)
    {
        throw UnsupportedError("new-image", what);
    }

    Header headerFor(const NewImage& image)
    {
        // The sizes that QEMU chooses: small clusters under a backing file.
        Header header;
        header.magic = magic;
        header.version = 1;
        header.size = wholeSectors(image.size);
        header.clusterBits = image.backingName.empty() ? 12 : 9;
        header.l2Bits = image.backingName.empty() ? 9 : 12;
        if (image.clusterSize && *image.clusterSize != header.cluster().bytes())
            refuse("The cluster size of a QCOW image cannot be chosen.");
        if (image.preallocation != NewImage::Preallocation::Off)
            refuse("QCOW images cannot be preallocated.");
        if (!image.dataFileName.empty())
            refuse("A QCOW image cannot have an external data file.");
        if (image.encryption) {
            if (image.encryption->format == NewEncryption::Format::Luks)
                refuse("A QCOW image can be encrypted with aes only; QCOW2 has luks.");
            if (image.compress)
                refuse("Compressed clusters cannot be encrypted.");
            if (!image.key)
                requireUsable(*image.encryption);
            header.cryptMethod = 1;
        }
        if (image.backingName.size() > longestName)
            refuse("The name of a backing file has at most 1023 bytes.");
        if (header.size.value < 512)
            refuse("The disk of a QCOW image has at least one sector.");
        if (header.l1Bytes().value >= mostTableBytes)
            refuse("The disk is too large for the QCOW format.");
        const std::uint64_t nameAt = headerLength.value;
        if (!image.backingName.empty())
            header.backingFileOffset = HostOffset{nameAt};
        header.backingFileSize = static_cast<std::uint32_t>(image.backingName.size());
        header.l1TableOffset = HostOffset{(nameAt + image.backingName.size() + 7) / 8 * 8};
        return header;
    }

    class Qcow1Writer final : public ImageWriter {
    public:
        Qcow1Writer(ByteFile& file, const NewImage& image)
            : m_file(file)
            , m_image(image)
            , m_header(headerFor(image))
            , m_cluster(m_header.cluster().bytes().value)
            , m_l1(file, m_header.l1TableOffset, m_header.l1Entries(), nullptr)
            , m_end(m_header.l1TableOffset.value + m_header.l1Bytes().value)
        {
            m_waitingAt = m_end;
        }

        Bytes unit() const override { return m_header.cluster().bytes(); }
        bool wantsEverything() const override { return false; }
        void expect(GuestOffset, Bytes) override { }
        void begin() override { }
        void encode(GuestPiece& piece) const override;
        void put(const GuestPiece& piece) override;
        void writeWaiting() override { flush(); }
        void finish() override;

    private:
        std::uint64_t append(std::span<const std::byte> bytes, std::uint64_t alignment);
        void flush();
        void setEntry(std::uint64_t cluster, std::uint64_t word);
        void writeTable();

        ByteFile& m_file;
        NewImage m_image;
        Header m_header;
        std::uint64_t m_cluster; ///< bytes
        TableWriter<std::uint64_t, ByteOrder::Big> m_l1;
        std::uint64_t m_end; ///< of what has a place
        std::optional<std::uint64_t> m_table; ///< L1 index of the table in m_entries
        std::vector<std::byte> m_entries;
        std::uint64_t m_waitingAt = 0; ///< host offset of the first byte of m_waiting
        std::vector<std::byte> m_waiting;
    };

    void Qcow1Writer::encode(GuestPiece& piece) const
    {
        using Kind = GuestPiece::Unit::Kind;
        clearGaps(piece, unit());
        piece.streams.clear();
        piece.units.assign(piece.bytes.size() / m_cluster, {});
        std::vector<bool> absent;
        for (const GuestPiece::Run& run : piece.runs)
            absent.insert(absent.end(), (run.length.value + m_cluster - 1) / m_cluster,
                run.content == GuestPiece::Content::Absent);
        absent.resize(piece.units.size());
        for (std::size_t i = 0; i < piece.units.size(); ++i) {
            piece.checkStop();
            GuestPiece::Unit& unit = piece.units[i];
            const auto bytes = std::span{piece.bytes}.subspan(i * m_cluster, m_cluster);
            // The format cannot say that something reads as zeros: over a backing file they are
            // stored.
            if (absent[i] || (m_image.backingName.empty() && isZero(bytes)))
                continue;
            unit.kind = Kind::Plain;
            if (m_image.key)
                m_image.key->cipher->encrypt(
                    (piece.start.value + i * m_cluster) / SectorCipher::sectorSize, bytes);
            if (!m_image.compress)
                continue;
            if (!piece.encoder)
                piece.encoder.emplace(Compression::Deflate, m_image.level);
            const std::size_t used = piece.streams.size();
            piece.streams.resize(used + m_cluster);
            const std::size_t length = piece.encoder->encode(
                bytes, std::span{piece.streams}.subspan(used, m_cluster - 1));
            piece.streams.resize(used + length);
            if (length == 0)
                continue;
            unit.kind = Kind::Compressed;
            unit.streamAt = static_cast<std::uint32_t>(used);
            unit.streamLength = static_cast<std::uint32_t>(length);
        }
    }

    /// Gives bytes the next place. @returns where
    std::uint64_t Qcow1Writer::append(std::span<const std::byte> bytes, std::uint64_t alignment)
    {
        const std::uint64_t at = (m_end + alignment - 1) / alignment * alignment;
        m_waiting.resize(at - m_waitingAt);
        m_waiting.insert(m_waiting.end(), bytes.begin(), bytes.end());
        m_end = at + bytes.size();
        if (m_waiting.size() >= flushAt)
            flush();
        return at;
    }

    void Qcow1Writer::flush()
    {
        if (!m_waiting.empty())
            m_file.write(HostOffset{m_waitingAt}, m_waiting);
        m_waitingAt += m_waiting.size();
        m_waiting.clear();
    }

    void Qcow1Writer::writeTable()
    {
        if (m_table)
            m_l1.set(*m_table, append(m_entries, m_cluster));
        m_table.reset();
    }

    void Qcow1Writer::setEntry(std::uint64_t cluster, std::uint64_t word)
    {
        const std::uint64_t table = cluster / m_header.tableEntries();
        if (m_table != table) {
            writeTable();
            m_table = table;
            m_entries.assign(m_header.tableBytes().value, std::byte{0});
        }
        storeBig(m_entries.data() + cluster % m_header.tableEntries() * 8, word);
    }

    void Qcow1Writer::put(const GuestPiece& piece)
    {
        using Kind = GuestPiece::Unit::Kind;
        const std::uint64_t first = piece.start.value / m_cluster;
        for (std::size_t i = 0; i < piece.units.size(); ++i) {
            const GuestPiece::Unit& unit = piece.units[i];
            if (unit.kind == Kind::Plain) {
                const auto bytes = std::span{piece.bytes}.subspan(i * m_cluster, m_cluster);
                setEntry(first + i, append(bytes, m_cluster));
            } else if (unit.kind == Kind::Compressed) {
                const auto stream
                    = std::span{piece.streams}.subspan(unit.streamAt, unit.streamLength);
                const std::uint64_t at = append(stream, 1);
                const unsigned offsetBits = 63U - m_header.clusterBits;
                setEntry(
                    first + i, compressed | std::uint64_t{unit.streamLength} << offsetBits | at);
            }
        }
    }

    void Qcow1Writer::finish()
    {
        writeTable();
        flush();
        m_l1.finish();
        if (!m_image.backingName.empty())
            m_file.write(m_header.backingFileOffset, std::as_bytes(std::span{m_image.backingName}));
        m_file.write(HostOffset{0}, headerImage(m_header));
        m_file.resize(Bytes{std::max((m_end + 511) / 512 * 512, m_file.size().value)});
    }

    class Qcow1Layout final : public ImageLayout {
    public:
        explicit Qcow1Layout(const NewImage& image)
            : m_storesZeros(!image.backingName.empty())
            , m_header(headerFor(image))
        {
        }

        Bytes unit() const override { return m_header.cluster().bytes(); }
        Bytes tableCoverage() const override { return m_header.tableCoverage().bytes(); }
        bool storesZeros() const override { return m_storesZeros; }
        LayoutSize sizeFor(const ContentCount& count) const override
        {
            constexpr std::uint64_t diskBlock = 4096;
            const std::uint64_t cluster = unit().value;
            const std::uint64_t top = m_header.l1TableOffset.value + m_header.l1Bytes().value;
            const std::uint64_t start = (top + cluster - 1) / cluster * cluster;
            const std::uint64_t rest = count.usedTables * m_header.tableBytes().value
                + count.units * cluster + count.streamBytes.value;
            // Behind a stream, what begins with a cluster leaves a gap.
            const std::uint64_t gaps
                = count.streams ? (count.usedTables + count.units) * cluster : 0;
            LayoutSize size;
            size.length
                = Bytes{(rest ? (start + rest + gaps + 511) / 512 : (top + 511) / 512) * 512};
            // Parts of the top table that stay empty are not written.
            size.onDisk = Bytes{(size.length.value + diskBlock - 1) / diskBlock * diskBlock};
            size.slack = Bytes{gaps};
            const std::uint64_t writtenTop = std::min(m_header.l1Bytes().value,
                count.usedTables * TableWriter<std::uint64_t, ByteOrder::Big>::partBytes);
            size.onDisk -= Bytes{(m_header.l1Bytes().value - writtenTop) / diskBlock * diskBlock};
            return size;
        }

    private:
        bool m_storesZeros;
        Header m_header;
    };

} // namespace

std::unique_ptr<ImageLayout> makeQcow1Layout(const NewImage& image)
{
    return std::make_unique<Qcow1Layout>(image);
}

std::unique_ptr<ImageWriter> makeQcow1Writer(ByteFile& file, const NewImage& image)
{
    return std::make_unique<Qcow1Writer>(file, image);
}

} // namespace platter::qcow1
