// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/HilbertLayout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace platter {

namespace {

    using Point = HilbertLayout::Point;

    constexpr quint64 mostSquares = 48; ///< so that every window has a pixel for each
    constexpr int highestOrder = 31;

    /// One step of the curve: turns a quarter of edge `s` so that its ends meet its neighbours'.
    void turn(qint64 s, Point& point, bool right, bool down)
    {
        if (down)
            return;
        if (right) {
            point.x = s - 1 - point.x;
            point.y = s - 1 - point.y;
        }
        std::swap(point.x, point.y);
    }

    /// From the top left to the top right corner of a square with `edge` cells along its edge.
    Point onCurve(qint64 edge, quint64 distance)
    {
        Point point;
        for (qint64 s = 1; s < edge; s *= 2) {
            const bool right = (distance / 2) & 1;
            const bool down = (distance ^ static_cast<quint64>(right)) & 1;
            turn(s, point, right, down);
            point.x += right ? s : 0;
            point.y += down ? s : 0;
            distance /= 4;
        }
        return point;
    }

    quint64 alongCurve(qint64 edge, Point point)
    {
        quint64 distance = 0;
        for (qint64 s = edge / 2; s > 0; s /= 2) {
            const bool right = (point.x & s) != 0;
            const bool down = (point.y & s) != 0;
            distance += static_cast<quint64>(s) * static_cast<quint64>(s)
                * ((right ? 3U : 0U) ^ (down ? 1U : 0U));
            point.x &= s - 1;
            point.y &= s - 1;
            turn(s, point, right, down);
        }
        return distance;
    }

    /// Turns the curve of one square so that it goes on from the square before to the next. The way
    /// is its own inverse.
    Point turned(Point point, qint64 edge, qint64 column, qint64 row, qint64 columns)
    {
        const bool leftward = row % 2 != 0;
        const bool first = leftward ? column == columns - 1 : column == 0;
        const bool last = leftward ? column == 0 : column == columns - 1;
        if (leftward ? first : last)
            return {point.y, point.x}; // from the top left to the bottom left corner
        if (leftward)
            return {edge - 1 - point.x, edge - 1 - point.y}; // bottom right to bottom left
        return point;
    }

} // namespace

HilbertLayout HilbertLayout::fitting(quint64 units, double aspect)
{
    HilbertLayout layout;
    layout.units = std::max<quint64>(units, 1);
    const auto squaresOf = [&](int order) {
        const quint64 area = quint64{1} << (2 * order);
        return layout.units / area + (layout.units % area != 0);
    };
    while (layout.order < highestOrder && squaresOf(layout.order) > mostSquares)
        ++layout.order;
    const auto squares = static_cast<qint64>(squaresOf(layout.order));
    // Of all shapes the one that shows its cells largest in a window of this aspect.
    double largest = 0;
    for (qint64 columns = 1; columns <= squares; ++columns) {
        const qint64 rows = (squares + columns - 1) / columns;
        const double edge
            = std::min(aspect / static_cast<double>(columns), 1.0 / static_cast<double>(rows));
        if (edge > largest * 1.0001) {
            largest = edge;
            layout.columns = columns;
            layout.rows = rows;
        }
    }
    return layout;
}

HilbertLayout::Point HilbertLayout::pointOf(quint64 cell, int level) const
{
    const qint64 n = edge(level);
    const int shift = 2 * (order - level);
    const auto square = static_cast<qint64>(cell >> shift);
    const qint64 row = square / columns;
    const qint64 along = square % columns;
    const qint64 column = row % 2 ? columns - 1 - along : along;
    const Point inside
        = turned(onCurve(n, cell & ((quint64{1} << shift) - 1)), n, column, row, columns);
    return {column * n + inside.x, row * n + inside.y};
}

std::optional<quint64> HilbertLayout::cellAt(Point point, int level) const
{
    const qint64 n = edge(level);
    if (point.x < 0 || point.y < 0 || point.x >= width(level) || point.y >= height(level))
        return {};
    const qint64 column = point.x / n;
    const qint64 row = point.y / n;
    const qint64 along = row % 2 ? columns - 1 - column : column;
    const int shift = 2 * (order - level);
    const quint64 cell = (static_cast<quint64>(row * columns + along) << shift)
        + alongCurve(n, turned({point.x % n, point.y % n}, n, column, row, columns));
    const quint64 perCell = quint64{1} << (2 * level);
    if (cell > (units - 1) / perCell)
        return {};
    return cell;
}

} // namespace platter
