// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"

#include <QTimer>
#include <QWidget>

class QProgressBar;
class QToolButton;

namespace platter::app {

/// The sum of the program's jobs in the status bar; a click shows them all.
class QueueStrip final : public QWidget {
    Q_OBJECT

public:
    explicit QueueStrip(JobQueue& queue, QWidget* parent = nullptr);

    /// Has screen readers say it.
    void announce(const QString& words);
    const QString& announced() const { return m_announced; } ///< last

signals:
    void clicked();

private:
    void refresh();

    JobQueue& m_queue;
    QProgressBar* m_bar;
    QToolButton* m_button;
    QTimer m_delay;
    QString m_announced;
};

} // namespace platter::app
