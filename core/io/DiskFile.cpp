// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/DiskFile.h"

#include "core/base/Text.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace platter {

namespace {

    /// The largest position that the system takes.
    constexpr std::uint64_t maximumPosition = std::numeric_limits<off_t>::max();

    /// How long an answer about holes is believed: another program may fill a hole while we look.
    constexpr std::chrono::milliseconds regionLifetime{200};

    [[noreturn]] void fail(const std::string& path, const std::string& action, int error,
        std::optional<std::uint64_t> at = std::nullopt)
    {
        throw IoError(path, action, std::error_code{error, std::generic_category()}, at);
    }

    /// Throws UnsupportedError for a kind of file that cannot hold an image.
    void refuseOtherKinds(mode_t mode)
    {
        const char* kind = nullptr;
        if (S_ISDIR(mode))
            kind = "a folder";
        else if (S_ISFIFO(mode))
            kind = "a named pipe";
        else if (S_ISSOCK(mode))
            kind = "a socket";
        else if (S_ISCHR(mode))
            kind = "a character device";
        else if (!S_ISREG(mode) && !S_ISBLK(mode))
            kind = "neither a regular file nor a block device";
        if (kind)
            throw UnsupportedError("file-kind",
                std::string{"This is "} + kind
                    + "; a disk image is a regular file or a block device.");
    }

    /// open(2) that follows no link of /proc: such a link leads to whatever another program has
    /// open. Kernels before 5.6 and some sandboxes do not have the call; there a plain open serves.
    int openDescriptor(const std::string& path, int flags, mode_t mode)
    {
        open_how how{};
        how.flags = static_cast<unsigned>(flags);
        how.mode = mode;
        how.resolve = RESOLVE_NO_MAGICLINKS;
        for (;;) {
            const long descriptor
                = ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
            if (descriptor >= 0)
                return static_cast<int>(descriptor);
            if (errno == EINTR)
                continue;
            if (errno != ENOSYS && errno != EPERM)
                return -1;
            const int plain = ::open(path.c_str(), flags, mode);
            if (plain >= 0 || errno != EINTR)
                return plain;
        }
    }

