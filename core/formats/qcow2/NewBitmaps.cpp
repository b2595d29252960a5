// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/NewBitmaps.h"

#include "core/formats/qcow2/Bitmaps.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace platter::qcow2 {

namespace {

    constexpr std::uint64_t chunkBytes = 1 << 20; ///< of bits in memory, unless a cluster is larger

    [[noreturn]] void refuse(const char* what)
    {
        throw UnsupportedError("new-image", what);
    }

    std::uint64_t partsOf(std::uint64_t whole, std::uint64_t part)
    {
        return whole / part + (whole % part != 0);
    }

    bool isOnes(std::span<const std::byte> bytes)
    {
        return bytes[0] == std::byte{0xff}
        && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
    }

    /// Takes dirty bits in rising order and stores those clusters of them that are neither all
    /// zeros nor all ones.
    class BitStore {
    public:
        BitStore(ByteFile& file, const Geometry& geometry, Allocator& allocator, std::uint64_t bits)
            : m_file(file)
            , m_geometry(geometry)
            , m_allocator(allocator)
            , m_bits(bits)
            , m_cluster(geometry.cluster.bytes().value)
            , m_chunk(std::max(chunkBytes, m_cluster))
            , m_table(partsOf(partsOf(bits, 8), m_cluster))
        {
        }

        void set(std::uint64_t first, std::uint64_t end)
        {
            end = std::min(end, m_bits);
            while (first < end) {
                const std::uint64_t chunk = first / (m_chunk * 8);
                if (m_index != chunk) {
                    store();
                    m_index = chunk;
                    m_bytes.assign(m_chunk, std::byte{0});
                }
                const std::uint64_t base = chunk * m_chunk * 8;
                const std::uint64_t last = std::min(end, base + m_chunk * 8);
                setInChunk(first - base, last - base);
                first = last;
            }
        }

        /// @returns the entries of the bitmap's table
        std::vector<std::uint64_t> finish()
        {
            store();
            return std::move(m_table);
        }

    private:
        /// Bit 0 of a byte stands for the first of its ranges.
        void setInChunk(std::uint64_t first, std::uint64_t end)
        {
            const auto mask = [&](std::uint64_t byte, unsigned bits) {
                m_bytes[byte] |= static_cast<std::byte>(bits);
            };
            const std::uint64_t firstByte = first / 8;
            const std::uint64_t lastByte = (end - 1) / 8;
            const unsigned head = 0xffU << first % 8 & 0xffU;
            const unsigned tail = 0xffU >> (7 - (end - 1) % 8);
            if (firstByte == lastByte) {
                mask(firstByte, head & tail);
                return;
            }
            mask(firstByte, head);
            std::memset(m_bytes.data() + firstByte + 1, 0xff, lastByte - firstByte - 1);
            mask(lastByte, tail);
        }

        void store()
        {
            if (!m_index)
                return;
            const std::uint64_t base = *m_index * (m_chunk / m_cluster);
            const std::uint64_t count
                = std::min<std::uint64_t>(m_chunk / m_cluster, m_table.size() - base);
            const auto clusterAt = [&](std::uint64_t index) {
                return std::span<const std::byte>{m_bytes}.subspan(index * m_cluster, m_cluster);
            };
            const auto isStored = [&](std::uint64_t index) {
                return !isZero(clusterAt(index)) && !isOnes(clusterAt(index));
            };
            for (std::uint64_t i = 0; i < count;) {
                if (!isStored(i)) {
                    m_table[base + i] = isZero(clusterAt(i)) ? 0 : 1;
                    ++i;
                    continue;
                }
                std::uint64_t end = i + 1;
                while (end < count && isStored(end))
                    ++end;
                const auto run = m_allocator.allocate(end - i);
                const HostOffset at = m_geometry.cluster.startOf(run.first);
                m_file.write(at,
                    std::span<const std::byte>{m_bytes}.subspan(
                        i * m_cluster, run.count * m_cluster));
                for (std::uint64_t k = 0; k < run.count; ++k)
                    m_table[base + i + k] = (at + Bytes{k * m_cluster}).value;
                i += run.count;
            }
            m_index.reset();
        }

