// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>
#include <deque>
#include <optional>

namespace platter::app {

/// How fast something goes on, as the mean of the last few seconds, and how long the rest will
/// take.
class RateMeter {
public:
    using Time = std::chrono::milliseconds;

    static constexpr Time window{5000}; ///< over which the mean is taken
    static constexpr Time leastSpan{500}; ///< before that nothing is said of the rate
    static constexpr Time leastForLeft{5000}; ///< before that nothing is said of the time left

    /// `done` bytes were done at `at`, on any clock that never goes back.
    void add(Time at, quint64 done);
    /// What is added next does not go on from what was added last: it was held in between, or
    /// something else begins.
    void interrupt();
    /// As if nothing had been added.
    void reset();

    std::optional<double> bytesPerSecond() const;
    /// Nothing before the work has gone on for five seconds, or while nothing moves.
    std::optional<std::chrono::seconds> left(quint64 done, quint64 total) const;

private:
    struct Sample {
        Time at{};
        quint64 done = 0;
    };
    std::deque<Sample> m_samples;
    Time m_active{}; ///< how long it has gone on, without interruptions
};

} // namespace platter::app
