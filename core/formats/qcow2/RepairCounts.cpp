// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Repair.h"

#include <algorithm>
#include <array>
#include <set>

namespace platter::qcow2 {

bool Repairer::mayFreeLeaks() const
{
    // Only a full repair gives such a block a place where its counts may be written.
    if (!all() && m_report.countOf.contains(&refcountBlockShared))
        return false;
    if (m_options.freeLost)
        return true;
    // What else is wrong, and cannot have made used clusters look unused.
    static const std::set<const FindingKind*> harmless{&refcountTooLow, &refcountOverflow,
        &refcountTableReserved, &refcountBlockUnaligned, &refcountBlockPastEnd,
        &refcountBlockShared, &refcountBlockUnread, &l1Reserved, &l2Reserved, &l2Unaligned,
        &l2CompressedCopied, &l2CompressedBitmap, &l2BitmapContradiction, &l2BitmapWithoutCluster,
        &copiedL1, &copiedL2, &snapshotIncomplete, &pastEnd, &compressedBroken,
        &dataFileRawWithoutDataFile};
    for (const CheckReport* report : {&m_plan.before, &m_report}) {
        for (const auto& [kind, count] : report->countOf) {
            const bool isDamage
                = kind->severity == Severity::Corruption || kind->severity == Severity::Unchecked;
            if (count && isDamage && !harmless.contains(kind))
                return false;
        }
    }
    if (m_report.countOf.find(&leakFillsRange) != m_report.countOf.end() || m_hasGarbageTables)
        return false;
    // A refcount block leads to no data: counts are made again without it.
    const std::string block = hostUseName(HostUse::RefcountBlock);
    const bool hasLostTable
        = std::any_of(m_report.findings.begin(), m_report.findings.end(), [&](const Finding& one) {
              return one.kind == &leakLooksLike && one.arguments.size() > 1
                  && one.arguments[1] != block;
          });
    if (hasLostTable)
        return false;
    // Behind an L1 entry, or a table's place, that leads nowhere, everything is leaked.
    return std::none_of(m_report.findings.begin(), m_report.findings.end(), [](const Finding& one) {
        return one.kind == &l1Unaligned
            || (one.kind == &pastEnd && !one.arguments.empty()
                && one.arguments.front() != "L2 entry");
    });
}

void Repairer::correctCounts()
{
    RepairStep raised;
    raised.id = "raise-refcounts";
    raised.text = "Count what is used and was not counted.";
    RepairStep freed;
    freed.id = "free-leaks";
    freed.text = "Free clusters that nothing uses.";
    leaveOut(raised);
    leaveOut(freed);
    if (!freed.chosen) {
        freed.count = m_report.leaks;
    } else if (!mayFreeLeaks()) {
        freed.chosen = false;
        freed.count = m_report.leaks;
        freed.whyNot = "They look like lost tables, or may belong to a snapshot, a bitmap or a "
                       "range whose table cannot be read: freeing them would give that data up. "
                       "Ask for it by --free-lost.";
    }
    const auto tooLow = m_report.countOf.find(&refcountTooLow);
    if (!raised.chosen && all() && tooLow != m_report.countOf.end())
        raised.count = tooLow->second;
    // New blocks must be counted too, and may need blocks themselves.
    constexpr int mostRounds = 12;
    for (int round = 0; round < mostRounds && correctCountsOnce(raised, freed); ++round)
        reopen();
    m_plan.steps.push_back(std::move(raised));
    m_plan.steps.push_back(std::move(freed));
}

bool Repairer::correctCountsOnce(RepairStep& raised, RepairStep& freed)
{
    struct Wanted {
        std::uint64_t first, count, stored, found;
    };
    std::vector<Wanted> wanted;
    const Geometry geometry = m_image->geometry(); // growTable() opens the image anew
    check([&](const CountDifference& difference) {
        wanted.push_back({geometry.cluster.clusterOf(difference.start).index,
            difference.length.value / geometry.cluster.bytes().value, difference.stored,
            difference.found});
    });
    bool changed = false;
    for (const Wanted& one : wanted) {
        const bool lower = one.found < one.stored;
        if (lower ? !freed.chosen : !raised.chosen || !all())
            continue;
        RepairStep& step = lower ? freed : raised;
        for (std::uint64_t i = 0; i < one.count; ++i) {
            if (!setCount(one.first + i, std::min(one.found, geometry.refcountMaximum())))
                continue;
            changed |= one.found <= geometry.refcountMaximum();
            ++step.count;
            step.bytesChanged += Bytes{std::max(1U, geometry.refcountBits() / 8)};
        }
    }
    return changed;
}

bool Repairer::setCount(std::uint64_t cluster, std::uint64_t count)
{
    const Geometry geometry = m_image->geometry(); // growTable() opens the image anew
    const std::uint64_t perBlock = geometry.refcountsPerBlock();
    std::optional<HostOffset> block;
    if (const auto fresh = m_newBlocks.find(cluster / perBlock); fresh != m_newBlocks.end())
        block = fresh->second;
    else
        block = m_counts->blockAt(cluster / perBlock);
    if (!block)
        block = all() ? blockFor(cluster / perBlock) : std::nullopt;
    if (!block)
        return false;
    // A count lies within one group of 8 bytes.
    const std::uint64_t perGroup = 64 / geometry.refcountBits();
    const std::uint64_t index = cluster % perBlock;
    std::array<std::byte, 8> group{};
    const HostOffset at = *block + Bytes{index / perGroup * 8};
    m_file->readPadded(at, group);
    setRefcount(group, index % perGroup, geometry.refcountOrder, count);
    put(at, group, HostUse::RefcountBlock);
    return true;
}

std::optional<HostOffset> Repairer::blockFor(std::uint64_t index)
{
    const std::uint64_t room
        = m_image->geometry().cluster.bytes().value * m_image->header().refcountTableClusters / 8;
    const bool tableIsThere
        = m_counts->at().value != 0 && m_counts->at().value < m_file->size().value;
    if (index >= room || !tableIsThere) {
        growTable(index + 1);
        if (index >= m_image->geometry().cluster.bytes().value
                * m_image->header().refcountTableClusters / 8)
            return {};
    }
    const HostOffset fresh = allocate(1);
    setWord(m_counts->at() + Bytes{index * 8}, fresh.value, HostUse::RefcountTable);
    m_newBlocks[index] = fresh;
    return fresh;
}

/// Writes the table again where there is room for `entries`, as it is now with new blocks.
void Repairer::growTable(std::uint64_t entries)
{
    const Geometry geometry = m_image->geometry(); // growTable() opens the image anew
    const std::uint64_t clusters = std::max<std::uint64_t>(
        m_image->header().refcountTableClusters, geometry.cluster.clustersFor(Bytes{entries * 8}));
    if (geometry.cluster.bytes() * clusters > limit::refcountTable)
        return;
    std::vector<std::byte> table((geometry.cluster.bytes() * clusters).value);
    if (m_counts->at().value < m_file->size().value)
        m_file->readPadded(m_counts->at(),
            std::span{table}.first(std::min<std::size_t>(table.size(),
                (geometry.cluster.bytes() * m_image->header().refcountTableClusters).value)));
    const HostOffset fresh = allocate(clusters);
    m_file->write(fresh, table);
    setWord(
        HostOffset{headerFields.find("refcount_table_offset")->at}, fresh.value, HostUse::Header);
    std::array<std::byte, 4> count{};
    storeBig(count.data(), static_cast<std::uint32_t>(clusters));
    put(HostOffset{headerFields.find("refcount_table_clusters")->at}, count, HostUse::Header);
    auto blocks = std::move(m_newBlocks);
    reopen();
    m_newBlocks = std::move(blocks);
}

} // namespace platter::qcow2
