// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"
#include "widgets/clustermap/ClusterMapGeometry.h"

#include <QWidget>

class QBoxLayout;
class QLayout;
class QLineEdit;
class QMenu;
class QSlider;

namespace platter::app {

class SegmentSwitch;

/// The row above the map: view, layout, zoom, go to, and a menu with the rest.
class MapTools final : public QWidget {
    Q_OBJECT

public:
    explicit MapTools(QWidget* parent = nullptr);

    /// These show a state without telling.
    void setView(MapView view);
    void setMapLayout(ClusterLayout layout);
    void setZoom(double zoom); ///< 0: whole, 1: nearest

    QSize minimumSizeHint() const override;

    QLineEdit* goTo() const { return m_goTo; }
    QMenu* menu() const { return m_menu; }

protected:
    void resizeEvent(QResizeEvent* event) override;

signals:
    void viewChosen(platter::app::MapView view);
    void layoutChosen(platter::ClusterLayout layout);
    void zoomChosen(double zoom);
    void zoomInAsked();
    void zoomOutAsked();
    void wholeAsked();

private:
    QBoxLayout* m_groups; ///< of the tools: side by side, or one above the other
    QLayout* m_choices;
    QLayout* m_motions;
    SegmentSwitch* m_view;
    SegmentSwitch* m_layout;
    QSlider* m_zoom;
    QLineEdit* m_goTo;
    QMenu* m_menu;
};

} // namespace platter::app
