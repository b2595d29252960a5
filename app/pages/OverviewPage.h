// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"

#include <QScrollArea>

class QBoxLayout;
class QTableView;
class QVBoxLayout;

namespace platter::app {

class HealthCard;
class NumberTile;
class SpaceBar;
class SpaceModel;
class TextLabel;

/// What the image is, whether it is healthy, what it takes, and what is worth knowing.
class OverviewPage final : public QScrollArea {
    Q_OBJECT

public:
    explicit OverviewPage(ImageDocument& document, QWidget* parent = nullptr);

signals:
    void pageRequested(platter::app::PageId page);
    void actRequested(platter::app::Overview::Remark::Act act);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitHeight();
    void refresh();
    void showRemarks(const std::vector<Overview::Remark>& remarks);

    ImageDocument& m_document;
    HealthCard* m_health;
    std::vector<NumberTile*> m_numbers;
    SpaceBar* m_spaceBar;
    TextLabel* m_spaceProblem;
    SpaceModel* m_spaceModel;
    QTableView* m_spaceTable;
    QBoxLayout* m_columns;
    QWidget* m_remarks;
    QVBoxLayout* m_remarkRows;
};

} // namespace platter::app
