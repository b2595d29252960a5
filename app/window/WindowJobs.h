// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/JobActs.h"

#include <QObject>

class QAction;
class QMenu;

namespace platter::app {

class ActionSet;
class JobsDrawer;
class QueueStrip;

/// What one window has of the program's jobs: the drawer, the strip, and the actions for the job
/// that is selected.
class WindowJobs final : public QObject {
    Q_OBJECT

public:
    WindowJobs(JobQueue& queue, ActionSet& actions, QWidget& window);

    /// Adds the actions to the set of the window; before build().
    void addActions();
    /// Makes drawer and strip, which belong to whoever lays them out.
    void build();

    JobQueue& queue() const { return m_queue; }
    JobsDrawer& drawer() const { return *m_drawer; }
    QueueStrip& strip() const { return *m_strip; }
    /// The job that the actions are for; nullptr: none, or they are hidden.
    QueuedJob* current() const;

    bool isShown() const;
    void show(); ///< and lets the keys reach it
    void hide();
    void toggle();
    /// Does something with a job if its state allows it.
    void act(JobAct act, QueuedJob* job);

    /// Ids of the actions in the order of the menu; an empty one: a line.
    static QStringList menuIds();

signals:
    void openRequested(const QString& path);

private:
    void askPassphrase(QueuedJob& job);
    void showMenu(const QPoint& at);
    void refreshSoon();

    JobQueue& m_queue;
    ActionSet& m_actions;
    QWidget& m_window;
    JobsDrawer* m_drawer = nullptr;
    QueueStrip* m_strip = nullptr;
    bool m_refreshing = false;
};

} // namespace platter::app
