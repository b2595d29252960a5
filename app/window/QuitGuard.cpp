// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/QuitGuard.h"

#include "app/text/JobText.h"
#include "app/window/MainWindow.h"

#include <QApplication>
#include <QCloseEvent>
#include <QTimer>

#include <algorithm>

namespace platter::app {

namespace {

    /// How long a desktop may take to show the last notification before the program ends.
    constexpr std::chrono::milliseconds patience{2000};

} // namespace

QuitGuard::QuitGuard(JobQueue& queue, JobKeeper& keeper, QObject* parent)
    : QObject(parent)
    , m_queue(queue)
    , m_keeper(keeper)
{
    connect(&queue, &JobQueue::ranOut, this, &QuitGuard::tell);
    connect(&m_notice, &DesktopNotice::activated, this, &QuitGuard::showJobsRequested);
    connect(&m_notice, &DesktopNotice::handled, this, [this] {
        if (m_finishing)
            end();
    });
}

void QuitGuard::watch(MainWindow& window)
{
    m_windows << &window;
    window.installEventFilter(this);
    connect(&window, &MainWindow::quitRequested, this, &QuitGuard::quit);
    connect(
        &window, &QObject::destroyed, this, [this, gone = &window] { m_windows.removeOne(gone); });
}

void QuitGuard::quit()
{
    if (m_queue.hasUnfinished() && !m_leaving)
        ask();
    else
        QApplication::closeAllWindows();
}

bool QuitGuard::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::Close || m_leaving || !m_queue.hasUnfinished())
        return QObject::eventFilter(watched, event);
    const bool isLast = std::none_of(m_windows.begin(), m_windows.end(),
        [watched](const MainWindow* window) { return window != watched && window->isVisible(); });
    if (!isLast)
        return QObject::eventFilter(watched, event);
    event->ignore();
    ask();
    return true;
}

void QuitGuard::ask()
{
    if (m_dialog) {
        m_dialog->activateWindow();
        return;
    }
    QWidget* above = QApplication::activeWindow();
    if (!qobject_cast<MainWindow*>(above))
        above = m_windows.value(0);
    m_dialog = new QuitDialog(m_queue, above);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_dialog, &QDialog::finished, this, [this] { follow(m_dialog->answer()); });
    m_dialog->open();
}

void QuitGuard::follow(QuitDialog::Answer answer)
{
    if (answer == QuitDialog::Answer::Stay)
        return;
    m_leaving = true;
    if (answer == QuitDialog::Answer::FinishFirst) {
        m_finishing = true;
        QGuiApplication::setQuitOnLastWindowClosed(false);
        QApplication::closeAllWindows();
        m_queue.resumeAll();
        return;
    }
    m_keeper.leave(JobKeeper::Failed::Forget);
    m_queue.stopForQuit();
    QApplication::closeAllWindows();
}

void QuitGuard::tell(const JobQueue::Ends& ends)
{
    const bool somebodyLooks = QApplication::activeWindow() != nullptr;
    const bool isNews = ends.done > 0 || ends.failed > 0;
    if (isNews && !somebodyLooks)
        m_notice.show(ends.failed > 0 ? tr("Not all jobs are done") : tr("All jobs are done"),
            endsText(ends));
    if (!m_finishing)
        return;
    if (isNews && !somebodyLooks)
        QTimer::singleShot(patience, this, &QuitGuard::end);
    else
        end();
}

void QuitGuard::end()
{
    m_keeper.leave(JobKeeper::Failed::Keep);
    QCoreApplication::quit();
}

} // namespace platter::app
