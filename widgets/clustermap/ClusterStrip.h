// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterTiles.h"

#include <QImage>
#include <QWidget>

#include <functional>
#include <memory>

namespace platter {

/// A whole address space as one line, with a frame around what a map shows and a red tick for each
/// problem. Clicking or dragging asks the map to move; so do the arrow keys.
class ClusterStrip final : public QWidget {
    Q_OBJECT

public:
    explicit ClusterStrip(QWidget* parent = nullptr);

    void setSource(std::shared_ptr<const ClusterMapSource> source);
    void setLook(const ClusterMapLook& look);
    /// What the map shows, rising; several in regions.
    void setVisibleRanges(std::vector<ClusterMapGeometry::Range> ranges);
    /// The hull of what the map shows.
    ClusterMapGeometry::Range visibleRange() const;
    quint64 extent() const { return m_source ? m_source->size() : 0; }
    /// Says what a range of the address space is: "Guest 1.5 GiB to 1.53 GiB".
    using Describer = std::function<QString(quint64 from, quint64 length)>;
    void setDescriber(Describer describer) { m_describer = std::move(describer); }
    /// What the map shows, in words.
    QString visibleText() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    /// To be called when the source has more to say than before.
    void dataArrived();

signals:
    /// The map should have this in its middle.
    void centreRequested(quint64 offset);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    int pixelOf(quint64 offset) const;
    void centreOn(int x);
    void draw();
    void paintFrames(QPainter& painter) const;

    std::shared_ptr<const ClusterMapSource> m_source;
    ClusterMapLook m_look;
    ClusterTiles m_tiles;
    std::vector<ClusterMapGeometry::Range> m_visible;
    Describer m_describer;
    QImage m_picture;
    bool m_stale = true; ///< the picture is to be drawn again
};

} // namespace platter
