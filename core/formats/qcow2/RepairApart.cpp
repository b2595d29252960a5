// SPDX-License-Identifier: GPL-3.0-or-later
// What lies in one place and belongs to two gets places of its own, before anything is changed
// there.
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/formats/qcow2/Repair.h"

namespace platter::qcow2 {

void Repairer::moveRefcountBlocks()
{
    RepairStep& moved = step("move-refcount-blocks",
        "Give refcount blocks that lie in used clusters a place of their own.");
    forEach(refcountBlockShared, [&](const Finding& finding) {
        const std::uint64_t index = numberIn(finding, 0);
        const Bytes clusterBytes = m_image->geometry().cluster.bytes();
        ++moved.count;
        moved.bytesChanged += clusterBytes + Bytes{8};
        if (!moved.chosen)
            return;
        std::vector<std::byte> block(clusterBytes.value);
        m_file->readPadded(*finding.host, block);
        const HostOffset fresh = allocate(1);
        m_file->write(fresh, block);
        setWord(m_counts->at() + Bytes{index * 8}, fresh.value, HostUse::RefcountTable);
        m_movedBlocks.emplace(fresh.value / clusterBytes.value, *finding.host);
    });
}

/// Gives plain guest clusters that share their place with a structure, or with another guest
/// cluster of the present state, copies of their own: what the guest reads stays the same.
void Repairer::copyApart()
{
    const Geometry& geometry = m_image->geometry();
    const Bytes clusterBytes = geometry.cluster.bytes();
    std::set<std::uint64_t> all;
    std::set<std::uint64_t> keepFirst;
    const auto note = [&](const Finding& finding) { all.insert(finding.host->value); };
    forEach(overlapData, note);
    forEach(overlapCompressed, note);
    forEach(sharedData, [&](const Finding& finding) {
        all.insert(finding.host->value);
        keepFirst.insert(finding.host->value);
    });
    if (all.empty())
        return;
    RepairStep& apart = step(
        "copy-apart", "Copy guest clusters that lie in places of others to places of their own.");
    ReferenceSinks sinks;
    sinks.structure = [](const StructureUse&) {};
    sinks.l1Entry = [](const L1Entry&) {};
    sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
    sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
    std::vector<std::pair<HostOffset, std::uint64_t>> entries; // their places and words
    sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
        walkEntries(geometry, table, 0, [&](const EntryRun& run) {
            if (run.type != EntryType::Normal && run.type != EntryType::ZeroAllocated)
                return true;
            for (std::uint64_t i = 0; i < run.count; ++i) {
                const std::uint64_t value = run.word + clusterBytes.value * i;
                if (!all.contains(value & entry::offset)
                    || (keepFirst.contains(value & entry::offset) && use.active == 0))
                    continue;
                entries.emplace_back(
                    use.at + Bytes{(run.first + i) * geometry.entryBytes()}, value);
            }
            return true;
        });
    };
    scanReferences(*m_image, 1, m_job, sinks);
    // A table whose entries are changed may itself lie in a place that is copied: all copies come
    // first.
    std::vector<std::byte> data(clusterBytes.value);
    std::vector<std::pair<HostOffset, std::uint64_t>> changed;
    for (const auto& [at, value] : entries) {
        const std::uint64_t target = value & entry::offset;
        if (keepFirst.erase(target))
            continue;
        ++apart.count;
        apart.bytesChanged += clusterBytes + Bytes{8};
        if (!apart.chosen)
            continue;
        m_file->readPadded(HostOffset{target}, data);
        const HostOffset fresh = allocate(1);
        m_file->write(fresh, data);
        changed.emplace_back(at, (value & ~(entry::offset | entry::copied)) | fresh.value);
        m_plan.copiedApart.push_back(HostOffset{target});
    }
    for (const auto& [at, value] : changed)
        setWord(at, value, HostUse::L2Table);
}

} // namespace platter::qcow2
