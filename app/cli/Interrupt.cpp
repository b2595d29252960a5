// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"

#include <chrono>

#include <pthread.h>
#include <unistd.h>

namespace platter::cli {

namespace {
    /// Programs such as timeout send a signal to the process and again to its group: that is one
    /// wish to end, and the work needs a moment to leave nothing behind.
    constexpr std::chrono::milliseconds sameWish{500};

    constexpr int farewell = SIGUSR1; // ends the waiting thread; sent to that thread alone
}

Interrupt::Interrupt()
{
    sigemptyset(&m_waited);
    sigaddset(&m_waited, farewell);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        // A program started by nohup, or in the background of a script, must go on ignoring it.
        struct sigaction present { };
        if (sigaction(signal, nullptr, &present) == 0 && present.sa_handler != SIG_IGN)
            sigaddset(&m_waited, signal);
    }
    // Blocked here, so that all later threads inherit it and only the waiting one takes them.
    pthread_sigmask(SIG_BLOCK, &m_waited, &m_before);
    m_thread = std::thread{[this] { wait(); }};
}

Interrupt::~Interrupt()
{
    pthread_kill(m_thread.native_handle(), farewell);
    m_thread.join();
    // Who asked the program to stop may ask again while it ends: it has said how it ended.
    if (!m_stop.stop_requested())
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

void Interrupt::wait()
{
    std::chrono::steady_clock::time_point first;
    for (;;) {
        int signal = 0;
        if (sigwait(&m_waited, &signal) != 0 || signal == farewell)
            return;
        if (m_stop.stop_requested()) {
            if (std::chrono::steady_clock::now() - first < sameWish)
                continue;
            _exit(128 + signal);
        }
        first = std::chrono::steady_clock::now();
        m_signal = signal;
        m_stop.request_stop();
    }
}

} // namespace platter::cli
