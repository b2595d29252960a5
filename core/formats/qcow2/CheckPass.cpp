// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/CheckPass.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/Findings.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// The counters of one pass together: 64 MiB. What does not fit needs a smaller window.
    constexpr std::uint64_t mostPages = (std::uint64_t{1} << 24) / ReferenceCounts::pageClusters;

} // namespace

std::uint64_t examinedClusters(const Qcow2Image& image)
{
    return image.geometry().cluster.clustersFor(image.file().size()) + 1;
}

CheckPass::CheckPass(const Qcow2Image& image, const RefcountTable& refcounts, Window window,
    Role role, unsigned threads, const JobControl& job, FindingCollector& findings,
    const CountDifferenceSink& differences)
    : m_image(image)
    , m_geometry(image.geometry())
    , m_refcounts(refcounts)
    , m_role(role)
    , m_threads(threads)
    , m_job(job)
    , m_findings(findings)
    , m_differences(differences)
    , m_fileSize(image.file().size().value)
    , m_clusterBytes(m_geometry.cluster.bytes().value)
    , m_stored(image.file(), m_geometry, refcounts, window.first, window.count, threads, job)
    , m_counts(window.first, window.count, mostPages)
    , m_tallies(threads)
{
    if (!image.snapshots().empty())
        m_activePlain = std::make_unique<ClusterBits>(window.first, window.count);
}

CheckPass::~CheckPass() = default;

void CheckPass::run()
{
    ReferenceSinks sinks;
    sinks.structure = [&](const StructureUse& use) { examineStructure(use); };
    sinks.l1Entry = [&](const L1Entry& entry) { examineL1(entry); };
    sinks.table = [&](unsigned worker, const TableUse& use, std::span<const std::byte> table) {
        examineTable(m_tallies[worker], use, table);
    };
    sinks.brokenSnapshot = [&](const FindingKind& kind, std::size_t index) {
        const SnapshotInfo& snapshot = m_image.snapshots()[index];
        report(kind, m_image.header().snapshotsOffset, 1, [&] {
            return std::vector<std::string>{snapshot.name,
                &kind == &snapshotL1TooLarge ? std::to_string(snapshot.l1Entries)
                                             : hexText(snapshot.l1TableOffset.value)};
        });
    };
    sinks.brokenBitmapEntry = [&](std::size_t bitmap, std::uint32_t index, std::uint64_t word) {
        const BitmapEntry& entry = m_image.bitmapEntries()[bitmap];
        report(bitmapTableEntry, entry.tableOffset + Bytes{index * 8ULL}, 1, [&] {
            return std::vector<std::string>{std::to_string(index), entry.name, hexText(word)};
        });
    };
    scanReferences(m_image, m_threads, m_job, sinks);
    examineRefcountTable();
    countTables();
    compare();
    suspectStructures();
    nameOverlaps();
}

void CheckPass::addTallies(CheckReport& report) const
{
    for (const Tally& tally : m_tallies) {
        report.allocatedClusters += tally.allocated;
        report.fragmentedClusters += tally.fragmented;
        report.compressedClusters += tally.compressed;
    }
}

template <class Who>
bool CheckPass::count(std::uint64_t at, std::uint64_t length, std::uint64_t weight, Who&& who,
    HostOffset entryAt, std::optional<GuestOffset> guest)
{
    if (length == 0)
        return false;
    const bool isCounted
        = at < m_fileSize + m_clusterBytes && length < m_fileSize + m_clusterBytes - at;
    if (!isCounted || at >= m_fileSize)
        report(
            pastEnd, entryAt, weight,
            [&] {
                return std::vector<std::string>{who(), hexText(entryAt.value), hexText(at)};
            },
            guest);
    if (!isCounted)
        return false;
    const std::uint64_t first = m_geometry.cluster.clusterOf(HostOffset{at}).index;
    const std::uint64_t last = m_geometry.cluster.clusterOf(HostOffset{at + length - 1}).index;
    m_counts.add(first, last - first + 1, weight);
    return true;
}

