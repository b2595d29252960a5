// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapGeometry.h"

#include <QRegion>

#include <algorithm>
#include <cmath>
#include <limits>

namespace platter {

namespace {

    quint64 dividedUp(quint64 value, quint64 by)
    {
        return value / by + (value % by != 0);
    }

    /// Neither a file nor a disk is larger than 2^63 bytes; saturating keeps a hostile size from
    /// wrapping round.
    quint64 times(quint64 a, quint64 b)
    {
        quint64 result = 0;
        return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<quint64>::max() : result;
    }

    /// Cells of one side length in an area.
    quint64 cellsIn(QSize area, int side)
    {
        return static_cast<quint64>(qMax(1, area.width() / side))
            * static_cast<quint64>(qMax(1, area.height() / side));
    }

    struct Fit {
        quint64 unitsPerCell = 1;
        int side = ClusterMapGeometry::usualSide;
    };

    /// The cells that show `units` in an area with as little of it left over as possible.
    Fit wholeFit(quint64 units, QSize area)
    {
        for (int side = ClusterMapGeometry::largestSide; side >= 8; --side) {
            if (cellsIn(area, side) >= units)
                return {1, side};
        }
        const auto filledBy = [&](int side) {
            const quint64 cells = cellsIn(area, side);
            return static_cast<double>(units)
                / (static_cast<double>(dividedUp(units, cells)) * static_cast<double>(cells));
        };
        constexpr int smallest = 8;
        constexpr int largest = 14;
        double mostFilled = 0;
        for (int side = smallest; side <= largest; ++side)
            mostFilled = std::max(mostFilled, filledBy(side));
        // Of those that leave little over, the one that shows most: the fewest units in a cell.
        Fit best{units, smallest};
        for (int side = smallest; side <= largest; ++side) {
            const quint64 perCell = dividedUp(units, cellsIn(area, side));
            if (filledBy(side) >= 0.85 * mostFilled && perCell <= best.unitsPerCell)
                best = {perCell, side};
        }
        return best;
    }

} // namespace

ClusterMapGeometry::Range ClusterMapGeometry::visible() const
{
    if (layout == ClusterLayout::Regions) {
        const auto ranges = visibleRanges();
        if (ranges.empty())
            return {};
        return {
            ranges.front().from, ranges.back().from + ranges.back().length - ranges.front().from};
    }
    if (first >= size)
        return {};
    return {first, std::min(times(cells(), bytesPerCell), size - first)};
}

std::optional<ClusterMapGeometry::Range> ClusterMapGeometry::cellAt(QPoint point) const
{
    if (layout == ClusterLayout::Regions) {
        if (!QRect{{}, area}.contains(point))
            return {};
        return cellAtPoint({static_cast<qint64>(std::floor((origin.x() + point.x()) / cellSide)),
            static_cast<qint64>(std::floor((origin.y() + point.y()) / cellSide))});
    }
    if (point.x() < 0 || point.y() < 0)
        return {};
    const int column = point.x() / side;
    const int row = point.y() / side;
    if (column >= columns() || row >= rows())
        return {};
    const quint64 cell = static_cast<quint64>(row) * static_cast<quint64>(columns())
        + static_cast<quint64>(column);
    const quint64 ahead = times(cell, bytesPerCell);
    if (first >= size || ahead >= size - first)
        return {};
    return cellOf(first + ahead);
}

ClusterMapGeometry::Range ClusterMapGeometry::cellOf(quint64 offset) const
{
    const quint64 from = std::min(offset, size ? size - 1 : 0) / bytesPerCell * bytesPerCell;
    return {from, std::min(bytesPerCell, size - from)};
}

QRect ClusterMapGeometry::rectOf(quint64 offset) const
{
    if (layout == ClusterLayout::Regions) {
        if (offset >= size)
            return {};
        const auto point = hilbert.pointOf(offset / bytesPerCell, level);
        const QPoint corner{pixelOf(point.x) - origin.x(), pixelOf(point.y) - origin.y()};
        const QPoint next{pixelOf(point.x + 1) - origin.x(), pixelOf(point.y + 1) - origin.y()};
        const QRect rect{corner, next - QPoint{1 + gap(), 1 + gap()}};
        return rect.intersects(QRect{{}, area}) ? rect : QRect{};
    }
    const Range view = visible();
    if (offset < view.from || offset - view.from >= view.length)
        return {};
    const auto cell = static_cast<int>((offset - first) / bytesPerCell);
    return {cell % columns() * side, cell / columns() * side, side - gap(), side - gap()};
}

QPainterPath ClusterMapGeometry::outlineOf(Range range) const
{
    QPainterPath outline;
    if (layout == ClusterLayout::Rows) {
        const Range view = visible();
        const quint64 from = std::max(range.from, view.from);
        const quint64 end = std::min(range.from + range.length, view.from + view.length);
        if (from >= end)
            return outline;
        // As selected text has it: a part of the first row, whole rows, a part of the last.
        const QRect top = rectOf(from);
        const QRect bottom = rectOf(end - 1);
        const int right = columns() * side - gap();
        QRegion region = top.united(bottom);
        if (top.top() != bottom.top()) {
            region = QRect{top.left(), top.top(), right - top.left(), side};
            region += QRect{0, bottom.top(), bottom.right() + 1, bottom.height()};
            if (bottom.top() > top.top() + side)
                region += QRect{0, top.top() + side, right, bottom.top() - top.top() - side};
        }
        outline.addRegion(region);
        return outline.simplified();
    }
    // Along the curve: a line wherever a cell of the range meets one that is not.
    const Grid seen = grid();
    const auto columnCount = static_cast<std::size_t>(seen.columns());
    const auto rowCount = static_cast<std::size_t>(seen.rows());
    std::vector<char> inside(columnCount * rowCount, 0);
    for (const Range& part : visibleRanges()) {
        const quint64 from = std::max(part.from, range.from / bytesPerCell * bytesPerCell);
        const quint64 end = std::min(part.from + part.length, range.from + range.length);
        for (quint64 at = from; at < end; at += bytesPerCell) {
            const auto point = hilbert.pointOf(at / bytesPerCell, level);
            const auto x = static_cast<std::size_t>(point.x - seen.first.x);
            const auto y = static_cast<std::size_t>(point.y - seen.first.y);
            if (x < columnCount && y < rowCount)
                inside[y * columnCount + x] = 1;
        }
    }
    const auto line = [&](int fromX, int fromY, int toX, int toY) {
        outline.moveTo(fromX, fromY);
        outline.lineTo(toX, toY);
    };
    for (std::size_t y = 0; y < rowCount; ++y) {
        for (std::size_t x = 0; x < columnCount; ++x) {
            if (!inside[y * columnCount + x])
                continue;
            const int left = seen.columnEdges[x];
            const int right = seen.columnEdges[x + 1];
            const int top = seen.rowEdges[y];
            const int bottom = seen.rowEdges[y + 1];
            if (x == 0 || !inside[y * columnCount + x - 1])
                line(left, top, left, bottom);
            if (x + 1 == columnCount || !inside[y * columnCount + x + 1])
                line(right, top, right, bottom);
            if (y == 0 || !inside[(y - 1) * columnCount + x])
                line(left, top, right, top);
            if (y + 1 == rowCount || !inside[(y + 1) * columnCount + x])
                line(left, bottom, right, bottom);
        }
    }
    return outline;
}

bool ClusterMapGeometry::isWhole() const
{
    if (layout == ClusterLayout::Rows)
        return visible().length == size;
    const QSize all = picture();
    return all.width() <= area.width() && all.height() <= area.height();
}

quint64 ClusterMapGeometry::unitsInAll() const
{
    return std::max<quint64>(1, dividedUp(size, unit));
}

void ClusterMapGeometry::showWhole()
{
    if (layout == ClusterLayout::Regions) {
        const double aspect = static_cast<double>(std::max(1, area.width()))
            / static_cast<double>(std::max(1, area.height()));
        hilbert = HilbertLayout::fitting(unitsInAll(), aspect);
        m_scale = wholeScale();
        setPixels(wholePixels());
        clampOrigin();
        return;
    }
    const Fit fit = wholeFit(unitsInAll(), area);
    bytesPerCell = times(fit.unitsPerCell, unit);
    side = fit.side;
    first = 0;
    m_scale = wholeScale();
}

/// Regions: pixels along the edge of a unit if everything is in view.
double ClusterMapGeometry::wholePixels() const
{
    const double fitting = std::min(area.width() / static_cast<double>(hilbert.width(0)),
        area.height() / static_cast<double>(hilbert.height(0)));
    return std::clamp(fitting, 1e-9, static_cast<double>(largestSide));
}

/// Regions: chooses how many units a cell has.
void ClusterMapGeometry::setPixels(double perUnit)
{
    constexpr double leastSide = 6;
    level = 0;
    while (level < hilbert.order && std::ldexp(perUnit, level) < leastSide)
        ++level;
    cellSide = std::ldexp(perUnit, level);
    side = std::max(1, static_cast<int>(cellSide));
    bytesPerCell = times(quint64{1} << (2 * level), unit);
}

/// Regions: where a column or row of the whole picture begins.
int ClusterMapGeometry::pixelOf(qint64 cell) const
{
    return static_cast<int>(
        std::clamp(std::floor(static_cast<double>(cell) * cellSide + 0.5), -1e9, 2e9));
}

QSize ClusterMapGeometry::picture() const
{
    return {pixelOf(hilbert.width(level)), pixelOf(hilbert.height(level))};
}

void ClusterMapGeometry::clampOrigin()
{
    const QSize all = picture();
    const auto inside = [](int wanted, int whole, int room) {
        // What is smaller than its room stands in the middle of it.
        return whole <= room ? (whole - room) / 2 : std::clamp(wanted, 0, whole - room);
    };
    origin = {inside(origin.x(), all.width(), area.width()),
        inside(origin.y(), all.height(), area.height())};
}

std::optional<ClusterMapGeometry::Range> ClusterMapGeometry::cellAtPoint(
    HilbertLayout::Point point) const
{
    const auto cell = hilbert.cellAt(point, level);
    return cell && size ? std::optional{cellOf(times(*cell, bytesPerCell))} : std::nullopt;
}

ClusterMapGeometry::Grid ClusterMapGeometry::grid() const
{
    Grid grid;
    if (layout == ClusterLayout::Rows) {
        grid.columnEdges.reserve(static_cast<std::size_t>(columns()) + 1);
        grid.rowEdges.reserve(static_cast<std::size_t>(rows()) + 1);
        for (int column = 0; column <= columns(); ++column)
            grid.columnEdges.push_back(column * side);
        for (int row = 0; row <= rows(); ++row)
            grid.rowEdges.push_back(row * side);
        return grid;
    }
    const auto edges = [&](int start, int room, qint64 most, std::vector<int>& to) {
        const qint64 from
            = std::max<qint64>(0, static_cast<qint64>(std::floor(start / cellSide)) - 1);
        qint64 at = from;
        while (at < most && pixelOf(at + 1) <= start)
            ++at;
        const qint64 firstSeen = at;
        to.push_back(pixelOf(at) - start);
        while (at < most && to.back() < room)
            to.push_back(pixelOf(++at) - start);
        return firstSeen;
    };
    grid.first.x = edges(origin.x(), area.width(), hilbert.width(level), grid.columnEdges);
    grid.first.y = edges(origin.y(), area.height(), hilbert.height(level), grid.rowEdges);
    return grid;
}

/// Adds what a square of the curve has in `view`, which is in cells. `atLevel` is that of a cell as
/// large as the square.
void ClusterMapGeometry::addRanges(
    HilbertLayout::Point square, int atLevel, const QRect& view, std::vector<Range>& to) const
{
    const int up = atLevel - level;
    const QRect cells{
        static_cast<int>(square.x << up), static_cast<int>(square.y << up), 1 << up, 1 << up};
    if (!cells.intersects(view))
        return;
    if (up > 0 && !view.contains(cells)) {
        for (int quarter = 0; quarter < 4; ++quarter)
            addRanges(
                {square.x * 2 + quarter % 2, square.y * 2 + quarter / 2}, atLevel - 1, view, to);
        return;
    }
    if (const auto cell = hilbert.cellAt(square, atLevel)) {
        const quint64 bytes = times(quint64{1} << (2 * atLevel), unit);
        const quint64 from = times(*cell, bytes);
        to.push_back({from, std::min(bytes, size - from)});
    }
}

std::vector<ClusterMapGeometry::Range> ClusterMapGeometry::visibleRanges() const
{
    if (size == 0)
        return {};
    if (layout == ClusterLayout::Rows)
        return {visible()};
    const Grid seen = grid();
    const QRect view{static_cast<int>(seen.first.x), static_cast<int>(seen.first.y), seen.columns(),
        seen.rows()};
    std::vector<Range> ranges;
    for (qint64 row = 0; row < hilbert.rows; ++row) {
        for (qint64 column = 0; column < hilbert.columns; ++column)
            addRanges({column, row}, hilbert.order, view, ranges);
    }
    std::sort(ranges.begin(), ranges.end(),
        [](const Range& a, const Range& b) { return a.from < b.from; });
    std::vector<Range> joined;
    for (const Range& range : ranges) {
        if (!joined.empty() && joined.back().from + joined.back().length == range.from)
            joined.back().length += range.length;
        else
            joined.push_back(range);
    }
    return joined;
}

quint64 ClusterMapGeometry::middle() const
{
    const QPoint centre{area.width() / 2, area.height() / 2};
    if (const auto cell = cellAt(centre))
        return cell->from + cell->length / 2;
    const Range view = visible();
    return view.from + view.length / 2;
}

quint64 ClusterMapGeometry::beside(quint64 offset, int right, int down) const
{
    if (layout == ClusterLayout::Regions) {
        auto point = hilbert.pointOf(offset / bytesPerCell, level);
        point.x += right;
        point.y = std::clamp<qint64>(point.y + down, 0, hilbert.height(level) - 1);
        const auto cell = cellAtPoint(point);
        return cell ? cell->from : offset;
    }
    const qint64 cells = static_cast<qint64>(down) * columns() + right;
    const quint64 by = times(static_cast<quint64>(std::abs(cells)), bytesPerCell);
    if (cells < 0)
        return offset >= by ? offset - by : offset;
    return size - offset > by ? offset + by : offset;
}

void ClusterMapGeometry::setLayout(ClusterLayout wanted)
{
    if (wanted == layout)
        return;
    const bool whole = isWhole();
    const quint64 kept = middle();
    const double before = m_scale;
    layout = wanted;
    showWhole();
    if (whole || size == 0)
        return;
    setScale(before, kept, {area.width() / 2, area.height() / 2});
    centreOn(kept);
}

void ClusterMapGeometry::centreOn(quint64 offset)
{
    if (layout == ClusterLayout::Regions) {
        const auto point
            = hilbert.pointOf(std::min(offset, size ? size - 1 : 0) / bytesPerCell, level);
        origin = {
            static_cast<int>((static_cast<double>(point.x) + 0.5) * cellSide) - area.width() / 2,
            static_cast<int>((static_cast<double>(point.y) + 0.5) * cellSide) - area.height() / 2};
        clampOrigin();
        return;
    }
    const int column = std::min(area.width() / 2 / side, columns() - 1);
    const int row = std::min(area.height() / 2 / side, rows() - 1);
    const quint64 before = times(
        static_cast<quint64>(row) * static_cast<quint64>(columns()) + static_cast<quint64>(column),
        bytesPerCell);
    scrollClamped(offset > before ? offset - before : 0);
}

void ClusterMapGeometry::panBy(QPoint pixels)
{
    if (layout == ClusterLayout::Regions) {
        origin -= pixels;
        clampOrigin();
        return;
    }
    const auto cell = static_cast<double>(side);
    scrollBy(-(std::llround(pixels.y() / cell) * columns() + std::llround(pixels.x() / cell)));
}

double ClusterMapGeometry::wholeScale() const
{
    if (layout == ClusterLayout::Regions) {
        const double pixels = wholePixels();
        return static_cast<double>(unit) * usualSide * usualSide / (pixels * pixels);
    }
    const Fit fit = wholeFit(unitsInAll(), area);
    return static_cast<double>(times(fit.unitsPerCell, unit)) * usualSide * usualSide
        / (fit.side * fit.side);
}

double ClusterMapGeometry::nearestScale() const
{
    double pixels = largestSide;
    // Pixels of the whole picture are counted in an int.
    if (layout == ClusterLayout::Regions)
        pixels = std::min(
            pixels, 1e9 / static_cast<double>(std::max(hilbert.width(0), hilbert.height(0))));
    return static_cast<double>(unit) * usualSide * usualSide / (pixels * pixels);
}

double ClusterMapGeometry::zoom() const
{
    const double range = std::log2(wholeScale() / nearestScale());
    if (range <= 0)
        return 0;
    return std::clamp(std::log2(wholeScale() / m_scale) / range, 0.0, 1.0);
}

void ClusterMapGeometry::setZoom(double zoom, quint64 offset, QPoint at)
{
    const double whole = wholeScale();
    setScale(whole * std::pow(nearestScale() / whole, std::clamp(zoom, 0.0, 1.0)), offset, at);
}

void ClusterMapGeometry::zoomBy(double factor, quint64 offset, QPoint at)
{
    setScale(m_scale / factor, offset, at);
}

void ClusterMapGeometry::setScale(double wanted, quint64 offset, QPoint at)
{
    const double whole = wholeScale();
    if (wanted >= whole * 0.999) {
        showWhole();
        return;
    }
    m_scale = std::max(wanted, nearestScale());
    const auto unitBytes = static_cast<double>(unit);
    if (layout == ClusterLayout::Regions) {
        setPixels(usualSide * std::sqrt(unitBytes / m_scale));
        const auto point
            = hilbert.pointOf(std::min(offset, size ? size - 1 : 0) / bytesPerCell, level);
        origin = {static_cast<int>((static_cast<double>(point.x) + 0.5) * cellSide) - at.x(),
            static_cast<int>((static_cast<double>(point.y) + 0.5) * cellSide) - at.y()};
        clampOrigin();
        return;
    }
    if (m_scale >= unitBytes) {
        side = usualSide;
        bytesPerCell
            = times(std::max<quint64>(1, static_cast<quint64>(m_scale / unitBytes + 0.5)), unit);
    } else {
        bytesPerCell = unit;
        side = std::clamp(
            static_cast<int>(usualSide * std::sqrt(unitBytes / m_scale)), usualSide, largestSide);
    }
    const int column = std::clamp(at.x() / side, 0, columns() - 1);
    const int row = std::clamp(at.y() / side, 0, rows() - 1);
    const quint64 before = times(
        static_cast<quint64>(row) * static_cast<quint64>(columns()) + static_cast<quint64>(column),
        bytesPerCell);
    scrollClamped(offset > before ? offset - before : 0);
}

void ClusterMapGeometry::scrollBy(qint64 cellsForward)
{
    const quint64 distance = times(static_cast<quint64>(std::abs(cellsForward)), bytesPerCell);
    if (cellsForward < 0)
        scrollClamped(first > distance ? first - distance : 0);
    else
        scrollClamped(size - std::min(first, size) > distance ? first + distance : size);
}

void ClusterMapGeometry::scrollTo(quint64 offset)
{
    if (layout == ClusterLayout::Regions)
        centreOn(offset);
    else
        scrollClamped(offset);
}

void ClusterMapGeometry::scrollClamped(quint64 offset)
{
    const quint64 room = times(cells(), bytesPerCell);
    const quint64 last
        = size > room ? dividedUp(size - room, bytesPerCell) * bytesPerCell : quint64{0};
    first = std::min(offset / bytesPerCell * bytesPerCell, last);
}

void ClusterMapGeometry::ensureVisible(quint64 offset)
{
    if (layout == ClusterLayout::Regions) {
        const QRect cell = rectOf(offset);
        if (cell.isEmpty() || !QRect{{}, area}.contains(cell))
            centreOn(offset);
        return;
    }
    const quint64 row = times(static_cast<quint64>(columns()), bytesPerCell);
    const Range view = visible();
    if (offset < first)
        scrollBy(-static_cast<qint64>(
            times(dividedUp(first - offset, row), static_cast<quint64>(columns()))));
    else if (offset - first >= view.length)
        scrollBy(static_cast<qint64>(
            times((offset - first - view.length) / row + 1, static_cast<quint64>(columns()))));
}

void ClusterMapGeometry::resize(QSize newArea)
{
    const bool whole = area.isEmpty() || isWhole();
    const quint64 kept = layout == ClusterLayout::Regions ? middle() : 0;
    area = newArea;
    if (whole) {
        showWhole();
    } else if (layout == ClusterLayout::Regions) {
        const double before = m_scale;
        showWhole(); // another shape of window gets another shape of picture
        setScale(before, kept, {area.width() / 2, area.height() / 2});
    } else
        setScale(m_scale, first, {});
}

} // namespace platter
