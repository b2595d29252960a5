// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/JobActs.h"
#include "app/window/Look.h"

class QAction;
class QStackedWidget;

namespace platter::app {

class JobsModel;
class JobsView;

/// The jobs of the program at the bottom of a window.
class JobsDrawer final : public GroundFrame {
    Q_OBJECT

public:
    struct Actions {
        QAction* clearFinished = nullptr;
        QAction* retryFailed = nullptr;
        QAction* hide = nullptr;
    };

    JobsDrawer(JobQueue& queue, const Actions& actions, QWidget* parent = nullptr);

    JobsView& view() const { return *m_view; }
    JobsModel& model() const { return *m_model; }
    QSize sizeHint() const override;

private:
    void refresh();

    JobQueue& m_queue;
    JobsModel* m_model;
    JobsView* m_view;
    QStackedWidget* m_stack;
    TextLabel* m_summary;
};

} // namespace platter::app
