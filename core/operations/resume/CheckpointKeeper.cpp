// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/resume/CheckpointKeeper.h"

#include "core/base/Error.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>

namespace platter {

namespace {

    constexpr std::chrono::milliseconds betweenLooks{20}; ///< at whether to stop

    std::filesystem::path folderOf(const std::filesystem::path& file)
    {
        return file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    }

} // namespace

/// What the thread uses: it may outlive the keeper by one call to the system.
struct CheckpointKeeper::Shared {
    Files files;
    EditIo* io;
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    std::optional<CheckpointOrder> order;
    bool isBusy = false;
    bool isEnding = false;
    bool hasOne = false;
    bool gaveUp = false; ///< the journal cannot be written
    std::exception_ptr failure; ///< of a part file
};

CheckpointKeeper::CheckpointKeeper(Files files, EditIo& io)
    : m_shared(std::make_shared<Shared>())
{
    m_shared->hasOne = files.journal.has_value();
    m_shared->files = std::move(files);
    m_shared->io = &io;
}

CheckpointKeeper::~CheckpointKeeper()
{
    bool isBusy = false;
    {
        const std::lock_guard lock{m_shared->mutex};
        m_shared->isEnding = true;
        isBusy = m_shared->isBusy;
    }
    m_shared->changed.notify_all();
    if (!m_thread.joinable())
        return;
    if (isBusy)
        m_thread.detach(); // a flush can take longer than somebody who cancels will wait
    else
        m_thread.join();
}

void CheckpointKeeper::nameKey(const KeyArea& area, const part::Digest& digest)
{
    const std::lock_guard lock{m_shared->mutex};
    part::Head& head = m_shared->files.head;
    head.keyAt = area.at;
    head.keyLength = area.length;
    head.keyDigest = digest;
}

bool CheckpointKeeper::isBusy() const
{
    const std::lock_guard lock{m_shared->mutex};
    return m_shared->isBusy;
}

void CheckpointKeeper::wait(const JobControl& job) const
{
    std::unique_lock lock{m_shared->mutex};
    while (!m_shared->changed.wait_for(lock, betweenLooks, [&] { return !m_shared->isBusy; })) {
        if (job.stop.stop_requested())
            throw Cancelled{};
    }
}

bool CheckpointKeeper::hasOne() const
{
    const std::lock_guard lock{m_shared->mutex};
    return m_shared->hasOne;
}

void CheckpointKeeper::order(CheckpointOrder order)
{
    {
        const std::lock_guard lock{m_shared->mutex};
        if (m_shared->failure)
            std::rethrow_exception(m_shared->failure);
        if (m_shared->gaveUp)
            return;
        m_shared->order = std::move(order);
        m_shared->isBusy = true;
    }
    m_shared->changed.notify_all();
    if (m_thread.joinable())
        return;
    try {
        m_thread = std::thread{[shared = m_shared] { run(shared); }};
    } catch (const std::system_error&) {
        const std::lock_guard lock{m_shared->mutex};
        m_shared->gaveUp = true; // no thread to be had
        m_shared->isBusy = false;
    }
}

void CheckpointKeeper::run(const std::shared_ptr<Shared>& shared)
{
    std::unique_lock lock{shared->mutex};
    for (;;) {
        shared->changed.wait(lock, [&] { return shared->isEnding || shared->order; });
        if (shared->isEnding)
            return;
        const CheckpointOrder order = std::move(*shared->order);
        shared->order.reset();
        lock.unlock();
        std::exception_ptr failure;
        try {
            for (const auto& part : shared->files.parts)
                part->flush();
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        // Once the keeper is gone, files and names may be those of another run.
        if (shared->isEnding)
            return;
        bool isStored = false;
        if (failure) {
            shared->failure = failure;
        } else if (!shared->gaveUp) {
            try {
                Files& files = shared->files;
                const bool isNew = !files.journal;
                if (isNew)
                    files.journal.emplace(
                        shared->io->layerOver(shared->io->makeFile(files.journalPath)), files.head);
                files.journal->append(order.head, order.witnesses, order.outcomes);
                lock.unlock();
                files.journal->file().flush();
                if (isNew)
                    shared->io->syncFolder(folderOf(files.journalPath));
                isStored = true;
            } catch (...) {
                // What it has said before still holds.
            }
            if (!lock.owns_lock())
                lock.lock();
            shared->hasOne = shared->hasOne || isStored;
            shared->gaveUp = !isStored;
        }
        shared->isBusy = false;
        shared->changed.notify_all();
    }
}

} // namespace platter
