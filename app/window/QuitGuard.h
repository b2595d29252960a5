// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/dialogs/QuitDialog.h"
#include "app/session/DesktopNotice.h"
#include "app/session/JobKeeper.h"

#include <QPointer>

namespace platter::app {

class MainWindow;

/// Asks what is to become of the jobs before the last window goes, and tells how they ended when
/// nobody looks.
class QuitGuard final : public QObject {
    Q_OBJECT

public:
    QuitGuard(JobQueue& queue, JobKeeper& keeper, QObject* parent = nullptr);

    /// Watches a window until it is destroyed.
    void watch(MainWindow& window);
    /// Closes all windows, unless jobs are unfinished: then it asks.
    void quit();
    /// Whether all windows are gone and the jobs go on before the program ends.
    bool isFinishing() const { return m_finishing; }

signals:
    void showJobsRequested(); ///< by a click on the notification

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void ask();
    void follow(QuitDialog::Answer answer);
    void tell(const JobQueue::Ends& ends);
    void end();

    JobQueue& m_queue;
    JobKeeper& m_keeper;
    DesktopNotice m_notice;
    QList<MainWindow*> m_windows;
    QPointer<QuitDialog> m_dialog;
    bool m_leaving = false; ///< the user has decided
    bool m_finishing = false;
};

} // namespace platter::app
