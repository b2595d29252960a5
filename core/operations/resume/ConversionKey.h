// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"
#include "core/operations/Convert.h"
#include "core/operations/resume/PartJournal.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace platter {

/// What a conversion makes a target from: all that decides its bytes.
///
/// Two runs with equal keys read the same bytes and write the same bytes: options and the version
/// of the writers are part of the key, and of every file of the source device, inode, length and
/// the times of content and status to the nanosecond. A random key of the target is not part of it:
/// that is found in the part file. Where any passphrase fits (QEMU's old AES), what it leads to is
/// part of the key, stretched so that guessing it from a journal is not easier than from the image.
class ConversionKey {
public:
    /// What of the source is converted.
    struct What {
        std::optional<std::size_t> snapshot; ///< the disk of this one; nothing: the present state
        bool allStates = false; ///< all of them
    };
    /// @returns nothing if a later run could not know that it goes on with the same: a source on a
    /// block device, one that has just been changed or has changed since it was opened. Throws
    /// IoError.
    static std::optional<ConversionKey> of(const BackingChain& chain, What what,
        const std::filesystem::path& target, const ConvertOptions& options);

    const part::Digest& digest() const { return m_digest; }
    /// Whether the files of the source are still as they were. `chain` of of() must live.
    bool sourceIsSame() const;

private:
    struct Source {
        const DiskFile* file = nullptr;
        DiskFile::Stamp stamp;
    };

    part::Digest m_digest{};
    std::vector<Source> m_sources;
};

} // namespace platter