    DiskFile::Stamp stampFrom(const struct stat& status)
    {
        const auto nanoseconds = [](const timespec& time) {
            return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
        };
        return {{status.st_dev, status.st_ino}, {static_cast<std::uint64_t>(status.st_size)},
            nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
    }

} // namespace

std::shared_ptr<DiskFile> DiskFile::open(const std::filesystem::path& path, Access access)
{
    const std::string name = path.string();
    // Looked at before it is opened, because opening alone can rewind a tape or wake a program.
    struct stat status { };
    if (::stat(name.c_str(), &status) != 0)
        fail(name, "open the file", errno);
    refuseOtherKinds(status.st_mode);

    // O_NONBLOCK: should the name have become a FIFO meanwhile, nobody is waited for.
    const int flags
        = (access == Access::ReadWrite ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const int descriptor = openDescriptor(name, flags, 0);
    if (descriptor < 0)
        fail(name, "open the file", errno);
    return std::shared_ptr<DiskFile>(new DiskFile(descriptor, name));
}

std::shared_ptr<DiskFile> DiskFile::create(const std::filesystem::path& path)
{
    const std::string name = path.string();
    const int descriptor = openDescriptor(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        fail(name, "make the file", errno);
    return std::shared_ptr<DiskFile>(new DiskFile(descriptor, name));
}

DiskFile::DiskFile(int descriptor, std::string name)
    : m_descriptor(descriptor)
    , m_name(std::move(name))
{
    struct stat status { };
    try {
        if (::fstat(m_descriptor, &status) != 0)
            fail(m_name, "examine the file", errno);
        refuseOtherKinds(status.st_mode);
    } catch (...) {
        ::close(m_descriptor);
        throw;
    }
    m_identity = {status.st_dev, status.st_ino};
    m_isBlockDevice = S_ISBLK(status.st_mode);
}

DiskFile::~DiskFile()
{
    m_early.reset(); // uses the descriptor
    ::close(m_descriptor);
}

Bytes DiskFile::size() const
{
    if (m_isBlockDevice) {
        std::uint64_t capacity = 0;
        if (::ioctl(m_descriptor, BLKGETSIZE64, &capacity) != 0)
            fail(m_name, "ask for the size of the device", errno);
        return {capacity};
    }
    struct stat status { };
    if (::fstat(m_descriptor, &status) != 0)
        fail(m_name, "ask for the size of the file", errno);
    return {static_cast<std::uint64_t>(status.st_size)};
}

std::size_t DiskFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    if (at.value >= maximumPosition)
        return 0; // no file reaches so far
    // The system refuses a read that would pass its largest position, even where the file ends
    // long before.
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), maximumPosition - at.value);
    std::size_t done = 0;
    while (done < wanted) {
        const ssize_t got = ::pread(
            m_descriptor, buffer.data() + done, wanted - done, static_cast<off_t>(at.value + done));
        if (got < 0) {
            if (errno == EINTR)
                continue;
            fail(m_name, "read bytes at " + hexText(at.value + done), errno, at.value + done);
        }
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void DiskFile::write(HostOffset at, std::span<const std::byte> data)
{
    if (at.value > maximumPosition || data.size() > maximumPosition - at.value)
        fail(m_name, "write bytes at " + hexText(at.value), EFBIG, at.value);
    std::size_t done = 0;
    while (done < data.size()) {
        const ssize_t put = ::pwrite(m_descriptor, data.data() + done, data.size() - done,
            static_cast<off_t>(at.value + done));
        if (put < 0) {
            if (errno == EINTR)
                continue;
            fail(m_name, "write bytes at " + hexText(at.value + done), errno, at.value + done);
        }
        if (put == 0)
            fail(m_name, "write bytes at " + hexText(at.value + done), ENOSPC, at.value + done);
        done += static_cast<std::size_t>(put);
    }
    forgetRegion();
    if (m_early)
        m_early->wrote(Bytes{data.size()});
}

void DiskFile::beginStoringEarly()
{
    m_early = std::make_unique<EarlyWriteback>(m_descriptor);
}

void DiskFile::resize(Bytes size)
{
    if (size.value > maximumPosition)
        fail(m_name, "set the length of the file", EFBIG);
    while (::ftruncate(m_descriptor, static_cast<off_t>(size.value)) != 0) {
        if (errno != EINTR)
            fail(m_name, "set the length of the file", errno);
    }
    forgetRegion();
}

void DiskFile::reserve(HostOffset at, Bytes length)
{
    if (at.value > maximumPosition || length.value > maximumPosition - at.value)
        fail(m_name, "reserve room in the file", EFBIG);
    while (
        ::fallocate(m_descriptor, 0, static_cast<off_t>(at.value), static_cast<off_t>(length.value))
        != 0) {
        if (errno == EOPNOTSUPP || errno == ENODEV) {
            ByteFile::reserve(at, length);
            return;
        }
        if (errno != EINTR)
            fail(m_name, "reserve room in the file", errno);
    }
    forgetRegion();
}

bool DiskFile::shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length)
{
    const auto* const file = dynamic_cast<const DiskFile*>(&source);
    if (!file || length.value == 0) // to the system, no length means up to the end
        return false;
    file_clone_range range{};
    range.src_fd = file->m_descriptor;
    range.src_offset = from.value;
    range.src_length = length.value;
    range.dest_offset = at.value;
    while (::ioctl(m_descriptor, FICLONERANGE, &range) != 0) {
        if (errno == EINTR)
            continue;
        // A full disk or a broken one would fail a copy too; everything else says that it has to be
        // one.
        if (errno == ENOSPC || errno == EIO || errno == EDQUOT)
            fail(m_name, "share bytes at " + hexText(at.value), errno, at.value);
        return false;
    }
    forgetRegion();
    return true;
}

void DiskFile::punch(HostOffset at, Bytes length)
{
    const std::uint64_t end = size().value;
    if (at.value >= end || length.value == 0)
        return;
    const std::uint64_t inside = std::min(length.value, end - at.value);
    while (::fallocate(m_descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
               static_cast<off_t>(at.value), static_cast<off_t>(inside))
        != 0) {
        if (errno == EOPNOTSUPP || errno == ENODEV) {
            ByteFile::punch(at, length);
            return;
        }
        if (errno != EINTR)
            fail(m_name, "give room of the file back at " + hexText(at.value), errno, at.value);
    }
    forgetRegion();
}

void DiskFile::flush()
{
    sync(::fdatasync);
}

void DiskFile::flushWithTimes()
{
    sync(::fsync);
}

void DiskFile::sync(int (*call)(int))
{
    // Linux reports a failed write-back once and then forgets the pages; a second call that
    // succeeds would prove nothing.
    if (m_flushError == 0) {
        while (call(m_descriptor) != 0) {
            if (errno != EINTR) {
                m_flushError = errno;
                break;
            }
        }
    }
    if (m_flushError != 0)
        fail(m_name, "write the file to disk", m_flushError);
}

FileRegion DiskFile::regionAt(HostOffset at) const
{
    const auto now = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock{m_regionMutex};
        if (at.value >= m_known.start && at < m_known.region.end
            && now - m_known.asked < regionLifetime)
            return m_known.region;
    }
    const FileRegion region = askRegion(at);
    const std::lock_guard lock{m_regionMutex};
    m_known = {at.value, region, now};
    return region;
}