void CheckPass::examineStructure(const StructureUse& use)
{
    const bool isCounted = count(
        use.at.value, use.length.value, use.weight, [&] { return hostUseName(use.use); },
        use.place.value_or(use.at));
    // Data of bitmaps is as plain as the guest's.
    if (isCounted && use.use != HostUse::BitmapData)
        m_structures.push_back(use);
}

/// Whether the stored count of a cluster is judged in this pass.
bool CheckPass::judgedHere(std::uint64_t cluster) const
{
    const std::uint64_t all = examinedClusters(m_image);
    return cluster >= all ? m_role == Role::First : m_stored.one().covers(cluster);
}
bool CheckPass::storedOne(std::uint64_t cluster) const
{
    return m_stored.one().covers(cluster) ? m_stored.one().test(cluster)
                                          : storedCount(cluster) == 1;
}
std::uint64_t CheckPass::storedCount(std::uint64_t cluster) const
{
    return m_refcounts.countOf(m_image.file(), HostCluster{cluster});
}
/// QEMU says nothing about flags whose count it cannot read.
bool CheckPass::countable(std::uint64_t cluster) const
{
    const std::uint64_t block = cluster / m_geometry.refcountsPerBlock();
    return block >= m_refcounts.entries().size() || !m_refcounts.isUnreadable(block);
}

void CheckPass::examineL1(const L1Entry& entry)
{
    const std::uint64_t table = entry.word & entry::offset;
    const auto place = [&] { return std::to_string(entry.index); };
    if (entry.word & entry::l1Reserved)
        report(l1Reserved, entry.at, entry.weight, [&] {
            return std::vector<std::string>{place(), hexText(entry.word)};
        });
    if (table == 0)
        return;
    std::optional<GuestOffset> guest;
    if (entry.owner == L1Entry::Owner::Active)
        guest = GuestOffset{m_geometry.tableCoverage().value * entry.index};
    count(
        table, m_clusterBytes, entry.weight, [&] { return "L1 entry " + place(); }, entry.at,
        guest);
    if (!m_geometry.cluster.aligned(HostOffset{table}))
        report(
            l1Unaligned, entry.at, entry.weight,
            [&] {
                return std::vector<std::string>{place(), hexText(table)};
            },
            guest);

    const std::uint64_t cluster = m_geometry.cluster.clusterOf(HostOffset{table}).index;
    if (entry.owner != L1Entry::Owner::Active || !judgedHere(cluster) || !countable(cluster))
        return;
    const bool copied = (entry.word & entry::copied) != 0;
    if (copied != storedOne(cluster))
        m_findings.add(copiedL1, entry.at, guest, {}, 1, [&] {
            return std::vector<std::string>{
                place(), copied ? "set" : "clear", std::to_string(storedCount(cluster))};
        });
}

/// Looks at one L2 table for all L1 entries that lead to it.
void CheckPass::examineTable(Tally& tally, const TableUse& use, std::span<const std::byte> table)
{
    const std::uint64_t weight = std::uint64_t{use.active} + use.snapshots;
    if (use.at.value + m_clusterBytes > m_fileSize)
        report(tableCut, use.at, 1, [&] {
            return std::vector<std::string>{hostUseName(HostUse::L2Table), hexText(use.at.value)};
        });
    if (use.active > 1)
        report(
            l1SharedTable, use.at, 1,
            [&] {
                return std::vector<std::string>{hexText(use.at.value), std::to_string(use.active)};
            },
            guestOf(use, 0), m_geometry.tableCoverage());
    std::uint64_t expected = 0; // host offset behind the last data cluster of the table
    walkEntries(m_geometry, table, 0, [&](const EntryRun& run) {
        if (run.type == EntryType::Unallocated && run.word == 0 && run.bitmap == 0)
            return true;
        if (run.type == EntryType::ZeroPlain && run.word == entry::zero && m_geometry.version >= 3)
            return true;
        const bool plain = (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated)
            && isSound(run);
        if (plain) {
            examineSoundRun(tally, use, run, weight, expected);
            return true;
        }
        for (std::uint64_t i = 0; i < run.count; ++i) {
            EntryRun one = run;
            one.first = run.first + i;
            one.count = 1;
            if (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated)
                one.word = run.word + m_clusterBytes * i;
            // The flags above the offset may have changed with the sum.
            one.type = m_geometry.typeOf(one.word);
            examineEntry(tally, use, one, weight, expected);
        }
        return true;
    });
}

