// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Mapping.h"

#include "core/formats/qcow2/EntryWalk.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>

namespace platter::qcow2 {

L1Table readL1(const ByteFile& file, const Geometry& geometry, HostOffset at, std::uint64_t entries)
{
    if (entries > limit::l1Entries)
        throw FormatError("L1 table", "l1_size", at.value, "it has more than 4194304 entries.");
    if (!geometry.cluster.aligned(at))
        throw FormatError(
            "L1 table", "l1_table_offset", at.value, "it is not the start of a cluster.");
    L1Table table{at, entries, {}};
    const std::uint64_t fileSize = file.size().value;
    const std::uint64_t inFile = at.value < fileSize ? (fileSize - at.value + 7) / 8 : 0;
    std::vector<std::byte> bytes(std::min(entries, inFile) * 8);
    file.readPadded(at, bytes);
    table.entries.resize(bytes.size() / 8);
    for (std::size_t i = 0; i < table.entries.size(); ++i)
        table.entries[i] = loadBig<std::uint64_t>(bytes.data() + i * 8);
    return table;
}

Mapping::Mapping(std::shared_ptr<const PageCache> tables, const Geometry& geometry, L1Table l1,
    Bytes size, GuestOffset base)
    : m_tables(std::move(tables))
    , m_geometry(geometry)
    , m_l1(std::move(l1))
    , m_size(size)
    , m_base(base)
{
}

Mapping::Place Mapping::placeOf(std::uint64_t guest) const
{
    const std::uint64_t cluster = m_geometry.cluster.clusterOf(GuestOffset{guest}).index;
    return {cluster / m_geometry.entriesPerTable(), cluster % m_geometry.entriesPerTable()};
}

/// Where the guest bytes end that L1 entry `l1Index` and its neighbours leave without L2 tables, at
/// most `limit`. A disk may be far larger than its L1 table, so that only entries that exist are
/// looked at.
std::uint64_t Mapping::endOfGap(std::uint64_t l1Index, std::uint64_t limit) const
{
    const std::uint64_t coverage = m_geometry.tableCoverage().value;
    for (; l1Index < m_l1.entries.size() && l1Index * coverage < limit; ++l1Index) {
        if ((m_l1[l1Index] & entry::offset) != 0)
            return l1Index * coverage;
    }
    return limit;
}

/// The extent from `at` to `limit` at most, where L1 entry `l1Index` leads to no L2 table. Offsets
/// include the base.
Extent Mapping::extentWithoutTable(std::uint64_t l1Index, GuestOffset at, std::uint64_t limit) const
{
    const std::uint64_t coverage = m_geometry.tableCoverage().value;
    const HostOffset table{m_l1[l1Index] & entry::offset};
    Extent extent;
    extent.start = at;
    std::uint64_t end = limit;
    if (table.value != 0) {
        extent.kind = ExtentKind::Damaged;
        extent.problem = &l1Unaligned;
        extent.entry = m_l1.at + Bytes{l1Index * 8};
        end = (l1Index + 1) * coverage;
    } else {
        end = endOfGap(l1Index, limit);
    }
    extent.length = Bytes{std::min(end, limit) - at.value};
    return extent;
}

Extent Mapping::extentAt(GuestOffset at, Bytes atMost) const
{
    const GuestOffset guest = m_base + Bytes{at.value};
    const std::uint64_t limit = std::min((m_base + m_size).value,
        atMost.value > m_size.value ? ~std::uint64_t{0} : (guest + atMost).value);
    const Place place = placeOf(guest.value);
    const HostOffset table{m_l1[place.l1Index] & entry::offset};
    Extent found;
    if (table.value == 0 || !m_geometry.cluster.aligned(table)) {
        found = extentWithoutTable(place.l1Index, guest, limit);
    } else {
        const GuestOffset tableStart{place.l1Index * m_geometry.tableCoverage().value};
        const HostOffset first = table + Bytes{place.entry * m_geometry.entryBytes()};
        const auto page = m_tables->pageAt(first);
        const std::uint64_t inPage = first.value % PageCache::pageSize;
        const std::uint64_t tableLeft
            = (m_geometry.entriesPerTable() - place.entry) * m_geometry.entryBytes();
        const std::uint64_t wanted
            = (m_geometry.cluster.clustersFor(Bytes{limit - guest.value}) + 1)
            * m_geometry.entryBytes();
        const std::uint64_t bytes = std::min({tableLeft, PageCache::pageSize - inPage, wanted});
        bool have = false;
        walkEntries(m_geometry, std::span<const std::byte>{*page}.subspan(inPage, bytes),
            place.entry, [&](const EntryRun& run) {
                return extentsOf(m_geometry, run, tableStart, table, [&](const Extent& extent) {
                    if (extent.end() <= guest)
                        return true; // subclusters before the one asked for
                    found = extent;
                    have = true;
                    return false;
                });
            });
        if (!have)
            throw FormatError("L2 table", "entry", first.value, "it maps nothing at this place.");
        if (found.kind != ExtentKind::Compressed) {
            found = found.from(guest);
            found.length = Bytes{std::min(found.end().value, limit) - guest.value};
        }
    }
    found.start = found.start - Bytes{m_base.value};
    return found;
}

/// Where a chunk that begins at `from` ends: so many L2 entries that they stay in the processor's
/// second cache, and their extents need little memory.
std::uint64_t Mapping::chunkEnd(std::uint64_t from, std::uint64_t limit) const
{
    // An extended entry can make 32 extents.
    const std::uint64_t tableBytes = m_geometry.extended ? 32 * 1024 : 256 * 1024;
    const std::uint64_t bytes
        = tableBytes / m_geometry.entryBytes() * m_geometry.cluster.bytes().value;
    // Stretches without L2 tables cost nothing and become one chunk.
    const std::uint64_t l1Index = from / m_geometry.tableCoverage().value;
    if ((m_l1[l1Index] & entry::offset) == 0)
        return endOfGap(l1Index, limit);
    return std::min((from / bytes + 1) * bytes, limit);
}

/// Emits the extents of [from, end), which lies inside one chunk; offsets include the base.
void Mapping::scanChunk(std::uint64_t from, std::uint64_t end, IoBytes& buffer,
    const ExtentSink& sink) const
{
    const std::uint64_t coverage = m_geometry.tableCoverage().value;
    ExtentJoiner joiner{sink};
    const auto emit = [&](Extent extent) {
        const std::uint64_t start = std::max(extent.start.value, from);
        const std::uint64_t stop = std::min(extent.end().value, end);
        if (start >= stop)
            return extent.end().value <= from;
        if (extent.isPlaced())
            extent.host += Bytes{start - extent.start.value};
        extent.start = GuestOffset{start - m_base.value};
        extent.length = Bytes{stop - start};
        joiner.add(extent);
        return true;
    };
    for (std::uint64_t at = from; at < end;) {
        const Place place = placeOf(at);
        const HostOffset table{m_l1[place.l1Index] & entry::offset};
        const std::uint64_t tableEnd = std::min(end, (place.l1Index + 1) * coverage);
        if (table.value == 0 || !m_geometry.cluster.aligned(table)) {
            const Extent extent = extentWithoutTable(place.l1Index, GuestOffset{at}, end);
            emit(extent);
            at = extent.end().value;
            continue;
        }
        // Tables that follow each other in the file, as writers lay them, come with one read.
        std::uint64_t tables = 1;
        const std::uint64_t lastEntry = placeOf(tableEnd - 1).entry;
        std::uint64_t runEnd = tableEnd;
        std::uint64_t bytes = (lastEntry + 1 - place.entry) * m_geometry.entryBytes();
        while (runEnd < end && runEnd == (place.l1Index + tables) * coverage
            && (m_l1[place.l1Index + tables] & entry::offset)
                == table.value + tables * m_geometry.cluster.bytes().value) {
            runEnd = std::min(end, (place.l1Index + tables + 1) * coverage);
            bytes += (placeOf(runEnd - 1).entry + 1) * m_geometry.entryBytes();
            ++tables;
        }
        buffer.resize(bytes);
        m_tables->file().readPadded(table + Bytes{place.entry * m_geometry.entryBytes()}, buffer);
        std::uint64_t offset = 0;
        for (std::uint64_t i = 0; i < tables; ++i) {
            const std::uint64_t first = i == 0 ? place.entry : 0;
            const std::uint64_t last
                = i + 1 == tables ? placeOf(runEnd - 1).entry : m_geometry.entriesPerTable() - 1;
            const std::uint64_t size = (last + 1 - first) * m_geometry.entryBytes();
            const HostOffset tableAt = table + m_geometry.cluster.bytes() * i;
            const GuestOffset tableStart{(place.l1Index + i) * coverage};
            walkEntries(m_geometry, std::span<const std::byte>{buffer}.subspan(offset, size), first,
                [&](const EntryRun& run) {
                    return extentsOf(m_geometry, run, tableStart, tableAt, emit);
                });
            offset += size;
        }
        at = runEnd;
    }
    joiner.flush();
}

TableSharing Mapping::sharingWith(const GuestMapping& other, GuestOffset from, Bytes atMost) const
{
    const auto* const second = dynamic_cast<const Mapping*>(&other);
    if (!second || m_base != second->m_base)
        return {TableSharing::Kind::Unknown, atMost};
    const std::uint64_t coverage = m_geometry.tableCoverage().value;
    const std::uint64_t start = m_base.value + from.value;
    const std::uint64_t limit = start + atMost.value;
    const std::uint64_t known = std::max(m_l1.entries.size(), second->m_l1.entries.size());
    std::uint64_t index = start / coverage;
    const auto same = [&] { return ((m_l1[index] ^ second->m_l1[index]) & entry::offset) == 0; };
    const bool first = same();
    do
        ++index;
    while (index < known && index < (limit - 1) / coverage + 1 && same() == first);
    // Behind both tables there is nothing in either.
    const std::uint64_t end = index >= known && first ? limit : std::min(limit, index * coverage);
    return {first ? TableSharing::Kind::Same : TableSharing::Kind::Unknown, Bytes{end - start}};
}

void Mapping::scan(
    GuestOffset from, Bytes length, const ExtentSink& sink, const JobControl& job) const
{
    const std::uint64_t limit = std::min(m_size.value, (from + length).value) + m_base.value;
    struct Chunk {
        std::uint64_t from;
        std::uint64_t end;
        std::vector<Extent> extents;
        IoBytes buffer;
    };
    std::uint64_t next = from.value + m_base.value;
    ExtentJoiner joiner{sink};
    const std::uint64_t first = next;
    orderedPipeline<Chunk>(
        defaultThreads(), job,
        [&](Chunk& chunk) {
            if (next >= limit)
                return false;
            chunk.from = next;
            chunk.end = chunkEnd(next, limit);
            next = chunk.end;
            return true;
        },
        [&](Chunk& chunk) {
            chunk.extents.clear();
            scanChunk(chunk.from, chunk.end, chunk.buffer,
                [&](const Extent& extent) { chunk.extents.push_back(extent); });
        },
        [&](Chunk& chunk) {
            for (const Extent& extent : chunk.extents)
                joiner.add(extent);
            job.step({chunk.end - first, limit - first});
        });
    joiner.flush();
}

void Mapping::scanOutline(const ExtentSink& sink) const
{
    const std::uint64_t coverage = m_geometry.tableCoverage().value;
    const std::uint64_t limit = (m_base + m_size).value;
    for (std::uint64_t at = m_base.value; at < limit;) {
        const std::uint64_t l1Index = at / coverage;
        if ((m_l1[l1Index] & entry::offset) != 0) {
            at = std::min(limit, (l1Index + 1) * coverage);
            continue;
        }
        Extent gap = extentWithoutTable(l1Index, GuestOffset{at}, limit);
        at = gap.end().value;
        gap.start = gap.start - Bytes{m_base.value};
        sink(gap);
    }
}

std::optional<TableEntry> Mapping::tableEntryOf(GuestOffset at) const
{
    const Place place = placeOf((m_base + Bytes{at.value}).value);
    const HostOffset table{m_l1[place.l1Index] & entry::offset};
    if (table.value == 0 || !m_geometry.cluster.aligned(table))
        return TableEntry{
            m_l1.at + Bytes{place.l1Index * 8}, Bytes{8}, place.l1Index, 0, TableEntry::Level::Top};
    const Bytes length{m_geometry.entryBytes()};
    return TableEntry{
        table + length * place.entry, length, place.l1Index, place.entry, TableEntry::Level::Leaf};
}

} // namespace platter::qcow2
