// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace platter {

/// Which thread of an ordered pipeline consumes.
enum class Consumer {
    Caller,
    /// The one that worked last, without handing the item to another processor: for consuming that
    /// costs as much as working.
    Worker,
};

/// Produces items one after the other, works on them in parallel and consumes them in their first
/// order.
///
/// produce(Item&) fills the next item or returns false at the end; work(Item&) runs on several
/// threads; consume(Item&) runs on one thread at a time. So does produce(), which is not always the
/// caller's. Items are used again: at most threads * 2 + 1 exist, which bounds memory.
/// The first exception of any part is thrown here; a stop throws Cancelled. With Consumer::Worker,
/// `idle` is called on the calling thread a few times a second.
template <class Item, class Produce, class Work, class Consume>
void orderedPipeline(unsigned threads, const JobControl& job, Produce&& produce, Work&& work,
    Consume&& consume, Consumer consumer = Consumer::Caller,
    const std::function<void()>& idle = nullptr)
{
    constexpr std::chrono::milliseconds betweenIdle{50};
    // Most calls are for a range that fits a few items: they are not worth a thread.
    std::deque<std::unique_ptr<Item>> early;
    bool ended = false;
    for (unsigned i = 0; i < 2 && !ended; ++i) {
        auto item = std::make_unique<Item>();
        if (produce(*item))
            early.push_back(std::move(item));
        else
            ended = true;
    }
    if (ended || threads < 2) {
        while (!early.empty()) {
            job.checkStop();
            auto item = std::move(early.front());
            early.pop_front();
            work(*item);
            consume(*item);
            if (idle)
                idle();
            if (!ended && produce(*item))
                early.push_back(std::move(item));
            else
                ended = true;
        }
        return;
    }

    struct Entry {
        std::unique_ptr<Item> item;
        bool worked = false;
    };
    std::mutex mutex;
    std::condition_variable changed; // for workers
    std::condition_variable ready; // for the caller: something to consume, or the end
    std::deque<std::shared_ptr<Entry>> queue; // in order; its front is consumed first
    std::vector<std::unique_ptr<Item>> spare;
    std::exception_ptr failure;
    bool stopping = false;
    bool consuming = false; // a worker is
    const std::size_t most = threads * 2 + 1;
    std::size_t existing = 0;

    const auto fail = [&] {
        const std::lock_guard lock{mutex};
        if (!failure)
            failure = std::current_exception();
        stopping = true;
        changed.notify_all();
        ready.notify_all();
    };

    // Takes the next item in order, filling it under the lock; nothing: no more, or no room.
    const auto take = [&](std::unique_lock<std::mutex>& lock) -> std::shared_ptr<Entry> {
        for (;;) {
            if (stopping)
                return nullptr;
            if (!early.empty() || (!ended && (existing < most || !spare.empty()))) {
                auto entry = std::make_shared<Entry>();
                if (!early.empty()) {
                    entry->item = std::move(early.front());
                    early.pop_front();
                    ++existing;
                } else {
                    if (!spare.empty()) {
                        entry->item = std::move(spare.back());
                        spare.pop_back();
                    } else {
                        entry->item = std::make_unique<Item>();
                        ++existing;
                    }
                    if (!produce(*entry->item)) {
                        ended = true;
                        changed.notify_all();
                        ready.notify_all();
                        return nullptr;
                    }
                }
                queue.push_back(entry);
                return entry;
            }
            if (ended)
                return nullptr;
            changed.wait(lock);
        }
    };

    const auto frontIsWorked = [&] { return !queue.empty() && queue.front()->worked; };
    // Consumes the front, without the lock; not after a stop, however much is waiting.
    const auto consumeFront = [&](std::unique_lock<std::mutex>& lock) {
        if (job.stop.stop_requested())
            throw Cancelled{};
        const auto entry = queue.front();
        queue.pop_front();
        lock.unlock();
        consume(*entry->item);
        lock.lock();
        spare.push_back(std::move(entry->item));
        changed.notify_one();
    };

    const auto worker = [&] {
        try {
            for (;;) {
                std::unique_lock lock{mutex};
                const auto entry = take(lock);
                if (!entry)
                    return;
                lock.unlock();
                job.checkStop();
                work(*entry->item);
                lock.lock();
                entry->worked = true;
                if (consumer == Consumer::Caller) {
                    ready.notify_one();
                    continue;
                }
                // Whoever consumes goes on with what others have finished meanwhile.
                while (!consuming && !stopping && frontIsWorked()) {
                    consuming = true;
                    consumeFront(lock);
                    consuming = false;
                }
                if (ended)
                    ready.notify_one();
            }
        } catch (...) {
            fail();
        }
    };

    {
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < threads; ++i) {
            try {
                workers.emplace_back(worker);
            } catch (const std::system_error&) {
                if (workers.empty())
                    throw;
                break;
            }
        }
        try {
            std::unique_lock lock{mutex};
            const auto isDone = [&] {
                return stopping || (queue.empty() && ended && early.empty() && !consuming);
            };
            while (consumer == Consumer::Caller) {
                ready.wait(lock, [&] { return isDone() || frontIsWorked(); });
                if (isDone())
                    break;
                consumeFront(lock);
            }
            while (!ready.wait_for(lock, betweenIdle, isDone)) {
                if (!idle)
                    continue;
                lock.unlock();
                idle();
                lock.lock();
            }
        } catch (...) {
            fail();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace platter
