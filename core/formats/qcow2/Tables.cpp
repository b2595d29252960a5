// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"

namespace platter::qcow2 {

namespace {

    EntryTable wordTable(std::string name, const char* note, HostUse use, std::uint64_t index,
        HostOffset at, std::uint64_t entries)
    {
        EntryTable table;
        table.name = std::move(name);
        table.note = note;
        table.owner.start = at;
        table.owner.length = table.owner.room = Bytes{8} * entries;
        table.owner.use = use;
        table.owner.index = index;
        table.entries = entries;
        return table;
    }

    /// Whether a table's bytes have places at all: what a record names was never judged.
    bool hasPlace(HostOffset at, std::uint64_t entries)
    {
        return entries > 0 && at.value <= ~std::uint64_t{0} - entries * 8;
    }

    constexpr const char* l1Note
        = PLATTER_TEXT("Field", "Names the L2 tables, each of which maps a guest range.");

} // namespace

std::vector<EntryTable> Qcow2Image::tables() const
{
    std::vector<EntryTable> result;
    if (m_header.l1Size) {
        result.push_back(wordTable(
            "L1 table", l1Note, HostUse::L1Table, 0, m_header.l1TableOffset, m_header.l1Size));
        result.back().coverage = m_geometry.tableCoverage();
    }
    const Bytes refcounts = m_geometry.cluster.bytes() * m_header.refcountTableClusters;
    if (hasPlace(m_header.refcountTableOffset, refcounts.value / 8))
        result.push_back(wordTable("Refcount table",
            PLATTER_TEXT("Field", "Names the blocks that count the references of clusters."),
            HostUse::RefcountTable, 0, m_header.refcountTableOffset, refcounts.value / 8));
    const auto addRecords = [&](std::string name, const char* note, HostUse use, Bytes length,
                                std::vector<HostOffset> places) {
        EntryTable table;
        table.name = std::move(name);
        table.note = note;
        table.owner.start = places.front();
        table.owner.length = table.owner.room = length;
        table.owner.use = use;
        table.entries = places.size();
        table.records = std::make_shared<const std::vector<HostOffset>>(std::move(places));
        result.push_back(std::move(table));
    };
    if (!m_snapshots.places.empty())
        addRecords("Snapshot table", PLATTER_TEXT("Field", "One entry for each internal snapshot."),
            HostUse::SnapshotTable, m_snapshots.length, m_snapshots.places);
    if (!m_bitmapEntries.empty()) {
        std::vector<HostOffset> places;
        places.reserve(m_bitmapEntries.size());
        for (const BitmapEntry& entry : m_bitmapEntries)
            places.push_back(entry.at);
        addRecords("Bitmap directory",
            PLATTER_TEXT("Field", "One entry for each persistent bitmap."),
            HostUse::BitmapDirectory, m_extensions.bitmaps->directorySize, std::move(places));
    }
    return result;
}

std::optional<EntryTable> Qcow2Image::tableBelow(
    const EntryTable& table, std::uint64_t record) const
{
    const std::string number = std::to_string(record + 1);
    if (table.owner.use == HostUse::SnapshotTable && record < m_snapshots.snapshots.size()) {
        const SnapshotInfo& snapshot = m_snapshots.snapshots[record];
        if (!hasPlace(snapshot.l1TableOffset, snapshot.l1Entries))
            return std::nullopt;
        EntryTable l1 = wordTable("L1 table of snapshot " + number, l1Note,
            HostUse::SnapshotL1Table, record, snapshot.l1TableOffset, snapshot.l1Entries);
        l1.coverage = m_geometry.tableCoverage();
        return l1;
    }
    if (table.owner.use == HostUse::BitmapDirectory && record < m_bitmapEntries.size()) {
        const BitmapEntry& bitmap = m_bitmapEntries[record];
        if (!hasPlace(bitmap.tableOffset, bitmap.tableEntries))
            return std::nullopt;
        EntryTable bits = wordTable("Table of bitmap " + number,
            PLATTER_TEXT("Field", "Says where the bits of a bitmap are stored."),
            HostUse::BitmapTable, record, bitmap.tableOffset, bitmap.tableEntries);
        bits.coverage
            = m_geometry.cluster.bytes() * 8 * (std::uint64_t{1} << bitmap.granularityBits);
        return bits;
    }
    return std::nullopt;
}

} // namespace platter::qcow2
