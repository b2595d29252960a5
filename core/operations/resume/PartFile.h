// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditIo.h"
#include "core/io/DiskFile.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace platter {

/// Where the unfinished file of a conversion to `target` lies: ".NAME.platter-part" beside it.
std::filesystem::path partPathOf(const std::filesystem::path& target);
/// Where the journal of a part file lies.
std::filesystem::path partJournalOf(const std::filesystem::path& part);

/// What is found under the name of a part file.
struct FoundPart {
    enum class Kind {
        Nothing,
        Ours, ///< left by an earlier run; held against others as long as `file` is open
        Foreign, ///< of another user, a link, or where files cannot be held: not to be touched
    };
    Kind kind = Kind::Nothing;
    std::shared_ptr<DiskFile> file;
};

/// Looks for the part file `path` and holds it. Throws LockedError if a program is writing it;
/// IoError.
FoundPart takePart(const std::filesystem::path& path);

/// Makes a part file and holds it. @returns nullptr where files cannot be held. Throws LockedError
/// if another program was quicker; IoError.
std::shared_ptr<DiskFile> makePart(const std::filesystem::path& path, EditIo& io);

/// Opens the journal of a part file that is held. @returns nullptr if there is none that is a plain
/// file of this user. Throws IoError.
std::shared_ptr<DiskFile> openPartJournal(const std::filesystem::path& part);

/// Removes the journal of a part file, if it is a file of this user. Throws IoError.
void removePartJournal(const std::filesystem::path& part, EditIo& io);

/// An unfinished conversion that can be gone on with.
struct UnfinishedPart {
    std::filesystem::path path; ///< of the part file
    Bytes onDisk{}; ///< what it takes of the file system
};

/// The part file of a conversion to `target`, with its journal, that nobody is working on; nothing:
/// there is none. For showing: it may be another one a moment later.
std::optional<UnfinishedPart> unfinishedPart(const std::filesystem::path& target);

/// What earlier runs of a conversion to `target` take of the file system: a new run uses it or
/// gives it back before it writes.
Bytes heldByPart(const std::filesystem::path& target);

/// Removes what a conversion to `target` has left, unless a program is working on it. Throws
/// IoError.
void dropPart(const std::filesystem::path& target);

} // namespace platter
