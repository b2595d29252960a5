// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>
#include <QRect>
#include <QSize>

#include <optional>

namespace platter {

/// Where the bytes of an address space stand in a map of square cells in rows, read like text. A
/// plain value, tested without a window.
///
/// Far out, a cell keeps its size and stands for more and more units; once it stands for one unit,
/// zooming in makes it larger.
struct ClusterMapGeometry {
    static constexpr int usualSide = 10; ///< pixels of a cell that stands for several units
    static constexpr int largestSide = 48; ///< pixels

    struct Range {
        quint64 from = 0;
        quint64 length = 0;
        bool operator==(const Range&) const = default;
    };

    quint64 size = 0; ///< bytes of the address space
    quint64 unit = 1; ///< bytes of the smallest thing with a cell of its own
    QSize area; ///< pixels

    quint64 first = 0; ///< where the top left cell begins: a multiple of bytesPerCell
    quint64 bytesPerCell = 1; ///< a multiple of unit
    int side = usualSide; ///< pixels of a cell with the gap behind it

    int columns() const { return qMax(1, area.width() / side); }
    int rows() const { return qMax(1, area.height() / side); }
    quint64 cells() const { return static_cast<quint64>(columns()) * static_cast<quint64>(rows()); }
    /// The part of the address space that is in view.
    Range visible() const;
    bool isWhole() const { return visible().length == size; }

    /// The cell at a point, cut at the end of the address space.
    std::optional<Range> cellAt(QPoint point) const;
    /// The cell that holds a byte.
    Range cellOf(quint64 offset) const;
    /// The pixels of the cell that holds a byte, without the gap; empty if it is out of view.
    QRect rectOf(quint64 offset) const;
    /// Pixels between two cells.
    int gap() const { return side >= 6 ? 1 : 0; }

    /// Shows everything in cells as large as fit.
    void showWhole();
    /// 0: whole, 1: as near as it goes; equal steps multiply by equal factors.
    double zoom() const;
    /// Zooms and keeps `offset` as near as possible to the pixel `at`.
    void setZoom(double zoom, quint64 offset, QPoint at);
    /// Multiplies the number of cells for a byte by `factor`; more than 1: nearer.
    void zoomBy(double factor, quint64 offset, QPoint at);
    /// Moves by whole cells; stays inside the address space.
    void scrollBy(qint64 cellsForward);
    void scrollTo(quint64 offset);
    /// Scrolls by as few rows as needed.
    void ensureVisible(quint64 offset);
    void resize(QSize newArea);

private:
    double wholeScale() const;
    double nearestScale() const;
    void setScale(double wanted, quint64 offset, QPoint at);
    void scrollClamped(quint64 offset);

    double scale = 1; ///< wanted bytes for a cell of the usual area; not rounded to units
};

} // namespace platter
