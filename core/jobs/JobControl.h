// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace platter {

/// How far a long operation is; `done` and `total` are in the operation's own measure (mostly
/// bytes).
struct ProgressUpdate {
    std::uint64_t done = 0;
    std::uint64_t total = 0; ///< 0: not known yet

    /// Thousandths of the whole, 0 to 1000.
    int permille() const
    {
        if (total == 0)
            return 0;
        return done >= total
            ? 1000
            : static_cast<int>(static_cast<double>(done) * 1000.0 / static_cast<double>(total));
    }
};

/// What a caller gives a long operation: a way to be told, to stop it and to hold it.
struct JobControl {
    std::stop_token stop;
    std::function<void(const ProgressUpdate&)> report; ///< called on the operation's thread
    /// Called on every thread of the operation between two parts of its work: while it does not
    /// return, that thread is paused. May throw Cancelled.
    std::function<void()> hold{};

    /// Throws Cancelled if a stop was asked for, else reports.
    void step(const ProgressUpdate& update) const
    {
        checkStop();
        if (report)
            report(update);
    }
    /// Throws Cancelled if a stop was asked for; waits while the operation is held. Safe on any
    /// thread; not to be called with a lock that other threads of the operation need to stop.
    void checkStop() const
    {
        if (stop.stop_requested())
            throw Cancelled{};
        if (hold)
            hold();
    }
};

} // namespace platter
