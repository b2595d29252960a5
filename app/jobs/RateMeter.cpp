// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/RateMeter.h"

#include <algorithm>
#include <cmath>

namespace platter::app {

void RateMeter::add(Time at, quint64 done)
{
    if (!m_samples.empty()) {
        if (done < m_samples.back().done) // another count begins
            m_samples.clear();
        else
            m_active += at - m_samples.back().at;
    }
    m_samples.push_back({at, done});
    while (m_samples.size() > 2 && at - m_samples[1].at >= window)
        m_samples.pop_front();
}

void RateMeter::interrupt()
{
    m_samples.clear();
}

void RateMeter::reset()
{
    m_samples.clear();
    m_active = {};
}

std::optional<double> RateMeter::bytesPerSecond() const
{
    if (m_samples.empty())
        return std::nullopt;
    const Time span = m_samples.back().at - m_samples.front().at;
    if (span < leastSpan)
        return std::nullopt;
    return static_cast<double>(m_samples.back().done - m_samples.front().done) * 1000.0
        / static_cast<double>(span.count());
}

std::optional<std::chrono::seconds> RateMeter::left(quint64 done, quint64 total) const
{
    const auto rate = bytesPerSecond();
    if (m_active < leastForLeft || !rate || *rate <= 0 || total < done)
        return std::nullopt;
    constexpr double longest = 1e9; // seconds: three decades are as good as never
    const double seconds = static_cast<double>(total - done) / *rate;
    return std::chrono::seconds{static_cast<long long>(std::ceil(std::min(seconds, longest)))};
}

} // namespace platter::app
