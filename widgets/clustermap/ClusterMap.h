// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterTiles.h"

#include <QElapsedTimer>
#include <QImage>
#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>

namespace platter {

/// A map of an address space of any size: square cells in rows or along a Hilbert curve, from the
/// whole of it down to single units.
///
/// The wheel zooms at the pointer, dragging pans, a double click goes one level in. Keys: arrows
/// move the chosen cell (with Shift: extend), + and - zoom, 0 shows everything, Enter goes in,
/// Backspace out, Home, End, PgUp and PgDn; [ ] V G ask for what only its owner knows. Draws only
/// what is visible and never waits: workers look up the cells.
class ClusterMap final : public QWidget {
    Q_OBJECT

public:
    using Range = ClusterMapGeometry::Range;

    explicit ClusterMap(QWidget* parent = nullptr);

    enum class View { Keep, Whole };
    /// `view` says whether the visible range stays; it can only where the size is the same.
    void setSource(std::shared_ptr<const ClusterMapSource> source, View view);
    const std::shared_ptr<const ClusterMapSource>& source() const { return m_source; }
    void setLook(const ClusterMapLook& look);
    const ClusterMapLook& look() const { return m_look; }
    /// Says what a cell is, for screen readers: "Guest 1.5 to 1.53 GiB, mostly data, 2 problems".
    using Describer = std::function<QString(quint64 from, quint64 length)>;
    void setDescriber(Describer describer) { m_describer = std::move(describer); }
    QString describe(Range range) const;

    /// Where things stand once motion has ended.
    const ClusterMapGeometry& mapGeometry() const { return m_geometry; }
    /// Lays out anew with the same clusters in the middle.
    void setMapLayout(ClusterLayout layout);
    /// The chosen cells; length 0: none.
    Range chosen() const;
    /// Chooses a range without telling and scrolls there.
    void choose(Range range);
    /// Zooms to 0 (whole) to 1 (nearest) around the chosen cell, else around the middle.
    void setZoom(double zoom);
    /// Moves the visible range so that it begins near `offset`.
    void scrollTo(quint64 offset);
    void centreOn(quint64 offset);
    /// Zooms so that a cell has about so many bytes, with `offset` in the middle.
    void showAround(quint64 offset, double bytesPerCell);
    /// Whether the view is on its way to another scale.
    bool isMoving() const { return m_motion.isActive(); }
    /// Whether everything in view is drawn as the source knows it now.
    bool isQuiet() const { return !m_stale && m_tiles.isQuiet() && !m_motion.isActive(); }
    qsizetype tileMemory() const { return m_tiles.memory(); } ///< bytes

    QSize sizeHint() const override { return {640, 400}; }
    QSize minimumSizeHint() const override { return {200, 120}; }

public slots:
    /// To be called when the source has more to say than before.
    void dataArrived();
    void zoomIn();
    void zoomOut();
    void showWhole();

signals:
    void viewChanged(); ///< another range is visible
    void cellHovered(quint64 from, quint64 length);
    void hoverLeft();
    /// The user chose cells.
    void cellsChosen(quint64 from, quint64 length);
    /// The user wants the extent before (-1) or after (1) this place.
    void extentRequested(quint64 from, int direction);
    void layoutRequested(); ///< the other one
    void viewRequested(); ///< the other address space

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void viewMoved();
    void zoomAround(double factor);
    void zoomAt(double factor, QPoint at);
    void moveFrom(double scale, quint64 offset, QPoint at);
    int motionLength() const;
    ClusterMapGeometry shownGeometry() const;
    void drawFrame();
    void moveCursor(quint64 to, Qt::KeyboardModifiers modifiers);
    bool pressCursorKey(QKeyEvent& event);
    void paintRange(QPainter& painter, const ClusterMapGeometry& geometry, Range range,
        const QColor& colour, int width) const;

    std::shared_ptr<const ClusterMapSource> m_source;
    ClusterMapLook m_look;
    ClusterTiles m_tiles;
    Describer m_describer;
    ClusterMapGeometry m_geometry;
    QImage m_frame; ///< all cells
    bool m_stale = true; ///< the frame is to be drawn again
    QTimer m_motion; ///< active while the view changes its scale
    QElapsedTimer m_since; ///< the start of the motion
    double m_motionScale = 0; ///< where it started from
    quint64 m_motionOffset = 0; ///< what keeps its place during it
    QPoint m_motionAt; ///< that place
    bool m_hasCursor = false;
    quint64 m_anchor = 0; ///< fixed end of the chosen range
    quint64 m_cursor = 0; ///< moving end
    Range m_chosen; ///< what the cells stood for when they were chosen
    Range m_hovered;
    QPoint m_pressed; ///< where the button went down
    bool m_dragging = false;
    ClusterMapGeometry m_atPress;
};

} // namespace platter
