// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow1/Qcow1Image.h"

#include <algorithm>

namespace platter::qcow1 {

namespace {

    constexpr std::uint64_t entryBytes = 8;

    FieldMark entryMark(HostOffset table, std::uint64_t index, std::uint64_t word)
    {
        FieldMark mark;
        mark.name = "entry " + std::to_string(index);
        mark.at = table + Bytes{entryBytes} * index;
        mark.length = Bytes{entryBytes};
        mark.display = Display::Hex;
        mark.number = word;
        mark.value = hexText(word);
        return mark;
    }

    void leadTo(FieldMark& mark, HostOffset target, const std::string& what, Bytes fileSize)
    {
        mark.value += " = " + what + " at " + groupedHexText(target.value);
        mark.target = target;
        if (target.value >= fileSize.value)
            mark.verdict = PLATTER_TEXT("Field", "It points past the end of the file.");
    }

    FieldMark describeL1Entry(const Header& header, Bytes fileSize, HostOffset table,
        std::uint64_t index, std::uint64_t word)
    {
        FieldMark mark = entryMark(table, index, word);
        mark.meaning = PLATTER_TEXT("Field", "Names the L2 table of a guest range.");
        mark.guest = header.tableCoverage().startOf(GuestCluster{index});
        if (word == 0)
            mark.value += " = no L2 table";
        else
            leadTo(mark, HostOffset{word}, "L2 table", fileSize);
        return mark;
    }

