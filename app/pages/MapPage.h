// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapReader.h"
#include "app/pages/PageCommands.h"
#include "app/text/MapText.h"
#include "widgets/clustermap/ClusterMapGeometry.h"

#include <QTimer>
#include <QWidget>

class QMenu;

namespace platter {
class ClusterMap;
class ClusterStrip;
}

namespace platter::app {

class ActionButton;
class BrushBar;
class MapCard;
class MapColourBox;
class MapExporter;
class MapLegendModel;
class MapTools;
class PlainTable;
class TextLabel;

/// The image as a map: what the guest sees, or what each part of the file is for.
///
/// A view is read when it is first shown and fills in while that goes on. What is near enough is
/// read again place by place, so that the card can say where each cluster lies.
class MapPage final : public QWidget, public PageCommands {
    Q_OBJECT

public:
    explicit MapPage(ImageDocument& document, QWidget* parent = nullptr);
    ~MapPage() override;

    MapView view() const { return m_reader->view(); }
    /// Shows the other address space with the same clusters in the middle, where that is known.
    void setView(MapView view);
    void setMapLayout(ClusterLayout layout);
    const MapAspect& aspect() const { return m_reader->aspect(); }
    void setAspect(const MapAspect& aspect);

    QVariantMap savedView() const override; ///< address space and layout
    void restoreView(const QVariantMap& saved) override;

    /// What can be done with a place of the map, with reasons where it cannot.
    void fillPlaceMenu(QMenu& menu, quint64 from, quint64 length);
    MapExporter* exporter() const { return m_exporter; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void makeLayout();
    void connectTools();
    void connectMap();
    void showPicture();
    void showSource();
    void viewChanged();
    void refreshState();
    void refreshLegend();
    void refreshCard();
    void goTo();
    void goToExtent(quint64 from, int direction);
    void chooseCells(quint64 from, quint64 length);
    void showMenu(const QPoint& at);
    Selection selectionOf(quint64 from, quint64 length) const;
    QString cellText(quint64 from, quint64 length) const;
    void follow(const Selection& selection);
    void showSelection();

    ImageDocument& m_document;
    MapReader* m_reader;
    JobRunner* m_placeRunner; ///< looks for a place of another view, or for the next extent
    MapExporter* m_exporter;
    MapTools* m_tools;
    MapColourBox* m_colours;
    TextLabel* m_state;
    ActionButton* m_stateButton;
    QWidget* m_stateRow;
    BrushBar* m_brush;
    ClusterStrip* m_strip;
    ClusterMap* m_map;
    MapLegendModel* m_legend;
    PlainTable* m_legendTable;
    MapCard* m_card;
    std::filesystem::path m_shownPath; ///< of the image that the map shows
    MapView m_shownView = MapView::Guest;
    MapAspect m_shownAspect;
    QTimer m_detailTimer;
    QTimer m_legendTimer;
    quint64 m_hoverFrom = 0;
    quint64 m_hoverLength = 0;
    bool m_selecting = false; ///< the page itself changes the document's selection
};

} // namespace platter::app
