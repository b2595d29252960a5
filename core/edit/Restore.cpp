// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Restore.h"

#include "core/base/Text.h"
#include "core/edit/EditErrors.h"

#include <algorithm>

namespace platter {

void restoreOldBytes(const JournalReader& journal,
    const std::vector<JournalReader::Record>& records, ByteFile& image,
    const std::function<void()>& alive)
{
    std::vector<std::byte> bytes;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        if (record != records.rbegin() && record->epoch != std::prev(record)->epoch)
            image.flush();
        switch (record->kind) {
        case journal::RecordKind::Bytes:
            bytes.resize(record->length.value);
            journal.bytesOf(*record, bytes);
            image.write(record->at, bytes);
            break;
        case journal::RecordKind::Hole: image.punch(record->at, record->length); break;
        case journal::RecordKind::Length: image.resize(Bytes{record->at.value}); break;
        }
        if (alive)
            alive();
    }
    if (image.size() != journal.header().oldLength)
        image.resize(journal.header().oldLength);
    image.flush();
}

bool isAsLeftBy(const ShelvedJournal& journal, const DiskFile::Stamp& now)
{
    return journal.damage.empty() && journal.state
        && journal.state->phase == static_cast<std::uint32_t>(journal::Phase::Complete)
        && journal.state->afterLength == now.length
        && journal.state->afterChanged == static_cast<std::uint64_t>(now.contentChanged);
}

std::vector<ShelvedJournal> tidyJournals(const EditTarget& target, EditIo& io)
{
    auto journals = journalsOf(*target.disk, target.path, io);
    std::erase_if(journals, [&](const ShelvedJournal& one) {
        const bool meansNothing = !one.state
            || one.state->phase == static_cast<std::uint32_t>(journal::Phase::TakenBack);
        if (meansNothing) {
            try {
                io.removeFile(one.path);
            } catch (const IoError&) {
                // It stays and goes on meaning nothing.
            }
        }
        return meansNothing;
    });
    return journals;
}

void requireResolved(
    const std::filesystem::path& image, const std::vector<ShelvedJournal>& journals)
{
    for (const ShelvedJournal& one : journals) {
        if (!one.damage.empty())
            throw EditRefused(EditRefused::Reason::JournalDamaged,
                "Nothing was written. The undo journal " + escapedText(one.path.string())
                    + " is damaged, so it cannot be told whether an edit stopped halfway. Check "
                      "the image, then remove the journal: platter-cli undo --forget "
                    + escapedText(image.string()));
        if (one.state->phase != static_cast<std::uint32_t>(journal::Phase::Complete))
            throw EditRefused(EditRefused::Reason::Unresolved,
                "Nothing was written. An earlier edit of the image stopped halfway ("
                    + escapedText(journal::textOf(one.header.summary))
                    + ") and must be taken back first: platter-cli undo "
                    + escapedText(image.string()));
    }
}

} // namespace platter
