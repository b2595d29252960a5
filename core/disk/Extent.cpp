// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/Extent.h"

#include <algorithm>

namespace platter {

void GuestMapping::scan(
    GuestOffset from, Bytes length, const ExtentSink& sink, const JobControl& job) const
{
    const std::uint64_t limit = std::min(size().value, (from + length).value);
    ExtentJoiner joiner{sink};
    for (std::uint64_t at = from.value; at < limit;) {
        job.step({at - from.value, length.value});
        Extent extent = extentAt(GuestOffset{at}, Bytes{limit - at});
        const std::uint64_t end = std::min(extent.end().value, limit);
        extent.start = GuestOffset{at};
        extent.length = Bytes{end - at};
        joiner.add(extent);
        at = end;
    }
    joiner.flush();
}

TableSharing GuestMapping::sharingWith(const GuestMapping& other, GuestOffset, Bytes atMost) const
{
    return {&other == this ? TableSharing::Kind::Same : TableSharing::Kind::Unknown, atMost};
}

Extent Extent::from(GuestOffset from) const
{
    Extent rest = *this;
    const Bytes skipped = from - start;
    if (isPlaced())
        rest.host += skipped;
    rest.start = from;
    rest.length -= skipped;
    return rest;
}

bool Extent::goesOnWith(const Extent& next) const
{
    if (length.value == 0 || kind != next.kind || end() != next.start
        || kind == ExtentKind::Compressed || kind == ExtentKind::Damaged
        || isPlaced() != next.isPlaced())
        return false;
    return !isPlaced() || host + length == next.host;
}

void GuestMapping::scanOutline(const ExtentSink&) const { }

std::optional<TableEntry> GuestMapping::tableEntryOf(GuestOffset) const
{
    return {};
}

void ExtentJoiner::add(const Extent& extent)
{
    if (m_pending.goesOnWith(extent)) {
        m_pending.length += extent.length;
        return;
    }
    flush();
    m_pending = extent;
}

void ExtentJoiner::flush()
{
    if (m_pending.length.value != 0)
        m_sink(m_pending);
    m_pending = {};
}

} // namespace platter
