// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/DiskFile.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// A process that has an image open.
struct FileHolder {
    int pid = 0;
    std::string command; ///< program name, as the system tells; untrusted text
};

/// What the byte-range locks of QEMU say about an image, taken as one look.
struct FileUse {
    bool mayBeWritten = false; ///< somebody holds the write or resize permission (bytes 101, 103)
    bool writingForbidden = false; ///< somebody does not share writing or resizing (bytes 201, 203)
    bool readingForbidden = false; ///< somebody does not share consistent reading (byte 200)
    std::vector<FileHolder>
        holders; ///< where the system tells; may be empty although the file is in use
};

/// Looks at the locks of others on `file` without taking any. Never waits.
/// Source: formats of QEMU's byte-range locks, bytes 100-104 and 200-204.
FileUse inspectUse(const DiskFile& file);

/// QEMU's locks for a reader that needs the image to stand still: bytes 100, 201 and 203, held
/// until destroyed.
class FileLock {
public:
    enum class Purpose {
        Read, ///< consistent reading: nobody may write or resize (100, 201, 203)
        Write, ///< editing: locks of a qcow2 writer (100, 101, 103, 201, 203)
    };

    /// Throws LockedError, naming the holder where known, if somebody else's use conflicts. At most
    /// one lock at a time for one DiskFile: the system counts locks per open file, not per caller.
    /// @returns a lock; isHeld() is false where the file system has no such locks.
    static std::unique_ptr<FileLock> acquire(std::shared_ptr<const DiskFile> file, Purpose purpose);

    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    bool isHeld() const { return m_held; }

private:
    FileLock(std::shared_ptr<const DiskFile> file, Purpose purpose, bool held);

    std::shared_ptr<const DiskFile> m_file;
    Purpose m_purpose;
    bool m_held;
};

/// Whether a file could be held.
enum class Hold { Held, Taken, NotPossible };

/// Holds a file against everybody who holds files in this way, until it is closed or let go.
/// QEMU's locks, and programs that know neither, are not concerned. Never waits. Throws IoError.
Hold holdAlone(const DiskFile& file);
void letGo(const DiskFile& file);

} // namespace platter
