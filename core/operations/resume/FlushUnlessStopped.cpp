// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/FlushUnlessStopped.h"

#include <chrono>
#include <future>
#include <system_error>
#include <thread>

namespace platter {

void flushUnlessStopped(std::shared_ptr<ByteFile> file, const JobControl& job)
{
    constexpr std::chrono::milliseconds betweenLooks{20};
    job.checkStop();
    std::promise<void> promise;
    std::future<void> flushed = promise.get_future();
    try {
        std::thread{[file, promise = std::move(promise)]() mutable {
            try {
                file->flush();
                file.reset(); // before whoever waits may go on and let it go
                promise.set_value();
            } catch (...) {
                file.reset();
                promise.set_exception(std::current_exception());
            }
        }}.detach();
    } catch (const std::system_error&) {
        file->flush(); // no thread to be had
        return;
    }
    while (flushed.wait_for(betweenLooks) != std::future_status::ready) {
        if (job.stop.stop_requested())
            throw Cancelled{};
    }
    flushed.get();
}

} // namespace platter
