// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"

#include <QString>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace platter::app {

/// What the worker of a job and the GUI thread share: how far it is, the word to stop, and a gate
/// that holds the worker while it is shut. Thread-safe.
class JobGate {
public:
    struct Reading {
        quint64 done = 0; ///< bytes
        quint64 total = 0; ///< bytes; 0: not known yet
        QString phase;
        bool isHeld = false; ///< the worker waits at the gate
    };

    /// For the worker and the threads that it starts. While the gate is shut, hold() does not
    /// return, and a stop throws Cancelled. Lives no longer than the gate.
    JobControl control();
    /// The worker begins something else; how far it is begins anew.
    void enter(const QString& phase);

    void shut();
    void open();
    enum class StopFor {
        Cancel, ///< somebody does not want the work any more
        Quit, ///< it may go on at another start
    };
    /// The first call decides what for.
    void stop(StopFor why);
    bool isForQuit() const { return m_isForQuit; }
    Reading read() const;

private:
    void pass();

    std::stop_source m_stop;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    Reading m_reading;
    int m_held = 0; ///< threads
    std::atomic<bool> m_isShut{false};
    std::atomic<bool> m_isForQuit{false};
};

} // namespace platter::app
