// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowJobs.h"

#include "app/dialogs/JobPassphraseDialog.h"
#include "app/session/DesktopFolder.h"
#include "app/text/JobText.h"
#include "app/window/ActionSet.h"
#include "app/window/JobsDrawer.h"
#include "app/window/JobsView.h"
#include "app/window/QueueStrip.h"

#include <QAction>
#include <QMenu>
#include <QPointer>

namespace platter::app {

namespace {

    const QString ids = QStringLiteral("jobs."); ///< begin so

    QString idFor(JobAct act)
    {
        return ids + QString::fromLatin1(idOf(act));
    }

    QList<QKeySequence> keysFor(JobAct act)
    {
        switch (act) {
        case JobAct::Up: return {Qt::ALT | Qt::Key_Up};
        case JobAct::Down: return {Qt::ALT | Qt::Key_Down};
        default: return {};
        }
    }

} // namespace

WindowJobs::WindowJobs(JobQueue& queue, ActionSet& actions, QWidget& window)
    : QObject(&window)
    , m_queue(queue)
    , m_actions(actions)
    , m_window(window)
{
}

void WindowJobs::addActions()
{
    m_actions.add(
        {QStringLiteral("jobs.show"), tr("&Show jobs"), QList<QKeySequence>{Qt::CTRL | Qt::Key_J},
            [this] { toggle(); }, {}, [this] { return isShown(); }});
    for (const JobAct each : allJobActs)
        m_actions.add(
            {idFor(each), menuWordsFor(each), keysFor(each), [this, each] { act(each, current()); },
                [this, each] { return whyNot(each, current(), m_queue); }});
    m_actions.add({QStringLiteral("jobs.clearFinished"), tr("Clear &finished"), {},
        [this] { m_queue.clearFinished(); },
        [this] {
            const int finished = m_queue.count(QueuedJob::State::Done)
                + m_queue.count(QueuedJob::State::Cancelled);
            return finished > 0 ? QString() : tr("No job is finished");
        }});
    m_actions.add({QStringLiteral("jobs.retryFailed"), tr("R&etry all failed"), {},
        [this] { m_queue.retryAllFailed(); },
        [this] {
            return m_queue.count(QueuedJob::State::Failed) > 0 ? QString()
                                                               : tr("No job has failed");
        }});
}

QStringList WindowJobs::menuIds()
{
    QStringList ids{QStringLiteral("jobs.show"), QString()};
    for (const JobAct each : allJobActs) {
        if (each == JobAct::Open || each == JobAct::Up)
            ids << QString();
        ids << idFor(each);
    }
    return ids << QString() << QStringLiteral("jobs.clearFinished")
               << QStringLiteral("jobs.retryFailed");
}

void WindowJobs::build()
{
    m_drawer = new JobsDrawer(m_queue,
        {m_actions.find(QStringLiteral("jobs.clearFinished")),
            m_actions.find(QStringLiteral("jobs.retryFailed")),
            m_actions.find(QStringLiteral("jobs.show"))});
    m_drawer->hide();
    m_strip = new QueueStrip(m_queue);
    JobsView& view = m_drawer->view();
    connect(&view, &JobsView::actRequested, this, &WindowJobs::act);
    connect(&view, &JobsView::menuRequested, this, &WindowJobs::showMenu);
    connect(&view, &JobsView::currentJobChanged, this, &WindowJobs::refreshSoon);
    connect(&m_queue, &JobQueue::changed, this, &WindowJobs::refreshSoon);
    connect(m_strip, &QueueStrip::clicked, this, &WindowJobs::toggle);
    connect(&m_queue, &JobQueue::reached, this, [this](const QueuedJob* job) {
        if (m_window.isActiveWindow())
            m_strip->announce(jobSpoken(*job));
    });
}

QueuedJob* WindowJobs::current() const
{
    return isShown() ? m_drawer->view().current() : nullptr;
}

bool WindowJobs::isShown() const
{
    return m_drawer && !m_drawer->isHidden();
}

void WindowJobs::show()
{
    m_drawer->show();
    m_drawer->view().setFocus();
    m_actions.refreshThose(ids);
}

void WindowJobs::hide()
{
    const bool hadFocus = m_drawer->isAncestorOf(m_window.focusWidget());
    m_drawer->hide();
    if (hadFocus)
        m_window.setFocus();
    m_actions.refreshThose(ids);
}

void WindowJobs::toggle()
{
    if (isShown())
        hide();
    else
        show();
}

void WindowJobs::act(JobAct act, QueuedJob* job)
{
    if (!whyNot(act, job, m_queue).isEmpty())
        return;
    switch (act) {
    case JobAct::Pause: m_queue.pause(*job); break;
    case JobAct::Resume: m_queue.resume(*job); break;
    case JobAct::Cancel: m_queue.cancel(*job); break;
    case JobAct::Retry:
        if (job->needsPassphrase())
            askPassphrase(*job);
        else
            m_queue.retry(*job);
        break;
    case JobAct::GivePassphrase: askPassphrase(*job); break;
    case JobAct::Open: emit openRequested(job->resultPath()); break;
    case JobAct::ShowInFolder: showInFolder(job->resultPath()); break;
    case JobAct::Remove: m_queue.forget(*job); break;
    case JobAct::Up: m_queue.move(*job, m_queue.placeNextTo(*job, -1)); break;
    case JobAct::Down: m_queue.move(*job, m_queue.placeNextTo(*job, 1)); break;
    }
}

/// Once for all that changes together: many jobs may be added at once.
void WindowJobs::refreshSoon()
{
    if (m_refreshing)
        return;
    m_refreshing = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_refreshing = false;
            m_actions.refreshThose(ids);
        },
        Qt::QueuedConnection);
}

void WindowJobs::askPassphrase(QueuedJob& job)
{
    auto* dialog = new JobPassphraseDialog(job, &m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, about = QPointer<QueuedJob>(&job)] {
        if (about) // else another window has removed it meanwhile
            m_queue.retryWithPassphrase(*about, dialog->passphrase());
    });
    dialog->open();
}

void WindowJobs::showMenu(const QPoint& at)
{
    m_actions.refreshThose(ids);
    auto* menu = new QMenu(&m_window);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    for (const JobAct each : allJobActs) {
        QAction* action = m_actions.find(idFor(each));
        if (action->isEnabled())
            menu->addAction(action);
    }
    menu->popup(at);
}

} // namespace platter::app
