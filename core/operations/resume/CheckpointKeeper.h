// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditIo.h"
#include "core/formats/ImageWriter.h"
#include "core/jobs/JobControl.h"
#include "core/operations/resume/PartJournal.h"

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace platter {

/// What a checkpoint says, and the files that must be on stable storage before it may be said.
struct CheckpointOrder {
    part::CheckpointHead head;
    std::vector<part::Witness> witnesses;
    std::vector<std::byte> outcomes;
};

/// Writes the checkpoints of a conversion on a thread of its own, so that the work does not wait
/// for the disk. To be used by one thread at a time.
class CheckpointKeeper {
public:
    struct Files {
        std::vector<std::shared_ptr<ByteFile>> parts; ///< flushed before each checkpoint
        std::filesystem::path journalPath;
        part::Head head; ///< for a journal that does not exist yet
        std::optional<part::Writer> journal; ///< one that is gone on with
    };
    /// `io` must live as long as the keeper, and longer if that goes while it is busy.
    CheckpointKeeper(Files files, EditIo& io);
    /// Does not wait for the disk: a checkpoint that is under way may come to nothing.
    ~CheckpointKeeper();
    CheckpointKeeper(const CheckpointKeeper&) = delete;
    CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

    /// Says in a journal that does not exist yet where the part file has its key: `digest` is of
    /// the bytes of `area`. Before the first order.
    void nameKey(const KeyArea& area, const part::Digest& digest);
    /// Whether the last order is not carried out yet.
    bool isBusy() const;
    /// Returns when it is. Throws Cancelled if a stop is asked for before.
    void wait(const JobControl& job) const;
    /// Has a checkpoint written; only while not busy. Throws IoError if a part file could not be
    /// flushed before. Without room for the journal, there are no further checkpoints.
    void order(CheckpointOrder order);
    /// Whether there is a checkpoint on stable storage.
    bool hasOne() const;

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> m_shared;
    std::thread m_thread;
};

} // namespace platter
