// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <optional>

namespace platter {

/// An address space laid out so that neighbours stay neighbours: squares side by side, to and fro
/// like a plough, each filled by a Hilbert curve that ends where the next one begins.
///
/// Several squares instead of one, because a single one would leave up to three quarters of the
/// picture empty. A coarser look at the same layout joins four cells each and moves nothing.
/// Source: D. Hilbert, "Über die stetige Abbildung einer Linie auf ein Flächenstück", 1891.
struct HilbertLayout {
    struct Point {
        qint64 x = 0;
        qint64 y = 0;
        bool operator==(const Point&) const = default;
    };

    quint64 units = 0;
    int order = 0; ///< a square has 2^order units along its edge
    qint64 columns = 1; ///< of squares
    qint64 rows = 1;

    /// The layout whose shape is nearest to `aspect` (width by height).
    static HilbertLayout fitting(quint64 units, double aspect);

    /// Cells along an edge of a square, if a cell has 4^level units; level is at most `order`.
    qint64 edge(int level) const { return qint64{1} << (order - level); }
    qint64 width(int level) const { return columns * edge(level); }
    qint64 height(int level) const { return rows * edge(level); }

    /// Where a cell stands, by its index at this level.
    Point pointOf(quint64 cell, int level) const;
    /// Which cell stands there; nothing: none.
    std::optional<quint64> cellAt(Point point, int level) const;
};

} // namespace platter
