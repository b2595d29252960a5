// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Undo.h"

#include "core/base/Text.h"
#include "core/edit/EditTarget.h"
#include "core/edit/RangeSet.h"
#include "core/edit/Restore.h"

#include <algorithm>
#include <chrono>

namespace platter {

namespace {

    using Reason = EditRefused::Reason;
    using journal::Phase;

    /// How much later than its journal's last sign of life an image may have been written by the
    /// edit itself: one long write and the sign after it.
    constexpr std::uint64_t lateWrite = 30'000'000'000; // nanoseconds

    Phase phaseOf(const ShelvedJournal& journal)
    {
        return static_cast<Phase>(journal.state->phase);
    }

    std::string whyNotNow(const ShelvedJournal& journal, const DiskFile::Stamp& now)
    {
        const auto changed = static_cast<std::uint64_t>(now.contentChanged);
        if (phaseOf(journal) == Phase::Complete) {
            if (journal.state->afterLength != now.length)
                return "Something else has changed the length of the image since the edit.";
            if (journal.state->afterChanged != changed)
                return "Something else has written the image since the edit.";
        } else if (changed > journal.state->written
            && changed - journal.state->written > lateWrite) {
            return "Something else has written the image since the edit stopped halfway; old bytes "
                   "in a newer image would damage it.";
        }
        return {};
    }

    PastEdit described(const ShelvedJournal& journal)
    {
        PastEdit edit;
        edit.journal = journal.path;
        edit.journalSize = journal.size;
        if (!journal.damage.empty()) {
            edit.state = PastEdit::State::Damaged;
            edit.problem = journal.damage;
            edit.whyNot = "Its journal is damaged: " + journal.damage;
            return edit;
        }
        edit.number = journal.header.number;
        edit.time = static_cast<std::int64_t>(journal.header.made);
        edit.act = journal::textOf(journal.header.act);
        edit.summary = journal::textOf(journal.header.summary);
        edit.oldLength = journal.header.oldLength;
        edit.newLength = journal.header.newLength;
        if (phaseOf(journal) != Phase::Complete) {
            edit.state = PastEdit::State::Interrupted;
            edit.problem = journal::textOf(journal.state->problem);
        }
        return edit;
    }

    /// Newest first, with the reasons that the stamp and the order give.
    std::vector<PastEdit> describedAll(
        const std::vector<ShelvedJournal>& journals, const DiskFile::Stamp& now)
    {
        std::vector<PastEdit> edits;
        std::string newer; // why the newer edit cannot be taken back
        journal::Id expected{};
        for (auto journal = journals.rbegin(); journal != journals.rend(); ++journal) {
            PastEdit edit = described(*journal);
            if (edit.whyNot.empty()) {
                if (edits.empty())
                    edit.whyNot = whyNotNow(*journal, now);
                else if (!newer.empty())
                    edit.whyNot = "A newer edit cannot be taken back.";
                else if (journal->header.id != expected)
                    edit.whyNot
                        = "Something else wrote the image between this edit and the next one.";
            }
            newer = edit.whyNot;
            expected = journal->header.previous;
            edits.push_back(std::move(edit));
        }
        return edits;
    }

    std::vector<ShelvedJournal> meaningful(std::vector<ShelvedJournal> journals)
    {
        std::erase_if(journals, [](const ShelvedJournal& one) {
            return !one.state || phaseOf(one) == Phase::TakenBack;
        });
        return journals;
    }

    /// The records, or EditRefused if one of them is damaged.
    std::vector<JournalReader::Record> soundRecords(
        const JournalReader& journal, const std::filesystem::path& path, const JobControl& job)
    {
        try {
            return journal.records(job);
        } catch (const FormatError& error) {
            throw EditRefused(Reason::JournalDamaged,
                "Nothing was written. The undo journal " + escapedText(path.string())
                    + " is damaged (" + error.what()
                    + ") Nothing of it is believed; if the image is sound, remove the journal with "
                      "platter-cli undo --forget.");
        }
    }

    /// Whether some byte of the journal is not as it was written.
    bool isDamaged(const std::filesystem::path& path)
    {
        try {
            JournalReader{DiskFile::open(path, DiskFile::Access::ReadOnly)}.records({});
        } catch (const FormatError&) {
            return true;
        }
        return false;
    }

    /// Throws EditRefused unless the bytes that the edit wrote are still there.
    void requireNewBytes(const JournalReader& journal,
        const std::vector<JournalReader::Record>& records, const ByteFile& image,
        const JobControl& job)
    {
        RangeSet later; // what a later record of the edit changed again
        std::vector<std::byte> bytes;
        for (auto record = records.rbegin(); record != records.rend(); ++record) {
            job.checkStop();
            const bool isLast = !later.touches(record->at, record->length);
            if (record->hasAfter && isLast && record->length.value <= journal::pieceBytes) {
                bytes.resize(record->length.value);
                image.readPadded(record->at, bytes);
                if (journal::sha256({bytes}) != journal.afterHashOf(*record))
                    throw EditRefused(Reason::ImageChanged,
                        "Nothing was written. Something else has written the image since the edit: "
                        "the bytes at "
                            + hexText(record->at.value) + " are not those that it wrote.");
            }
            if (record->kind != journal::RecordKind::Length)
                later.add(record->at, record->length);
        }
    }

