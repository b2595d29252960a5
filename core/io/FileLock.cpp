// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/FileLock.h"

#include "core/base/Error.h"
#include "core/base/Text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <span>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace platter {

namespace {

    // QEMU's byte-range locks: a byte per permission held, and one per permission not shared.
    constexpr off_t consistentReadHeld = 100;
    constexpr off_t writeHeld = 101;
    constexpr off_t resizeHeld = 103;
    constexpr off_t consistentReadUnshared = 200;
    constexpr off_t writeUnshared = 201;
    constexpr off_t resizeUnshared = 203;

    constexpr std::array readerBytes{consistentReadHeld, writeUnshared, resizeUnshared};
    constexpr std::array writerBytes{
        consistentReadHeld, writeHeld, resizeHeld, writeUnshared, resizeUnshared};

    std::span<const off_t> bytesOf(FileLock::Purpose purpose)
    {
        if (purpose == FileLock::Purpose::Read)
            return readerBytes;
        return writerBytes;
    }

    struct flock lockOf(off_t byte, short type)
    {
        struct flock lock { };
        lock.l_type = type;
        lock.l_whence = SEEK_SET;
        lock.l_start = byte;
        lock.l_len = 1;
        return lock;
    }

    bool meansNoLocksHere(int error)
    {
        return error == EINVAL || error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS
            || error == ENOLCK;
    }

    enum class Answer { Free, Taken, CannotTell };

    /// Whether another open file description holds `byte`. Our own description never counts.
    Answer lockOfOthers(const DiskFile& file, off_t byte)
    {
        struct flock lock = lockOf(byte, F_WRLCK);
        while (::fcntl(file.descriptor(), F_OFD_GETLK, &lock) != 0) {
            if (errno != EINTR)
                return Answer::CannotTell;
        }
        return lock.l_type == F_UNLCK ? Answer::Free : Answer::Taken;
    }

    void unlock(const DiskFile& file, std::span<const off_t> bytes)
    {
        for (const off_t byte : bytes) {
            struct flock lock = lockOf(byte, F_UNLCK);
            ::fcntl(file.descriptor(), F_OFD_SETLK, &lock);
        }
    }

    /// The names in a folder of /proc that are numbers.
    std::vector<int> numbersIn(const std::string& folder)
    {
        std::vector<int> numbers;
        DIR* const stream = ::opendir(folder.c_str());
        if (!stream)
            return numbers; // gone meanwhile, or somebody else's
        while (const dirent* entry = ::readdir(stream)) {
            const std::string_view name{entry->d_name};
            int number = 0;
            const auto end = std::from_chars(name.data(), name.data() + name.size(), number);
            if (end.ec == std::errc{} && end.ptr == name.data() + name.size())
                numbers.push_back(number);
        }
        ::closedir(stream);
        return numbers;
    }

    bool descriptorHasLocks(const std::string& process, int descriptor)
    {
        std::ifstream facts{process + "/fdinfo/" + std::to_string(descriptor)};
        for (std::string line; std::getline(facts, line);) {
            if (line.starts_with("lock:"))
                return true;
        }
        return false;
    }

    std::string commandOf(const std::string& process)
    {
        std::string command;
        std::ifstream source{process + "/comm"};
        std::getline(source, command);
        return command;
    }

    /// The other processes that have the file open; only those that hold locks on it, if any do.
    std::vector<FileHolder> findHolders(const DiskFile& file)
    {
        std::vector<FileHolder> locking;
        std::vector<FileHolder> others;
        const int self = ::getpid();
        for (const int pid : numbersIn("/proc")) {
            if (pid == self)
                continue;
            const std::string process = "/proc/" + std::to_string(pid);
            bool isOpen = false;
            bool isLocking = false;
            for (const int descriptor : numbersIn(process + "/fd")) {
                struct stat status { };
                const std::string link = process + "/fd/" + std::to_string(descriptor);
                if (::stat(link.c_str(), &status) != 0
                    || file.identity() != DiskFile::Identity{status.st_dev, status.st_ino})
                    continue;
                isOpen = true;
                isLocking = isLocking || descriptorHasLocks(process, descriptor);
            }
            if (isOpen)
                (isLocking ? locking : others).push_back({pid, commandOf(process)});
        }
        return locking.empty() ? others : locking;
    }

