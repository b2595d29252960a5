// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapReader.h"

#include <QTimer>
#include <QWidget>

class QLayout;
class QLineEdit;
class QSlider;

namespace platter {
class ClusterMap;
class ClusterStrip;
}

namespace platter::app {

class ActionButton;
class MapCard;
class MapLegendModel;
class PlainTable;
class SegmentSwitch;
class TextLabel;

/// The image as a map: what the guest sees, or what each part of the file is for.
///
/// A view is read when it is first shown and fills in while that goes on. What is near enough is
/// read again place by place, so that the card can say where each cluster lies.
class MapPage final : public QWidget {
    Q_OBJECT

public:
    explicit MapPage(ImageDocument& document, QWidget* parent = nullptr);
    ~MapPage() override;

    MapView view() const { return m_reader->view(); }
    void setView(MapView view);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QLayout* makeTools();
    void showPicture();
    void viewChanged();
    void refreshState();
    void refreshLegend();
    void refreshCard();
    void goTo();
    void chooseCells(quint64 from, quint64 length);
    void follow(const Selection& selection);

    ImageDocument& m_document;
    MapReader* m_reader;
    SegmentSwitch* m_switch;
    QSlider* m_zoom;
    QLineEdit* m_goTo;
    TextLabel* m_state;
    ActionButton* m_stateButton;
    QWidget* m_stateRow;
    ClusterStrip* m_strip;
    ClusterMap* m_map;
    MapLegendModel* m_legend;
    PlainTable* m_legendTable;
    MapCard* m_card;
    std::filesystem::path m_shownPath; ///< of the image that the map shows
    MapView m_shownView = MapView::Guest;
    QTimer m_detailTimer;
    QTimer m_legendTimer;
    quint64 m_hoverFrom = 0;
    quint64 m_hoverLength = 0;
    bool m_selecting = false; ///< the page itself changes the document's selection
};

} // namespace platter::app
