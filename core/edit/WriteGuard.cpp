// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/WriteGuard.h"

#include "core/base/Text.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace platter {

OverlapError::OverlapError(HostOffset at, Bytes length, HostUse meant, HostUse hit)
    : Error("The edit was stopped before it wrote: " + std::to_string(length.value) + " bytes of "
        + hostUseName(meant) + " at " + hexText(at.value) + " would overwrite a part of "
        + hostUseName(hit)
        + ". Check the image first; its structures overlap, or the plan is wrong.")
    , m_at(at)
    , m_hit(hit)
{
}

void WriteGuard::protect(const GuardedRange& range)
{
    if (range.length.value == 0)
        return;
    release(range.start, range.length);
    const std::uint64_t end = (range.start + range.length).value;
    // Neighbours of one use become one: tables of many clusters are mostly consecutive.
    const auto next = m_ranges.find(end);
    Rest rest{end, range.use};
    if (next != m_ranges.end() && next->second.use == range.use) {
        rest.end = next->second.end;
        m_ranges.erase(next);
    }
    auto before = m_ranges.lower_bound(range.start.value);
    if (before != m_ranges.begin()) {
        --before;
        if (before->second.end == range.start.value && before->second.use == range.use) {
            before->second.end = rest.end;
            return;
        }
    }
    m_ranges.emplace(range.start.value, rest);
}

void WriteGuard::release(HostOffset start, Bytes length)
{
    if (length.value == 0)
        return;
    const std::uint64_t from = start.value;
    const std::uint64_t end = (start + length).value;
    auto next = m_ranges.lower_bound(from);
    if (next != m_ranges.begin() && std::prev(next)->second.end > from)
        --next;
    while (next != m_ranges.end() && next->first < end) {
        const std::uint64_t rangeStart = next->first;
        const Rest rest = next->second;
        next = m_ranges.erase(next);
        if (rangeStart < from)
            m_ranges.emplace(rangeStart, Rest{from, rest.use});
        if (rest.end > end)
            m_ranges.emplace(end, rest);
    }
}

void WriteGuard::protectRest(HostOffset end, HostUse use)
{
    std::vector<GuardedRange> gaps;
    std::uint64_t from = 0;
    for (const auto& [start, rest] : m_ranges) {
        if (from < start && from < end.value)
            gaps.push_back({HostOffset{from}, Bytes{std::min(start, end.value) - from}, use});
        from = std::max(from, rest.end);
    }
    if (from < end.value)
        gaps.push_back({HostOffset{from}, Bytes{end.value - from}, use});
    for (const GuardedRange& gap : gaps)
        protect(gap);
}

void WriteGuard::changeUse(HostOffset start, Bytes length, HostUse use)
{
    if (length.value == 0)
        return;
    const std::uint64_t end = (start + length).value;
    std::vector<GuardedRange> parts;
    auto next = m_ranges.lower_bound(start.value);
    if (next != m_ranges.begin() && std::prev(next)->second.end > start.value)
        --next;
    for (; next != m_ranges.end() && next->first < end; ++next) {
        const std::uint64_t from = std::max(next->first, start.value);
        parts.push_back({HostOffset{from}, Bytes{std::min(next->second.end, end) - from}, use});
    }
    for (const GuardedRange& part : parts)
        protect(part);
}

void WriteGuard::check(HostOffset at, Bytes length, HostUse use) const
{
    if (const auto hit = hitBy(at, length, use))
        throw OverlapError(at, length, use, *hit);
}

std::optional<HostUse> WriteGuard::useAt(HostOffset at) const
{
    auto next = m_ranges.upper_bound(at.value);
    if (next == m_ranges.begin() || (--next)->second.end <= at.value)
        return std::nullopt;
    return next->second.use;
}

std::optional<HostUse> WriteGuard::hitBy(HostOffset at, Bytes length, HostUse use) const
{
    if (length.value == 0)
        return std::nullopt;
    const std::uint64_t end = (at + length).value;
    auto next = m_ranges.lower_bound(at.value);
    if (next != m_ranges.begin() && std::prev(next)->second.end > at.value)
        --next;
    for (; next != m_ranges.end() && next->first < end; ++next) {
        if (next->second.use != use)
            return next->second.use;
    }
    return std::nullopt;
}

} // namespace platter
