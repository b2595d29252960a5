// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Writer.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/Allocator.h"
#include "core/formats/qcow2/Extensions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace platter::qcow2 {

namespace {

    constexpr unsigned smallestClusterBits = 9;
    constexpr unsigned largestClusterBits = 21;
    constexpr unsigned defaultClusterBits = 16;
    constexpr unsigned smallestExtendedBits = 14;
    constexpr std::uint32_t magic = 0x514649fb;
    constexpr std::uint32_t oldHeaderLength = 72;
    constexpr std::uint32_t newHeaderLength = 112;
    constexpr std::uint64_t fillAtOnce = 1 << 20; // bytes

    [[noreturn]] void refuse(const std::string& what)
    {
        throw UnsupportedError("new-image", what);
    }

    /// The names of feature bits, for programs that do not know them.
    std::vector<std::byte> featureNameTable()
    {
        struct Name {
            std::uint8_t set;
            std::uint8_t bit;
            std::string_view name;
        };
        constexpr std::array names{Name{0, 0, "dirty bit"}, Name{0, 1, "corrupt bit"},
            Name{0, 2, "external data file"}, Name{0, 3, "compression type"},
            Name{0, 4, "extended L2 entries"}, Name{1, 0, "lazy refcounts"}, Name{2, 0, "bitmaps"},
            Name{2, 1, "raw external data"}};
        constexpr std::size_t entryBytes = 48;
        std::vector<std::byte> table(names.size() * entryBytes);
        for (std::size_t i = 0; i < names.size(); ++i) {
            std::byte* const at = table.data() + i * entryBytes;
            at[0] = std::byte{names[i].set};
            at[1] = std::byte{names[i].bit};
            std::memcpy(at + 2, names[i].name.data(), names[i].name.size());
        }
        return table;
    }

    /// The header of an image as it is wanted, without offsets.
    Header headerFor(const NewImage& image)
    {
        Header header;
        header.magic = magic;
        header.version = image.version.value_or(3);
        if (header.version != 2 && header.version != 3)
            refuse("A QCOW2 image has version 2 or 3.");
        const bool isOld = header.version == 2;
        const std::uint64_t cluster
            = image.clusterSize.value_or(Bytes{1U << defaultClusterBits}).value;
        if (!std::has_single_bit(cluster) || cluster < (1U << smallestClusterBits)
            || cluster > (1U << largestClusterBits))
            refuse("The cluster size of a QCOW2 image is a power of two from 512 bytes to 2 MiB.");
        header.clusterBits = static_cast<std::uint32_t>(std::countr_zero(cluster));
        header.size = Bytes{(image.size.value + 511) / 512 * 512};

        const unsigned refcountBits = image.refcountBits.value_or(16);
        if (!std::has_single_bit(refcountBits) || refcountBits > 64)
            refuse("The width of refcounts is a power of two from 1 to 64 bits.");
        if (isOld && refcountBits != 16)
            refuse("Refcounts of another width than 16 bits need version 3 (compat=1.1).");
        header.refcountOrder = static_cast<std::uint32_t>(std::countr_zero(refcountBits));

        if (image.lazyRefcounts.value_or(false)) {
            if (isOld)
                refuse("Lazy refcounts need version 3 (compat=1.1).");
            header.compatibleFeatures |= feature::lazyRefcounts;
        }
        if (image.extendedL2.value_or(false)) {
            if (isOld)
                refuse("Extended L2 entries need version 3 (compat=1.1).");
            if (header.clusterBits < smallestExtendedBits)
                refuse("Extended L2 entries need clusters of at least 16 KiB.");
            header.incompatibleFeatures |= feature::extendedL2;
        }
        if (image.compression == Compression::Zstd) {
            if (isOld)
                refuse("Compression with zstd needs version 3 (compat=1.1).");
            header.incompatibleFeatures |= feature::compressionType;
            header.compressionType = 1;
        }
        header.headerLength = isOld ? oldHeaderLength : newHeaderLength;
        header.backingFileSize = static_cast<std::uint32_t>(image.backingName.size());
        if (image.backingName.size() > limit::backingName)
            refuse("The name of a backing file has at most 1023 bytes.");
        if (image.fixed)
            refuse("Only VDI images can be fixed (static=on).");
        if (image.preallocation != NewImage::Preallocation::Off && !image.backingName.empty())
            refuse("An image with a backing file cannot be preallocated: it would hide the file.");
        if (image.preallocation != NewImage::Preallocation::Off && image.compress)
            refuse("Compressed clusters cannot be preallocated.");

        const Geometry geometry{header};
        const std::uint64_t tables = (header.size.value + geometry.tableCoverage().value - 1)
            / geometry.tableCoverage().value;
        if (tables > limit::l1Entries)
            refuse("A disk of this size needs larger clusters.");
        header.l1Size = static_cast<std::uint32_t>(std::max<std::uint64_t>(tables, 1));
        return header;
    }

