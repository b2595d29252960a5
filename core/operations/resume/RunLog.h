// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/jobs/JobControl.h"
#include "core/operations/resume/CheckpointKeeper.h"
#include "core/operations/resume/ConversionKey.h"
#include "core/operations/resume/PartLayer.h"
#include "core/operations/resume/PieceOutcomes.h"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace platter {

/// What an earlier run has told does not fit to this one: nothing was written yet, and the run has
/// to begin anew. Not an Error: nobody is shown it.
struct EarlierRunDiffers { };

/// What a conversion tells on its way, so that a later run can go on where this one stopped, and
/// what an earlier run told. To be used by one thread at a time.
///
/// A conversion writes pieces in an order that its source and its options decide. It tells the log
/// of each piece that it has put. If an earlier run has put some, the log gives back what encode()
/// made of them; put() is called for them as for others, while the files ignore what is written:
/// they hold it already. Then caughtUp().
class RunLog {
public:
    /// Nothing is kept and nothing is known of earlier runs.
    RunLog() = default;

    /// How the log of a run that can be gone on with works. All must live longer than the log.
    struct Parts {
        CheckpointKeeper* keeper = nullptr;
        std::vector<std::shared_ptr<PartLayer>> layers; ///< the image's, then the data file's
        const part::Reader* earlier = nullptr; ///< nullptr: there is no earlier run
        const ConversionKey* key = nullptr;
        const ResumeOptions* options = nullptr;
        const JobControl* job = nullptr;
    };
    explicit RunLog(Parts parts);
    RunLog(const RunLog&) = delete;
    RunLog& operator=(const RunLog&) = delete;

    /// Pieces that an earlier run has put.
    std::uint64_t earlier() const { return m_earlier; }
    /// Whether the next piece is one of those.
    bool isBehind() const { return m_done < m_earlier; }
    /// Says where a new image has its LUKS header, so that a later run can use its key.
    void hasKey(const std::optional<KeyArea>& area, std::span<const std::byte> bytes);
    /// To be called before the first write: from now on until caughtUp() the files ignore them.
    void beginAgain();
    /// Gives `piece`, the next of those, which has its place, the outcome of encode(), with bytes
    /// that mean nothing. Throws EarlierRunDiffers.
    void recall(GuestPiece& piece, Bytes unit);
    /// All pieces of the earlier run are put, and `now` is how far the conversion is. Throws
    /// EarlierRunDiffers if it put others.
    void caughtUp(const ProgressUpdate& now);

    /// Numbers that say what comes next and where: they have to be the same in a later run.
    void plan(std::uint64_t number);
    /// The next piece was put.
    void passed(std::span<const GuestPiece::Unit> units = {});
    /// If it is time, has it written that all pieces that passed are in the files, after
    /// `writeWaiting`. Throws IoError, Cancelled.
    void checkpoint(const std::function<void()>& writeWaiting);

private:
    void loadOutcomes();

    Parts m_parts;
    std::uint64_t m_earlier = 0;
    std::uint64_t m_done = 0; ///< pieces
    std::uint64_t m_plan = 0;
    bool m_catchesUp = false;
    std::size_t m_loaded = 0; ///< checkpoints whose outcomes were read
    OutcomeReader m_recalled{std::vector<std::byte>{}};
    OutcomeWriter m_outcomes; ///< since the last checkpoint
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

} // namespace platter
