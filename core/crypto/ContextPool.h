// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace platter {

/// Keyed cipher contexts of a C library, which one thread at a time may use: as many are made as
/// threads work at once. Thread-safe.
template <class Context>
class ContextPool {
public:
    /// `make` gives a context with its key set; called on any thread.
    explicit ContextPool(std::function<Context()> make)
        : m_make(std::move(make))
    {
        m_free.push_back(m_make()); // so that a key that the library refuses fails here
    }

    /// Calls work(context) with a context that nobody else uses meanwhile.
    template <class Work>
    void use(const Work& work)
    {
        Context context = take();
        work(context);
        const std::lock_guard lock{m_mutex};
        m_free.push_back(std::move(context));
    }

private:
    Context take()
    {
        {
            const std::lock_guard lock{m_mutex};
            if (!m_free.empty()) {
                Context context = std::move(m_free.back());
                m_free.pop_back();
                return context;
            }
        }
        return m_make();
    }

    std::function<Context()> m_make;
    std::mutex m_mutex;
    std::vector<Context> m_free;
};

} // namespace platter
