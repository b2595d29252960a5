// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/JobActs.h"

#include <QHash>
#include <QListView>

namespace platter::app {

class JobRow;
class JobsModel;

/// The jobs as a list. Only what is in view has widgets, however long the queue is.
class JobsView final : public QListView {
    Q_OBJECT

public:
    explicit JobsView(JobsModel& model, QWidget* parent = nullptr);

    QueuedJob* current() const;
    /// The row of a job, if it is in view.
    JobRow* rowOf(const QueuedJob& job) const;

    void doItemsLayout() override;

signals:
    void actRequested(platter::app::JobAct act, platter::app::QueuedJob* job);
    void menuRequested(const QPoint& at); ///< on the screen
    void currentJobChanged();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void updateGeometries() override;
    void scrollContentsBy(int dx, int dy) override;

private:
    void placeRows();

    JobsModel& m_model;
    QHash<const QueuedJob*, JobRow*> m_rows; ///< in view
};

} // namespace platter::app
