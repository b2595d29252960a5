// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow2/CheckPass.h"
#include "core/formats/qcow2/Findings.h"
#include "core/jobs/OrderedPipeline.h"

#include <algorithm>

namespace platter::qcow2 {

/// Reads stored counts of rising clusters, keeping the block at hand.
class CheckPass::BlockReader {
public:
    explicit BlockReader(const CheckPass& pass)
        : m_pass(pass)
    {
    }
    std::uint64_t countOf(std::uint64_t cluster)
    {
        const Geometry& geometry = m_pass.m_geometry;
        const std::uint64_t index = cluster / geometry.refcountsPerBlock();
        if (m_index != index) {
            m_index = index;
            m_at = m_pass.m_refcounts.blockAt(index);
            if (m_at) {
                m_block.resize(geometry.cluster.bytes().value);
                m_pass.m_image.file().readPadded(*m_at, m_block);
            }
        }
        return m_at
            ? refcountIn(m_block, cluster % geometry.refcountsPerBlock(), geometry.refcountOrder)
            : 0;
    }

private:
    const CheckPass& m_pass;
    std::optional<std::uint64_t> m_index;
    std::optional<HostOffset> m_at;
    std::vector<std::byte> m_block;
};

void CheckPass::examineRefcountTable()
{
    const auto& entries = m_refcounts.entries();
    const std::uint64_t clusters = m_geometry.cluster.clustersFor(Bytes{m_fileSize});
    for (std::uint64_t i = 0; i < entries.size(); ++i) {
        const std::uint64_t offset = entries[i] & entry::refcountOffset;
        const HostOffset at = m_refcounts.at() + Bytes{i * 8};
        const auto arguments = [&](std::uint64_t value) {
            return std::vector<std::string>{std::to_string(i), hexText(value)};
        };
        if (entries[i] & entry::refcountReserved) {
            report(refcountTableReserved, at, 1, [&] { return arguments(entries[i]); });
            continue;
        }
        if (!m_geometry.cluster.aligned(HostOffset{offset})) {
            report(refcountBlockUnaligned, at, 1, [&] { return arguments(offset); });
            continue;
        }
        const std::uint64_t cluster = offset / m_clusterBytes;
        if (cluster >= clusters
            && !(m_counts.used().covers(cluster) && m_counts.used().test(cluster))) {
            report(refcountBlockPastEnd, at, 1, [&] { return arguments(offset); });
            continue;
        }
        if (offset == 0 || !m_counts.used().covers(cluster))
            continue;
        if (offset + m_clusterBytes > m_fileSize)
            report(tableCut, HostOffset{offset}, 1, [&] {
                return std::vector<std::string>{
                    hostUseName(HostUse::RefcountBlock), hexText(offset)};
            });
        m_counts.add(cluster, 1, 1);
        const std::uint64_t uses = m_counts.countOf(cluster);
        if (uses != 1) {
            suspect(cluster);
            m_findings.add(
                refcountBlockShared, HostOffset{offset}, {}, Bytes{m_clusterBytes}, 1, [&] {
                    return std::vector<std::string>{
                        std::to_string(i), hexText(offset), std::to_string(uses)};
                });
        }
    }
}

/// Clusters that are compared by one thread, and what came out.
struct CheckPass::Piece {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t highest = 0;
    std::vector<CountDifference> differences;
};

/// Compares counts with references, a page of clusters at a time.
void CheckPass::compare()
{
    const std::uint64_t first = m_counts.used().first();
    // The cluster behind the end of the file matters only if something refers to it.
    std::uint64_t end = m_counts.used().end();
    if (end == examinedClusters(m_image) && !m_counts.used().test(end - 1))
        --end;
    if (first >= end)
        return;
    constexpr std::uint64_t pieceClusters = ReferenceCounts::pageClusters * 64;
    std::uint64_t next = first;
    orderedPipeline<Piece>(
        m_threads, m_job,
        [&](Piece& piece) {
            if (next >= end)
                return false;
            piece.from = next;
            next = piece.to = std::min(end, next + pieceClusters);
            return true;
        },
        [&](Piece& piece) { comparePiece(piece); },
        [&](const Piece& piece) {
            m_highest = std::max(m_highest, piece.highest);
            for (const CountDifference& difference : piece.differences)
                m_differences(difference);
            m_job.step({piece.to - first, end - first});
        });
    reportUnreadableBlocks(first, end);
    if (m_role == Role::First)
        reportCountsPastEnd();
}

void CheckPass::comparePiece(Piece& piece)
{
    const std::uint64_t first = m_counts.used().first();
    BlockReader reader{*this};
    piece.highest = 0;
    piece.differences.clear();
    for (std::uint64_t at = piece.from; at < piece.to; at += 64) {
        const std::uint64_t index = (at - first) / 64;
        const std::uint64_t inside = std::min<std::uint64_t>(64, piece.to - at);
        const std::uint64_t mask
            = inside == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << inside) - 1;
        const std::uint64_t used = m_counts.used().word(index) & mask;
        const std::uint64_t counted = m_stored.used().word(index) & mask;
        const std::uint64_t one = m_stored.one().word(index) & mask;
        if ((used | counted) && countable(at))
            piece.highest = std::max(
                piece.highest, at + 63 - static_cast<unsigned>(std::countl_zero(used | counted)));
        std::uint64_t suspects = (used ^ one) | (counted ^ one);
        if (m_counts.hasPage((at - first) / ReferenceCounts::pageClusters))
            suspects = used | counted;
        for (; suspects; suspects &= suspects - 1)
            judgeCount(reader, at + static_cast<unsigned>(std::countr_zero(suspects)), piece);
    }
}

