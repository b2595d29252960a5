// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/MetadataBackup.h"

#include <cstdint>
#include <memory>

namespace platter::qcow2 {

/// How a backup of tables fits a damaged file, in clusters of L2 tables of the present state.
struct BackupMatch {
    std::uint64_t same = 0; ///< as they were
    std::uint64_t changed = 0; ///< still tables, with entries in common: written since
    std::uint64_t other = 0; ///< still tables, with nothing in common
    std::uint64_t restored = 0; ///< no tables any more: read from the backup
};

/// `file` as it would be with those tables put back that it has lost. Nothing is written; the
/// result reads from both. Memory grows with the number of clusters that are put back.
///
/// Throws UnsupportedError (feature "salvage") if the backup is of another image; FormatError if it
/// is damaged; IoError; Cancelled.
std::shared_ptr<const ByteFile> withBackup(std::shared_ptr<const ByteFile> file,
    std::shared_ptr<const MetadataBackup> backup, BackupMatch& match, const JobControl& job);

} // namespace platter::qcow2
