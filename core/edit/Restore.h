// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditTarget.h"
#include "core/edit/JournalReader.h"
#include "core/edit/JournalShelf.h"

#include <chrono>
#include <functional>
#include <vector>

namespace platter {

/// How long an edit writes before it renews the time in its journal, so that a later look can tell
/// its own writes from those of others.
inline constexpr std::chrono::seconds signOfLife{2};

/// Writes the old bytes of all records back, the last epoch first, with a flush between two epochs:
/// the image goes through the states of the edit in reverse. May be done any number of times.
/// `alive` is called now and then. Throws IoError, FormatError.
void restoreOldBytes(const JournalReader& journal,
    const std::vector<JournalReader::Record>& records, ByteFile& image,
    const std::function<void()>& alive);

/// Whether the image, whose stamp is `now`, is as the complete edit of `journal` left it.
bool isAsLeftBy(const ShelvedJournal& journal, const DiskFile::Stamp& now);

/// The journals of an image, oldest first, without those that mean nothing any more: what was being
/// prepared when a program ended, and what was taken back. Those are removed. The caller holds the
/// image's lock, so that nobody else is preparing one.
std::vector<ShelvedJournal> tidyJournals(const EditTarget& target, EditIo& io);

/// Throws EditRefused if an edit stopped halfway, or if a journal is damaged.
void requireResolved(
    const std::filesystem::path& image, const std::vector<ShelvedJournal>& journals);

} // namespace platter
