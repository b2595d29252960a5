// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <sched.h>
#include <thread>
#include <utility>
#include <vector>

namespace platter {

namespace {

    thread_local bool sharesProcessors = false; ///< with other threads of a parallelFor()

    /// Marks the thread for as long as it works beside others.
    class Sharing {
    public:
        explicit Sharing(bool shares)
            : m_before(std::exchange(sharesProcessors, sharesProcessors || shares))
        {
        }
        ~Sharing() { sharesProcessors = m_before; }
        Sharing(const Sharing&) = delete;
        Sharing& operator=(const Sharing&) = delete;

    private:
        bool m_before;
    };

} // namespace

unsigned defaultThreads()
{
    if (sharesProcessors)
        return 1;
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
    return std::max(1U, std::thread::hardware_concurrency());
}

void parallelFor(std::size_t count, unsigned threads, const JobControl& job,
    const std::function<void(unsigned, std::size_t)>& body)
{
    if (count == 0)
        return;
    const unsigned workers = static_cast<unsigned>(std::clamp<std::size_t>(threads, 1, count));
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stopped{false};
    std::exception_ptr failure;
    std::mutex failureMutex;

    const auto work = [&](unsigned worker, bool reports) {
        const Sharing sharing{workers > 1};
        try {
            while (!stopped) {
                const std::size_t index = next++;
                if (index >= count)
                    return;
                if (reports)
                    job.step({index, count});
                else
                    job.checkStop();
                body(worker, index);
            }
        } catch (...) {
            const std::lock_guard lock{failureMutex};
            if (!failure)
                failure = std::current_exception();
            stopped = true;
        }
    };

    {
        std::vector<std::jthread> helpers;
        helpers.reserve(workers - 1);
        for (unsigned worker = 1; worker < workers; ++worker) {
            try {
                helpers.emplace_back([&work, worker] { work(worker, false); });
            } catch (const std::system_error&) {
                break; // no more threads to be had: those that run do all the work
            }
        }
        work(0, true);
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace platter