        ByteFile& m_file;
        const Geometry& m_geometry;
        Allocator& m_allocator;
        std::uint64_t m_bits;
        std::uint64_t m_cluster; ///< bytes
        std::uint64_t m_chunk; ///< bytes
        std::vector<std::uint64_t> m_table; ///< entries as stored
        std::optional<std::uint64_t> m_index; ///< of the chunk in m_bytes
        std::vector<std::byte> m_bytes;
    };

} // namespace

NewBitmaps::NewBitmaps(const Geometry& geometry, Bytes diskSize)
    : m_geometry(geometry)
    , m_diskSize(diskSize)
{
}

std::uint64_t NewBitmaps::bitsOf(const NewBitmap& bitmap) const
{
    return partsOf(m_diskSize.value, bitmap.granularity.value);
}

void NewBitmaps::add(NewBitmap bitmap)
{
    if (m_geometry.version < 3)
        refuse("Bitmaps need version 3 (compat=1.1).");
    if (m_bitmaps.size() >= limit::bitmaps)
        refuse("An image has at most 65535 bitmaps.");
    if (bitmap.name.empty() || bitmap.name.size() > limit::bitmapName)
        refuse("The name of a bitmap has 1 to 1023 bytes.");
    if (!std::has_single_bit(bitmap.granularity.value)
        || bitmap.granularity < limit::smallestGranularity
        || bitmap.granularity > limit::largestGranularity)
        refuse("The granularity of a bitmap is a power of two from 512 bytes to 2 GiB.");
    if (partsOf(bitsOf(bitmap), 8) > limit::bitmapData.value)
        refuse("A bitmap would pass 512 MiB; it needs a coarser granularity.");
    m_bitmaps.push_back(std::move(bitmap));
}

std::vector<std::uint64_t> NewBitmaps::writeBits(
    const NewBitmap& bitmap, ByteFile& file, Allocator& allocator) const
{
    BitStore store{file, m_geometry, allocator, bitsOf(bitmap)};
    const std::uint64_t granularity = bitmap.granularity.value;
    bitmap.scan([&](GuestOffset start, Bytes length) {
        store.set(start.value / granularity, partsOf((start + length).value, granularity));
    });
    return store.finish();
}

std::optional<BitmapsExtension> NewBitmaps::write(ByteFile& file, Allocator& allocator) const
{
    if (m_bitmaps.empty())
        return {};
    const auto writeTogether = [&](std::vector<std::byte> bytes) {
        const std::uint64_t clusters = m_geometry.cluster.clustersFor(Bytes{bytes.size()});
        bytes.resize(clusters * m_geometry.cluster.bytes().value);
        const HostOffset at = m_geometry.cluster.startOf(allocator.allocateTogether(clusters));
        file.write(at, bytes);
        return at;
    };
    std::vector<BitmapEntry> directory;
    for (const NewBitmap& bitmap : m_bitmaps) {
        std::vector<std::uint64_t> words = writeBits(bitmap, file, allocator);
        // NOTE(spec): a table has at least one entry, also on a disk of no bytes.
        words.resize(std::max<std::size_t>(words.size(), 1));
        std::vector<std::byte> table(words.size() * 8);
        for (std::size_t i = 0; i < words.size(); ++i)
            storeBig(table.data() + i * 8, words[i]);
        BitmapEntry entry;
        entry.tableEntries = static_cast<std::uint32_t>(words.size());
        entry.tableOffset = writeTogether(std::move(table));
        entry.flags = bitmap.autoLoad ? bitmapFlag::autoLoad : 0;
        entry.type = 1;
        entry.granularityBits = static_cast<unsigned>(std::countr_zero(bitmap.granularity.value));
        entry.name = bitmap.name;
        directory.push_back(std::move(entry));
    }
    BitmapsExtension extension;
    extension.bitmapCount = static_cast<std::uint32_t>(directory.size());
    const std::vector<std::byte> bytes = bitmapDirectoryImage(directory);
    extension.directorySize = Bytes{bytes.size()};
    extension.directoryOffset = writeTogether(bytes);
    return extension;
}

} // namespace platter::qcow2
