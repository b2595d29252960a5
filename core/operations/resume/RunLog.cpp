// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/RunLog.h"

#include "core/base/Error.h"

#include <algorithm>

namespace platter {

namespace {

    /// A checkpoint is due before its time when so much is to be kept of it, and waited for when
    /// much more is.
    constexpr std::size_t muchToKeep = 8 << 20; // bytes
    constexpr std::size_t tooMuchToKeep = 64 << 20;

} // namespace

RunLog::RunLog(Parts parts)
    : m_parts(std::move(parts))
{
    if (m_parts.earlier)
        m_earlier = m_parts.earlier->checkpoints().back().head.done;
}

void RunLog::hasKey(const std::optional<KeyArea>& area, std::span<const std::byte> bytes)
{
    if (area && m_parts.keeper && m_earlier == 0)
        m_parts.keeper->nameKey(*area, journal::sha256({bytes}));
}

void RunLog::beginAgain()
{
    if (m_earlier == 0)
        return;
    m_catchesUp = true;
    for (const auto& layer : m_parts.layers)
        layer->ignoreWrites();
}

void RunLog::loadOutcomes()
{
    while (m_recalled.atEnd()) {
        const auto& checkpoints = m_parts.earlier->checkpoints();
        // A checkpoint ends between two pieces.
        const std::uint64_t before = m_loaded == 0 ? 0 : checkpoints[m_loaded - 1].head.done;
        if (m_loaded == checkpoints.size() || m_done != before)
            throw EarlierRunDiffers{};
        m_recalled = OutcomeReader{m_parts.earlier->outcomesOf(checkpoints[m_loaded++])};
    }
}

void RunLog::recall(GuestPiece& piece, Bytes unit)
{
    const std::uint64_t units = (piece.length.value + unit.value - 1) / unit.value;
    piece.bytes.resize(units * unit.value);
    piece.sources.clear();
    piece.units.resize(units);
    if (units == 0)
        return;
    try {
        loadOutcomes();
        piece.streams.resize(m_recalled.next(piece.units, unit));
    } catch (const FormatError&) {
        throw EarlierRunDiffers{};
    }
}

void RunLog::caughtUp(const ProgressUpdate& now)
{
    if (m_earlier == 0)
        return;
    const part::CheckpointHead& last = m_parts.earlier->checkpoints().back().head;
    if (m_done != m_earlier || m_plan != last.plan || !m_recalled.atEnd())
        throw EarlierRunDiffers{};
    m_catchesUp = false;
    for (const auto& layer : m_parts.layers)
        layer->heedWrites();
    m_last = std::chrono::steady_clock::now();
    if (m_parts.options->goesOn)
        m_parts.options->goesOn(now);
}

void RunLog::plan(std::uint64_t number)
{
    // The multiplier and the shift of MurmurHash's last step: every bit changes half of all.
    m_plan = (m_plan ^ number) * 0xff51afd7ed558ccd;
    m_plan ^= m_plan >> 33;
}

void RunLog::passed(std::span<const GuestPiece::Unit> units)
{
    ++m_done;
    if (m_parts.keeper && !m_catchesUp)
        m_outcomes.add(units);
}

void RunLog::checkpoint(const std::function<void()>& writeWaiting)
{
    if (!m_parts.keeper || m_catchesUp)
        return;
    const auto now = std::chrono::steady_clock::now();
    const auto interval = m_parts.options->interval;
    const bool atOnce = interval == std::chrono::milliseconds::zero();
    if (now - m_last < interval && m_outcomes.size() < muchToKeep)
        return;
    if (m_parts.keeper->isBusy()) {
        if (m_outcomes.size() < tooMuchToKeep)
            return;
        m_parts.keeper->wait(*m_parts.job);
    }
    m_last = now;
    // Of a source that changes nobody can tell what the part file was made from.
    if (!m_parts.key->sourceIsSame())
        return;
    writeWaiting();
    CheckpointOrder order;
    order.head.done = m_done;
    order.head.plan = m_plan;
    order.head.imageLength = m_parts.layers[0]->size();
    if (m_parts.layers.size() > 1)
        order.head.dataLength = m_parts.layers[1]->size();
    for (const auto& layer : m_parts.layers) {
        const auto more = layer->takeWitnesses();
        order.witnesses.insert(order.witnesses.end(), more.begin(), more.end());
    }
    order.outcomes = m_outcomes.take();
    m_parts.keeper->order(std::move(order));
    if (atOnce)
        m_parts.keeper->wait(*m_parts.job);
}

} // namespace platter
