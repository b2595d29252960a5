// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ContentCounter.h"

#include <algorithm>

namespace platter {

namespace {

    /// Spreads numbers evenly: the last steps of SplitMix64.
    std::uint64_t rankOf(std::uint64_t number)
    {
        number = (number + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
        number = (number ^ number >> 27) * 0x94d049bb133111eb;
        return number ^ number >> 31;
    }

} // namespace

void RandomChoice::offer(const Ranked& ranked)
{
    if (m_lowest.size() >= m_most) {
        std::pop_heap(m_lowest.begin(), m_lowest.end());
        m_lowest.pop_back();
    }
    m_lowest.push_back(ranked);
    std::push_heap(m_lowest.begin(), m_lowest.end());
}

void RandomChoice::add(std::uint64_t first, std::uint64_t count)
{
    if (m_most == 0)
        return;
    for (std::uint64_t number = first; number < first + count; ++number) {
        const std::uint64_t rank = rankOf(number);
        if (m_lowest.size() < m_most || rank < m_lowest.front().first)
            offer({rank, number});
    }
}

void RandomChoice::add(const RandomChoice& other)
{
    for (const Ranked& ranked : other.m_lowest) {
        if (m_lowest.size() < m_most || ranked < m_lowest.front())
            offer(ranked);
    }
}

std::vector<std::uint64_t> RandomChoice::chosen() const
{
    std::vector<std::uint64_t> numbers;
    for (const Ranked& ranked : m_lowest)
        numbers.push_back(ranked.second);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

/// How many tables a range needs that were not counted yet.
std::uint64_t ContentCounter::tablesOf(
    std::uint64_t start, std::uint64_t end, std::uint64_t& next) const
{
    const std::uint64_t first = std::max(start / m_grain.table, next);
    const std::uint64_t behind = (end - 1) / m_grain.table + 1;
    if (behind <= first)
        return 0;
    next = behind;
    return behind - first;
}

void ContentCounter::add(GuestOffset start, Bytes length, Content content)
{
    if (length.value == 0)
        return;
    std::uint64_t at = start.value;
    const std::uint64_t end = at + length.value;
    const bool isExpected = content == Content::Data
        || (content == Content::Zero && (m_grain.storesZeros || m_grain.marksZeros));
    if (isExpected)
        m_count.tables += tablesOf(at, end, m_nextTable);
    while (at < end) {
        const std::uint64_t part = at / m_grain.part;
        if (m_part.index != part)
            closePart();
        if (at % m_grain.part == 0 && end - at >= m_grain.part) {
            const std::uint64_t whole = (end - at) / m_grain.part;
            addParts(part, whole, content);
            at += whole * m_grain.part;
        } else {
            m_part.index = part;
            m_part.note(content, 1);
            at = std::min(end, (part + 1) * m_grain.part);
        }
    }
}

void ContentCounter::closePart()
{
    const Open part = std::exchange(m_part, {});
    if (part.index == Open{}.index)
        return;
    // What is absent only in part is stored as a whole, as copying on write would do.
    const bool isData = part.data > 0 || (part.absent && part.zero);
    addParts(part.index, 1, isData ? Content::Data : part.zero ? Content::Zero : Content::Absent);
}

void ContentCounter::addParts(std::uint64_t first, std::uint64_t count, Content content)
{
    const std::uint64_t perUnit = m_grain.unit / m_grain.part;
    while (count > 0) {
        const std::uint64_t unit = first / perUnit;
        if (m_unit.index != unit)
            closeUnit();
        std::uint64_t now = count / perUnit * perUnit;
        if (first % perUnit == 0 && now > 0) {
            addUnits(unit, now / perUnit, content, content == Content::Data ? now : 0);
        } else {
            now = std::min(count, perUnit - first % perUnit);
            m_unit.index = unit;
            m_unit.note(content, now);
        }
        first += now;
        count -= now;
    }
}

void ContentCounter::closeUnit()
{
    const Open unit = std::exchange(m_unit, {});
    if (unit.index == Open{}.index)
        return;
    addUnits(unit.index, 1,
        unit.data       ? Content::Data
            : unit.zero ? Content::Zero
                        : Content::Absent,
        unit.data);
}

void ContentCounter::addUnits(
    std::uint64_t first, std::uint64_t count, Content content, std::uint64_t parts)
{
    if (content == Content::Zero && m_grain.storesZeros) {
        content = Content::Data;
        parts = count * (m_grain.unit / m_grain.part);
    }
    if (content == Content::Absent || (content == Content::Zero && !m_grain.marksZeros))
        return;
    m_count.usedTables
        += tablesOf(first * m_grain.unit, (first + count) * m_grain.unit, m_nextUsedTable);
    if (content == Content::Zero)
        return;
    m_count.units += count;
    m_count.parts += parts;
    m_choice.add(first, count);
}

void ContentCounter::finish()
{
    closePart();
    closeUnit();
}

void ContentCounter::add(const ContentCounter& other)
{
    m_count.units += other.m_count.units;
    m_count.parts += other.m_count.parts;
    m_count.tables += other.m_count.tables;
    m_count.usedTables += other.m_count.usedTables;
    m_choice.add(other.m_choice);
}

} // namespace platter
