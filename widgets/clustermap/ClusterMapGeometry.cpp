// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapGeometry.h"

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
    if (first >= size)
        return {};
    return {first, std::min(times(cells(), bytesPerCell), size - first)};
}

std::optional<ClusterMapGeometry::Range> ClusterMapGeometry::cellAt(QPoint point) const
{
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
    const Range view = visible();
    if (offset < view.from || offset - view.from >= view.length)
        return {};
    const auto cell = static_cast<int>((offset - first) / bytesPerCell);
    return {cell % columns() * side, cell / columns() * side, side - gap(), side - gap()};
}

void ClusterMapGeometry::showWhole()
{
    const Fit fit = wholeFit(std::max<quint64>(1, dividedUp(size, unit)), area);
    bytesPerCell = times(fit.unitsPerCell, unit);
    side = fit.side;
    first = 0;
    scale = wholeScale();
}

double ClusterMapGeometry::wholeScale() const
{
    const Fit fit = wholeFit(std::max<quint64>(1, dividedUp(size, unit)), area);
    return static_cast<double>(times(fit.unitsPerCell, unit)) * usualSide * usualSide
        / (fit.side * fit.side);
}

double ClusterMapGeometry::nearestScale() const
{
    return static_cast<double>(unit) * usualSide * usualSide / (largestSide * largestSide);
}

double ClusterMapGeometry::zoom() const
{
    const double range = std::log2(wholeScale() / nearestScale());
    if (range <= 0)
        return 0;
    return std::clamp(std::log2(wholeScale() / scale) / range, 0.0, 1.0);
}

void ClusterMapGeometry::setZoom(double zoom, quint64 offset, QPoint at)
{
    const double whole = wholeScale();
    setScale(whole * std::pow(nearestScale() / whole, std::clamp(zoom, 0.0, 1.0)), offset, at);
}

void ClusterMapGeometry::zoomBy(double factor, quint64 offset, QPoint at)
{
    setScale(scale / factor, offset, at);
}

void ClusterMapGeometry::setScale(double wanted, quint64 offset, QPoint at)
{
    const double whole = wholeScale();
    if (wanted >= whole * 0.999) {
        showWhole();
        return;
    }
    scale = std::max(wanted, nearestScale());
    const auto unitBytes = static_cast<double>(unit);
    if (scale >= unitBytes) {
        side = usualSide;
        bytesPerCell
            = times(std::max<quint64>(1, static_cast<quint64>(scale / unitBytes + 0.5)), unit);
    } else {
        bytesPerCell = unit;
        side = std::clamp(
            static_cast<int>(usualSide * std::sqrt(unitBytes / scale)), usualSide, largestSide);
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
    area = newArea;
    if (whole)
        showWhole();
    else
        setScale(scale, first, {});
}

} // namespace platter
