// SPDX-License-Identifier: GPL-3.0-or-later
// bench_images fragmented|disk|snapshots FILE: makes images for ./dev bench that qemu-img cannot
// make alone.
#include "core/base/Endian.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Header.h"
#include "core/io/DiskFile.h"

#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace platter;

/// Writes 64-bit big endian words at rising positions in large pieces.
class WordWriter {
public:
    WordWriter(DiskFile& file, HostOffset at)
        : m_file(file)
        , m_at(at)
    {
        m_words.reserve(capacity);
    }
    void add(std::uint64_t word)
    {
        m_words.push_back(std::endian::native == std::endian::little ? byteSwapped(word) : word);
        if (m_words.size() == capacity)
            send();
    }
    void send()
    {
        m_file.write(m_at, std::as_bytes(std::span{m_words}));
        m_at += Bytes{m_words.size() * sizeof(std::uint64_t)};
        m_words.clear();
    }

private:
    static constexpr std::size_t capacity = 1U << 17;
    DiskFile& m_file;
    HostOffset m_at;
    std::vector<std::uint64_t> m_words;
};

/// A consistent QCOW2 image of 1 TiB with 128 MiB of L2 tables and a million extents: runs of 16
/// clusters, of which every fourth reads as zeros; neighbouring data runs have changed places in
/// the file, so that none continues the one before. Guest data is one large hole.
void makeFragmented(const char* path)
{
    constexpr auto cluster = ClusterSize::ofBits(16);
    constexpr std::uint64_t runClusters = 16;
    constexpr std::uint64_t countsPerBlock = cluster.bytes().value / 2;

    qcow2::Header header;
    header.magic = 0x514649fb;
    header.version = 3;
    header.clusterBits = cluster.bits();
    header.size = 1024_GiB;
    header.headerLength = 104;
    const qcow2::Geometry geometry{header};

    const std::uint64_t guestClusters = cluster.clustersFor(header.size);
    const std::uint64_t runs = guestClusters / runClusters;
    const std::uint64_t tables = guestClusters / geometry.entriesPerTable();
    const std::uint64_t dataClusters = runs / 4 * 3 * runClusters;
    // The header, one cluster each for the refcount table and the L1 table.
    const std::uint64_t counted = 3 + tables + dataClusters;
    const std::uint64_t blocks
        = counted / countsPerBlock + 1; // one more than needed for the blocks
    const std::uint64_t total = counted + blocks;

    const auto at = [&](std::uint64_t index) { return cluster.startOf(HostCluster{index}); };
    const std::uint64_t firstBlock = 3;
    const std::uint64_t firstTable = firstBlock + blocks;
    const std::uint64_t firstData = firstTable + tables;
    header.refcountTableOffset = at(1);
    header.refcountTableClusters = 1;
    header.l1TableOffset = at(2);
    header.l1Size = static_cast<std::uint32_t>(tables);

    const auto file = DiskFile::create(path);
    file->resize(cluster.bytes() * total);
    std::vector<std::byte> first(cluster.bytes().value);
    write(header, qcow2::headerFields, first);
    write(header, qcow2::headerVersion3Fields, first);
    file->write(at(0), first);

    WordWriter refcountTable{*file, at(1)};
    WordWriter counts{*file, at(firstBlock)};
    for (std::uint64_t block = 0; block < blocks; ++block) {
        refcountTable.add(at(firstBlock + block).value);
        for (std::uint64_t index = 0; index < countsPerBlock; index += 4) {
            std::uint64_t four = 0;
            for (std::uint64_t i = 0; i < 4;
                 ++i) // counts of 16 bits, each 1 up to the last cluster
                four = four << 16 | (block * countsPerBlock + index + i < total ? 1U : 0U);
            counts.add(four);
        }
    }
    refcountTable.send();
    counts.send();

    WordWriter l1{*file, at(2)};
    for (std::uint64_t table = 0; table < tables; ++table)
        l1.add(qcow2::entry::copied | at(firstTable + table).value);
    l1.send();

    WordWriter l2{*file, at(firstTable)};
    std::uint64_t dataRun = 0;
    for (std::uint64_t run = 0; run < runs; ++run) {
        const bool isZero = run % 4 == 3;
        const std::uint64_t hostRun = dataRun ^ 1; // neighbours change places
        for (std::uint64_t i = 0; i < runClusters; ++i) {
            const auto place = at(firstData + hostRun * runClusters + i);
            l2.add(isZero ? qcow2::entry::zero : qcow2::entry::copied | place.value);
        }
        dataRun += isZero ? 0 : 1;
    }
    l2.send();
}

/// A raw disk of 1 GiB: thirds of text that compresses, of noise that does not, and of holes, in
/// pieces of 4 MiB. The same bytes each time.
void makeDisk(const char* path)
{
    const auto file = DiskFile::create(path);
    const Bytes size = 1_GiB;
    file->resize(size);
    std::vector<std::byte> piece(Bytes{4_MiB}.value);
    std::mt19937_64 random{20260101};
    for (std::uint64_t index = 0; index * piece.size() < size.value; ++index) {
        if (index % 3 == 2)
            continue;
        std::size_t filled = 0;
        while (filled < piece.size()) {
            const std::uint64_t word = random();
            if (index % 3 == 0) {
                storeBig(&piece[filled], word);
                filled += 8;
                continue;
            }
            char line[64];
            const int length
                = std::snprintf(line, sizeof line, "entry %06llu of log %llu: state %s\n",
                    static_cast<unsigned long long>(word % 1'000'000),
                    static_cast<unsigned long long>(word >> 60), word & 1024 ? "ready" : "waiting");
            for (int i = 0; i < length && filled < piece.size(); ++i)
                piece[filled++] = static_cast<std::byte>(line[i]);
        }
        file->write(HostOffset{index * piece.size()}, piece);
    }
}

