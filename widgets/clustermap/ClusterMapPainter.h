// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterMapGeometry.h"
#include "widgets/clustermap/ClusterMapSource.h"
#include "widgets/theme/Pattern.h"

#include <QImage>
#include <QRect>

#include <functional>
#include <span>
#include <vector>

class QPainter;

namespace platter {

/// The colours of a map in the theme that was shown when they were made. A value that workers may
/// hold.
class ClusterMapColors {
public:
    explicit ClusterMapColors(const ClusterMapLook& look);

    /// The colour of a range: that of its strongest kind, nearer to the ground the less it has of
    /// all kinds.
    QRgb of(const CellShares& shares) const;
    QRgb ground() const { return m_ground; }
    /// Whether the range deserves a problem marker.
    bool isProblem(const CellShares& shares) const;

    QRgb window() const { return m_window; } ///< between the cells and where there are none
    QRgb hatch() const { return m_hatch; } ///< the lines over what was not read
    QRgb problem() const { return m_problem; }
    QRgb cross() const { return m_cross; } ///< on a problem's marker
    /// Lines over the colour of a look; Pattern::None unless more contrast was shown.
    Pattern patternOf(QRgb look) const;
    QRgb inkOf(QRgb look) const; ///< of those lines

private:
    ClusterMapLook m_look;
    QRgb m_ground;
    QRgb m_window;
    QRgb m_hatch;
    QRgb m_problem;
    QRgb m_cross;
    std::array<Pattern, mostMapKinds> m_patterns{};
    std::array<QRgb, mostMapKinds> m_inks{};
    std::array<std::array<QRgb, 256>, mostMapKinds> m_colors{};
};

/// What a cell looks like: an opaque colour, or one of the special looks, which have an alpha that
/// no colour of the theme has.
namespace CellLook {
    inline constexpr QRgb outside = 0x00000000; ///< behind the end of the address space
    inline constexpr QRgb unread = 0x01000000;
    inline constexpr QRgb problemAlpha = 254; ///< a colour that gets a marker
    inline constexpr QRgb kindAlpha = 128; ///< and the kind: a colour that gets a pattern
    constexpr bool isProblem(QRgb look)
    {
        return (look >> 24) == problemAlpha;
    }
} // namespace CellLook

/// Cells that follow each other by address.
struct CellRun {
    quint64 from = 0;
    quint64 bytesPerCell = 1;
    std::size_t count = 0;
};

/// Asks the source about each cell. Any thread.
std::vector<QRgb> lookUpCells(
    const ClusterMapSource& source, const ClusterMapColors& colors, const CellRun& run);

/// Cells come from the source in tiles of so many, by address.
inline constexpr quint64 cellsPerTile = 1024;

/// The tiles, of the geometry's cells, that are in view.
std::vector<quint64> tilesInView(const ClusterMapGeometry& geometry);

/// Fills in the cells of a tile.
using TileLookup = std::function<void(quint64 tile, std::span<QRgb> cells)>;

/// Draws all cells with their problem markers. Any thread; `picture` has 32 bits a pixel and may be
/// of a device with more pixels than the geometry's area.
void paintFrame(QImage& picture, const ClusterMapGeometry& geometry, const ClusterMapColors& colors,
    const TileLookup& lookUp);

/// The whole view at once, for files and tests: takes as long as the source does.
void paintCells(QPainter& painter, const ClusterMapGeometry& geometry,
    const ClusterMapSource& source, const ClusterMapLook& look);

} // namespace platter
