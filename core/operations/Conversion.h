// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"
#include "core/operations/Convert.h"
#include "core/operations/LostData.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// A conversion as somebody wants it, from the command line or the window. A value.
struct ConversionRequest {
    std::filesystem::path source;
    OpenOptions open; ///< of the source; a passphrase is required where it is encrypted
    OpenPolicy policy = OpenPolicy::nothing(); ///< which files the source may lead to
    std::optional<std::string> snapshot; ///< id or name; nothing: the present state
    std::filesystem::path target;
    bool overwrite = false; ///< the target may exist
    /// What is left open follows the source where the formats allow it; see keepWhatSourceHas().
    /// image.backingName alone decides what is kept below the target; keepFrom is found by it.
    ConvertOptions options;
    bool keepSnapshots = false; ///< all internal snapshots, not one state alone
    bool eachSnapshot = false; ///< a set of files, one for each state; the target is its folder
    bool keepBitmaps = true; ///< those of the present state that the target can have
    /// Every new image is read again before it gets its name, and compared with the source.
    bool verify = false;
    bool decrypt = false; ///< the data of an encrypted source may be stored in the clear
    /// Locks an encrypted target; nullptr: the passphrase of the source does.
    std::shared_ptr<const SecretBytes> targetPassphrase;
};

/// A conversion that is not begun because of what it was asked to do.
class ConversionRefused : public Error {
public:
    enum class Cause {
        TargetExists,
        NotInChain, ///< the file to keep as backing file is none of the source's
        OneOrAll, ///< more than one of: one snapshot, all in one image, each in a file
        WouldDecrypt, ///< nobody said that the data may be stored in the clear
        NoRoom, ///< the file system of the target has less free than is needed
        Contradiction, ///< the target shall be encrypted and shall not
        NoPassphrase, ///< the target is to be encrypted
        Impossible, ///< the target's format cannot have what is wanted
    };
    ConversionRefused(Cause cause, std::string subject, const std::string& what)
        : Error(what)
        , m_cause(cause)
        , m_subject(std::move(subject))
    {
    }
    Cause cause() const { return m_cause; }
    const std::string& subject() const { return m_subject; } ///< the file it is about, or empty

private:
    Cause m_cause;
    std::string m_subject;
};

/// Something to know of a conversion, in a sentence.
struct ConversionRemark {
    enum class Kind {
        Damage, ///< the source has lost data already
        InUse, ///< another program may write the source meanwhile
        Changed, ///< another program has written the source meanwhile
    };
    Kind kind = Kind::Damage;
    std::filesystem::path file;
    std::string text;
};

/// What came of a conversion.
struct ConversionResult {
    std::vector<ConversionRemark> remarks; ///< what is to be known of it
    /// With ConversionRequest::verify: every state that was found to be the same.
    std::vector<VerifiedState> verified;
};

/// One conversion: opened, judged, run. Not thread-safe; may be made in one thread and run in
/// another. Holds the locks of its source as long as it lives.
class Conversion {
public:
    /// Opens the source and all that it rests on. Writes nothing.
    ///
    /// @throws  what openChain() throws; ConversionRefused; Error for a snapshot that is not there
    ///          or a target that the source is read from; UnsupportedError (feature "format")
    Conversion(ConversionRequest request, const JobControl& job);

    /// With everything decided that the request left open.
    const ConversionRequest& request() const { return m_request; }
    const VirtualDisk& disk() const { return m_disk; }

    /// What the source has and the target will not: "3 internal snapshots", "the encryption".
    std::vector<std::string> losses() const;
    /// What is to be known before it is run.
    std::vector<ConversionRemark> remarks() const;

    /// Writes the target, which appears under its name when it is complete and durable.
    ///
    /// @param verifying  called whenever a new image is complete and is going to be verified
    /// @throws           as convert() does; ConversionRefused (Impossible); VerificationError
    ConversionResult run(
        const JobControl& job, const std::function<void()>& verifying = nullptr) const;

    /// The snapshot of the source that a verified state is; nullptr: the present state.
    const SnapshotInfo* snapshotOf(const VerifiedState& state) const;

private:
    void write(const ConvertOptions& options, const JobControl& job) const;
    std::vector<ConversionRemark> changes() const;

    ConversionRequest m_request;
    VirtualDisk m_disk;
    std::optional<LostData> m_lost; ///< of what is converted
};

} // namespace platter
