// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/JobGate.h"

namespace platter::app {

JobControl JobGate::control()
{
    return {m_stop.get_token(),
        [this](const ProgressUpdate& update) {
            const std::lock_guard lock{m_mutex};
            m_reading.done = update.done;
            m_reading.total = update.total;
        },
        [this] { pass(); }};
}

void JobGate::enter(const QString& phase)
{
    const std::lock_guard lock{m_mutex};
    m_reading = {0, 0, phase, false};
}

void JobGate::shut()
{
    const std::lock_guard lock{m_mutex};
    m_isShut = true;
}

void JobGate::open()
{
    {
        const std::lock_guard lock{m_mutex};
        m_isShut = false;
    }
    m_changed.notify_all();
}

void JobGate::stop(StopFor why)
{
    if (!m_stop.stop_requested())
        m_isForQuit = why == StopFor::Quit;
    m_stop.request_stop();
}

JobGate::Reading JobGate::read() const
{
    const std::lock_guard lock{m_mutex};
    Reading now = m_reading;
    now.isHeld = m_held > 0;
    return now;
}

void JobGate::pass()
{
    if (!m_isShut) // every part of the work comes by
        return;
    std::unique_lock lock{m_mutex};
    ++m_held;
    const bool opened = m_changed.wait(lock, m_stop.get_token(), [this] { return !m_isShut; });
    --m_held;
    if (!opened)
        throw Cancelled{};
}

} // namespace platter::app
