// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterMapGeometry.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <QPixmap>
#include <QWidget>

#include <memory>

namespace platter {

/// A map of an address space of any size: square cells in rows, from the whole of it down to single
/// units.
///
/// The wheel zooms at the pointer, dragging pans, a double click goes one level in. Keys: arrows
/// move the chosen cell (with Shift: extend), + and - zoom, 0 shows everything, Enter goes in,
/// Backspace out, Home, End, PgUp and PgDn. Draws only what is visible and never waits.
class ClusterMap final : public QWidget {
    Q_OBJECT

public:
    using Range = ClusterMapGeometry::Range;

    explicit ClusterMap(QWidget* parent = nullptr);

    enum class View { Keep, Whole };
    /// `view` says whether the visible range stays; it can only where the size is the same.
    void setSource(std::shared_ptr<const ClusterMapSource> source, View view);
    void setLook(const ClusterMapLook& look);

    const ClusterMapGeometry& mapGeometry() const { return m_geometry; }
    /// The chosen cells; length 0: none.
    Range chosen() const;
    /// Chooses a range without telling and scrolls there.
    void choose(Range range);
    /// Zooms to 0 (whole) to 1 (nearest) around the chosen cell, else around the middle.
    void setZoom(double zoom);
    /// Moves the visible range so that it begins near `offset`.
    void scrollTo(quint64 offset);

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
    void moveCursor(quint64 to, Qt::KeyboardModifiers modifiers);
    void paintRange(QPainter& painter, Range range, const QColor& colour, int width) const;

    std::shared_ptr<const ClusterMapSource> m_source;
    ClusterMapLook m_look;
    ClusterMapGeometry m_geometry;
    QPixmap m_picture; ///< of all cells; null: to be drawn
    bool m_hasCursor = false;
    quint64 m_anchor = 0; ///< fixed end of the chosen range
    quint64 m_cursor = 0; ///< moving end
    Range m_chosen; ///< what the cells stood for when they were chosen
    Range m_hovered;
    QPoint m_pressed; ///< where the button went down
    bool m_dragging = false;
    quint64 m_firstAtPress = 0;
};

} // namespace platter
