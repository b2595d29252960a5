// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Transaction.h"

#include "core/base/Text.h"
#include "core/edit/EditTarget.h"
#include "core/edit/JournalReader.h"
#include "core/edit/JournalShelf.h"
#include "core/edit/JournalWriter.h"
#include "core/edit/PlannedContent.h"
#include "core/edit/Restore.h"
#include "core/edit/Undo.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace platter {

namespace {

    using Reason = EditRefused::Reason;

    void requireUnchanged(const EditTarget& target, const EditPlan& plan)
    {
        const DiskFile::Stamp now = target.disk->stamp();
        if (now.identity != plan.base.identity)
            throw EditRefused(Reason::ImageChanged,
                "Nothing was written. The name leads to another file than when the change was "
                "planned.");
        if (now.length != plan.base.length || now.contentChanged != plan.base.contentChanged)
            throw EditRefused(Reason::ImageChanged,
                "Nothing was written. Something else has written the image since the change was "
                "planned; look at it again.");
    }

    /// Writes to the journal what each step is going to overwrite, as it will be met then.
    class OldBytes {
    public:
        /// `total`: what `job` is told of the whole edit.
        OldBytes(const ByteFile& image, JournalWriter& journal, std::uint64_t total,
            const JobControl& job)
            : m_image(image)
            , m_planned(image)
            , m_journal(journal)
            , m_total(total)
            , m_job(job)
        {
        }

        void keep(const EditStep& step)
        {
            requireExpected(step);
            if (step.kind == EditStep::Kind::SetLength) {
                const Bytes length{step.at.value};
                if (length < m_planned.length())
                    keepRange(step.at, m_planned.length() - length, nullptr);
                m_journal.keepLength(m_planned.length());
            } else {
                const HostOffset end{m_planned.length().value};
                const HostOffset stepEnd = step.at + step.length;
                if (step.at < end)
                    keepRange(step.at, std::min(end, stepEnd) - step.at, &step);
                if (step.kind == EditStep::Kind::Write && stepEnd > end)
                    m_journal.keepLength(m_planned.length());
            }
            m_planned.apply(step);
        }

    private:
        void requireExpected(const EditStep& step)
        {
            if (step.before.empty())
                return;
            std::vector<std::byte> found(step.before.size());
            m_planned.read(step.at, found);
            if (found != step.before)
                throw EditRefused(Reason::ImageChanged,
                    "Nothing was written. The bytes at " + hexText(step.at.value)
                        + " are not those that were there when the change was planned; look at the "
                          "image again.");
        }

        void keepRange(HostOffset at, Bytes length, const EditStep* step)
        {
            const HostOffset end = at + length;
            while (at < end) {
                const FileRegion region = m_image.regionAt(at);
                const bool known = region.end > at;
                const HostOffset pieceEnd
                    = std::min({end, at + Bytes{journal::pieceBytes}, known ? region.end : end});
                const Bytes piece = pieceEnd - at;
                std::optional<journal::Digest> after;
                if (step) {
                    m_bytes.resize(piece.value);
                    newBytesOf(*step, at - step->at, m_bytes);
                    after = journal::sha256({m_bytes});
                }
                if (known && region.kind == FileRegion::Kind::Hole
                    && !m_planned.isTouched(at, piece)) {
                    m_journal.keepHole(at, piece, after);
                } else {
                    m_bytes.resize(piece.value);
                    m_planned.read(at, m_bytes);
                    m_journal.keepBytes(at, m_bytes, after);
                }
                at = pieceEnd;
                m_job.step({m_journal.size().value, m_total});
            }
        }

        const ByteFile& m_image;
        PlannedContent m_planned;
        JournalWriter& m_journal;
        std::uint64_t m_total;
        const JobControl& m_job;
        std::vector<std::byte> m_bytes;
    };

    /// One edit that is being applied, from the opened image to the complete journal.
    class Application {
    public:
        Application(
            const EditPlan& plan, const EditTarget& target, const JobControl& job, EditIo& io)
            : m_plan(plan)
            , m_target(target)
            , m_job(job)
            , m_io(io)
            , m_total((plan.largestJournal() + plan.bytesChanged()).value)
        {
        }

        EditResult run(const std::vector<ShelvedJournal>& before)
        {
            prepare(before);
            bool stopped = false;
            try {
                stopped = !write();
                if (!stopped)
                    complete();
            } catch (const std::exception& error) {
                interrupted(error.what());
            }
            if (stopped) {
                giveUp();
                throw Cancelled{};
            }
            m_result.journal = m_path;
            m_result.journalSize = m_journal->size();
            return m_result;
        }

