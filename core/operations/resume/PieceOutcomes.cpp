// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/PieceOutcomes.h"

#include "core/base/Error.h"

#include <limits>

namespace platter {

namespace {

    using Unit = GuestPiece::Unit;

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    void appendNumber(std::vector<std::byte>& bytes, std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.push_back(static_cast<std::byte>(value | 0x80));
        bytes.push_back(static_cast<std::byte>(value));
    }

    bool areOfOneRun(const Unit& a, const Unit& b)
    {
        return a.kind == b.kind && a.stored == b.stored && a.zero == b.zero;
    }

    [[noreturn]] void refuse(std::size_t at, const char* what)
    {
        throw FormatError("Outcomes of a part journal", "run", at, what);
    }

} // namespace

void OutcomeWriter::add(std::span<const Unit> units)
{
    for (const Unit& unit : units) {
        if (m_count > 0 && !areOfOneRun(m_unit, unit))
            endRun();
        m_unit = unit;
        ++m_count;
        if (unit.kind == Unit::Kind::Compressed)
            appendNumber(m_lengths, unit.streamLength);
    }
}

void OutcomeWriter::endRun()
{
    if (m_count == 0)
        return;
    appendNumber(m_bytes, m_count);
    appendNumber(m_bytes, static_cast<std::uint64_t>(m_unit.kind));
    appendNumber(m_bytes, m_unit.stored);
    appendNumber(m_bytes, m_unit.zero);
    m_bytes.insert(m_bytes.end(), m_lengths.begin(), m_lengths.end());
    m_lengths.clear();
    m_count = 0;
}

std::vector<std::byte> OutcomeWriter::take()
{
    endRun();
    std::vector<std::byte> bytes;
    std::swap(bytes, m_bytes);
    return bytes;
}

std::uint64_t OutcomeReader::number()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (m_at == m_bytes.size())
            refuse(m_at, "it ends too early.");
        const auto byte = std::to_integer<std::uint64_t>(m_bytes[m_at++]);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    refuse(m_at, "a number is too large.");
}

std::uint64_t OutcomeReader::next(std::span<Unit> units, Bytes unit)
{
    std::uint64_t streams = 0;
    for (Unit& one : units) {
        if (m_left == 0) {
            m_left = number();
            const std::uint64_t kind = number();
            const std::uint64_t stored = number();
            const std::uint64_t zero = number();
            constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
            if (m_left == 0 || kind > static_cast<std::uint64_t>(Unit::Kind::Compressed)
                || stored > most || zero > most)
                refuse(m_at, "no writer makes such units.");
            m_unit = {};
            m_unit.kind = static_cast<Unit::Kind>(kind);
            m_unit.stored = static_cast<std::uint32_t>(stored);
            m_unit.zero = static_cast<std::uint32_t>(zero);
        }
        --m_left;
        one = m_unit;
        if (one.kind != Unit::Kind::Compressed)
            continue;
        const std::uint64_t length = number();
        if (length == 0 || length >= unit.value)
            refuse(m_at, "a stream is not shorter than what it holds.");
        one.streamAt = static_cast<std::uint32_t>(streams);
        one.streamLength = static_cast<std::uint32_t>(length);
        streams += length;
    }
    return streams;
}

} // namespace platter
