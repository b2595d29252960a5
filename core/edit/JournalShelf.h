// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditIo.h"
#include "core/edit/Journal.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// An undo journal of an image, found on disk.
struct ShelvedJournal {
    std::filesystem::path path;
    journal::Header header; ///< if `damage` is empty
    std::optional<journal::State> state; ///< nothing: being prepared
    Bytes size{}; ///< of the journal's file
    std::string damage; ///< why the header cannot be read; empty: it can
};

/// The journals of an image, oldest first: those beside it and those in the state folder whose
/// header names this very file, by inode, time of birth and device. A journal of another user, who
/// is neither the image's owner nor root, is passed over. Takes no lock, changes nothing. `image`
/// has no symbolic link in its last part.
std::vector<ShelvedJournal> journalsOf(
    const DiskFile& file, const std::filesystem::path& image, EditIo& io);

/// A new, empty journal.
struct NewJournal {
    std::filesystem::path path;
    std::shared_ptr<DiskFile> file;
};

/// Makes a file for a journal beside `image`, or in the state folder if that folder cannot be
/// written; it may be read by whoever may read the image. Throws EditRefused, IoError.
NewJournal makeJournal(const DiskFile& file, const std::filesystem::path& image, EditIo& io);

/// A header that names the file `file` and its first bytes as they are now, with a random id.
journal::Header headerFor(const DiskFile& file, const std::filesystem::path& image);

} // namespace platter
