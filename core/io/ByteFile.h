// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <cstddef>
#include <span>
#include <string>

namespace platter {

/// A stretch of a file that the file system stores, or that it does not store and reads as zeros.
struct FileRegion {
    enum class Kind { Data, Hole };
    Kind kind = Kind::Data;
    HostOffset end{}; ///< first byte after the stretch; at most the end of the file
};

/// The only way to the bytes of an image file: real, in memory, recording or failing on purpose.
///
/// All functions may be called from several threads at once. Errors of the system are thrown as
/// IoError.
class ByteFile {
public:
    ByteFile() = default;
    ByteFile(const ByteFile&) = delete;
    ByteFile& operator=(const ByteFile&) = delete;
    virtual ~ByteFile() = default;

    /// What messages call the file: its path as the caller gave it.
    virtual const std::string& name() const = 0;

    /// The length now; for a block device its capacity.
    virtual Bytes size() const = 0;

    /// Reads buffer.size() bytes at `at`. @returns how many were there: fewer only at the end of
    /// the file.
    virtual std::size_t read(HostOffset at, std::span<std::byte> buffer) const = 0;

    /// Writes all of `data` at `at`, growing the file if needed.
    virtual void write(HostOffset at, std::span<const std::byte> data) = 0;

    /// Sets the length; new bytes read as zeros.
    virtual void resize(Bytes size) = 0;

    /// Has the system keep room for [at, at + length), which reads as it did before and may lie
    /// behind the end. Where the system cannot, the range must read as zeros and is written.
    virtual void reserve(HostOffset at, Bytes length);

    /// Has the file share the bytes [from, from + length) of `source` at `at` instead of storing a
    /// copy: a change of either file later is not seen in the other. @returns false, with nothing
    /// changed, where that cannot be: other file systems, places that are not whole blocks of one.
    virtual bool shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length);

    /// Makes [at, at + length) read as zeros, and gives its storage back where the system can. The
    /// length of the file stays as it is; what lies behind the end is left out.
    virtual void punch(HostOffset at, Bytes length);

    /// Returns when everything written is on stable storage. A failure is final.
    virtual void flush() = 0;

    /// The stretch that holds `at` (below size()). Where the system cannot tell, all is data.
    virtual FileRegion regionAt(HostOffset at) const;

    /// How much the file system has allocated for the file; without such knowledge, its size.
    virtual Bytes allocatedBytes() const;

    /// Like read(), with zeros for what lies past the end of the file.
    void readPadded(HostOffset at, std::span<std::byte> buffer) const;
};

} // namespace platter