    /// The journal that is being taken back, with the states it goes through.
    class OpenJournal {
    public:
        OpenJournal(const ShelvedJournal& journal, EditIo& io)
            : m_file(io.layerOver(DiskFile::open(journal.path, DiskFile::Access::ReadWrite)))
            , m_reader(m_file)
            , m_state(*m_reader.state())
        {
        }
        const JournalReader& reader() const { return m_reader; }

        void enter(Phase phase)
        {
            m_state.phase = static_cast<std::uint32_t>(phase);
            write();
        }
        /// A complete edit: the image was put into the very state that it left.
        void imageIsAgainAsLeft(const DiskFile::Stamp& now)
        {
            m_state.afterChanged = static_cast<std::uint64_t>(now.contentChanged);
            write();
        }
        void alive()
        {
            if (std::chrono::steady_clock::now() - m_lastSign > signOfLife)
                write();
        }

    private:
        void write()
        {
            journal::State next = m_state;
            ++next.serial;
            journal::writeState(*m_file, next);
            m_state = next; // not before: the other slot may be the only valid one
            m_lastSign = std::chrono::steady_clock::now();
        }

        std::shared_ptr<ByteFile> m_file;
        JournalReader m_reader;
        journal::State m_state;
        std::chrono::steady_clock::time_point m_lastSign;
    };

    void requireFirstBytes(const journal::Header& header, const ByteFile& image)
    {
        std::vector<std::byte> start(
            std::min<std::uint64_t>(header.firstLength.value, journal::pieceBytes));
        image.readPadded(HostOffset{0}, start);
        if (journal::sha256({start}) != header.firstHash)
            throw Error("The image does not begin as it did before the edit, although all old "
                        "bytes were restored; the journal is kept.");
    }

} // namespace

std::vector<PastEdit> listEdits(const std::filesystem::path& image, EditIo& io)
{
    std::error_code missing;
    const auto path = std::filesystem::canonical(image, missing);
    if (missing)
        throw IoError(image.string(), "open the file", missing);
    const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
    return describedAll(meaningful(journalsOf(*file, path, io)), file->stamp());
}

std::optional<PastEdit> interruptedEdit(const std::filesystem::path& image, EditIo& io)
{
    for (PastEdit& edit : listEdits(image, io)) {
        if (edit.state == PastEdit::State::Interrupted)
            return std::move(edit);
    }
    return std::nullopt;
}

TakenBackEdit takeBack(const std::filesystem::path& image, const JobControl& job, EditIo& io)
{
    const EditTarget target = openForEdit(image, io);
    const auto journals = tidyJournals(target, io);
    if (journals.empty())
        throw EditRefused(
            Reason::NothingToUndo, "There is no edit of this image that could be taken back.");
    const ShelvedJournal& newest = journals.back();
    TakenBackEdit result;
    result.edit = describedAll(journals, target.disk->stamp()).front();
    if (!result.edit.whyNot.empty())
        throw EditRefused(newest.damage.empty() ? Reason::ImageChanged : Reason::JournalDamaged,
            "Nothing was written. " + result.edit.whyNot);

    OpenJournal journal{newest, io};
    const auto records = soundRecords(journal.reader(), newest.path, job);
    if (phaseOf(newest) == Phase::Complete)
        requireNewBytes(journal.reader(), records, *target.file, job);
    journal.enter(Phase::TakingBack);
    try {
        restoreOldBytes(journal.reader(), records, *target.file, [&] { journal.alive(); });
        requireFirstBytes(newest.header, *target.file);
        result.after = settle(target);
        // The edit before this one left the image as it is again now. Said before this journal is
        // closed: stopped in between, both are said once more.
        for (const ShelvedJournal& before : journals) {
            if (before.damage.empty() && before.header.id == newest.header.previous
                && phaseOf(before) == Phase::Complete)
                OpenJournal{before, io}.imageIsAgainAsLeft(result.after);
        }
        journal.enter(Phase::TakenBack);
    } catch (const std::exception& error) {
        throw EditInterrupted(newest.path,
            std::string{"Taking the edit back stopped halfway: "} + error.what()
                + " Do it again: platter-cli undo " + escapedText(target.path.string()));
    }
    for (const JournalReader::Record& record : records) {
        if (record.kind != journal::RecordKind::Length)
            result.bytesRestored += record.length;
    }
    try {
        io.removeFile(newest.path);
    } catch (const IoError&) {
        // It says itself that it was taken back; the next edit removes it.
    }
    return result;
}

std::size_t forgetEdits(const std::filesystem::path& image, Forget which, EditIo& io)
{
    const EditTarget target = openForEdit(image, io);
    const auto journals = tidyJournals(target, io);
    const auto edits = describedAll(journals, target.disk->stamp());
    std::size_t count = 0;
    for (const PastEdit& edit : edits) {
        if (which == Forget::Unusable && edit.whyNot.empty() && !isDamaged(edit.journal))
            continue;
        io.removeFile(edit.journal);
        ++count;
    }
    return count;
}

} // namespace platter
