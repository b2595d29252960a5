// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/EditTarget.h"

#include "core/edit/EditErrors.h"

#include <cerrno>

#include <sys/stat.h>

namespace platter {

namespace {

    using Reason = EditRefused::Reason;

    std::shared_ptr<DiskFile> openWritable(const std::filesystem::path& path)
    {
        struct stat status { };
        // Root may write everything; a file that nobody may write was protected on purpose.
        if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)
            && (status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0)
            throw EditRefused(Reason::ReadOnly,
                "The file is protected: nobody has the right to write it. Give that right first "
                "(chmod u+w).");
        try {
            return DiskFile::open(path, DiskFile::Access::ReadWrite);
        } catch (const IoError& error) {
            if (error.code() == std::errc::permission_denied
                || error.code() == std::errc::read_only_file_system
                || error.code() == std::errc::operation_not_permitted)
                throw EditRefused(Reason::ReadOnly,
                    "The file cannot be written: " + error.code().message() + ".");
            throw;
        }
    }

} // namespace

EditTarget openForEdit(const std::filesystem::path& image, EditIo& io)
{
    EditTarget target;
    std::error_code missing;
    target.path = std::filesystem::canonical(image, missing);
    if (missing)
        throw IoError(image.string(), "open the file", missing);
    target.disk = openWritable(target.path);
    if (target.disk->isBlockDevice())
        throw EditRefused(Reason::BlockDevice,
            "This is a block device. It keeps no time of its last change, so an edit could not be "
            "taken back safely; copy the image into a file first.");
    target.lock = FileLock::acquire(target.disk, FileLock::Purpose::Write);
    if (!target.lock->isHeld())
        throw EditRefused(Reason::NoLocks,
            "The file system has no locks, so it cannot be told whether a virtual machine uses the "
            "image; copy it to another file system to edit it.");
    target.file = io.layerOver(target.disk);
    return target;
}

DiskFile::Stamp settle(const EditTarget& target)
{
    target.file->flush();
    // A later look compares times: they must survive a power failure as the content does.
    target.disk->flushWithTimes();
    return target.disk->stamp();
}

} // namespace platter
