// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Refcounts.h"
#include "core/io/IoBytes.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// Counts that are read in one piece; with a different count for each its runs have 6 MiB.
    constexpr std::uint64_t pieceClusters = std::uint64_t{1} << 18;

    /// The first clusters of runs and their count.
    struct CountRun {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        bool known = true;
    };

    /// Consecutive clusters and, once they are read, their runs.
    struct Piece {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
        std::vector<CountRun> runs;
        IoBytes buffer;
    };

    void addRun(std::vector<CountRun>& runs, const CountRun& run)
    {
        if (runs.empty() || runs.back().count != run.count || runs.back().known != run.known)
            runs.push_back(run);
    }

    /// Reads what one refcount block says of [first, end), all of which it counts.
    void readBlock(const ByteFile& file, const Geometry& geometry, HostOffset block,
        std::uint64_t first, std::uint64_t end, Piece& piece)
    {
        const std::uint64_t perBlock = geometry.refcountsPerBlock();
        const unsigned order = geometry.refcountOrder;
        const std::uint64_t perWord = 64U >> order;
        const std::uint64_t from = first % perBlock / perWord; // words of eight bytes
        const std::uint64_t to = ((end - 1) % perBlock) / perWord + 1;
        piece.buffer.resize((to - from) * 8);
        file.readPadded(block + Bytes{from * 8}, piece.buffer);
        const std::uint64_t base = first - first % perBlock + from * perWord;
        // The bytes of a word whose counts all equal the last one.
        std::uint64_t uniformWord = 0;
        bool isUniform = false;
        for (std::uint64_t cluster = first; cluster < end;) {
            const std::uint64_t index = cluster - base;
            if (index % perWord == 0 && end - cluster >= perWord) {
                std::uint64_t word;
                std::memcpy(&word, piece.buffer.data() + index / perWord * 8, 8);
                if (isUniform && word == uniformWord) {
                    cluster += perWord;
                    continue;
                }
                const std::uint64_t count = refcountIn(piece.buffer, index, order);
                isUniform = true;
                for (std::uint64_t i = 1; i < perWord && isUniform; ++i)
                    isUniform = refcountIn(piece.buffer, index + i, order) == count;
                if (isUniform) {
                    addRun(piece.runs, {cluster, count, true});
                    uniformWord = word;
                    cluster += perWord;
                    continue;
                }
            }
            addRun(piece.runs, {cluster, refcountIn(piece.buffer, index, order), true});
            isUniform = false;
            ++cluster;
        }
    }

    void readPiece(
        const ByteFile& file, const Geometry& geometry, const RefcountTable& table, Piece& piece)
    {
        piece.runs.clear();
        const std::uint64_t perBlock = geometry.refcountsPerBlock();
        for (std::uint64_t at = piece.first; at < piece.end;) {
            const std::uint64_t index = at / perBlock;
            const std::uint64_t end = index < table.entries().size()
                ? std::min(piece.end, (index + 1) * perBlock)
                : piece.end;
            if (const auto block = table.blockAt(index))
                readBlock(file, geometry, *block, at, end, piece);
            else
                addRun(piece.runs,
                    {at, 0, index >= table.entries().size() || !table.isUnreadable(index)});
            at = end;
        }
    }

} // namespace

void Qcow2Image::scanRefcounts(
    HostOffset from, Bytes length, const RefcountSink& sink, const JobControl& job) const
{
    const std::uint64_t fileSize = file().size().value;
    if (from.value >= fileSize || length.value == 0)
        return;
    const std::uint64_t lastByte = from.value + std::min(fileSize - from.value, length.value) - 1;
    const std::uint64_t first = m_geometry.cluster.clusterOf(from).index;
    const std::uint64_t end = m_geometry.cluster.clusterOf(HostOffset{lastByte}).index + 1;
    const RefcountTable table{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};

    std::optional<CountRun> pending;
    const auto emitUntil = [&](std::uint64_t cluster) {
        RefcountRun run;
        run.start = m_geometry.cluster.startOf(HostCluster{pending->first});
        const std::uint64_t bytes = (m_geometry.cluster.bytes() * (cluster - pending->first)).value;
        run.length = Bytes{std::min(bytes, fileSize - run.start.value)};
        if (pending->known)
            run.count = pending->count;
        sink(run);
    };
    std::uint64_t next = first;
    orderedPipeline<Piece>(
        defaultThreads(), job,
        [&](Piece& piece) {
            if (next >= end)
                return false;
            piece.first = next;
            // Behind the last refcount block all counts are 0: one piece says so.
            next = next >= table.countable()
                ? end
                : std::min({end, next + pieceClusters, table.countable()});
            piece.end = next;
            return true;
        },
        [&](Piece& piece) { readPiece(file(), m_geometry, table, piece); },
        [&](const Piece& piece) {
            for (const CountRun& run : piece.runs) {
                if (pending && pending->count == run.count && pending->known == run.known)
                    continue;
                if (pending)
                    emitUntil(run.first);
                pending = run;
            }
            job.step({piece.end - first, end - first});
        });
    if (pending)
        emitUntil(end);
}

} // namespace platter::qcow2
