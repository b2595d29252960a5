// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Writer.h"

#include "core/formats/qcow2/ClusterPlacer.h"
#include "core/formats/qcow2/NewBitmaps.h"
#include "core/formats/qcow2/NewHeader.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// In a raw data file everything has its place, so that what other programs write to it is
    /// seen.
    NewImage withPlaces(NewImage image)
    {
        if (image.dataFileRaw && image.preallocation == NewImage::Preallocation::Off)
            image.preallocation = NewImage::Preallocation::Metadata;
        return image;
    }

    class Qcow2Writer final : public ImageWriter {
    public:
        Qcow2Writer(ByteFile& file, const NewImage& image)
            : m_file(file)
            , m_image(withPlaces(image))
            , m_header(headerFor(m_image))
            , m_geometry(m_header)
            , m_placer(file, m_geometry, m_image)
            , m_bitmaps(m_geometry, m_header.size)
            , m_l1(m_header.l1Size)
        {
        }

        Bytes unit() const override { return m_geometry.cluster.bytes(); }
        Bytes granule() const override { return m_geometry.subcluster(); }
        bool marksZeros() const override { return m_geometry.version >= 3; }
        bool sharesUnits() const override { return !m_image.compress && !m_image.encryption; }
        bool wantsEverything() const override
        {
            return m_image.preallocation != NewImage::Preallocation::Off;
        }

        void addBitmap(NewBitmap bitmap) override { m_bitmaps.add(std::move(bitmap)); }
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
            Allocator& allocator = m_placer.allocator();
            m_header.l1TableOffset
                = m_geometry.cluster.startOf(allocator.allocateTogether(m_l1Clusters));
            for (std::size_t i = 0; i < m_expected.size();) {
                const auto run = allocator.allocate(m_expected.size() - i);
                for (std::uint64_t k = 0; k < run.count; ++k)
                    m_l1[m_expected[i++]] = entry::copied
                        | m_geometry.cluster.startOf(HostCluster{run.first.index + k}).value;
            }
        }

        std::optional<KeyArea> keyArea() const override { return m_placer.keyArea(); }
        void encode(GuestPiece& piece) const override { m_placer.encode(piece); }
        void put(const GuestPiece& piece) override;
        void writeWaiting() override { m_placer.writeWaiting(); }
        void finish() override;

    private:
        void useTable(std::uint64_t table);
        void writeTable();

        ByteFile& m_file;
        NewImage m_image;
        Header m_header;
        Geometry m_geometry;
        ClusterPlacer m_placer;
        NewBitmaps m_bitmaps;
        std::vector<std::uint64_t> m_l1; ///< entries
        std::uint64_t m_l1Clusters = 0;
        std::vector<std::uint32_t> m_expected; ///< L1 indices, rising
        std::optional<std::uint64_t> m_table; ///< L1 index of the table in m_entries
        std::vector<std::byte> m_entries;
    };

    void Qcow2Writer::useTable(std::uint64_t table)
    {
        if (m_table == table)
            return;
        writeTable();
        m_table = table;
        m_entries.assign(m_geometry.cluster.bytes().value, std::byte{0});
        if (m_l1[table] == 0)
            m_l1[table] = entry::copied
                | m_geometry.cluster.startOf(m_placer.allocator().allocate(1).first).value;
    }

    void Qcow2Writer::writeTable()
    {
        if (m_table)
            m_file.write(HostOffset{m_l1[*m_table] & entry::offset}, m_entries);
        m_table.reset();
    }

    void Qcow2Writer::put(const GuestPiece& piece)
    {
        const std::uint64_t base = m_geometry.cluster.clusterOf(piece.start).index;
        const std::uint64_t perTable = m_geometry.entriesPerTable();
        using Kind = GuestPiece::Unit::Kind;
        for (std::size_t first = 0; first < piece.units.size();) {
            const std::size_t end = std::min<std::uint64_t>(
                piece.units.size(), ((base + first) / perTable + 1) * perTable - base);
            const auto isNothing
                = [](const GuestPiece::Unit& unit) { return unit.kind == Kind::Absent; };
            const auto from = piece.units.begin() + static_cast<std::ptrdiff_t>(first);
            const auto to = piece.units.begin() + static_cast<std::ptrdiff_t>(end);
            if (wantsEverything() || !std::all_of(from, to, isNothing)) {
                useTable((base + first) / perTable);
                m_placer.place(
                    piece, first, end, 1, [&](std::size_t unit, const ClusterPlacer::Entry& entry) {
                        std::byte* const at
                            = m_entries.data() + (base + unit) % perTable * m_geometry.entryBytes();
                        storeBig(at, entry.word);
                        if (m_geometry.extended)
                            storeBig(at + 8, entry.bitmap);
                    });
            }
            first = end;
        }
    }

    void Qcow2Writer::finish()
    {
        writeTable();
        m_placer.flush();
        const auto bitmaps = m_bitmaps.write(m_file, m_placer.allocator());
        const auto refcounts = m_placer.allocator().finish();
        m_header.refcountTableOffset = m_geometry.cluster.startOf(refcounts.first);
        m_header.refcountTableClusters = static_cast<std::uint32_t>(refcounts.count);
        std::vector<std::byte> l1(m_l1Clusters * m_geometry.cluster.bytes().value);
        for (std::size_t i = 0; i < m_l1.size(); ++i)
            storeBig(l1.data() + i * 8, m_l1[i]);
        m_file.write(m_header.l1TableOffset, l1);
        m_file.resize(m_geometry.cluster.bytes() * m_placer.allocator().end());
        m_file.write(HostOffset{0}, firstClusterOf(m_header, m_image, {bitmaps, m_placer.luks()}));
    }

} // namespace

std::unique_ptr<ImageWriter> makeQcow2Writer(ByteFile& file, const NewImage& image)
{
    return std::make_unique<Qcow2Writer>(file, image);
}

} // namespace platter::qcow2