FileRegion DiskFile::askRegion(HostOffset at) const
{
    const FileRegion allData{FileRegion::Kind::Data, HostOffset{size().value}};
    if (at >= allData.end || at.value > maximumPosition)
        return allData;
    const off_t data = ::lseek(m_descriptor, static_cast<off_t>(at.value), SEEK_DATA);
    if (data < 0) {
        // ENXIO: no data from here to the end. Anything else: the file system cannot tell.
        return errno == ENXIO ? FileRegion{FileRegion::Kind::Hole, allData.end} : allData;
    }
    const HostOffset dataStart{static_cast<std::uint64_t>(data)};
    if (dataStart > at)
        return {FileRegion::Kind::Hole, dataStart};
    const off_t hole = ::lseek(m_descriptor, static_cast<off_t>(at.value), SEEK_HOLE);
    if (hole < 0 || static_cast<std::uint64_t>(hole) <= at.value)
        return allData; // it shrank between the two questions
    return {FileRegion::Kind::Data, HostOffset{static_cast<std::uint64_t>(hole)}};
}

void DiskFile::forgetRegion() const
{
    const std::lock_guard lock{m_regionMutex};
    m_known = {};
}

DiskFile::Stamp DiskFile::stamp() const
{
    struct stat status { };
    if (::fstat(m_descriptor, &status) != 0)
        fail(m_name, "examine the file", errno);
    Stamp stamp = stampFrom(status);
    if (m_isBlockDevice)
        stamp.length = size();
    return stamp;
}

DiskFile::Stamp DiskFile::stampOf(const std::filesystem::path& path)
{
    struct stat status { };
    if (::stat(path.c_str(), &status) != 0)
        fail(path.string(), "examine the file", errno);
    return stampFrom(status);
}

std::optional<std::int64_t> DiskFile::birthTime() const
{
    struct statx status { };
    if (::statx(m_descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0
        || (status.stx_mask & STATX_BTIME) == 0)
        return std::nullopt;
    return static_cast<std::int64_t>(status.stx_btime.tv_sec) * 1'000'000'000
        + status.stx_btime.tv_nsec;
}

Bytes DiskFile::allocatedBytes() const
{
    if (m_isBlockDevice)
        return size();
    struct stat status { };
    if (::fstat(m_descriptor, &status) != 0)
        fail(m_name, "ask for the size of the file", errno);
    constexpr std::uint64_t blockUnit = 512; // of st_blocks, whatever the file system's block is
    return Bytes{static_cast<std::uint64_t>(status.st_blocks)} * blockUnit;
}

} // namespace platter
