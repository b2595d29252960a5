// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/JobQueue.h"

#include "app/jobs/JobGate.h"

#include <QFuture>
#include <QHash>
#include <QtConcurrent>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr std::chrono::milliseconds lookInterval{100};

    using State = QueuedJob::State;

} // namespace

struct JobQueue::End {
    JobTask::Outcome outcome;
    std::exception_ptr thrown; ///< nullptr: it is done
    bool hasLeftovers = false; ///< of a failure
};

JobQueue::JobQueue(QObject* parent)
    : QObject(parent)
{
    // Paused jobs keep their threads: the queue itself counts what runs.
    m_pool.setMaxThreadCount(std::numeric_limits<int>::max());
    m_looking.setInterval(lookInterval);
    connect(&m_looking, &QTimer::timeout, this, &JobQueue::look);
}

JobQueue::~JobQueue()
{
    stopForQuit();
    m_pool.waitForDone();
}

QueuedJob* JobQueue::insert(std::shared_ptr<const JobTask> task, State state)
{
    auto* job = new QueuedJob(std::move(task), state, this);
    const auto row = static_cast<int>(m_jobs.size());
    m_jobs << job;
    connect(job, &QueuedJob::stateChanged, this, &JobQueue::changed);
    emit inserted(row);
    emit changed();
    return job;
}

QueuedJob* JobQueue::add(std::shared_ptr<const JobTask> task)
{
    QueuedJob* job = insert(std::move(task), State::Waiting);
    schedule();
    return job;
}

QueuedJob* JobQueue::offer(std::shared_ptr<const JobTask> task)
{
    return insert(std::move(task), State::Offered);
}

void JobQueue::setMostAtOnce(int count)
{
    m_mostAtOnce = std::clamp(count, 1, mostEver);
    schedule();
}

void JobQueue::pause(QueuedJob& job)
{
    if (job.state() != State::Running)
        return;
    job.m_gate->shut();
    job.setState(State::Paused);
    settle();
}

void JobQueue::resume(QueuedJob& job)
{
    if (job.state() != State::Paused)
        return;
    job.setState(State::Waiting);
    settle();
}

void JobQueue::cancel(QueuedJob& job)
{
    if (!job.isUnfinished() || job.state() == State::Stopping)
        return;
    if (job.hasBegun()) {
        job.m_gate->stop(JobGate::StopFor::Cancel);
        job.setState(State::Stopping);
    } else {
        job.setState(State::Cancelled);
        m_ended << &job;
        drop(job); // what an earlier try may have left
    }
    settle();
}

void JobQueue::retry(QueuedJob& job)
{
    if (job.state() != State::Failed && job.state() != State::Cancelled
        && job.state() != State::Offered)
        return;
    m_ended.removeAll(&job);
    job.m_done = job.m_total = 0;
    job.m_ranBefore = {};
    job.m_error = {};
    job.setState(State::Waiting);
    settle();
}

void JobQueue::retryWithPassphrase(QueuedJob& job, const QByteArray& passphrase)
{
    if (job.isUnfinished())
        return;
    if (auto task = job.task().withPassphrase(passphrase))
        job.m_task = std::move(task);
    retry(job);
}

void JobQueue::drop(const QueuedJob& job)
{
    m_pool.start([task = job.m_task] { task->dropLeftovers(); });
}

void JobQueue::forget(QueuedJob& job)
{
    if (!job.isUnfinished())
        remove(static_cast<int>(m_jobs.indexOf(&job)));
}

void JobQueue::remove(int row)
{
    QueuedJob* job = m_jobs.takeAt(row);
    m_ended.removeAll(job);
    if (job->state() == State::Failed || job->state() == State::Offered)
        drop(*job);
    emit removed(row);
    job->deleteLater();
    emit changed();
}

void JobQueue::move(QueuedJob& job, int to)
{
    const auto from = static_cast<int>(m_jobs.indexOf(&job));
    to = std::clamp(to, 0, static_cast<int>(m_jobs.size()) - 1);
    if (job.state() != State::Waiting || from == to)
        return;
    m_jobs.move(from, to);
    emit moved(from, to);
    settle();
    emit changed();
}

int JobQueue::placeNextTo(const QueuedJob& job, int step) const
{
    if (job.state() != State::Waiting)
        return -1;
    // Past what does not wait: only the order among the waiting ones means something.
    const auto from = m_jobs.indexOf(const_cast<QueuedJob*>(&job));
    for (auto at = from + step; at >= 0 && at < m_jobs.size(); at += step) {
        if (m_jobs[at]->state() == State::Waiting)
            return static_cast<int>(at);
    }
    return -1;
}

void JobQueue::clearFinished()
{
    for (auto row = static_cast<int>(m_jobs.size()) - 1; row >= 0; --row) {
        const State state = m_jobs[row]->state();
        if (state == State::Done || state == State::Cancelled)
            remove(row);
    }
}

void JobQueue::retryAllFailed()
{
    const auto jobs = m_jobs;
    for (QueuedJob* job : jobs) {
        if (job->state() == State::Failed)
            retry(*job);
    }
}

void JobQueue::retryAllOffered()
{
    const auto jobs = m_jobs;
    for (QueuedJob* job : jobs) {
        if (job->state() == State::Offered)
            retry(*job);
    }
}

void JobQueue::forgetAllOffered()
{
    for (auto row = static_cast<int>(m_jobs.size()) - 1; row >= 0; --row) {
        if (m_jobs[row]->state() == State::Offered)
            remove(row);
    }
}

void JobQueue::resumeAll()
{
    const auto jobs = m_jobs;
    for (QueuedJob* job : jobs)
        resume(*job);
}

