// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"
#include "core/operations/ContentTree.h"
#include "core/operations/UnitKeys.h"

#include <string>
#include <vector>

namespace platter {

/// The hash of what the guest reads: equal for equal disks, whatever images they lie in.
///
/// "platter-1:" and 64 hexadecimal digits, which anybody can compute. The disk is divided into
/// blocks of 1 MiB, the last one filled up with zeros; behind it blocks of zeros follow until their
/// number is a power of two.
///
///     leaf = SHA-256(00 | the block)
///     node = SHA-256(01 | left | right)
///     hash = SHA-256(02 | length of the disk in bytes, 8 bytes, big endian | root)
///
/// Ranges that the map knows as zeros cost one look-up each, of whatever length they are.
///
/// @param threads  0: all processors; the hash does not depend on it
/// @param job      told in bytes of the guest disk
/// @throws         what reading the disk throws; Cancelled
std::string contentHash(const VirtualDisk& disk, unsigned threads, const JobControl& job);

/// A disk that should be the copy of another one is not, or cannot be read.
class CopyError : public Error {
public:
    explicit CopyError(const std::string& what, std::optional<GuestOffset> at = std::nullopt)
        : Error(what)
        , m_at(at)
    {
    }
    /// The first place that differs; nothing: the copy cannot be read.
    std::optional<GuestOffset> at() const { return m_at; }

private:
    std::optional<GuestOffset> m_at;
};

/// Hashes states of one disk one after the other. For one thread, but for those that it starts.
class ContentHasher {
public:
    enum class Remember {
        Nothing,
        LastState, ///< what a state shares with the one before is not read again
    };
    /// @param threads  0: all processors; no hash depends on it
    ContentHasher(unsigned threads, Remember remember);

    /// contentHash(). All disks that are given to one hasher have the same chain.
    std::string hash(const VirtualDisk& disk, const JobControl& job);
    /// The hash of `copy`, which is read together with `disk`: each byte of both once. All copies
    /// that are given to one hasher have the same chain.
    ///
    /// @param job  told in bytes of the guest disk
    /// @throws     what reading `disk` throws; CopyError if `copy` cannot be read or holds anything
    ///             else; what only one of both has must be zeros; Cancelled
    std::string hashOfCopy(const VirtualDisk& disk, const VirtualDisk& copy, const JobControl& job);

private:
    /// A block whose content is known.
    struct Known {
        std::uint64_t index = 0;
        UnitKey place{}; ///< in the disk
        UnitKey copyPlace{}; ///< in its copy
        ContentDigest leaf;
    };
    class Pass;

    std::string run(const VirtualDisk& disk, const VirtualDisk* copy, const JobControl& job);

    unsigned m_threads;
    Remember m_remember;
    std::vector<Known> m_known; ///< of the last state, by rising index
};

} // namespace platter