    private:
        /// After this the journal is on stable storage and the image may be written.
        void prepare(const std::vector<ShelvedJournal>& before)
        {
            journal::Header header = headerFor(*m_target.disk, m_target.path);
            header.newLength = m_plan.lengthAfter();
            header.number = 1;
            if (!before.empty()) {
                header.number = before.back().header.number + 1;
                if (isAsLeftBy(before.back(), m_target.disk->stamp()))
                    header.previous = before.back().header.id;
            }
            journal::putText(header.act, m_plan.act);
            journal::putText(header.summary, m_plan.summary);
            const NewJournal made = makeJournal(*m_target.disk, m_target.path, m_io);
            m_path = made.path;
            m_file = m_io.layerOver(made.file);
            try {
                m_journal.emplace(m_file, header);
                OldBytes old{*m_target.file, *m_journal, m_total, m_job};
                for (std::size_t i = 0; i < m_plan.epochs.size(); ++i) {
                    m_journal->beginEpoch(static_cast<std::uint32_t>(i));
                    for (const EditStep& step : m_plan.epochs[i].steps)
                        old.keep(step);
                }
                m_journal->finish();
                m_io.syncFolder(m_path.parent_path());
                enterStarted(0);
            } catch (...) {
                // The image is untouched, so the journal means nothing.
                removeJournal();
                throw;
            }
        }

        /// @returns false if a stop was asked for between two epochs
        bool write()
        {
            for (std::size_t i = 0; i < m_plan.epochs.size(); ++i) {
                if (m_job.stop.stop_requested())
                    return false;
                m_epoch = i;
                for (const EditStep& step : m_plan.epochs[i].steps)
                    writeStep(step);
                m_target.file->flush();
            }
            return true;
        }

        void writeStep(const EditStep& step)
        {
            if (step.kind == EditStep::Kind::SetLength) {
                m_target.file->resize(Bytes{step.at.value});
            } else if (step.kind == EditStep::Kind::Punch) {
                m_target.file->punch(step.at, step.length);
            } else if (!step.source) {
                m_target.file->write(step.at, step.after);
                told(step.length);
            } else {
                for (Bytes done; done < step.length;) {
                    const Bytes piece = std::min(step.length - done, Bytes{journal::pieceBytes});
                    m_bytes.resize(piece.value);
                    newBytesOf(step, done, m_bytes);
                    m_target.file->write(step.at + done, m_bytes);
                    done += piece;
                    told(piece);
                }
            }
        }

        void told(Bytes written)
        {
            m_result.bytesWritten += written;
            const std::uint64_t journal = m_journal->size().value;
            if (m_job.report)
                m_job.report({journal + m_result.bytesWritten.value, m_total});
            if (std::chrono::steady_clock::now() - m_lastSign > signOfLife)
                enterStarted(m_epoch);
        }

        void enterStarted(std::size_t epoch, const std::string& problem = {})
        {
            journal::State facts;
            facts.epoch = epoch;
            journal::putText(facts.problem, problem);
            m_journal->enter(journal::Phase::Started, facts);
            m_lastSign = std::chrono::steady_clock::now();
        }

        void complete()
        {
            m_result.after = settle(m_target);
            journal::State facts;
            facts.epoch = m_plan.epochs.size();
            facts.afterLength = m_result.after.length;
            facts.afterChanged = static_cast<std::uint64_t>(m_result.after.contentChanged);
            m_journal->enter(journal::Phase::Complete, facts);
        }

        [[noreturn]] void interrupted(const std::string& cause)
        {
            try {
                enterStarted(m_epoch, cause);
            } catch (const Error&) {
                // The journal already says that the edit may have started.
            }
            throw EditInterrupted(m_path,
                "The edit stopped halfway: " + cause
                    + " The bytes from before are kept; take the edit back with: platter-cli undo "
                    + escapedText(m_target.path.string()));
        }

        /// Takes back what was written before a stop was asked for.
        void giveUp()
        {
            try {
                const JournalReader reader{m_file};
                restoreOldBytes(reader, reader.records({}), *m_target.file, {});
                settle(m_target);
                m_journal->enter(journal::Phase::TakenBack);
            } catch (const std::exception& error) {
                interrupted(error.what());
            }
            removeJournal();
        }

        void removeJournal()
        {
            try {
                m_io.removeFile(m_path);
            } catch (const IoError&) {
                // It says itself that it means nothing; the next edit removes it.
            }
        }

        const EditPlan& m_plan;
        const EditTarget& m_target;
        const JobControl& m_job;
        EditIo& m_io;
        std::uint64_t m_total; ///< bytes of journal and image, about
        std::filesystem::path m_path; ///< of the journal
        std::shared_ptr<ByteFile> m_file; ///< the journal
        std::optional<JournalWriter> m_journal;
        std::chrono::steady_clock::time_point m_lastSign;
        std::size_t m_epoch = 0;
        std::vector<std::byte> m_bytes;
        EditResult m_result;
    };

} // namespace

EditResult applyEdit(
    const std::filesystem::path& image, const EditPlan& plan, const JobControl& job, EditIo& io)
{
    plan.requireSound();
    const EditTarget target = openForEdit(image, io);
    std::vector<std::pair<std::shared_ptr<DiskFile>, std::unique_ptr<FileLock>>> others;
    for (const std::filesystem::path& other : plan.reliesOn) {
        auto file = DiskFile::open(other, DiskFile::Access::ReadOnly);
        auto lock = FileLock::acquire(file, FileLock::Purpose::Read);
        others.emplace_back(std::move(file), std::move(lock));
    }
    const auto journals = tidyJournals(target, io);
    requireResolved(target.path, journals);
    requireUnchanged(target, plan);
    plan.requireNoOverlap();
    if (plan.isEmpty())
        return {{}, {}, {}, target.disk->stamp()};
    return Application{plan, target, job, io}.run(journals);
}

} // namespace platter
