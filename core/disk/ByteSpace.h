// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <cstdint>
#include <memory>
#include <span>

namespace platter {

/// Bytes in a row that can be looked at: those of an image file or of a guest disk. Thread-safe.
class ByteSpace {
public:
    ByteSpace() = default;
    ByteSpace(const ByteSpace&) = delete;
    ByteSpace& operator=(const ByteSpace&) = delete;
    virtual ~ByteSpace() = default;

    virtual Bytes size() const = 0;
    /// Fills `into`; zeros past the end. Throws IoError, FormatError, PassphraseError, CodecError.
    virtual void read(std::uint64_t at, std::span<std::byte> into) const = 0;

    /// A stretch that is known to read as zeros, or that has to be read.
    struct Stretch {
        enum class Kind { Stored, Zeros };
        Kind kind = Kind::Stored;
        std::uint64_t end = 0; ///< behind it; at most size()
    };
    /// The stretch that holds `at` (below size()), from `at` on. Throws IoError, Cancelled.
    virtual Stretch stretchAt(std::uint64_t at, const JobControl& job) const = 0;
};

/// The bytes of an image file; its holes are zeros.
class FileSpace final : public ByteSpace {
public:
    explicit FileSpace(std::shared_ptr<const ByteFile> file)
        : m_file(std::move(file))
    {
    }
    Bytes size() const override { return m_file->size(); }
    void read(std::uint64_t at, std::span<std::byte> into) const override;
    Stretch stretchAt(std::uint64_t at, const JobControl& job) const override;

private:
    std::shared_ptr<const ByteFile> m_file;
};

/// The bytes of a guest disk; what no layer holds is zeros.
class GuestDiskSpace final : public ByteSpace {
public:
    explicit GuestDiskSpace(std::shared_ptr<const VirtualDisk> disk)
        : m_disk(std::move(disk))
    {
    }
    Bytes size() const override { return m_disk->size(); }
    void read(std::uint64_t at, std::span<std::byte> into) const override;
    Stretch stretchAt(std::uint64_t at, const JobControl& job) const override;

private:
    std::shared_ptr<const VirtualDisk> m_disk;
};

} // namespace platter
