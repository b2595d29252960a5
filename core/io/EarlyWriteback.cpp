// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/EarlyWriteback.h"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace platter {

namespace {

    constexpr std::uint64_t enough = 8 << 20; ///< bytes: fewer make many small requests to a disk

} // namespace

/// What the thread uses: where a disk is slow, it may outlive its object by one call.
struct EarlyWriteback::Shared {
    int descriptor = -1; ///< a duplicate: the file may be closed before
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t waiting = 0; ///< bytes written since the system was last asked
    bool ending = false;
    bool running = false; ///< started when there is enough to do

    explicit Shared(int original)
        : descriptor(::fcntl(original, F_DUPFD_CLOEXEC, 0))
        , ending(descriptor < 0) // the flush does it all
    {
    }
    ~Shared()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
};

EarlyWriteback::EarlyWriteback(int descriptor)
    : m_shared(std::make_shared<Shared>(descriptor))
{
}

EarlyWriteback::~EarlyWriteback()
{
    {
        const std::lock_guard lock{m_shared->mutex};
        m_shared->ending = true;
    }
    m_shared->changed.notify_one();
}

void EarlyWriteback::wrote(Bytes length)
{
    Shared& shared = *m_shared;
    const std::lock_guard lock{shared.mutex};
    shared.waiting += length.value;
    if (shared.waiting < enough || shared.ending)
        return;
    if (!shared.running) {
        try {
            std::thread{[kept = m_shared] { run(*kept); }}.detach();
            shared.running = true;
        } catch (const std::system_error&) {
            shared.ending = true; // no thread to be had
            return;
        }
    }
    shared.changed.notify_one();
}

void EarlyWriteback::run(Shared& shared)
{
    std::unique_lock lock{shared.mutex};
    for (;;) {
        shared.changed.wait(lock, [&] { return shared.ending || shared.waiting >= enough; });
        if (shared.ending)
            return;
        shared.waiting = 0;
        lock.unlock();
        // Only a beginning is made: an error shows in the flush, as without this call.
        ::sync_file_range(shared.descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
        lock.lock();
    }
}

} // namespace platter