    class Qcow2Writer final : public ImageWriter {
    public:
        Qcow2Writer(ByteFile& file, const NewImage& image)
            : m_file(file)
            , m_image(image)
            , m_header(headerFor(image))
            , m_geometry(m_header)
            , m_allocator(file, m_geometry)
            , m_cluster(m_geometry.cluster.bytes().value)
            , m_subcluster(m_geometry.subcluster().value)
            , m_l1(m_header.l1Size)
            , m_preallocates(image.preallocation != NewImage::Preallocation::Off)
            , m_keepsZeros(!image.backingName.empty())
        {
        }

        Bytes unit() const override { return m_geometry.cluster.bytes(); }
        Bytes granule() const override { return m_geometry.subcluster(); }
        bool marksZeros() const override { return m_geometry.version >= 3; }
        bool wantsEverything() const override { return m_preallocates; }

        void expect(GuestOffset start, Bytes length) override
        {
            if (length.value == 0)
                return;
            const std::uint64_t coverage = m_geometry.tableCoverage().value;
            const std::uint64_t last = (start.value + length.value - 1) / coverage;
            for (std::uint64_t table = start.value / coverage; table <= last; ++table) {
                if (m_expected.empty() || m_expected.back() < table)
                    m_expected.push_back(static_cast<std::uint32_t>(table));
            }
        }

        void begin() override
        {
            m_l1Clusters = m_geometry.cluster.clustersFor(Bytes{m_l1.size() * 8});
            m_header.l1TableOffset
                = m_geometry.cluster.startOf(m_allocator.allocateTogether(m_l1Clusters));
            for (std::size_t i = 0; i < m_expected.size();) {
                const auto run = m_allocator.allocate(m_expected.size() - i);
                for (std::uint64_t k = 0; k < run.count; ++k)
                    m_l1[m_expected[i++]] = entry::copied
                        | m_geometry.cluster.startOf(HostCluster{run.first.index + k}).value;
            }
        }

        void encode(GuestPiece& piece) const override;
        void put(const GuestPiece& piece) override;
        void finish() override;

    private:
        using Unit = GuestPiece::Unit;

        void encodeUnit(
            GuestPiece& piece, Unit& unit, std::uint64_t at, const std::vector<bool>& absent) const;
        void useTable(std::uint64_t table);
        void writeTable();
        void setEntry(std::uint64_t cluster, std::uint64_t word, std::uint64_t bitmap = 0);
        std::size_t putPlain(const GuestPiece& piece, std::size_t first);
        void writeStored(
            const GuestPiece& piece, std::size_t first, std::uint64_t count, HostOffset at);
        void putCompressed(const GuestPiece& piece, std::size_t index);
        void reserve(HostOffset at, std::uint64_t length);
        void flushPacked();
        std::vector<std::byte> firstCluster() const;

        ByteFile& m_file;
        NewImage m_image;
        Header m_header;
        Geometry m_geometry;
        Allocator m_allocator;
        std::uint64_t m_cluster; ///< bytes
        std::uint64_t m_subcluster; ///< bytes
        std::vector<std::uint64_t> m_l1; ///< entries
        std::uint64_t m_l1Clusters = 0;
        std::vector<std::uint32_t> m_expected; ///< L1 indices, rising
        bool m_preallocates;
        bool m_keepsZeros; ///< zeros would show the backing file if they had no entry

