// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterMapGeometry.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <QRect>

class QPainter;

namespace platter {

/// The colours of a map in the present theme, made once a picture.
class ClusterMapColors {
public:
    explicit ClusterMapColors(const ClusterMapLook& look);

    /// The colour of a range: that of its strongest kind, nearer to the ground the less it has of
    /// all kinds.
    QRgb of(const CellShares& shares) const;
    QRgb ground() const { return m_ground; }
    /// Whether the range deserves a problem marker.
    bool isProblem(const CellShares& shares) const;

private:
    const ClusterMapLook& m_look;
    QRgb m_ground;
    std::array<std::array<QRgb, 256>, mostMapKinds> m_colors{};
};

/// Fills a rectangle with the hatch of what was not read yet.
void paintUnread(QPainter& painter, const QRect& rect);

/// A square with a cross, at least 9 pixels large, centred on a cell as far as `area` lets it.
void paintProblem(QPainter& painter, const QRect& cell, const QRect& area);

/// All visible cells with their problem markers.
void paintCells(QPainter& painter, const ClusterMapGeometry& geometry,
    const ClusterMapSource& source, const ClusterMapLook& look);

} // namespace platter
