// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/io/EarlyWriteback.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

namespace platter {

/// A regular file or block device of the operating system. Closed by the destructor.
class DiskFile final : public ByteFile {
public:
    enum class Access { ReadOnly, ReadWrite };

    /// Opens an existing file. FIFOs, sockets, directories and character devices are refused
    /// without waiting for anybody. Throws IoError, or UnsupportedError (feature "file-kind") for a
    /// kind of file that cannot hold an image.
    static std::shared_ptr<DiskFile> open(const std::filesystem::path& path, Access access);

    /// Makes a new file for reading and writing; throws IoError if the name exists.
    static std::shared_ptr<DiskFile> create(const std::filesystem::path& path);

    ~DiskFile() override;

    const std::string& name() const override { return m_name; }
    Bytes size() const override;
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void reserve(HostOffset at, Bytes length) override;
    bool shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length) override;
    void punch(HostOffset at, Bytes length) override;
    void flush() override;
    /// Like flush(), and the times of the file are on stable storage too.
    void flushWithTimes();
    FileRegion regionAt(HostOffset at) const override;
    Bytes allocatedBytes() const override;

    /// For a new file that is written as a whole and then flushed: has the system begin to store
    /// what is written from now on. Not to be called while another thread writes.
    void beginStoringEarly();

    /// Which file it is, whatever its name: equal for two names of one file.
    struct Identity {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        constexpr auto operator<=>(const Identity&) const = default;
    };
    Identity identity() const { return m_identity; }

    /// What tells one state of the file from another. A change of content gives another stamp,
    /// unless it falls into the same tick of the file system's clock; so does a change of name or
    /// rights alone. For a block device only its identity and size say anything.
    struct Stamp {
        Identity identity;
        Bytes length{};
        std::int64_t contentChanged = 0; ///< nanoseconds since 1970
        std::int64_t statusChanged = 0; ///< nanoseconds since 1970; cannot be set by a program
        constexpr bool operator==(const Stamp&) const = default;
    };
    Stamp stamp() const;
    /// The stamp of whatever has this name now, without opening it.
    static Stamp stampOf(const std::filesystem::path& path);
    /// When the file was made, nanoseconds since 1970: what tells it from a later one that got the
    /// same inode. Nothing where the file system does not keep it.
    std::optional<std::int64_t> birthTime() const;
    bool isBlockDevice() const { return m_isBlockDevice; }

    /// For FileLock only.
    int descriptor() const { return m_descriptor; }

private:
    DiskFile(int descriptor, std::string name);
    void sync(int (*call)(int));

    /// What the system last said about holes.
    struct KnownRegion {
        std::uint64_t start = 0; ///< host offset in bytes
        FileRegion region{}; ///< its end is 0: nothing is known
        std::chrono::steady_clock::time_point asked{};
    };
    FileRegion askRegion(HostOffset at) const;
    void forgetRegion() const;

    int m_descriptor;
    std::string m_name;
    Identity m_identity;
    bool m_isBlockDevice = false;
    std::atomic<int> m_flushError{0}; ///< errno of the first flush that failed
    std::unique_ptr<EarlyWriteback> m_early;
    mutable std::mutex m_regionMutex;
    mutable KnownRegion m_known;
};

} // namespace platter
