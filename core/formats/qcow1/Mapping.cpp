// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/Mapping.h"

#include "core/formats/qcow1/Findings.h"

#include <algorithm>
#include <array>
#include <vector>

namespace platter::qcow1 {

namespace {

    constexpr std::uint64_t compressedFlag = std::uint64_t{1} << 63;
    constexpr std::uint64_t entryBytes = 8;

    std::uint64_t wordIn(std::span<const std::byte> entries, std::uint64_t index)
    {
        return loadBig<std::uint64_t>(entries.data() + index * entryBytes);
    }

} // namespace

/// Consecutive L2 entries that follow one rule: free ones, or clusters one behind the other.
struct Mapping::Run {
    std::uint64_t word = 0; ///< the first entry
    std::uint64_t index = 0; ///< the first one's place in the L2 table
    std::uint64_t count = 0;
};

Mapping::Mapping(std::shared_ptr<const ByteFile> file, const Header& header)
    : m_header(header)
    , m_pages(std::move(file))
{
}

/// Copies from the pages of the file: tables may begin anywhere, so an entry can lie in two pages.
void Mapping::copy(HostOffset at, std::span<std::byte> to) const
{
    while (!to.empty()) {
        const auto page = m_pages.pageAt(at);
        const std::uint64_t inPage = at.value % PageCache::pageSize;
        const std::size_t count = std::min<std::uint64_t>(to.size(), PageCache::pageSize - inPage);
        std::copy_n(page->begin() + static_cast<std::ptrdiff_t>(inPage), count, to.begin());
        to = to.subspan(count);
        at += Bytes{count};
    }
}

bool Mapping::isUsable(HostOffset table) const
{
    return table.value <= (~std::uint64_t{0} >> 1) - m_header.tableBytes().value;
}

Mapping::Run Mapping::runAt(std::span<const std::byte> entries, std::uint64_t index) const
{
    const std::uint64_t count = entries.size() / entryBytes;
    Run run{wordIn(entries, index), index, 1};
    if (run.word & compressedFlag)
        return run;
    const std::uint64_t step = run.word == 0 ? 0 : m_header.cluster().bytes().value;
    std::uint64_t next = run.word + step;
    while (index + run.count < count && wordIn(entries, index + run.count) == next
        && (next & compressedFlag) == 0) {
        next += step;
        ++run.count;
    }
    return run;
}

Extent Mapping::extentOf(std::uint64_t l1Index, HostOffset table, const Run& run) const
{
    const Bytes cluster = m_header.cluster().bytes();
    Extent extent;
    extent.start = m_header.tableCoverage().startOf(GuestCluster{l1Index}) + cluster * run.index;
    extent.length = cluster * run.count;
    if (run.word & compressedFlag) {
        // NOTE(spec): the length in bytes lies in the bits above the offset; both depend on
        // cluster_bits.
        const ClusterSize offsetSpace = ClusterSize::ofBits(63U - m_header.clusterBits);
        const HostOffset both{run.word & ~compressedFlag};
        extent.kind = ExtentKind::Compressed;
        extent.host = HostOffset{offsetSpace.within(both).value};
        extent.stored = Bytes{offsetSpace.clusterOf(both).index};
    } else if (run.word % 512 != 0) {
        extent.kind = ExtentKind::Damaged;
        extent.problem = &l2Unaligned;
        extent.entry = table + Bytes{entryBytes} * run.index;
    } else if (run.word != 0) {
        extent.kind = ExtentKind::Data;
        extent.host = HostOffset{run.word};
    }
    return extent;
}

Extent Mapping::unusableTable(std::uint64_t l1Index) const
{
    Extent extent;
    extent.start = m_header.tableCoverage().startOf(GuestCluster{l1Index});
    extent.length = m_header.tableCoverage().bytes();
    extent.kind = ExtentKind::Damaged;
    extent.problem = &l1Unusable;
    extent.entry = m_header.l1TableOffset + Bytes{entryBytes} * l1Index;
    return extent;
}

Extent Mapping::extentAt(GuestOffset at, Bytes atMost) const
{
    // Entries looked at together: enough for long runs, little to copy for a single cluster.
    constexpr std::uint64_t most = 256;
    std::array<std::byte, most * entryBytes> buffer;

    const std::uint64_t limit = at.value + std::min(atMost.value, size().value - at.value);
    const ClusterSize coverage = m_header.tableCoverage();
    const std::uint64_t l1Index = coverage.clusterOf(at).index;
    const std::uint64_t lastIndex = coverage.clusterOf(GuestOffset{limit - 1}).index;
    const auto l1 = std::span{buffer}.first(std::min(most, lastIndex - l1Index + 1) * entryBytes);
    copy(m_header.l1TableOffset + Bytes{entryBytes} * l1Index, l1);
    const HostOffset table{wordIn(l1, 0)};

    Extent extent;
    if (table.value == 0) {
        const std::uint64_t count = l1.size() / entryBytes;
        std::uint64_t tables = 1;
        while (tables < count && wordIn(l1, tables) == 0)
            ++tables;
        extent.start = coverage.startOf(GuestCluster{l1Index});
        extent.length = coverage.bytes() * tables;
    } else if (!isUsable(table)) {
        extent = unusableTable(l1Index);
    } else {
        const ClusterSize cluster = m_header.cluster();
        const std::uint64_t index = cluster.clusterOf(GuestOffset{coverage.within(at).value}).index;
        const std::uint64_t wanted
            = cluster.clusterOf(GuestOffset{limit - 1}).index - cluster.clusterOf(at).index + 1;
        const auto entries = std::span{buffer}.first(
            std::min({most, wanted, m_header.tableEntries() - index}) * entryBytes);
        copy(table + Bytes{entryBytes} * index, entries);
        Run run = runAt(entries, 0);
        run.index = index;
        extent = extentOf(l1Index, table, run);
    }
    if (extent.kind == ExtentKind::Compressed)
        return extent;
    const Bytes skipped = at - extent.start;
    if (extent.kind == ExtentKind::Data)
        extent.host += skipped;
    extent.length = Bytes{std::min(extent.end().value, limit) - at.value};
    extent.start = at;
    return extent;
}

void Mapping::walkTables(std::uint64_t first, std::uint64_t end, const JobControl& job,
    const std::function<void(const Table&)>& visit) const
{
    const ByteFile& file = m_pages.file();
    constexpr std::uint64_t batch = 8192; // L1 entries: 64 KiB
    std::vector<std::byte> l1(batch * entryBytes);
    std::vector<std::byte> entries(m_header.tableBytes().value);
    HostOffset inBuffer{0}; // the table that `entries` holds; none lies at 0
    for (std::uint64_t at = first; at < end;) {
        job.step({at - first, end - first});
        const HostOffset place = m_header.l1TableOffset + Bytes{entryBytes} * at;
        const std::uint64_t fileSize = file.size().value;
        if (place.value >= fileSize)
            return; // entries past the end of the file name no table
        // A hole of a sparse file is jumped over; the entry across its end is looked at again.
        const FileRegion region = file.regionAt(place);
        if (region.kind == FileRegion::Kind::Hole && region.end.value >= place.value + entryBytes) {
            at += (region.end.value - place.value) / entryBytes;
            continue;
        }
        const std::uint64_t count = std::min(end - at, batch);
        file.readPadded(place, std::span{l1}.first(count * entryBytes));
        for (std::uint64_t i = 0; i < count; ++i) {
            const HostOffset table{wordIn(l1, i)};
            if (table.value == 0)
                continue;
            job.checkStop();
            if (!isUsable(table)) {
                visit({at + i, table, false, {}});
                continue;
            }
            if (table != inBuffer) {
                file.readPadded(table, entries);
                inBuffer = table;
            }
            visit({at + i, table, true, entries});
        }
        at += count;
    }
}

void Mapping::extentsOf(const Table& table, const std::function<void(const Extent&)>& visit) const
{
    if (!table.usable) {
        visit(unusableTable(table.l1Index));
        return;
    }
    const std::uint64_t count = table.entries.size() / entryBytes;
    for (std::uint64_t index = 0; index < count;) {
        const Run run = runAt(table.entries, index);
        visit(extentOf(table.l1Index, table.at, run));
        index += run.count;
    }
}

void Mapping::scan(
    GuestOffset from, Bytes length, const ExtentSink& sink, const JobControl& job) const
{
    if (from.value >= size().value || length.value == 0)
        return;
    const std::uint64_t limit = from.value + std::min(length.value, size().value - from.value);
    const ClusterSize coverage = m_header.tableCoverage();
    ExtentJoiner joiner{sink};
    std::uint64_t done = from.value;
    const auto fillUntil = [&](std::uint64_t end) {
        if (end > done)
            joiner.add({GuestOffset{done}, Bytes{end - done}});
        done = std::max(done, end);
    };
    walkTables(coverage.clusterOf(from).index, coverage.clusterOf(GuestOffset{limit - 1}).index + 1,
        job, [&](const Table& table) {
            fillUntil(std::min(coverage.startOf(GuestCluster{table.l1Index}).value, limit));
            extentsOf(table, [&](Extent extent) {
                const std::uint64_t start = std::max(extent.start.value, from.value);
                const std::uint64_t end = std::min(extent.end().value, limit);
                if (start >= end)
                    return;
                if (extent.kind == ExtentKind::Data)
                    extent.host += Bytes{start - extent.start.value};
                extent.start = GuestOffset{start};
                extent.length = Bytes{end - start};
                joiner.add(extent);
                done = end;
            });
        });
    fillUntil(limit);
    joiner.flush();
}

} // namespace platter::qcow1
