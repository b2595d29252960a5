// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/PieceReader.h"

#include <algorithm>

namespace platter {

namespace {

    using Content = GuestPiece::Content;

    void add(GuestPiece& piece, Bytes length, Content content)
    {
        if (!piece.runs.empty() && piece.runs.back().content == content)
            piece.runs.back().length += length;
        else
            piece.runs.push_back({length, content});
    }

} // namespace

ContentRule::ContentRule(
    const VirtualDisk& disk, bool marksZeros, std::optional<std::size_t> keepFrom)
    : m_keepFrom(keepFrom)
{
    // Behind the end of the kept file zeros are read anyway. They are marked all the same where
    // that costs nothing, lest the file grows.
    if (keepFrom && !marksZeros)
        m_plainZerosFrom = GuestOffset{disk.chain().layers[*keepFrom].image->virtualSize().value};
}

Content ContentRule::operator()(const GuestMapEntry& entry) const
{
    // Where no layer has anything, the search ended at the lowest layer reached: only if that is
    // kept, leaving the range out shows the same.
    if (m_keepFrom && entry.depth >= *m_keepFrom)
        return Content::Absent;
    if (entry.zero && entry.start >= m_plainZerosFrom)
        return Content::Absent;
    return entry.zero ? Content::Zero : Content::Data;
}

PieceReader::PieceReader(const VirtualDisk& disk, Bytes unit, Bytes granule,
    const ContentRule& rule, const std::stop_token& stop)
    : m_disk(disk)
    , m_unit(unit.value)
    , m_granule(granule.value)
    , m_rule(rule)
    , m_stop(stop)
{
}

void PieceReader::read(GuestPiece& piece) const
{
    const std::uint64_t units = (piece.length.value + m_unit - 1) / m_unit;
    piece.bytes.resize(units * m_unit);
    piece.runs.clear();
    piece.sources.assign(m_shared.empty() ? 0 : units, {});
    const std::uint64_t pieceEnd = piece.start.value + piece.length.value;
    piece.stop = m_stop;
    const std::uint64_t end = std::min(pieceEnd, m_disk.size().value);
    if (piece.start.value < end)
        guestMap(
            m_disk, piece.start, Bytes{end - piece.start.value},
            [&](const GuestMapEntry& entry) {
                const Content content = m_rule(entry);
                add(piece, entry.length, content);
                if (content == Content::Data && entry.offset && !m_shared.empty())
                    findSources(entry, piece);
            },
            JobControl{m_stop, {}});
    // A target larger than the source reads as zeros behind it.
    if (end < pieceEnd)
        add(piece, Bytes{pieceEnd - std::max(end, piece.start.value)}, Content::Zero);
    makeWholeGranules(piece);
    std::uint64_t at = 0;
    for (const GuestPiece::Run& run : piece.runs) {
        const std::uint64_t runEnd = at + run.length.value;
        while (at < runEnd) {
            // Up to the next unit that is shared, or behind it.
            const bool isShared = piece.isShared(at / m_unit);
            std::uint64_t stop = at;
            do
                stop = std::min(runEnd, (stop / m_unit + 1) * m_unit);
            while (stop < runEnd && piece.isShared(stop / m_unit) == isShared);
            piece.checkStop();
            if (run.content == Content::Data && !isShared)
                m_disk.read(piece.start + Bytes{at}, std::span{piece.bytes}.subspan(at, stop - at));
            at = stop;
        }
    }
}

/// Units that lie as a whole, and in whole blocks of the file system, in a file that is shared.
void PieceReader::findSources(const GuestMapEntry& entry, GuestPiece& piece) const
{
    constexpr std::uint64_t block = 4096; // of every file system that shares, or more: it refuses
    const ByteFile& file = m_disk.chain().layers[entry.depth].image->guestDataFile();
    if (m_unit % block != 0 || std::find(m_shared.begin(), m_shared.end(), &file) == m_shared.end())
        return;
    const std::uint64_t start = entry.start.value - piece.start.value;
    const std::uint64_t end = start + entry.length.value;
    for (std::uint64_t unit = (start + m_unit - 1) / m_unit; (unit + 1) * m_unit <= end; ++unit) {
        const HostOffset at = *entry.offset + Bytes{unit * m_unit - start};
        if (at.value % block == 0)
            piece.sources[unit] = {&file, at};
    }
}

/// A granule that is only partly absent is stored as a whole, as copying on write would do.
void PieceReader::makeWholeGranules(GuestPiece& piece) const
{
    const auto isAbsent = [](const GuestPiece::Run& run) { return run.content == Content::Absent; };
    if (std::none_of(piece.runs.begin(), piece.runs.end(), isAbsent))
        return;
    std::vector<GuestPiece::Run> whole;
    std::swap(whole, piece.runs);
    std::uint64_t at = 0; // of the run
    std::size_t index = 0;
    for (std::uint64_t granule = 0; granule < piece.length.value; granule += m_granule) {
        const std::uint64_t granuleEnd = std::min(granule + m_granule, piece.length.value);
        bool allAbsent = true;
        bool allZero = true;
        for (;;) {
            allAbsent = allAbsent && whole[index].content == Content::Absent;
            allZero = allZero && whole[index].content == Content::Zero;
            const std::uint64_t runEnd = at + whole[index].length.value;
            if (runEnd > granuleEnd)
                break;
            at = runEnd;
            ++index;
            if (runEnd == granuleEnd)
                break;
        }
        add(piece, Bytes{granuleEnd - granule},
            allAbsent     ? Content::Absent
                : allZero ? Content::Zero
                          : Content::Data);
    }
}

} // namespace platter
