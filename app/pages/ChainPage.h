// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ChainShares.h"

#include <QScrollArea>

class QStackedWidget;

namespace platter::app {

class ActionButton;
class ChainBoxes;
class ChainModel;
class GroundFrame;
class OverlaysPanel;
class PlainTable;
class SegmentSwitch;
class TextLabel;

/// The files that the image rests on, as boxes or as a table, what each of them serves, the way to
/// agree to opening them or to locate a missing one; and the images that rest on this one.
class ChainPage final : public QScrollArea {
    Q_OBJECT

public:
    explicit ChainPage(ImageDocument& document, QAction& review, QWidget* parent = nullptr);

    OverlaysPanel& overlays() const { return *m_overlays; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeConsent(QAction& review);
    void refresh();
    void refreshFacts();
    void describeRow();
    void locate();

    ImageDocument& m_document;
    ChainShares* m_shares;
    ChainModel* m_model;
    ChainBoxes* m_boxes;
    PlainTable* m_table;
    QStackedWidget* m_views;
    SegmentSwitch* m_switch;
    GroundFrame* m_consent;
    TextLabel* m_alone;
    TextLabel* m_summary;
    TextLabel* m_detail;
    ActionButton* m_locate;
    ActionButton* m_asNamed;
    OverlaysPanel* m_overlays;
};

} // namespace platter::app
