// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/RefcountReader.h"

#include <QWidget>

class QAction;

namespace platter::app {

class ActionButton;
class ClusterCountsModel;
class PlainTable;
class PlotCard;
class ReferencesModel;
class TextLabel;

/// The stored reference counts: how often each occurs, where, and what a check counted; the
/// clusters behind a selection and who refers to one of them.
class RefcountsPage final : public QWidget {
    Q_OBJECT

public:
    RefcountsPage(ImageDocument& document, QAction& check, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makePlots(QAction& check);
    QWidget* makeTables();
    void imageChanged();
    void showSurvey();
    void showDifferences();
    void showWords();
    void shareBrush();
    void showReferences();
    void clearBrush();
    void chooseCluster(int row);
    void follow(const Selection& selection);
    void openReference(int row);
    void showReferenceMenu(const QPoint& at);
    Selection selectionOf(int row) const;

    ImageDocument& m_document;
    RefcountReader* m_reader;
    ClusterCountsModel* m_clusters;
    ReferencesModel* m_references;
    PlotCard* m_counts;
    PlotCard* m_places;
    PlotCard* m_differences;
    TextLabel* m_needsCheck;
    TextLabel* m_words; ///< what is selected
    ActionButton* m_reset;
    PlainTable* m_clusterTable;
    TextLabel* m_clusterWords;
    PlainTable* m_referenceTable;
    TextLabel* m_referenceTitle;
    TextLabel* m_referenceWords;
    bool m_sharing = false; ///< the page itself changes the document's brush
    bool m_following = false; ///< the table's row is moved by the selection, not by the user
};

} // namespace platter::app