        std::optional<std::uint64_t> m_table; ///< L1 index of the table in m_entries
        std::vector<std::byte> m_entries;

        // Compressed streams are packed one behind the other; what is packed waits to be written.
        std::uint64_t m_packedAt = 0; ///< host offset of the first byte that waits
        std::vector<std::byte> m_packed;
        std::uint64_t m_roomAt = 0; ///< host offset of the room behind the last stream
        std::uint64_t m_roomEnd = 0;
    };

    /// For each subcluster: whether it is left out, zero or data; the cluster alone without them.
    void Qcow2Writer::encodeUnit(
        GuestPiece& piece, Unit& unit, std::uint64_t at, const std::vector<bool>& absent) const
    {
        const unsigned parts = m_geometry.extended ? 32 : 1;
        const auto bytes = std::span{piece.bytes}.subspan(at, m_cluster);
        bool hasAbsent = false;
        unit = {};
        for (unsigned part = 0; part < parts; ++part) {
            const std::uint32_t bit = 1U << part;
            if (absent[at / m_subcluster + part]) {
                hasAbsent = true;
                continue;
            }
            if (isZero(bytes.subspan(part * m_subcluster, m_subcluster)))
                unit.zero |= bit;
            else
                unit.stored |= bit;
        }
        if (unit.stored == 0) {
            if (unit.zero != 0 && m_keepsZeros) {
                unit.kind = Unit::Kind::Zero;
                if (m_geometry.version < 3) { // cannot say that something reads as zeros
                    unit.kind = Unit::Kind::Plain;
                    unit.stored = 1;
                    unit.zero = 0;
                }
            }
            return;
        }
        unit.kind = Unit::Kind::Plain;
        // A compressed cluster has no parts of its own: nothing of it can be absent.
        if (!m_image.compress || hasAbsent)
            return;
        if (!piece.encoder)
            piece.encoder.emplace(
                m_image.compression.value_or(Compression::Deflate), m_image.level);
        const std::size_t used = piece.streams.size();
        piece.streams.resize(used + m_cluster);
        // QEMU stores a cluster plain if its stream is not shorter.
        const std::size_t length
            = piece.encoder->encode(bytes, std::span{piece.streams}.subspan(used, m_cluster - 1));
        piece.streams.resize(used + length);
        if (length == 0)
            return;
        unit.kind = Unit::Kind::Compressed;
        unit.streamAt = static_cast<std::uint32_t>(used);
        unit.streamLength = static_cast<std::uint32_t>(length);
    }

    void Qcow2Writer::encode(GuestPiece& piece) const
    {
        clearGaps(piece, unit());
        piece.streams.clear();
        piece.units.resize(piece.bytes.size() / m_cluster);
        std::vector<bool> absent;
        for (const GuestPiece::Run& run : piece.runs)
            absent.insert(absent.end(), (run.length.value + m_subcluster - 1) / m_subcluster,
                run.content == GuestPiece::Content::Absent);
        absent.resize(piece.bytes.size() / m_subcluster);
        for (std::size_t i = 0; i < piece.units.size(); ++i)
            encodeUnit(piece, piece.units[i], i * m_cluster, absent);
    }

    void Qcow2Writer::useTable(std::uint64_t table)
    {
        if (m_table == table)
            return;
        writeTable();
        m_table = table;
        m_entries.assign(m_cluster, std::byte{0});
        if (m_l1[table] == 0)
            m_l1[table]
                = entry::copied | m_geometry.cluster.startOf(m_allocator.allocate(1).first).value;
    }

    void Qcow2Writer::writeTable()
    {
        if (m_table)
            m_file.write(HostOffset{m_l1[*m_table] & entry::offset}, m_entries);
        m_table.reset();
    }

    void Qcow2Writer::setEntry(std::uint64_t cluster, std::uint64_t word, std::uint64_t bitmap)
    {
        const std::uint64_t perTable = m_geometry.entriesPerTable();
        useTable(cluster / perTable);
        std::byte* const at = m_entries.data() + cluster % perTable * m_geometry.entryBytes();
        storeBig(at, word);
        if (m_geometry.extended)
            storeBig(at + 8, bitmap);
    }

