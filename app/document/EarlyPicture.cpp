// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/EarlyPicture.h"

#include "core/operations/MapPyramid.h"

#include <algorithm>

namespace platter::app {

HostOutline::HostOutline(const std::vector<HostRange>& ranges)
{
    std::uint64_t sum = 0;
    for (const HostRange& range : ranges) {
        m_starts.push_back(range.start.value);
        m_lengths.push_back(range.length.value);
        m_sums.push_back(sum);
        sum += range.length.value;
    }
}

/// Bytes of tables before `end`.
Bytes HostOutline::before(std::uint64_t end) const
{
    const auto next = static_cast<std::size_t>(
        std::lower_bound(m_starts.begin(), m_starts.end(), end) - m_starts.begin());
    if (next == 0)
        return {};
    const std::size_t last = next - 1;
    return Bytes{m_sums[last] + std::min(m_lengths[last], end - m_starts[last])};
}

Bytes HostOutline::within(HostOffset from, Bytes length) const
{
    return before((from + length).value) - before(from.value);
}

EarlyPicture::EarlyPicture(
    std::shared_ptr<const ClusterMapSource> picture, std::shared_ptr<const HostOutline> outline)
    : m_picture(std::move(picture))
    , m_outline(std::move(outline))
{
}

CellShares EarlyPicture::shares(quint64 from, quint64 length) const
{
    const CellShares read = m_picture->shares(from, length);
    if (read.known || length == 0)
        return read;
    const Bytes tables = m_outline->within(HostOffset{from}, Bytes{length});
    if (tables.value == 0)
        return read;
    CellShares known;
    known.known = true; // what else is in the cell follows when it is read
    known.of[static_cast<std::size_t>(MapKind::Metadata)] = static_cast<quint8>(std::clamp(
        255.0 * static_cast<double>(tables.value) / static_cast<double>(length), 1.0, 255.0));
    return known;
}

} // namespace platter::app
