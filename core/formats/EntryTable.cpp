// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/EntryTable.h"

#include "core/formats/Image.h"

#include <algorithm>

namespace platter {

HostOffset EntryTable::placeOf(std::uint64_t entry) const
{
    if (entry >= entries)
        return owner.start + owner.length;
    if (records)
        return (*records)[static_cast<std::size_t>(entry)];
    return owner.start + Bytes{owner.length.value / entries} * entry;
}

std::optional<std::uint64_t> EntryTable::entryAt(HostOffset at) const
{
    if (entries == 0 || at < owner.start || at.value - owner.start.value >= owner.length.value)
        return std::nullopt;
    if (!records)
        return std::min(
            (at.value - owner.start.value) / (owner.length.value / entries), entries - 1);
    const auto next = std::upper_bound(records->begin(), records->end(), at);
    if (next == records->begin())
        return std::nullopt;
    return static_cast<std::uint64_t>(next - records->begin()) - 1;
}

TableRows describeEntries(
    const Image& image, const EntryTable& table, std::uint64_t first, std::uint64_t count)
{
    TableRows rows;
    if (first >= table.entries)
        return rows;
    const std::uint64_t end = first + std::min(count, table.entries - first);
    const HostOffset from = table.placeOf(first);
    auto marks = image.describeOwner(table.owner, from, table.placeOf(end) - from);
    if (marks.empty())
        return rows;
    if (!table.hasRecords()) {
        rows.fields = std::move(marks.front().fields);
        return rows;
    }
    rows.records.assign(
        std::make_move_iterator(marks.begin() + 1), std::make_move_iterator(marks.end()));
    rows.below.resize(rows.records.size());
    for (std::size_t i = 0; i < rows.records.size(); ++i)
        rows.below[i] = image.tableBelow(table, first + i);
    return rows;
}

} // namespace platter
