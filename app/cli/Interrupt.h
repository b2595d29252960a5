// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace platter::cli {

/// Turns Ctrl-C, a hang-up and a request to end into a stop of the running work. One at a time,
/// made before any other thread. A later signal ends the process at once, for work that does not
/// come back from the system.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    std::stop_token token() const { return m_stop.get_token(); }
    /// 128 and the number of the signal that came, as shells tell it.
    int exitCode() const { return 128 + m_signal; }

private:
    void wait();

    std::stop_source m_stop;
    std::atomic<int> m_signal{SIGINT};
    sigset_t m_waited{};
    sigset_t m_before{};
    std::thread m_thread;
};

} // namespace platter::cli
