// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/MapScan.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <array>
#include <memory>

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

    MapView view() const { return m_view; }
    void setView(MapView view);

protected:
    void showEvent(QShowEvent* event) override;

private:
    /// What is known of one view.
    struct Side {
        std::shared_ptr<const MapPyramid> pyramid;
        std::shared_ptr<const MapDetail> detail;
        bool complete = false;
        QString problem; ///< why reading ended early
    };
    struct Feed; ///< what the worker has published

    Side& side() { return m_sides[static_cast<std::size_t>(m_view)]; }
    void forget();
    void chainChanged();
    std::optional<MapSubject> makeSubject() const;
    void startIfNeeded();
    void takeFeed();
    void showPicture();
    void startDetail();
    void viewChanged();
    void refreshState();
    void refreshLegend();
    void refreshCard();
    void goTo();
    void chooseCells(quint64 from, quint64 length);
    void follow(const Selection& selection);
    void moveZoom(int value);

    ImageDocument& m_document;
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
    JobRunner* m_runner;
    JobRunner* m_detailRunner;
    MapView m_view = MapView::Guest;
    std::filesystem::path m_path; ///< of the image that is shown
    std::array<Side, 2> m_sides;
    std::optional<MapSubject> m_subject; ///< of the present view
    std::shared_ptr<const MapPicture> m_picture;
    std::shared_ptr<Feed> m_feed; ///< of the running scan
    QElapsedTimer m_since; ///< the scan was started
    QTimer m_feedTimer;
    QTimer m_detailTimer;
    QTimer m_legendTimer;
    quint64 m_hoverFrom = 0;
    quint64 m_hoverLength = 0;
    bool m_selecting = false; ///< the page itself changes the document's selection
};

} // namespace platter::app
