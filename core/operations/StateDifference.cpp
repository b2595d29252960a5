// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/StateDifference.h"

#include "core/disk/VirtualDisk.h"
#include "core/io/IoBytes.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace platter {

namespace {

    /// Clusters that one thread compares in one go. With extended L2 entries each can make 32
    /// extents, so that a chunk of both states stays below 10 MiB.
    constexpr std::uint64_t chunkClusters = 2048;
    constexpr unsigned mostThreads = 8; ///< bounds the chunks that exist at once

    struct Chunk {
        std::uint64_t from = 0;
        std::uint64_t end = 0;
        TableSharing::Kind sharing = TableSharing::Kind::Unknown;
        std::vector<DifferenceRange> ranges;
        std::vector<Extent> first;
        std::vector<Extent> second;
        IoBytes firstBytes;
        IoBytes secondBytes;
    };

    void addJoined(std::vector<DifferenceRange>& ranges, const DifferenceRange& range)
    {
        if (!ranges.empty() && ranges.back().kind == range.kind
            && ranges.back().end() == range.start)
            ranges.back().length += range.length;
        else
            ranges.push_back(range);
    }

    bool holds(const Extent& extent)
    {
        return extent.kind == ExtentKind::Data || extent.kind == ExtentKind::Compressed;
    }

    class Comparison {
    public:
        Comparison(const std::shared_ptr<const Image>& image, StateIndex first, StateIndex second,
            const DifferenceOptions& options)
            : m_first(stateOf(image, first))
            , m_second(stateOf(image, second))
            , m_hasBacking(image->backingFile().has_value())
            , m_cluster(image->clusterSize().value_or(64_KiB))
            , m_readsContent(options.depth == DifferenceOptions::Depth::Content)
            , m_firstDisk(image, m_first)
            , m_secondDisk(image, m_second)
        {
            m_common = std::min(m_first->size(), m_second->size()).value;
            m_end = std::max(m_first->size(), m_second->size()).value;
        }

        Bytes firstSize() const { return m_first->size(); }
        Bytes secondSize() const { return m_second->size(); }
        std::uint64_t end() const { return m_end; }
        Bytes cluster() const { return m_cluster; }

        /// Says how far the next chunk goes.
        bool produce(Chunk& chunk)
        {
            if (m_next >= m_end)
                return false;
            chunk.from = m_next;
            chunk.sharing = TableSharing::Kind::Unknown;
            const std::uint64_t step = chunkClusters * m_cluster.value;
            chunk.end = m_end - m_next > step ? (m_next / step + 1) * step : m_end;
            if (m_next < m_common) {
                const TableSharing sharing = m_first->sharingWith(
                    *m_second, GuestOffset{m_next}, Bytes{m_common - m_next});
                const std::uint64_t stop = m_next + sharing.length.value;
                chunk.sharing = sharing.kind;
                chunk.end
                    = sharing.kind == TableSharing::Kind::Same ? stop : std::min(chunk.end, stop);
            } else {
                // A disk may have been enlarged by far more than was ever written to it.
                const GuestMapping& larger
                    = m_first->size() > m_second->size() ? *m_first : *m_second;
                const Extent extent = larger.extentAt(GuestOffset{m_next}, Bytes{m_end - m_next});
                if (extent.kind == ExtentKind::Unallocated)
                    chunk.end = std::max(chunk.end, extent.end().value);
            }
            m_next = chunk.end;
            return true;
        }

        void work(Chunk& chunk, const JobControl& job) const
        {
            chunk.ranges.clear();
            if (chunk.sharing == TableSharing::Kind::Same) {
                chunk.ranges.push_back(
                    {GuestOffset{chunk.from}, Bytes{chunk.end - chunk.from}, DifferenceKind::Same});
                return;
            }
            collect(*m_first, chunk.from, chunk.end, chunk.first, job);
            collect(*m_second, chunk.from, chunk.end, chunk.second, job);
            auto a = chunk.first.begin();
            auto b = chunk.second.begin();
            for (GuestOffset at{chunk.from}; at.value < chunk.end;) {
                while (a->end() <= at)
                    ++a;
                while (b->end() <= at)
                    ++b;
                const GuestOffset stop = std::min(a->end(), b->end());
                const DifferenceRange range{at, stop - at, kindOf(*a, *b, at)};
                if (m_readsContent && range.kind == DifferenceKind::Changed && holds(*a)
                    && holds(*b))
                    compareContent(range, chunk);
                else
                    addJoined(chunk.ranges, range);
                at = stop;
            }
        }

    private:
        /// The extents of [from, end); past the end of the disk it holds nothing, as zeros do.
        static void collect(const GuestMapping& state, std::uint64_t from, std::uint64_t end,
            std::vector<Extent>& extents, const JobControl& job)
        {
            extents.clear();
            const std::uint64_t stop = std::min(end, state.size().value);
            if (from < stop)
                state.scan(GuestOffset{from}, Bytes{stop - from},
                    [&](const Extent& extent) { extents.push_back(extent); }, {job.stop, {}});
            const std::uint64_t rest = std::max(from, stop);
            if (rest < end) {
                Extent beyond;
                beyond.start = GuestOffset{rest};
                beyond.length = Bytes{end - rest};
                beyond.kind = ExtentKind::Zero;
                extents.push_back(beyond);
            }
        }

