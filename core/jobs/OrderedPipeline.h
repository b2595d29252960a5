// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace platter {

/// Produces items one after the other, works on them in parallel and consumes them in their first
/// order.
///
/// produce(Item&) fills the next item or returns false at the end; work(Item&) runs on several
/// threads; consume(Item&) runs on the calling thread. produce() runs on one thread at a time, not
/// always the caller's. Items are used again: at most threads * 2 + 1 exist, which bounds memory.
/// The first exception of any part is thrown here; a stop throws Cancelled.
template <class Item, class Produce, class Work, class Consume>
void orderedPipeline(
    unsigned threads, const JobControl& job, Produce&& produce, Work&& work, Consume&& consume)
{
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
    std::condition_variable changed;
    std::deque<std::shared_ptr<Entry>> queue; // in order; its front is consumed first
    std::vector<std::unique_ptr<Item>> spare;
    std::exception_ptr failure;
    bool stopping = false;
    const std::size_t most = threads * 2 + 1;
    std::size_t existing = 0;

    const auto fail = [&] {
        const std::lock_guard lock{mutex};
        if (!failure)
            failure = std::current_exception();
        stopping = true;
        changed.notify_all();
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
                changed.notify_all();
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
            for (;;) {
                std::unique_lock lock{mutex};
                changed.wait(lock, [&] {
                    return stopping || (!queue.empty() && queue.front()->worked)
                        || (queue.empty() && ended && early.empty());
                });
                if (stopping || queue.empty())
                    break;
                const auto entry = queue.front();
                queue.pop_front();
                lock.unlock();
                consume(*entry->item);
                lock.lock();
                spare.push_back(std::move(entry->item));
                changed.notify_all();
            }
        } catch (...) {
            fail();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace platter
