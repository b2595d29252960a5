// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows of a hex view are in view: scrolling, and the folding of zeros.
#include "widgets/hexview/HexView.h"

#include <QScrollBar>
#include <QtMath>

#include <algorithm>

namespace platter {

namespace {

    constexpr quint64 leastFold = 1024; ///< bytes of zeros that are worth a row of their own
    constexpr std::size_t mostOpened = 64; ///< opened stretches that are remembered
    constexpr int linePadding = 6; ///< pixels that a row is higher than its font

} // namespace

int HexView::visibleRows() const
{
    return std::max(1, viewport()->height() / m_geometry.rowHeight);
}

/// The folded zeros that hold `offset`.
std::optional<HexRow> HexView::foldAt(quint64 offset) const
{
    const auto zeros = m_source ? m_source->zerosAround(offset) : std::nullopt;
    if (!zeros || zeros->end <= zeros->start)
        return {};
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 start
        = zeros->start / perRow * perRow + (zeros->start % perRow != 0 ? perRow : 0);
    const quint64 end
        = zeros->end >= m_geometry.size ? m_geometry.size : zeros->end / perRow * perRow;
    if (start >= end || end - start < leastFold || offset < start || offset >= end)
        return {};
    const bool opened = std::any_of(m_opened.begin(), m_opened.end(),
        [&](const HexRow& one) { return one.start < end && start < one.end; });
    if (opened)
        return {};
    return HexRow{start, end, HexRow::Kind::Zeros};
}

/// The row that holds `offset`, which lies below the size.
HexRow HexView::rowAt(quint64 offset) const
{
    if (const auto fold = foldAt(offset))
        return *fold;
    const auto perRow = static_cast<quint64>(m_geometry.bytesPerRow);
    const quint64 start = offset / perRow * perRow;
    return {start, start + std::min(perRow, m_geometry.size - start)};
}

std::optional<HexRow> HexView::rowBefore(quint64 start) const
{
    return start == 0 ? std::nullopt : std::optional{rowAt(start - 1)};
}

/// Fills the list of rows in view from the first one on.
void HexView::layOut()
{
    const auto before = m_geometry.shown;
    m_geometry.shown.clear();
    if (m_geometry.size == 0)
        return;
    auto& shown = m_geometry.shown;
    const auto wanted = static_cast<std::size_t>(visibleRows()) + 1;
    quint64 at = std::min(m_geometry.firstRow, m_geometry.rows() - 1)
        * static_cast<quint64>(m_geometry.bytesPerRow);
    while (shown.size() < wanted && at < m_geometry.size) {
        shown.push_back(rowAt(at));
        at = shown.back().end;
    }
    // The end of the file is at the bottom, not in the middle.
    while (at >= m_geometry.size && shown.size() < wanted - 1) {
        const auto row = rowBefore(shown.front().start);
        if (!row)
            break;
        shown.insert(shown.begin(), *row);
    }
    m_geometry.firstRow = m_geometry.rowOf(shown.front().start);
    const bool same = before.size() == shown.size()
        && std::equal(before.begin(), before.end(), shown.begin(),
            [](const HexRow& a, const HexRow& b) { return a.start == b.start && a.end == b.end; });
    if (!same)
        emit viewChanged();
}

void HexView::setTop(quint64 offset)
{
    m_geometry.firstRow = m_geometry.rowOf(offset);
    updateScrollBar();
    viewport()->update();
}

void HexView::scrollRows(int rows)
{
    if (m_geometry.shown.empty())
        return;
    quint64 top = m_geometry.shown.front().start;
    for (; rows > 0; --rows) {
        const quint64 end = rowAt(top).end;
        if (end >= m_geometry.size)
            break;
        top = end;
    }
    for (; rows < 0; ++rows) {
        const auto row = rowBefore(top);
        if (!row)
            break;
        top = row->start;
    }
    setTop(top);
}

void HexView::openFold(const HexRow& fold)
{
    if (m_opened.size() == mostOpened)
        m_opened.erase(m_opened.begin());
    m_opened.push_back(fold);
    updateScrollBar();
    viewport()->update();
}

/// @returns whether there was something to open
bool HexView::openFoldAt(quint64 offset)
{
    const auto fold = offset < m_geometry.size ? foldAt(offset) : std::nullopt;
    if (fold)
        openFold(*fold);
    return fold.has_value();
}

void HexView::ensureVisible(quint64 offset)
{
    if (offset >= m_geometry.size)
        return;
    const int at = m_geometry.shownRowOf(offset);
    if (at >= 0 && at < visibleRows())
        return;
    HexRow row = rowAt(offset);
    if (!m_geometry.shown.empty() && offset >= m_geometry.shown.front().start) {
        for (int i = 1; i < visibleRows(); ++i) {
            const auto above = rowBefore(row.start);
            if (!above)
                break;
            row = *above;
        }
    }
    setTop(row.start);
}

std::vector<HexRow> HexView::visibleRanges() const
{
    std::vector<HexRow> ranges;
    for (const HexRow& row : m_geometry.shown) {
        if (row.kind == HexRow::Kind::Zeros)
            continue;
        if (!ranges.empty() && ranges.back().end == row.start)
            ranges.back().end = row.end;
        else
            ranges.push_back(row);
    }
    return ranges;
}

void HexView::updateGeometryOfBytes()
{
    const QFontMetrics metrics{font()};
    const quint64 top = m_geometry.firstRow * static_cast<quint64>(m_geometry.bytesPerRow);
    m_geometry.charWidth = qCeil(QFontMetricsF{font()}.horizontalAdvance(u'0'));
    m_geometry.rowHeight = metrics.height() + linePadding;
    m_geometry.size = m_source ? m_source->size() : 0;
    m_geometry.offsetDigits = HexGeometry::offsetDigitsFor(m_geometry.size);
    m_geometry.bytesPerRow = HexGeometry::bytesPerRowFor(
        viewport()->width(), m_geometry.charWidth, m_geometry.margin, m_geometry.offsetDigits);
    m_geometry.firstRow = m_geometry.rowOf(top);
    updateScrollBar();
}

void HexView::updateScrollBar()
{
    const quint64 rows = m_geometry.rows();
    const auto visible = static_cast<quint64>(visibleRows());
    const quint64 last = rows > visible ? rows - visible : 0;
    m_geometry.firstRow = std::min(m_geometry.firstRow, last);
    constexpr quint64 mostSteps = 1'000'000'000;
    m_rowsPerStep = last / mostSteps + 1;
    const QSignalBlocker quiet{verticalScrollBar()};
    verticalScrollBar()->setRange(0, static_cast<int>(last / m_rowsPerStep));
    verticalScrollBar()->setPageStep(
        static_cast<int>(std::max<quint64>(1, visible / m_rowsPerStep)));
    layOut();
    verticalScrollBar()->setValue(static_cast<int>(m_geometry.firstRow / m_rowsPerStep));
    horizontalScrollBar()->setRange(0, std::max(0, m_geometry.width() - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
}

void HexView::scrollContentsBy(int, int)
{
    // The distance that Qt tells is wrong after the bar was set silently, so only the value counts.
    // Where a step stands for several rows, the row at hand stays while the step does.
    const auto step = static_cast<quint64>(verticalScrollBar()->value());
    if (step != m_geometry.firstRow / m_rowsPerStep)
        m_geometry.firstRow = step * m_rowsPerStep;
    layOut();
    viewport()->update();
}

/// The byte of a row that stands below or above the cursor.
quint64 HexView::sameColumn(const HexRow& row) const
{
    if (row.kind == HexRow::Kind::Zeros)
        return row.start;
    const quint64 column = m_cursor % static_cast<quint64>(m_geometry.bytesPerRow);
    return row.start + std::min(column, row.end - row.start - 1);
}

} // namespace platter
