// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ProblemWalk.h"

#include <QStackedWidget>

#include <vector>

class QCheckBox;
class QProgressBar;
class QTreeView;

namespace platter::app {

class ActionButton;
class BrushBar;
class FindingDetail;
class FindingsFilter;
class FindingsModel;
class GroundFrame;
class HealthCard;
class TextLabel;

/// What a check found, grouped by kind, gravest first, and what of it can be repaired.
class CheckPage final : public QStackedWidget {
    Q_OBJECT

public:
    CheckPage(ImageDocument& document, QAction& check, QWidget* parent = nullptr);

    /// Where on the walk through the problems the current row stands.
    WalkPosition position() const;
    /// What the page does not show.
    WalkFilter walkFilter() const;
    /// Makes a finding of the report the current row: its place becomes the selection of the
    /// document.
    void showFinding(std::size_t finding);

    /// Writes what the check found into a file: JSON, CSV or text, as its suffix says.
    void saveReport(const QString& path);

private:
    void addBefore(QAction& check);
    void addDuring();
    void addAfter(QAction& check);
    void refresh();
    void refreshResult();
    void refreshFilters();
    void refreshBrush();
    void expandSmallGroups();
    void describeRow();
    void follow(const Selection& selection);
    void chooseReportFile();

    ImageDocument& m_document;
    FindingsModel* m_model;
    FindingsFilter* m_filter;
    QTreeView* m_tree;
    FindingDetail* m_detail;
    HealthCard* m_result;
    TextLabel* m_counts;
    TextLabel* m_examined;
    GroundFrame* m_stale;
    TextLabel* m_staleText;
    BrushBar* m_brush;
    TextLabel* m_saved;
    std::vector<std::pair<Severity, QCheckBox*>> m_severities;
    QProgressBar* m_bar;
    TextLabel* m_share;
    TextLabel* m_notChecked;
    JobRunner* m_saver;
    std::shared_ptr<const CheckReport> m_shown;
    bool m_following = false; ///< the row comes from the selection, not the other way round
};

} // namespace platter::app
