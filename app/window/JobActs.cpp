// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/JobActs.h"

#include <QCoreApplication>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(JobActs)
    };

    using State = QueuedJob::State;

    bool canRetry(State state)
    {
        return state == State::Failed || state == State::Cancelled || state == State::Offered;
    }

} // namespace

const char* idOf(JobAct act)
{
    switch (act) {
    case JobAct::Pause: return "pause";
    case JobAct::Resume: return "resume";
    case JobAct::Cancel: return "cancel";
    case JobAct::Retry: return "retry";
    case JobAct::GivePassphrase: return "passphrase";
    case JobAct::Open: return "open";
    case JobAct::ShowInFolder: return "showInFolder";
    case JobAct::Remove: return "remove";
    case JobAct::Up: return "up";
    case JobAct::Down: return "down";
    }
    return "";
}

QString wordsFor(JobAct act, const QueuedJob& job)
{
    switch (act) {
    case JobAct::Pause: return Words::tr("Pause");
    case JobAct::Resume: return Words::tr("Resume");
    case JobAct::Cancel: return Words::tr("Cancel");
    case JobAct::Retry:
        return job.state() == State::Offered ? Words::tr("Start again") : Words::tr("Try again");
    case JobAct::GivePassphrase: return Words::tr("Passphrase…");
    case JobAct::Open: return Words::tr("Open");
    case JobAct::ShowInFolder: return Words::tr("Show in folder");
    case JobAct::Remove:
        return job.state() == State::Offered ? Words::tr("Forget") : Words::tr("Remove");
    case JobAct::Up: return Words::tr("Move up");
    case JobAct::Down: return Words::tr("Move down");
    }
    return {};
}

QString menuWordsFor(JobAct act)
{
    switch (act) {
    case JobAct::Pause: return Words::tr("&Pause job");
    case JobAct::Resume: return Words::tr("&Resume job");
    case JobAct::Cancel: return Words::tr("&Cancel job");
    case JobAct::Retry: return Words::tr("&Try job again");
    case JobAct::GivePassphrase: return Words::tr("Give job its p&assphrase…");
    case JobAct::Open: return Words::tr("&Open result of job");
    case JobAct::ShowInFolder: return Words::tr("Show result of job in &folder");
    case JobAct::Remove: return Words::tr("Remo&ve job from list");
    case JobAct::Up: return Words::tr("Move job &up");
    case JobAct::Down: return Words::tr("Move job &down");
    }
    return {};
}

QString whyNot(JobAct act, const QueuedJob* job, const JobQueue& queue)
{
    if (!job)
        return queue.jobs().isEmpty() ? Words::tr("There are no jobs")
                                      : Words::tr("Select a job in the list of jobs first");
    const State state = job->state();
    switch (act) {
    case JobAct::Pause:
        return state == State::Running ? QString() : Words::tr("This job is not running");
    case JobAct::Resume:
        return state == State::Paused ? QString() : Words::tr("This job is not paused");
    case JobAct::Cancel:
        return state == State::Stopping ? Words::tr("This job is stopping")
            : job->isUnfinished()       ? QString()
                                        : Words::tr("This job is not running or waiting");
    case JobAct::Retry:
        return canRetry(state) ? QString() : Words::tr("This job neither failed nor was cancelled");
    case JobAct::GivePassphrase:
        return canRetry(state) && job->needsPassphrase()
            ? QString()
            : Words::tr("This job needs no passphrase");
    case JobAct::Open:
    case JobAct::ShowInFolder:
        return state != State::Done       ? Words::tr("This job is not done")
            : job->resultPath().isEmpty() ? Words::tr("This job has made no file")
                                          : QString();
    case JobAct::Remove:
        return job->isUnfinished() ? Words::tr("This job is not finished: cancel it first")
                                   : QString();
    case JobAct::Up:
    case JobAct::Down:
        return state != State::Waiting ? Words::tr("Only a job that waits can be moved")
            : queue.placeNextTo(*job, act == JobAct::Up ? -1 : 1) < 0
            ? Words::tr("No other job waits in this direction")
            : QString();
    }
    return {};
}

RowActs rowActsOf(const QueuedJob& job)
{
    const JobAct again = job.needsPassphrase() ? JobAct::GivePassphrase : JobAct::Retry;
    switch (job.state()) {
    case State::Offered: return {again, JobAct::Remove};
    case State::Waiting: return {JobAct::Cancel, {}};
    case State::Running: return {JobAct::Pause, JobAct::Cancel};
    case State::Paused: return {JobAct::Resume, JobAct::Cancel};
    case State::Stopping: return {};
    case State::Done:
        return job.resultPath().isEmpty() ? RowActs{JobAct::Remove, {}}
                                          : RowActs{JobAct::Open, JobAct::ShowInFolder};
    case State::Failed:
    case State::Cancelled: return {again, JobAct::Remove};
    }
    return {};
}

} // namespace platter::app