void JobQueue::stopForQuit()
{
    m_leaving = true;
    m_looking.stop();
    for (QueuedJob* job : std::as_const(m_jobs)) {
        if (job->m_gate)
            job->m_gate->stop(JobGate::StopFor::Quit);
    }
}

int JobQueue::count(State state) const
{
    return static_cast<int>(std::count_if(m_jobs.begin(), m_jobs.end(),
        [state](const QueuedJob* job) { return job->state() == state; }));
}

bool JobQueue::hasUnfinished() const
{
    return std::any_of(
        m_jobs.begin(), m_jobs.end(), [](const QueuedJob* job) { return job->isUnfinished(); });
}

bool JobQueue::isMoving() const
{
    return std::any_of(m_jobs.begin(), m_jobs.end(),
        [](const QueuedJob* job) { return job->isUnfinished() && job->state() != State::Paused; });
}

JobQueue::Sum JobQueue::sum() const
{
    Sum sum;
    double done = 0;
    double total = 0;
    bool allKnow = true;
    for (const QueuedJob* job : m_jobs) {
        if (job->state() != State::Running || !job->showsProgress())
            continue;
        sum.only = sum.running == 0 ? job : nullptr;
        ++sum.running;
        done += static_cast<double>(job->done());
        total += static_cast<double>(job->total());
        const auto left = job->timeLeft();
        allKnow = allKnow && left;
        if (left)
            sum.left = std::max(sum.left.value_or(*left), *left);
    }
    if (!allKnow)
        sum.left.reset();
    if (total > 0)
        sum.permille = static_cast<int>(done * 1000.0 / total);
    return sum;
}

int JobQueue::occupied() const
{
    return count(State::Running) + count(State::Stopping);
}

void JobQueue::schedule()
{
    if (m_leaving)
        return;
    std::set<QString> written; // by jobs that come first
    std::set<QString> touched;
    int free = m_mostAtOnce - occupied();
    const auto claim = [&](const QueuedJob& job) {
        for (const QString& path : job.task().writes()) {
            written.insert(path);
            touched.insert(path);
        }
        for (const QString& path : job.task().reads())
            touched.insert(path);
    };
    const auto collides = [&](const QueuedJob& job) {
        const QStringList reads = job.task().reads();
        const QStringList writes = job.task().writes();
        return std::any_of(reads.begin(), reads.end(),
                   [&](const QString& path) { return written.contains(path); })
            || std::any_of(writes.begin(), writes.end(),
                [&](const QString& path) { return touched.contains(path); });
    };
    const auto jobs = m_jobs; // starting one tells others, who may change the list
    // What has begun holds its files, wherever it stands.
    for (const QueuedJob* job : jobs) {
        if (job->hasBegun())
            claim(*job);
    }
    for (QueuedJob* job : jobs) {
        if (free <= 0)
            return;
        if (job->state() != State::Waiting)
            continue;
        if (job->hasBegun()) {
            job->m_gate->open();
            job->setState(State::Running);
            m_looking.start();
            --free;
            continue;
        }
        if (!collides(*job)) {
            start(*job);
            --free;
        }
        claim(*job); // also if it waits: later ones must not overtake it
    }
}

void JobQueue::start(QueuedJob& job)
{
    const std::shared_ptr<JobGate> gate = job.begin();
    QtConcurrent::run(&m_pool, [gate, task = job.m_task] {
        End end;
        try {
            const JobControl control = gate->control();
            control.checkStop();
            end.outcome = task->run(control, [&](const QString& phase) { gate->enter(phase); });
        } catch (const Cancelled&) {
            end.thrown = std::current_exception();
            if (!gate->isForQuit())
                task->dropLeftovers();
        } catch (...) {
            end.thrown = std::current_exception();
            end.hasLeftovers = task->hasLeftovers();
        }
        return end;
    }).then(&job, [this, &job](const End& end) { finish(job, end); });
    m_looking.start();
    emit reached(&job);
}

void JobQueue::finish(QueuedJob& job, const End& end)
{
    if (m_leaving)
        return; // for the record it was not finished
    job.look();
    job.m_gate.reset();
    State state = State::Done;
    if (end.thrown) {
        try {
            std::rethrow_exception(end.thrown);
        } catch (const Cancelled&) {
            state = State::Cancelled;
        } catch (...) {
            state = State::Failed;
            job.m_hasLeftovers = end.hasLeftovers;
            job.m_error = describeError(std::current_exception());
        }
    } else {
        job.m_outcome = end.outcome;
    }
    m_ended.removeAll(&job);
    m_ended << &job;
    job.setState(state);
    emit reached(&job);
    settle();
}

void JobQueue::look()
{
    for (QueuedJob* job : std::as_const(m_jobs)) {
        job->look();
        const int quarters = job->permille() / 250;
        if (job->state() == State::Running && quarters > job->m_quarters && quarters < 4) {
            job->m_quarters = quarters;
            if (job->showsProgress())
                emit reached(job);
        }
    }
    emit progressed();
}

void JobQueue::settle()
{
    schedule();
    const bool looks = std::any_of(
        m_jobs.begin(), m_jobs.end(), [](const QueuedJob* job) { return job->hasBegun(); });
    if (!looks)
        m_looking.stop();
    emit progressed();
    if (hasUnfinished() || m_ended.isEmpty())
        return;
    Ends ends;
    QHash<QString, State> last;
    for (const QueuedJob* job : std::as_const(m_ended)) {
        ends.done += job->state() == State::Done ? 1 : 0;
        last[job->subject()] = job->state();
    }
    m_ended.clear();
    ends.failed = static_cast<int>(std::count(last.begin(), last.end(), State::Failed));
    emit ranOut(ends);
}

} // namespace platter::app