    void Qcow2Writer::put(const GuestPiece& piece)
    {
        const std::uint64_t first = piece.start.value / m_cluster;
        for (std::size_t i = 0; i < piece.units.size();) {
            const Unit& unit = piece.units[i];
            switch (unit.kind) {
            case Unit::Kind::Absent:
                if (m_preallocates)
                    i = putPlain(piece, i);
                else
                    ++i;
                break;
            case Unit::Kind::Zero:
                if (m_geometry.extended)
                    setEntry(first + i, 0, std::uint64_t{unit.zero} << 32);
                else
                    setEntry(first + i, entry::zero);
                ++i;
                break;
            case Unit::Kind::Plain: i = putPlain(piece, i); break;
            case Unit::Kind::Compressed: putCompressed(piece, i++); break;
            }
        }
    }

    /// Gives unit `first` and those of its kind behind it a place. @returns the next unit
    std::size_t Qcow2Writer::putPlain(const GuestPiece& piece, std::size_t first)
    {
        const auto isPlain = [&](const Unit& unit) {
            return unit.kind == Unit::Kind::Plain
                || (m_preallocates && unit.kind == Unit::Kind::Absent);
        };
        std::size_t end = first;
        while (end < piece.units.size() && isPlain(piece.units[end]))
            ++end;
        const std::uint64_t base = piece.start.value / m_cluster;
        while (first < end) {
            // The table first, so that one that was not expected does not part the data.
            useTable((base + first) / m_geometry.entriesPerTable());
            const auto run = m_allocator.allocate(end - first);
            const HostOffset at = m_geometry.cluster.startOf(run.first);
            for (std::uint64_t i = 0; i < run.count; ++i) {
                const Unit& unit = piece.units[first + i];
                // What is preallocated is there, also where it holds zeros.
                const std::uint64_t bitmap = m_preallocates ? 0xffffffff
                    : m_keepsZeros ? std::uint64_t{unit.zero} << 32 | unit.stored
                                   : unit.stored;
                setEntry(base + first + i, entry::copied | (at.value + i * m_cluster), bitmap);
            }
            writeStored(piece, first, run.count, at);
            first += run.count;
        }
        return end;
    }

    /// Writes what of `count` neighbouring units is stored, as few times as possible.
    void Qcow2Writer::writeStored(
        const GuestPiece& piece, std::size_t first, std::uint64_t count, HostOffset at)
    {
        const std::uint64_t parts = m_cluster / m_subcluster;
        const auto isStored = [&](std::uint64_t part) {
            return (piece.units[first + part / parts].stored >> part % parts & 1) != 0;
        };
        for (std::uint64_t part = 0; part < count * parts;) {
            const bool stored = isStored(part);
            std::uint64_t end = part;
            while (end < count * parts && isStored(end) == stored)
                ++end;
            const HostOffset place = at + Bytes{part * m_subcluster};
            const std::uint64_t length = (end - part) * m_subcluster;
            if (stored)
                m_file.write(place,
                    std::span{piece.bytes}.subspan(
                        first * m_cluster + part * m_subcluster, length));
            else
                reserve(place, length);
            part = end;
        }
    }

    /// Does for a place without content what the preallocation asks for.
    void Qcow2Writer::reserve(HostOffset at, std::uint64_t length)
    {
        if (m_image.preallocation == NewImage::Preallocation::Falloc) {
            m_file.reserve(at, Bytes{length});
        } else if (m_image.preallocation == NewImage::Preallocation::Full) {
            const std::vector<std::byte> zeros(std::min(length, fillAtOnce));
            for (std::uint64_t done = 0; done < length; done += zeros.size())
                m_file.write(at + Bytes{done},
                    std::span{zeros}.first(std::min<std::uint64_t>(zeros.size(), length - done)));
        }
    }

