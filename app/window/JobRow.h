// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/JobActs.h"

#include <QWidget>

class QProgressBar;

namespace platter::app {

class ActionButton;
class TextLabel;

/// One job in view: act and file, how far it is, what is to be said of it, what can be done.
class JobRow final : public QWidget {
    Q_OBJECT

public:
    JobRow(QueuedJob& job, QWidget* parent);

    QueuedJob& job() const { return m_job; }
    /// How high the row of a job is at a width; asks no widget, so it may be called for all jobs.
    static int heightFor(const QueuedJob& job, const QFontMetrics& metrics, int width);

signals:
    void actRequested(platter::app::JobAct act, platter::app::QueuedJob* job);

private:
    void refresh();
    void refreshButton(ActionButton& button, const std::optional<JobAct>& act) const;

    QueuedJob& m_job;
    TextLabel* m_title;
    TextLabel* m_detail;
    QProgressBar* m_bar;
    TextLabel* m_percent;
    std::array<ActionButton*, 2> m_buttons{};
    RowActs m_acts;
};

} // namespace platter::app
