// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/EarlyWriteback.h"

#include <system_error>

#include <fcntl.h>

namespace platter {

namespace {

    constexpr std::uint64_t enough = 8 << 20; ///< bytes: fewer make many small requests to a disk

} // namespace

EarlyWriteback::EarlyWriteback(int descriptor)
    : m_descriptor(descriptor)
{
}

EarlyWriteback::~EarlyWriteback()
{
    {
        const std::lock_guard lock{m_mutex};
        m_ending = true;
    }
    m_changed.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void EarlyWriteback::wrote(Bytes length)
{
    const std::lock_guard lock{m_mutex};
    m_waiting += length.value;
    if (m_waiting < enough || m_ending)
        return;
    if (!m_thread.joinable()) {
        try {
            m_thread = std::thread{[this] { run(); }};
        } catch (const std::system_error&) {
            m_ending = true; // no thread to be had: the flush does it all
            return;
        }
    }
    m_changed.notify_one();
}

void EarlyWriteback::run()
{
    std::unique_lock lock{m_mutex};
    for (;;) {
        m_changed.wait(lock, [&] { return m_ending || m_waiting >= enough; });
        if (m_ending)
            return;
        m_waiting = 0;
        lock.unlock();
        // Only a beginning is made: an error shows in the flush, as without this call.
        ::sync_file_range(m_descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
        lock.lock();
    }
}

} // namespace platter