/// No reserved bits, aligned, inside the file, no contradiction in the bitmap.
bool CheckPass::isSound(const EntryRun& run) const
{
    const std::uint64_t host = run.word & entry::offset;
    const auto stored = static_cast<std::uint32_t>(run.bitmap);
    const auto zero = static_cast<std::uint32_t>(run.bitmap >> 32);
    return (run.word & entry::l2Reserved) == 0 && m_geometry.cluster.aligned(HostOffset{host})
        && (stored & zero) == 0 && (run.type == EntryType::Normal || m_geometry.version >= 3)
        && !(m_geometry.extended && (run.word & entry::zero)) && !m_geometry.externalData
        && host < m_fileSize
        && run.count <= (m_fileSize - host + m_clusterBytes - 1) / m_clusterBytes;
}

void CheckPass::examineSoundRun(Tally& tally, const TableUse& use, const EntryRun& run,
    std::uint64_t weight, std::uint64_t& expected)
{
    const std::uint64_t host = run.word & entry::offset;
    const std::uint64_t cluster = host / m_clusterBytes;
    countPlain(use, cluster, run.count, weight);
    if (use.active == 0)
        return;
    tally.allocated += run.count * use.active;
    if (expected != 0 && expected != host)
        tally.fragmented += use.active;
    expected = host + run.count * m_clusterBytes;

    const bool copied = (run.word & entry::copied) != 0;
    const ClusterBits& one = m_stored.one();
    // The part of the run inside the window; the rest has its turn in another pass.
    const std::uint64_t from = std::max(cluster, one.first());
    const std::uint64_t to = std::min(cluster + run.count, one.end());
    if (from >= to
        || one.all(from, to - from, copied ? ClusterBits::Wanted::Set : ClusterBits::Wanted::Clear))
        return;
    for (std::uint64_t at = from; at < to; ++at)
        judgeCopied(use, run.first + (at - cluster), at, copied);
}

void CheckPass::judgeCopied(
    const TableUse& use, std::uint64_t index, std::uint64_t cluster, bool copied)
{
    if (!judgedHere(cluster) || !countable(cluster) || storedOne(cluster) == copied)
        return;
    const HostOffset at = use.at + Bytes{index * m_geometry.entryBytes()};
    m_findings.add(copiedL2, at, guestOf(use, index), Bytes{m_clusterBytes}, use.active, [&] {
        return std::vector<std::string>{
            hexText(at.value), copied ? "set" : "clear", std::to_string(storedCount(cluster))};
    });
}

GuestOffset CheckPass::guestOf(const TableUse& use, std::uint64_t index) const
{
    return {m_geometry.tableCoverage().value * use.l1Index + m_clusterBytes * index};
}

