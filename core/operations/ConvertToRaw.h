// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <filesystem>

namespace platter {

struct ConvertToRawOptions {
    /// Zeros that fill aligned blocks of this length become holes; clipped to between 4 KiB and 1
    /// MiB. 0: every byte is stored.
    Bytes sparseBlock{64 << 10};
    unsigned threads = 0; ///< 0: all processors
};

/// Writes what the guest reads to a new raw file, which appears under its name when it is complete.
///
/// @param target  may exist; then it is replaced
/// @param job     told in bytes of those windows of the disk that have content
/// @throws        what reading the disk throws; what NewFile throws; Error if the target is one of
///                the files that the disk rests on; IoError; Cancelled
void convertToRaw(const VirtualDisk& disk, const std::filesystem::path& target,
    const ConvertToRawOptions& options, const JobControl& job);

/// The same into an empty file at hand, which is not made durable.
void writeRaw(const VirtualDisk& disk, ByteFile& file, const ConvertToRawOptions& options,
    const JobControl& job);

} // namespace platter
