// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/HilbertLayout.h"

#include <QPainterPath>
#include <QPoint>
#include <QRect>
#include <QSize>

#include <optional>
#include <vector>

namespace platter {

/// How a map lays out addresses.
enum class ClusterLayout {
    Rows, ///< in address order, read like text
    Regions, ///< along a Hilbert curve: neighbours stay neighbours
};

/// Where the bytes of an address space stand in a map of square cells. A plain value, tested
/// without a window.
///
/// Far out, a cell keeps about its size and stands for more and more units; once it stands for one
/// unit, zooming in makes it larger.
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

    ClusterLayout layout = ClusterLayout::Rows;

    quint64 first = 0; ///< Rows: where the top left cell begins: a multiple of bytesPerCell
    quint64 bytesPerCell = 1; ///< a multiple of unit
    int side = usualSide; ///< pixels of a cell with the gap behind it; Regions: rounded

    HilbertLayout hilbert; ///< Regions
    int level = 0; ///< Regions: a cell has 4^level units
    double cellSide = usualSide; ///< Regions: pixels of a cell, not rounded
    QPoint origin; ///< Regions: pixels of the whole picture that lie left of and above the view

    int columns() const { return qMax(1, area.width() / side); }
    int rows() const { return qMax(1, area.height() / side); }
    quint64 cells() const { return static_cast<quint64>(columns()) * static_cast<quint64>(rows()); }
    /// The part of the address space that is in view; Regions: from the first to the last of it.
    Range visible() const;
    /// What is in view, rising and apart. At most about as many as cells along the edges.
    std::vector<Range> visibleRanges() const;
    bool isWhole() const;
    /// What stands in the middle of the view.
    quint64 middle() const;

    /// The cells of the view as a grid: where its columns and rows begin.
    struct Grid {
        HilbertLayout::Point first; ///< Regions: the top left cell in the picture
        std::vector<int> columnEdges; ///< pixels, one more than columns
        std::vector<int> rowEdges;
        int columns() const { return static_cast<int>(columnEdges.size()) - 1; }
        int rows() const { return static_cast<int>(rowEdges.size()) - 1; }
    };
    Grid grid() const;
    /// The cell at a place of the whole picture; Regions.
    std::optional<Range> cellAtPoint(HilbertLayout::Point point) const;

    /// The cell at a point, cut at the end of the address space.
    std::optional<Range> cellAt(QPoint point) const;
    /// The cell that holds a byte.
    Range cellOf(quint64 offset) const;
    /// The pixels of the cell that holds a byte, without the gap; empty if it is out of view.
    QRect rectOf(quint64 offset) const;
    /// The outline of those cells of a range that are in view.
    QPainterPath outlineOf(Range range) const;
    /// Pixels between two cells.
    int gap() const { return side >= 6 ? 1 : 0; }
    /// The cell beside the one that holds `offset`, `right` and `down` cells away; the same if
    /// there is none.
    quint64 beside(quint64 offset, int right, int down) const;

    /// Lays out anew and keeps the scale and what is in the middle.
    void setLayout(ClusterLayout wanted);

    /// Shows everything in cells as large as fit.
    void showWhole();
    /// 0: whole, 1: as near as it goes; equal steps multiply by equal factors.
    double zoom() const;
    /// Zooms and keeps `offset` as near as possible to the pixel `at`.
    void setZoom(double zoom, quint64 offset, QPoint at);
    /// Multiplies the number of cells for a byte by `factor`; more than 1: nearer.
    void zoomBy(double factor, quint64 offset, QPoint at);
    /// Wanted bytes for a cell of the usual area: what zooming changes.
    double scale() const { return m_scale; }
    void setScale(double wanted, quint64 offset, QPoint at);
    /// Rows: moves by whole cells; stays inside the address space.
    void scrollBy(qint64 cellsForward);
    /// Begins near `offset`; Regions: with it in the middle.
    void scrollTo(quint64 offset);
    void centreOn(quint64 offset);
    /// Moves the picture by pixels as a hand would; Rows: by whole cells.
    void panBy(QPoint pixels);
    /// Scrolls by as few rows as needed.
    void ensureVisible(quint64 offset);
    void resize(QSize newArea);

private:
    double wholeScale() const;
    double nearestScale() const;
    double wholePixels() const;
    quint64 unitsInAll() const;
    void scrollClamped(quint64 offset);
    void setPixels(double perUnit);
    void clampOrigin();
    QSize picture() const;
    int pixelOf(qint64 cell) const;
    void addRanges(
        HilbertLayout::Point square, int atLevel, const QRect& view, std::vector<Range>& to) const;

    double m_scale = 1; ///< not rounded to units
};

} // namespace platter
