// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/StateDifference.h"

#include <QStackedWidget>
#include <QTimer>

class QBoxLayout;
class QSortFilterProxyModel;

namespace platter::app {

class ActionButton;
class PlainTable;
class SnapshotCompareCard;
class SnapshotGraphDelegate;
class SnapshotsModel;
class TextLabel;

/// The internal snapshots as a tree, what each costs, and how two states differ.
class SnapshotsPage final : public QStackedWidget {
    Q_OBJECT

public:
    explicit SnapshotsPage(ImageDocument& document, QWidget* parent = nullptr);

    const SnapshotsModel& model() const { return *m_model; }

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeTable();
    void showImage();
    void examine();
    void refreshState();
    void fitColumns();
    void rowsChosen();
    void compareChosen();
    void follow(const Selection& selection);
    void showMenu(const QPoint& at);
    void revealTable(PageId page, std::size_t snapshot);
    std::vector<StateIndex> chosenStates() const;
    void choose(StateIndex state);

    ImageDocument& m_document;
    SnapshotsModel* m_model;
    QSortFilterProxyModel* m_sorted;
    SnapshotGraphDelegate* m_graph;
    JobRunner* m_examiner;
    PlainTable* m_table;
    TextLabel* m_summary;
    ActionButton* m_stop;
    SnapshotCompareCard* m_card;
    QBoxLayout* m_body;
    QTimer m_compareTimer;
    QString m_problem; ///< why there is no report
    bool m_following = false;
    bool m_isStale = false; ///< another image is there, and nobody has looked yet
};

} // namespace platter::app