/// A consistent QCOW2 image of 1 MiB without data and with the most snapshots that QEMU takes.
void makeSnapshots(const char* path)
{
    constexpr auto cluster = ClusterSize::ofBits(9);
    constexpr std::uint64_t snapshots = 65'536;
    constexpr std::uint64_t countsPerBlock = cluster.bytes().value / 2;
    constexpr std::size_t fixedBytes = 40; // of an entry, followed by extra data, id and name
    constexpr std::size_t extraBytes = 16;

    std::vector<std::byte> table;
    const auto put = [&table]<class Word>(Word word) {
        table.resize(table.size() + sizeof(Word));
        storeBig(table.data() + table.size() - sizeof(Word), word);
    };
    const auto text = [&table](const std::string& words) {
        for (const char letter : words)
            table.push_back(static_cast<std::byte>(letter));
    };
    std::vector<std::size_t> entries; // where in the table the offset of each L1 table stands
    for (std::uint64_t i = 0; i < snapshots; ++i) {
        const std::string id = std::to_string(i + 1);
        const std::string name = "nightly " + std::to_string(i);
        entries.push_back(table.size());
        put(std::uint64_t{0});
        put(std::uint32_t{32}); // entries of its L1 table
        put(static_cast<std::uint16_t>(id.size()));
        put(static_cast<std::uint16_t>(name.size()));
        put(static_cast<std::uint32_t>(1'700'000'000 + i * 3600));
        put(std::uint32_t{0});
        put(std::uint64_t{0}); // VM clock
        put(std::uint32_t{0}); // VM state
        put(static_cast<std::uint32_t>(extraBytes));
        put(std::uint64_t{0});
        put(Bytes{1_MiB}.value); // size of the disk
        text(id);
        text(name);
        table.resize((table.size() + 7) / 8 * 8);
    }
    static_assert(fixedBytes == 8 + 4 + 2 + 2 + 4 + 4 + 8 + 4 + 4);

    const std::uint64_t tableClusters = cluster.clustersFor(Bytes{table.size()});
    const std::uint64_t l1Clusters = cluster.clustersFor(Bytes{32 * 8}); // 32 L2 tables of 32 KiB
    const std::uint64_t others = 1 + l1Clusters + snapshots + tableClusters;
    const std::uint64_t blocks = others / (countsPerBlock - 8) + 1; // with room for their own
    const std::uint64_t refcountTableClusters = cluster.clustersFor(Bytes{blocks * 8});
    const std::uint64_t total = others + blocks + refcountTableClusters;
    const auto at = [&](std::uint64_t index) { return cluster.startOf(HostCluster{index}); };
    const std::uint64_t firstBlock = 1 + refcountTableClusters;
    const std::uint64_t l1 = firstBlock + blocks;
    const std::uint64_t firstL1 = l1 + l1Clusters;
    for (std::uint64_t i = 0; i < snapshots; ++i)
        storeBig(table.data() + entries[i], at(firstL1 + i).value);

    qcow2::Header header;
    header.magic = 0x514649fb;
    header.version = 3;
    header.clusterBits = cluster.bits();
    header.size = 1_MiB;
    header.headerLength = 104;
    header.refcountTableOffset = at(1);
    header.refcountTableClusters = static_cast<std::uint32_t>(refcountTableClusters);
    header.l1TableOffset = at(l1);
    header.l1Size = 32;
    header.snapshotCount = static_cast<std::uint32_t>(snapshots);
    header.snapshotsOffset = at(firstL1 + snapshots);

    const auto file = DiskFile::create(path);
    file->resize(cluster.bytes() * total);
    std::vector<std::byte> first(cluster.bytes().value);
    write(header, qcow2::headerFields, first);
    write(header, qcow2::headerVersion3Fields, first);
    file->write(at(0), first);
    file->write(header.snapshotsOffset, table);
    WordWriter refcountTable{*file, at(1)};
    WordWriter counts{*file, at(firstBlock)};
    for (std::uint64_t block = 0; block < blocks; ++block) {
        refcountTable.add(at(firstBlock + block).value);
        for (std::uint64_t index = 0; index < countsPerBlock; index += 4) {
            std::uint64_t four = 0;
            for (std::uint64_t i = 0; i < 4; ++i)
                four = four << 16 | (block * countsPerBlock + index + i < total ? 1U : 0U);
            counts.add(four);
        }
    }
    refcountTable.send();
    counts.send();
}

} // namespace

int main(int argc, char** argv)
{
    const std::string_view kind = argc == 3 ? argv[1] : "";
    try {
        if (kind == "fragmented")
            makeFragmented(argv[2]);
        else if (kind == "disk")
            makeDisk(argv[2]);
        else if (kind == "snapshots")
            makeSnapshots(argv[2]);
        else
            throw Error("usage: bench_images fragmented|disk|snapshots FILE");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_images: %s\n", error.what());
        return 1;
    }
    return 0;
}
