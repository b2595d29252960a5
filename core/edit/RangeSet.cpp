// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/RangeSet.h"

#include <algorithm>
#include <iterator>

namespace platter {

void RangeSet::add(HostOffset start, Bytes length)
{
    if (length.value == 0)
        return;
    std::uint64_t from = start.value;
    std::uint64_t end = (start + length).value;
    auto next = m_ends.lower_bound(from);
    if (next != m_ends.begin() && std::prev(next)->second >= from)
        --next;
    while (next != m_ends.end() && next->first <= end) {
        from = std::min(from, next->first);
        end = std::max(end, next->second);
        next = m_ends.erase(next);
    }
    m_ends.emplace(from, end);
}

bool RangeSet::touches(HostOffset start, Bytes length) const
{
    if (length.value == 0)
        return false;
    const auto next = m_ends.lower_bound(start.value);
    if (next != m_ends.end() && next->first < (start + length).value)
        return true;
    return next != m_ends.begin() && std::prev(next)->second > start.value;
}

Bytes RangeSet::total() const
{
    Bytes sum;
    for (const auto& [start, end] : m_ends)
        sum += Bytes{end - start};
    return sum;
}

} // namespace platter