/// One entry that is not plain and sound, by QEMU's rules and ours.
void CheckPass::examineEntry(Tally& tally, const TableUse& use, const EntryRun& run,
    std::uint64_t weight, std::uint64_t& expected)
{
    const HostOffset at = use.at + Bytes{run.first * m_geometry.entryBytes()};
    const GuestOffset guest = guestOf(use, run.first);
    const auto found = [&](const FindingKind& kind, const std::string& value) {
        report(
            kind, at, weight,
            [&] {
                return std::vector<std::string>{hexText(at.value), value};
            },
            guest, Bytes{m_clusterBytes});
    };
    const auto who = [] { return std::string{"L2 entry"}; };
    const auto stored = static_cast<std::uint32_t>(run.bitmap);
    const auto zero = static_cast<std::uint32_t>(run.bitmap >> 32);

    if (run.type != EntryType::Compressed && (run.word & entry::l2Reserved))
        found(l2Reserved, hexText(run.word));
    if (m_geometry.extended && run.type != EntryType::Compressed && (run.word & entry::zero))
        found(l2ZeroInExtended, hexText(run.word));
    switch (run.type) {
    case EntryType::Compressed: examineCompressed(tally, use, run, weight, at, guest); return;
    case EntryType::ZeroAllocated:
    case EntryType::Normal: {
        const std::uint64_t host = run.word & entry::offset;
        if (stored & zero)
            found(l2BitmapContradiction, hexText(run.bitmap));
        if (!m_geometry.cluster.aligned(HostOffset{host}))
            found(l2Unaligned, hexText(host));
        if (run.type == EntryType::ZeroAllocated && m_geometry.version < 3)
            found(l2ZeroInVersion2, {});
        if (use.active) {
            tally.allocated += use.active;
            if (expected != 0 && expected != host)
                tally.fragmented += use.active;
            expected = host + m_clusterBytes;
        }
        if (m_geometry.externalData) {
            if (use.active && host != guest.value)
                found(l2DataFileOffset, hexText(host));
            if (use.active && !(run.word & entry::copied))
                report(
                    copiedL2, at, use.active,
                    [&] {
                        return std::vector<std::string>{hexText(at.value), "clear", "1"};
                    },
                    guest, Bytes{m_clusterBytes});
            return;
        }
        count(host, m_clusterBytes, weight, who, at, guest);
        if (use.active)
            judgeCopied(use, run.first, host / m_clusterBytes, (run.word & entry::copied) != 0);
        return;
    }
    case EntryType::ZeroPlain:
        if (m_geometry.version < 3)
            found(l2ZeroInVersion2, {});
        if (run.word & entry::copied)
            found(l2CopiedWithoutCluster, hexText(run.word));
        return;
    case EntryType::Unallocated:
        if (stored)
            found(l2BitmapWithoutCluster, hexText(run.bitmap));
        if (run.word & entry::copied)
            found(l2CopiedWithoutCluster, hexText(run.word));
        return;
    }
}

void CheckPass::examineCompressed(Tally& tally, const TableUse& use, const EntryRun& run,
    std::uint64_t weight, HostOffset at, GuestOffset guest)
{
    const auto found = [&](const FindingKind& kind, const std::string& value) {
        report(
            kind, at, weight,
            [&] {
                return std::vector<std::string>{hexText(at.value), value};
            },
            guest, Bytes{m_clusterBytes});
    };
    if (run.word & entry::copied)
        found(l2CompressedCopied, {});
    if (m_geometry.externalData) {
        found(l2CompressedDataFile, {});
        return;
    }
    if (run.bitmap) {
        found(l2CompressedBitmap, hexText(run.bitmap));
        return;
    }
    if (m_geometry.compressedReserved(run.word))
        found(l2Reserved, hexText(run.word));
    const CompressedPlace place = m_geometry.compressedPlace(run.word);
    const bool isCounted = count(
        place.start.value, place.length.value, weight, [] { return std::string{"L2 entry"}; }, at,
        guest);
    if (isCounted) {
        const std::uint64_t first = m_geometry.cluster.clusterOf(place.start).index;
        const std::uint64_t last
            = m_geometry.cluster.clusterOf(place.start + place.length - Bytes{1}).index;
        compressedCounts().add(first, last - first + 1, weight);
    }
    tally.allocated += use.active;
    tally.compressed += use.active;
    // QEMU counts every compressed cluster as fragmented.
    tally.fragmented += use.active;
}

} // namespace platter::qcow2
