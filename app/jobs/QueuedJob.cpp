// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/QueuedJob.h"

#include "app/jobs/JobGate.h"

namespace platter::app {

QueuedJob::QueuedJob(std::shared_ptr<const JobTask> task, State state, QObject* parent)
    : QObject(parent)
    , m_task(std::move(task))
    , m_state(state)
{
}

bool QueuedJob::isUnfinished() const
{
    return m_state == State::Waiting || m_state == State::Running || m_state == State::Paused
        || m_state == State::Stopping;
}

bool QueuedJob::hasEnded() const
{
    return m_state == State::Done || m_state == State::Failed || m_state == State::Cancelled;
}

int QueuedJob::permille() const
{
    return m_state == State::Done ? 1000 : ProgressUpdate{m_done, m_total}.permille();
}

bool QueuedJob::showsProgress() const
{
    return isUnfinished() && hasBegun() && ranFor() >= shortWork;
}

std::optional<double> QueuedJob::bytesPerSecond() const
{
    return m_state == State::Running ? m_meter.bytesPerSecond() : std::nullopt;
}

std::optional<std::chrono::seconds> QueuedJob::timeLeft() const
{
    return m_state == State::Running && m_total > 0 ? m_meter.left(m_done, m_total) : std::nullopt;
}

std::chrono::milliseconds QueuedJob::ranFor() const
{
    return m_ranBefore
        + (m_clock.isValid() ? std::chrono::milliseconds{m_clock.elapsed()}
                             : std::chrono::milliseconds{});
}

bool QueuedJob::needsPassphrase() const
{
    return m_task->lacksPassphrase()
        || (m_state == State::Failed && m_error.kind == ErrorText::Kind::Passphrase);
}

void QueuedJob::setState(State state)
{
    if (m_state == state)
        return;
    const bool ran = m_state == State::Running;
    m_state = state;
    if (state == State::Running) {
        m_clock.start();
    } else if (ran) {
        m_ranBefore = ranFor();
        m_clock.invalidate();
        m_meter.interrupt();
    }
    emit stateChanged();
}

std::shared_ptr<JobGate> QueuedJob::begin()
{
    m_gate = std::make_shared<JobGate>();
    m_phase.clear();
    m_done = m_total = 0;
    m_quarters = 0;
    m_isHeld = false;
    m_meter.reset();
    m_ranBefore = {};
    m_error = {};
    m_outcome = {};
    setState(State::Running);
    return m_gate;
}

void QueuedJob::look()
{
    if (!m_gate)
        return;
    const JobGate::Reading now = m_gate->read();
    if (now.phase != m_phase)
        m_meter.interrupt(); // what is counted now may be something else
    m_phase = now.phase;
    m_done = now.done;
    m_total = now.total;
    m_isHeld = now.isHeld;
    if (m_state == State::Running)
        m_meter.add(std::chrono::milliseconds{m_clock.elapsed()} + m_ranBefore, m_done);
    emit progressed();
}

} // namespace platter::app
