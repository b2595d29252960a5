// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"

#include <QScrollArea>

class QBoxLayout;
class QTableView;
class QVBoxLayout;

namespace platter::app {

class HealthCard;
class MapThumbnail;
class NumberTile;
class ScrolledContent;
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
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void showRemarks(const std::vector<Overview::Remark>& remarks);

    ImageDocument& m_document;
    ScrolledContent* m_content = nullptr;
    HealthCard* m_health;
    std::vector<NumberTile*> m_numbers;
    SpaceBar* m_spaceBar;
    TextLabel* m_spaceProblem;
    SpaceModel* m_spaceModel;
    QTableView* m_spaceTable;
    MapThumbnail* m_map = nullptr;
    QBoxLayout* m_columns;
    QWidget* m_remarks;
    QVBoxLayout* m_remarkRows;
    std::optional<std::vector<Overview::Remark>> m_shownRemarks; ///< nothing: none were shown yet
    bool m_shownReading = false; ///< in place of remarks: that some may come
};

} // namespace platter::app