    std::string holdersText(const std::vector<FileHolder>& holders)
    {
        std::string text;
        for (const FileHolder& holder : holders) {
            if (!text.empty())
                text += ", ";
            text += escapedText(holder.command) + " (process " + std::to_string(holder.pid) + ")";
        }
        return text.empty() ? "another program" : text;
    }

    [[noreturn]] void refuse(const DiskFile& file, FileLock::Purpose purpose)
    {
        const FileUse use = inspectUse(file);
        const std::string who = holdersText(use.holders);
        std::string what;
        if (use.mayBeWritten)
            what = "The image is open for writing in " + who + "; ";
        else if (use.readingForbidden)
            what = "The image is held by " + who + ", which lets nobody else read it; ";
        else
            what = "The image is in use by " + who + ", which needs it unchanged; ";
        what += purpose == FileLock::Purpose::Read ? "it cannot be read consistently now."
                                                   : "it must not be written now.";
        throw LockedError(file.name(), what);
    }

} // namespace

FileUse inspectUse(const DiskFile& file)
{
    const auto taken = [&](off_t byte) { return lockOfOthers(file, byte) == Answer::Taken; };
    FileUse use;
    use.mayBeWritten = taken(writeHeld) || taken(resizeHeld);
    use.writingForbidden = taken(writeUnshared) || taken(resizeUnshared);
    use.readingForbidden = taken(consistentReadUnshared);
    if (use.mayBeWritten || use.writingForbidden || use.readingForbidden
        || taken(consistentReadHeld))
        use.holders = findHolders(file);
    return use;
}

std::unique_ptr<FileLock> FileLock::acquire(std::shared_ptr<const DiskFile> file, Purpose purpose)
{
    // Take first, then test: two who start at once may both fail, never both succeed.
    for (const off_t byte : bytesOf(purpose)) {
        struct flock lock = lockOf(byte, F_RDLCK);
        while (::fcntl(file->descriptor(), F_OFD_SETLK, &lock) != 0) {
            if (errno == EINTR)
                continue;
            const int error = errno;
            unlock(*file, bytesOf(purpose));
            if (meansNoLocksHere(error))
                return std::unique_ptr<FileLock>(new FileLock(std::move(file), purpose, false));
            if (error == EAGAIN || error == EACCES)
                refuse(*file, purpose);
            throw IoError(
                file->name(), "lock the file", std::error_code{error, std::generic_category()});
        }
    }
    std::unique_ptr<FileLock> held{new FileLock(file, purpose, true)};
    // In both cases we want consistent reading and do not share writing and resizing; a writer
    // also wants what others may not share.
    std::vector<off_t> conflicts{consistentReadUnshared, writeHeld, resizeHeld};
    if (purpose == Purpose::Write)
        conflicts.insert(conflicts.end(), {writeUnshared, resizeUnshared});
    const bool refused = std::any_of(conflicts.begin(), conflicts.end(),
        [&](off_t byte) { return lockOfOthers(*file, byte) == Answer::Taken; });
    if (refused) {
        held.reset();
        refuse(*file, purpose);
    }
    return held;
}

FileLock::FileLock(std::shared_ptr<const DiskFile> file, Purpose purpose, bool held)
    : m_file(std::move(file))
    , m_purpose(purpose)
    , m_held(held)
{
}

FileLock::~FileLock()
{
    if (m_held)
        unlock(*m_file, bytesOf(m_purpose));
}

Hold holdAlone(const DiskFile& file)
{
    while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return Hold::Taken;
        if (meansNoLocksHere(errno))
            return Hold::NotPossible;
        if (errno != EINTR)
            throw IoError(
                file.name(), "hold the file", std::error_code{errno, std::generic_category()});
    }
    return Hold::Held;
}

void letGo(const DiskFile& file)
{
    ::flock(file.descriptor(), LOCK_UN);
}

} // namespace platter
