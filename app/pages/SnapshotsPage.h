// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/PageCommands.h"
#include "core/operations/StateDifference.h"

#include <QStackedWidget>
#include <QTimer>

class QBoxLayout;
class QMenu;
class QScrollArea;
class QSortFilterProxyModel;

namespace platter::app {

class ActionButton;
class PlainTable;
class RowFindBar;
class SnapshotCompareCard;
class SnapshotGraphDelegate;
class SnapshotsModel;
class TextLabel;

/// The internal snapshots as a tree, what each costs, and how two states differ.
class SnapshotsPage final : public QStackedWidget, public PageCommands {
    Q_OBJECT

public:
    explicit SnapshotsPage(ImageDocument& document, QWidget* parent = nullptr);

    const SnapshotsModel& model() const { return *m_model; }

    QString copied(CopyForm form) const override; ///< of the chosen rows
    bool showCopyMenu() override;
    bool canFind() const override;
    void startFind() override;
    void findNext(int direction) override;

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void makeTable();
    void showImage();
    void examine();
    void refreshState();
    void fitColumns();
    void describeRow();
    void rowsChosen();
    void compareChosen();
    void follow(const Selection& selection);
    void showMenu(const QPoint& at);
    void fillCopyMenu(QMenu& menu);
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
    ActionButton* m_again;
    RowFindBar* m_find;
    TextLabel* m_detail; ///< about the chosen state
    SnapshotCompareCard* m_card;
    QBoxLayout* m_body;
    QScrollArea* m_area;
    QTimer m_compareTimer;
    QString m_problem; ///< why there is no report
    bool m_following = false;
    bool m_isStale = false; ///< another image is there, and nobody has looked yet
};

} // namespace platter::app
