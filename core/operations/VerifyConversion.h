// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/DiskFile.h"
#include "core/operations/Convert.h"

#include <atomic>

namespace platter {

/// A new image does not hold what its source holds, or cannot be read again.
class VerificationError : public Error {
public:
    enum class Suspect {
        Machine, ///< memory, disk or program
        ChangedSource, ///< another program has written it meanwhile
    };
    explicit VerificationError(const std::string& what,
        std::optional<GuestOffset> at = std::nullopt, Suspect suspect = Suspect::Machine)
        : Error(what)
        , m_at(at)
        , m_suspect(suspect)
    {
    }
    /// The first place that differs, if there is one.
    std::optional<GuestOffset> at() const { return m_at; }
    Suspect suspect() const { return m_suspect; }

private:
    std::optional<GuestOffset> m_at;
    Suspect m_suspect;
};

/// Reads a new image again, while its pages are in memory, and compares it with the disk that it
/// was made from: its size, the files that it names, its bitmaps, every byte. Opens no file.
///
/// @param file     the new image, complete, whatever its name is so far
/// @param options  what it was made by; image.dataFile is its data file
/// @param job      told in bytes of the guest disk
/// @returns        what the new image holds
/// @throws         VerificationError; what reading `disk` throws; Cancelled
VerifiedState verifyImage(const VirtualDisk& disk, const DiskFile& file,
    const ConvertOptions& options, const JobControl& job);

/// The same for one that holds all states of the chain's top image: their names and saved memory
/// too. What neighbouring states share in both images is read once.
///
/// @param job  told in bytes of the disks of all states together
/// @returns    one for each snapshot, then the present state
std::vector<VerifiedState> verifyStates(const BackingChain& chain, const DiskFile& file,
    const ConvertOptions& options, const JobControl& job);

/// Tells of writing an image and of verifying it as one piece of work: each is half of it.
class WriteAndVerify {
public:
    /// `job` must live longer; told in twice the bytes that writing counts.
    explicit WriteAndVerify(const JobControl& job)
        : m_job(job)
    {
    }
    JobControl writing();
    JobControl verifying();

private:
    const JobControl& m_job;
    std::atomic<std::uint64_t> m_written{0}; ///< bytes; all, as writing counted them
};

} // namespace platter
