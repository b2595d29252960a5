// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Layout.h"

#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/NewHeader.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    constexpr std::uint64_t diskBlock = 4096;
    constexpr std::uint64_t directoryEntry = 24; ///< of a bitmap, without its name

    std::uint64_t ceilDivide(std::uint64_t number, std::uint64_t by)
    {
        return number / by + (number % by != 0);
    }
    std::uint64_t roundUp(std::uint64_t number, std::uint64_t to)
    {
        return ceilDivide(number, to) * to;
    }

    class Qcow2Layout final : public ImageLayout {
    public:
        explicit Qcow2Layout(const NewImage& image)
            : m_preallocation(image.preallocation)
            , m_hasBackingFile(!image.backingName.empty())
            , m_header(headerFor(image))
            , m_geometry(m_header)
            , m_cluster(m_geometry.cluster.bytes().value)
        {
        }

        Bytes unit() const override { return Bytes{m_cluster}; }
        Bytes part() const override { return m_geometry.subcluster(); }
        Bytes tableCoverage() const override { return m_geometry.tableCoverage(); }
        bool marksZeros() const override { return m_geometry.version >= 3; }
        bool storesZeros() const override { return m_hasBackingFile && m_geometry.version < 3; }
        bool storesEverything() const override
        {
            return m_preallocation != NewImage::Preallocation::Off;
        }
        LayoutSize sizeFor(const ContentCount& count) const override;
        std::optional<QemuFigures> asQemuMeasures(std::uint64_t unitsWithData) const override;
        std::optional<Bytes> bitmapBytes(
            std::span<const BitmapInfo> bitmaps, Bytes diskSize) const override;

    private:
        std::uint64_t withRefcounts(std::uint64_t clusters) const;

        NewImage::Preallocation m_preallocation;
        bool m_hasBackingFile;
        Header m_header;
        Geometry m_geometry;
        std::uint64_t m_cluster; ///< bytes
    };

    /// So many clusters, and the blocks and the table that count them and themselves.
    std::uint64_t Qcow2Layout::withRefcounts(std::uint64_t clusters) const
    {
        std::uint64_t blocks = 0;
        std::uint64_t table = 0;
        for (std::uint64_t before = ~std::uint64_t{0}; before != blocks + table;) {
            before = blocks + table;
            blocks = ceilDivide(clusters + before, m_geometry.refcountsPerBlock());
            table = ceilDivide(blocks * 8, m_cluster);
        }
        return clusters + blocks + table;
    }

    LayoutSize Qcow2Layout::sizeFor(const ContentCount& count) const
    {
        const std::uint64_t top
            = 1 + ceilDivide(std::uint64_t{m_header.l1Size} * 8, m_cluster) + count.others;
        std::uint64_t units = count.units;
        std::uint64_t tables = count.tables;
        std::uint64_t written = count.usedTables * m_cluster;
        std::uint64_t stored
            = std::min(count.parts * std::max(part().value, std::min(m_cluster, diskBlock)),
                count.units * m_cluster);
        if (storesEverything()) {
            units = ceilDivide(m_header.size.value, m_cluster);
            tables = ceilDivide(m_header.size.value, tableCoverage().value);
            written = tables * m_cluster;
            if (m_preallocation != NewImage::Preallocation::Metadata)
                stored = units * m_cluster;
        }
        const std::uint64_t packed = ceilDivide(count.streamBytes.value, m_cluster);
        // A stream that does not fit behind the one before leaves room there if a cluster of
        // another kind follows; it is itself longer than that room.
        const std::uint64_t gaps = std::min(count.units, count.streams);
        const std::uint64_t lost = count.streams
            ? ceilDivide(count.streamBytes.value / count.streams * gaps, m_cluster)
            : 0;
        const std::uint64_t clusters = withRefcounts(top + tables + units + packed + lost);
        const std::uint64_t least = withRefcounts(top + tables + units + packed);
        LayoutSize size;
        size.length = Bytes{clusters * m_cluster};
        size.onDisk = Bytes{(clusters - units - tables) * m_cluster + written + stored};
        size.slack = Bytes{(clusters - least) * m_cluster};
        if (m_cluster < diskBlock) { // a block of the disk holds something of everything
            size.onDisk = Bytes{roundUp(size.length.value, diskBlock)};
            size.slack += Bytes{std::min(size.length.value,
                (tables * m_cluster - written) + (units * m_cluster - stored) + diskBlock)};
        }
        return size;
    }

    std::optional<ImageLayout::QemuFigures> Qcow2Layout::asQemuMeasures(
        std::uint64_t unitsWithData) const
    {
        const std::uint64_t disk = roundUp(m_header.size.value, m_cluster);
        const std::uint64_t width = m_geometry.entryBytes();
        const std::uint64_t l2 = roundUp(disk / m_cluster, m_cluster / width) * width;
        const std::uint64_t l1 = roundUp(l2 / m_cluster, m_cluster / 8) * 8;
        const std::uint64_t clusters = (m_cluster + l2 + l1 + disk) / m_cluster;
        const std::uint64_t all = withRefcounts(clusters) * m_cluster;
        // With a backing file QEMU does not ask what is there.
        const bool needsAll = m_hasBackingFile || m_preallocation == NewImage::Preallocation::Falloc
            || m_preallocation == NewImage::Preallocation::Full;
        const std::uint64_t data = needsAll ? disk : unitsWithData * m_cluster;
        return QemuFigures{Bytes{all - disk + data}, Bytes{all}};
    }

    std::optional<Bytes> Qcow2Layout::bitmapBytes(
        std::span<const BitmapInfo> bitmaps, Bytes diskSize) const
    {
        if (m_geometry.version < 3)
            return std::nullopt;
        std::uint64_t total = 0;
        std::uint64_t directory = 0;
        for (const BitmapInfo& bitmap : bitmaps) {
            if (bitmap.inUse)
                continue;
            const std::uint64_t bits = ceilDivide(diskSize.value, bitmap.granularity.value);
            const std::uint64_t clusters = ceilDivide(ceilDivide(bits, 8), m_cluster);
            total += clusters * m_cluster + roundUp(clusters * 8, m_cluster);
            directory += roundUp(directoryEntry + bitmap.name.size(), 8);
        }
        return Bytes{total + roundUp(directory, m_cluster)};
    }

} // namespace

std::unique_ptr<ImageLayout> makeQcow2Layout(const NewImage& image)
{
    return std::make_unique<Qcow2Layout>(image);
}

} // namespace platter::qcow2
