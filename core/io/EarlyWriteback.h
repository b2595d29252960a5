// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace platter {

/// Has the system store what was written to a file while more is being written, on a thread of its
/// own, so that the flush at the end finds little to do. A file that stays small costs nothing.
/// Thread-safe.
class EarlyWriteback {
public:
    /// @param descriptor  of a regular file; stays open as long as this object lives
    explicit EarlyWriteback(int descriptor);
    /// Waits for the call that is under way.
    ~EarlyWriteback();
    EarlyWriteback(const EarlyWriteback&) = delete;
    EarlyWriteback& operator=(const EarlyWriteback&) = delete;

    /// So many bytes more were written, anywhere in the file.
    void wrote(Bytes length);

private:
    void run();

    int m_descriptor;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::uint64_t m_waiting = 0; ///< bytes written since the system was last asked
    bool m_ending = false;
    std::thread m_thread; ///< started when there is enough to do
};

} // namespace platter
