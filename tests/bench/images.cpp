// SPDX-License-Identifier: GPL-3.0-or-later
// bench_images fragmented|disk FILE: makes images for ./dev bench that qemu-img cannot make alone.
#include "core/base/Endian.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Header.h"
#include "core/io/DiskFile.h"

#include <cstdio>
#include <random>
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

} // namespace

int main(int argc, char** argv)
{
    const std::string_view kind = argc == 3 ? argv[1] : "";
    try {
        if (kind == "fragmented")
            makeFragmented(argv[2]);
        else if (kind == "disk")
            makeDisk(argv[2]);
        else
            throw Error("usage: bench_images fragmented|disk FILE");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_images: %s\n", error.what());
        return 1;
    }
    return 0;
}
