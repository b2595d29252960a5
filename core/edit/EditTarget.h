// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditIo.h"
#include "core/io/FileLock.h"

#include <filesystem>
#include <memory>

namespace platter {

/// An image opened for being written in place: nobody else may write it, or rely on it, meanwhile.
struct EditTarget {
    std::filesystem::path path; ///< symbolic links resolved
    std::shared_ptr<DiskFile> disk;
    std::shared_ptr<ByteFile> file; ///< `disk` through EditIo::layerOver()
    std::unique_ptr<FileLock> lock;
};

/// Opens `image` for writing and takes the locks of a writer. Throws EditRefused, LockedError
/// naming the holder, IoError, UnsupportedError for what is no file.
EditTarget openForEdit(const std::filesystem::path& image, EditIo& io);

/// Waits until content, length and times of the image are on stable storage. @returns its stamp
DiskFile::Stamp settle(const EditTarget& target);

} // namespace platter