        DifferenceKind kindOf(const Extent& a, const Extent& b, GuestOffset at) const
        {
            if (a.kind == ExtentKind::Damaged || b.kind == ExtentKind::Damaged)
                return DifferenceKind::Damaged;
            if (holds(a) && holds(b)) {
                if (a.kind != b.kind)
                    return DifferenceKind::Changed;
                const bool samePlace = a.kind == ExtentKind::Compressed
                    ? a.host == b.host && a.stored == b.stored
                    : a.host + (at - a.start) == b.host + (at - b.start);
                return samePlace ? DifferenceKind::Same : DifferenceKind::Changed;
            }
            if (holds(b))
                return DifferenceKind::New;
            if (holds(a))
                return DifferenceKind::Gone;
            const bool fromBelow
                = (a.kind == ExtentKind::Unallocated) != (b.kind == ExtentKind::Unallocated);
            return m_hasBacking && fromBelow ? DifferenceKind::Changed : DifferenceKind::Same;
        }

        void compareContent(const DifferenceRange& range, Chunk& chunk) const
        {
            for (GuestOffset at = range.start; at < range.end();) {
                const std::uint64_t stop = std::min(
                    range.end().value, (at.value / m_cluster.value + 1) * m_cluster.value);
                const Bytes length{stop - at.value};
                chunk.firstBytes.resize(length.value);
                chunk.secondBytes.resize(length.value);
                m_firstDisk.read(at, chunk.firstBytes);
                m_secondDisk.read(at, chunk.secondBytes);
                addJoined(chunk.ranges,
                    {at, length,
                        chunk.firstBytes == chunk.secondBytes ? DifferenceKind::SameContent
                                                              : DifferenceKind::Changed});
                at = GuestOffset{stop};
            }
        }

        std::shared_ptr<const GuestMapping> m_first;
        std::shared_ptr<const GuestMapping> m_second;
        bool m_hasBacking;
        Bytes m_cluster;
        bool m_readsContent;
        VirtualDisk m_firstDisk;
        VirtualDisk m_secondDisk;
        std::uint64_t m_common = 0; ///< guest bytes that both disks have
        std::uint64_t m_end = 0; ///< of the larger disk
        std::uint64_t m_next = 0; ///< where the next chunk begins
    };

    /// Joins ranges of neighbouring chunks, sums them up and hands them on.
    class Summing {
    public:
        Summing(const DifferenceSink& sink, Bytes cluster, DifferenceTotals& totals)
            : m_sink(sink)
            , m_cluster(cluster.value)
            , m_totals(totals)
        {
        }
        void add(const DifferenceRange& range)
        {
            if (m_pending.length.value && m_pending.kind == range.kind) {
                m_pending.length += range.length;
                return;
            }
            flush();
            m_pending = range;
        }
        void flush()
        {
            if (m_pending.length.value == 0)
                return;
            const auto kind = static_cast<std::size_t>(m_pending.kind);
            m_totals.bytes[kind] += m_pending.length;
            // A cluster of which several parts are of one kind counts once.
            const std::uint64_t first
                = std::max(m_pending.start.value / m_cluster, m_uncounted[kind]);
            const std::uint64_t end = (m_pending.end().value - 1) / m_cluster + 1;
            m_totals.clusters[kind] += end - std::min(first, end);
            m_uncounted[kind] = end;
            m_sink(m_pending);
            m_pending = {};
        }

    private:
        const DifferenceSink& m_sink;
        std::uint64_t m_cluster; ///< bytes
        DifferenceTotals& m_totals;
        DifferenceRange m_pending;
        std::array<std::uint64_t, differenceKinds> m_uncounted{}; ///< guest clusters
    };

} // namespace

const char* differenceName(DifferenceKind kind)
{
    switch (kind) {
    case DifferenceKind::Same: return "same";
    case DifferenceKind::SameContent: return "same-content";
    case DifferenceKind::Changed: return "changed";
    case DifferenceKind::New: return "new";
    case DifferenceKind::Gone: return "gone";
    case DifferenceKind::Damaged: return "damaged";
    }
    return "damaged";
}

std::shared_ptr<const GuestMapping> stateOf(
    const std::shared_ptr<const Image>& image, StateIndex state)
{
    if (!state)
        return {image, &image->activeState()};
    return image->snapshotState(*state);
}

DifferenceTotals compareStates(const std::shared_ptr<const Image>& image, StateIndex first,
    StateIndex second, const DifferenceOptions& options, const DifferenceSink& sink,
    const JobControl& job)
{
    Comparison comparison{image, first, second, options};
    DifferenceTotals totals;
    totals.firstSize = comparison.firstSize();
    totals.secondSize = comparison.secondSize();
    Summing summing{sink, comparison.cluster(), totals};
    orderedPipeline<Chunk>(
        std::min(options.threads ? options.threads : defaultThreads(), mostThreads), job,
        [&](Chunk& chunk) { return comparison.produce(chunk); },
        [&](Chunk& chunk) { comparison.work(chunk, job); },
        [&](Chunk& chunk) {
            for (const DifferenceRange& range : chunk.ranges)
                summing.add(range);
            job.step({chunk.end, comparison.end()});
        });
    summing.flush();
    return totals;
}

} // namespace platter
