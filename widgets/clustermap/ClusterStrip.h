// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/clustermap/ClusterMapGeometry.h"
#include "widgets/clustermap/ClusterMapSource.h"

#include <QPixmap>
#include <QWidget>

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
    void setVisibleRange(ClusterMapGeometry::Range range);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    /// To be called when the source has more to say than before.
    void dataArrived();

signals:
    /// The map should begin here.
    void startRequested(quint64 offset);

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

    std::shared_ptr<const ClusterMapSource> m_source;
    ClusterMapLook m_look;
    ClusterMapGeometry::Range m_visible;
    QPixmap m_picture; ///< null: to be drawn
};

} // namespace platter