    FieldMark describeL2Entry(const Mapping& mapping, Bytes fileSize, const HostOwner& table,
        std::uint64_t index, std::span<const std::byte> bytes)
    {
        FieldMark mark = entryMark(table.start, index, loadBig<std::uint64_t>(bytes.data()));
        mark.meaning = PLATTER_TEXT("Field", "Says where one guest cluster is stored.");
        mapping.extentsOf({table.index, table.start, true, bytes}, [&](const Extent& extent) {
            mark.guest = extent.start + extent.length * index;
            switch (extent.kind) {
            case ExtentKind::Data: leadTo(mark, extent.host, "cluster", fileSize); break;
            case ExtentKind::Compressed:
                leadTo(mark, extent.host,
                    "compressed, " + std::to_string(extent.stored.value) + " bytes", fileSize);
                break;
            case ExtentKind::Damaged: mark.verdict = extent.problem->meaning; break;
            default: mark.value += " = not allocated"; break;
            }
        });
        return mark;
    }

} // namespace

void Qcow1Image::scanOwners(const OwnerSink& sink, const JobControl& job) const
{
    const auto add = [&](HostOffset at, Bytes length, HostUse use, std::uint64_t index = 0,
                         std::optional<GuestOffset> guest = {}, HostOffset entry = {}) {
        if (length.value)
            sink({at, length, length, use, index, guest, entry, Bytes{guest ? entryBytes : 0}});
    };
    add(HostOffset{0}, headerLength, HostUse::Header);
    if (!m_backingName.empty())
        add(m_header.backingFileOffset, Bytes{m_header.backingFileSize}, HostUse::Header, 1);
    add(m_header.l1TableOffset, m_header.l1Bytes(), HostUse::L1Table);
    m_mapping.walkTables(0, m_header.l1Entries(), job, [&](const Mapping::Table& table) {
        if (!table.usable)
            return;
        add(table.at, m_header.tableBytes(), HostUse::L2Table, table.l1Index,
            m_header.tableCoverage().startOf(GuestCluster{table.l1Index}),
            m_header.l1TableOffset + Bytes{entryBytes} * table.l1Index);
        std::uint64_t index = 0;
        m_mapping.extentsOf(table, [&](const Extent& extent) {
            const HostOffset entry = table.at + Bytes{entryBytes} * index;
            if (extent.kind == ExtentKind::Data)
                add(extent.host, extent.length, HostUse::Data, 0, extent.start, entry);
            else if (extent.kind == ExtentKind::Compressed)
                add(extent.host, extent.stored, HostUse::Compressed, 0, extent.start, entry);
            index += m_header.cluster().clustersFor(extent.length);
        });
    });
}

std::vector<StructureMark> Qcow1Image::describeOwner(
    const HostOwner& owner, HostOffset from, Bytes length) const
{
    StructureMark mark;
    mark.at = owner.start;
    mark.length = owner.length;
    const auto describeWords = [&](const auto& describe) {
        const std::uint64_t first = (std::max(from, owner.start) - owner.start).value / entryBytes;
        const HostOffset end = std::min(from + length, owner.start + owner.length);
        if (end <= owner.start + Bytes{first * entryBytes})
            return;
        const std::uint64_t last = ((end - owner.start).value + entryBytes - 1) / entryBytes;
        std::vector<std::byte> bytes((last - first) * entryBytes);
        file().readPadded(owner.start + Bytes{first * entryBytes}, bytes);
        for (std::uint64_t i = first; i < last; ++i)
            mark.fields.push_back(describe(i,
                std::span<const std::byte>{bytes}.subspan((i - first) * entryBytes, entryBytes)));
    };
    switch (owner.use) {
    case HostUse::Header: {
        std::vector<StructureMark> all = describe();
        return {std::move(all.at(owner.index))};
    }
    case HostUse::L1Table:
        mark.name = "L1 table";
        mark.note = PLATTER_TEXT("Field", "Names the L2 tables, each of which maps a guest range.");
        describeWords([&](std::uint64_t index, std::span<const std::byte> bytes) {
            return describeL1Entry(
                m_header, file().size(), owner.start, index, loadBig<std::uint64_t>(bytes.data()));
        });
        break;
    case HostUse::L2Table:
        mark.name = "L2 table " + std::to_string(owner.index);
        mark.note
            = PLATTER_TEXT("Field", "Says for each guest cluster of a range where it is stored.");
        describeWords([&](std::uint64_t index, std::span<const std::byte> bytes) {
            return describeL2Entry(m_mapping, file().size(), owner, index, bytes);
        });
        break;
    case HostUse::Compressed:
        mark.name = "Compressed cluster";
        mark.note = PLATTER_TEXT("Field", "The compressed stream of one guest cluster.");
        break;
    default: mark.name = "Guest data"; break;
    }
    return {std::move(mark)};
}

std::vector<EntryTable> Qcow1Image::tables() const
{
    if (m_header.l1Entries() == 0)
        return {};
    EntryTable l1;
    l1.name = "L1 table";
    l1.note = PLATTER_TEXT("Field", "Names the L2 tables, each of which maps a guest range.");
    l1.owner.start = m_header.l1TableOffset;
    l1.owner.length = l1.owner.room = m_header.l1Bytes();
    l1.owner.use = HostUse::L1Table;
    l1.entries = m_header.l1Entries();
    l1.coverage = m_header.tableCoverage().bytes();
    return {std::move(l1)};
}

UnownedRange Qcow1Image::unownedAt(HostOffset, HostOffset gapStart, HostOffset gapEnd) const
{
    // Programs only ever add at the end of the file, so that a whole free cluster is a lost one.
    return {
        gapEnd - gapStart >= m_header.cluster().bytes() ? HostUse::Leaked : HostUse::Free, gapEnd};
}

std::vector<StructureMark> Qcow1Image::entriesOf(GuestOffset at, std::optional<std::size_t>) const
{
    const std::uint64_t index = m_header.tableCoverage().clusterOf(at).index;
    if (index >= m_header.l1Entries())
        return {};
    HostOwner l1;
    l1.use = HostUse::L1Table;
    l1.start = m_header.l1TableOffset;
    l1.length = m_header.l1Bytes();
    std::vector<StructureMark> marks
        = describeOwner(l1, l1.start + Bytes{entryBytes} * index, Bytes{entryBytes});
    const FieldMark& top = marks.front().fields.front();
    if (!top.target || !top.verdict.empty())
        return marks;
    HostOwner l2;
    l2.use = HostUse::L2Table;
    l2.index = index;
    l2.start = *top.target;
    l2.length = m_header.tableBytes();
    const std::uint64_t entry
        = m_header.cluster()
              .clusterOf(GuestOffset{m_header.tableCoverage().within(at).value})
              .index;
    marks.push_back(std::move(
        describeOwner(l2, l2.start + Bytes{entryBytes} * entry, Bytes{entryBytes}).front()));
    return marks;
}

std::optional<GuestOffset> Qcow1Image::guestOfEntry(std::uint64_t table, std::uint64_t entry) const
{
    if (table >= m_header.l1Entries() || entry >= m_header.tableEntries())
        return {};
    return m_header.tableCoverage().startOf(GuestCluster{table})
        + m_header.cluster().bytes() * entry;
}

} // namespace platter::qcow1