    void Qcow2Writer::putCompressed(const GuestPiece& piece, std::size_t index)
    {
        const Unit& unit = piece.units[index];
        const std::uint64_t cluster = piece.start.value / m_cluster + index;
        useTable(cluster / m_geometry.entriesPerTable());
        const std::uint64_t length = unit.streamLength;
        const HostCluster last = m_geometry.cluster.clusterOf(HostOffset{m_roomEnd - 1});
        std::uint64_t at = m_roomAt;
        const std::uint64_t room = m_roomEnd - m_roomAt;
        if (room >= length && m_allocator.countAgain(last)) {
            // Behind the stream before.
        } else if (room > 0 && m_allocator.wouldFollow(last) && m_allocator.countAgain(last)) {
            m_allocator.allocate(1);
            m_roomEnd += m_cluster;
        } else {
            at = m_geometry.cluster.startOf(m_allocator.allocate(1).first).value;
            m_roomEnd = at + m_cluster;
        }
        if (m_packedAt + m_packed.size() != at || m_packed.size() + length > fillAtOnce) {
            flushPacked();
            m_packedAt = at;
        }
        const auto stream = std::span{piece.streams}.subspan(unit.streamAt, length);
        m_packed.insert(m_packed.end(), stream.begin(), stream.end());
        m_roomAt = at + length;

        const unsigned offsetBits = 70 - m_geometry.cluster.bits();
        const std::uint64_t sectors = (at + length - 1) / 512 - at / 512;
        setEntry(cluster, entry::compressed | sectors << offsetBits | at);
    }

    void Qcow2Writer::flushPacked()
    {
        if (!m_packed.empty())
            m_file.write(HostOffset{m_packedAt}, m_packed);
        m_packed.clear();
    }

    /// Header, extensions and the backing file's name.
    std::vector<std::byte> Qcow2Writer::firstCluster() const
    {
        std::vector<std::byte> bytes(m_cluster);
        std::size_t at = m_header.headerLength;
        const auto room = [&](std::size_t length) {
            if (at + length > bytes.size())
                refuse("The name of the backing file does not fit into the first cluster; choose "
                       "larger clusters.");
        };
        const auto append = [&](std::uint32_t type, std::span<const std::byte> content) {
            const std::size_t padded = (content.size() + 7) / 8 * 8;
            room(8 + padded);
            storeBig(bytes.data() + at, type);
            storeBig(bytes.data() + at + 4, static_cast<std::uint32_t>(content.size()));
            std::copy(content.begin(), content.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + 8));
            at += 8 + padded;
        };
        if (!m_image.backingFormat.empty())
            append(extension::backingFormat, std::as_bytes(std::span{m_image.backingFormat}));
        if (m_header.version >= 3 && m_header.clusterBits > 12)
            append(extension::featureNames, featureNameTable());
        append(extension::end, {});
        Header header = m_header;
        if (!m_image.backingName.empty()) {
            room(m_image.backingName.size());
            header.backingFileOffset = HostOffset{at};
            const auto name = std::as_bytes(std::span{m_image.backingName});
            std::copy(name.begin(), name.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        }
        write(header, headerFields, bytes);
        if (header.version >= 3) {
            write(header, headerVersion3Fields, bytes);
            write(header, headerLaterFields, bytes);
        }
        return bytes;
    }

    void Qcow2Writer::finish()
    {
        writeTable();
        flushPacked();
        const auto refcounts = m_allocator.finish();
        m_header.refcountTableOffset = m_geometry.cluster.startOf(refcounts.first);
        m_header.refcountTableClusters = static_cast<std::uint32_t>(refcounts.count);
        if (m_geometry.cluster.bytes() * refcounts.count > limit::refcountTable)
            refuse("The refcount table would pass 8 MiB; choose larger clusters or a smaller "
                   "refcount width.");
        std::vector<std::byte> l1(m_l1Clusters * m_cluster);
        for (std::size_t i = 0; i < m_l1.size(); ++i)
            storeBig(l1.data() + i * 8, m_l1[i]);
        m_file.write(m_header.l1TableOffset, l1);
        m_file.resize(m_geometry.cluster.bytes() * m_allocator.end());
        m_file.write(HostOffset{0}, firstCluster());
    }

} // namespace

std::unique_ptr<ImageWriter> makeQcow2Writer(ByteFile& file, const NewImage& image)
{
    return std::make_unique<Qcow2Writer>(file, image);
}

} // namespace platter::qcow2
