// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/RefcountReader.h"
#include "app/pages/PageCommands.h"

#include <QScrollArea>

class QAction;
class QMenu;
class QSplitter;

namespace platter::app {

class ActionButton;
class ClusterCountsModel;
class PlainTable;
class PlotCard;
class ReferencesPanel;
class RowFindBar;
class SegmentSwitch;
class TextLabel;

/// The stored reference counts: how often each occurs, where, and what a check counted; the
/// clusters behind a selection and who refers to one of them.
class RefcountsPage final : public QScrollArea, public PageCommands {
    Q_OBJECT

public:
    RefcountsPage(ImageDocument& document, QAction& check, QWidget* parent = nullptr);

    QString copied(CopyForm form) const override; ///< of a plot that has the focus
    bool showCopyMenu() override;
    bool canFind() const override;
    void startFind() override;
    void findNext(int direction) override;

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makePlots(QAction& check);
    QWidget* makeTables();
    void imageChanged();
    void showSurvey();
    void showDifferences();
    void showWords();
    void shareBrush();
    void clearBrush();
    void chooseCluster(int row);
    void follow(const Selection& selection);
    void arrange();
    void fitClusterColumns();
    void showClusterMenu(const QPoint& at);
    void fillCopyMenu(QMenu& menu);

    ImageDocument& m_document;
    RefcountReader* m_reader;
    ClusterCountsModel* m_clusters;
    PlotCard* m_counts;
    PlotCard* m_places;
    PlotCard* m_differences;
    TextLabel* m_needsCheck;
    TextLabel* m_words; ///< what is selected
    ActionButton* m_reset;
    ActionButton* m_again;
    PlainTable* m_clusterTable;
    TextLabel* m_clusterWords;
    RowFindBar* m_find;
    ReferencesPanel* m_references;
    QSplitter* m_split; ///< plots and tables
    SegmentSwitch* m_whichPlot; ///< where there is room for one only
    bool m_sharing = false; ///< the page itself changes the document's brush
    bool m_following = false; ///< the table's row is moved by the selection, not by the user
};

} // namespace platter::app