void CheckPass::addDifference(
    Piece& piece, HostOffset at, std::uint64_t stored, std::uint64_t found) const
{
    if (!m_differences || stored == found)
        return;
    auto& list = piece.differences;
    if (!list.empty() && list.back().end() == at && list.back().stored == stored
        && list.back().found == found)
        list.back().length += Bytes{m_clusterBytes};
    else
        list.push_back({at, Bytes{m_clusterBytes}, stored, found});
}

void CheckPass::judgeCount(BlockReader& reader, std::uint64_t cluster, Piece& piece)
{
    if (!countable(cluster))
        return;
    const HostOffset at = m_geometry.cluster.startOf(HostCluster{cluster});
    const std::uint64_t stored = reader.countOf(cluster);
    std::uint64_t uses = m_counts.countOf(cluster);
    addDifference(piece, at, stored, uses);
    if (uses > 1)
        judgeOverlap(cluster);
    const std::uint64_t most = m_geometry.refcountMaximum();
    if (uses > most) {
        m_findings.add(refcountOverflow, at, {}, Bytes{m_clusterBytes}, uses - most, [&] {
            return std::vector<std::string>{
                hexText(at.value), std::to_string(uses), std::to_string(m_geometry.refcountBits())};
        });
        uses = most;
    }
    if (stored != uses)
        m_findings.add(
            stored > uses ? refcountLeak : refcountTooLow, at, {}, Bytes{m_clusterBytes}, 1, [&] {
                return std::vector<std::string>{
                    hexText(at.value), std::to_string(stored), std::to_string(uses)};
            });
}

void CheckPass::reportUnreadableBlocks(std::uint64_t first, std::uint64_t end)
{
    const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
    for (std::uint64_t i = first / perBlock; i < m_refcounts.entries().size() && i * perBlock < end;
         ++i) {
        if (!m_refcounts.isUnreadable(i))
            continue;
        const std::uint64_t from = std::max(first, i * perBlock);
        const std::uint64_t count = std::min(end, (i + 1) * perBlock) - from;
        const HostOffset at = m_geometry.cluster.startOf(HostCluster{from});
        m_findings.add(refcountBlockUnread, at, {}, {}, count, [&] {
            return std::vector<std::string>{std::to_string(count), hexText(at.value)};
        });
    }
}

void CheckPass::reportCountsPastEnd()
{
    // The cluster behind the end belongs to the last bytes of a cut one.
    const std::uint64_t end = examinedClusters(m_image);
    const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
    std::vector<std::byte> block;
    std::uint64_t counted = 0;
    std::optional<std::uint64_t> first;
    for (std::uint64_t i = end / perBlock; i < m_refcounts.entries().size(); ++i) {
        const auto at = m_refcounts.blockAt(i);
        if (!at)
            continue;
        m_job.checkStop();
        block.resize(m_clusterBytes);
        m_image.file().readPadded(*at, block);
        for (std::uint64_t k = i == end / perBlock ? end % perBlock : 0; k < perBlock; ++k) {
            if (refcountIn(block, k, m_geometry.refcountOrder) == 0)
                continue;
            ++counted;
            if (!first)
                first = i * perBlock + k;
        }
    }
    if (first)
        report(refcountPastEnd, m_geometry.cluster.startOf(HostCluster{*first}), 1, [&] {
            return std::vector<std::string>{std::to_string(counted),
                hexText(m_geometry.cluster.startOf(HostCluster{*first}).value)};
        });
}

} // namespace platter::qcow2
