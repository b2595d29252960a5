// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

namespace platter {

struct ConvertToRawOptions {
    /// Zeros that fill aligned blocks of this length become holes; clipped to between 4 KiB and 1
    /// MiB. 0: every byte is stored.
    Bytes sparseBlock{64 << 10};
    unsigned threads = 0; ///< 0: all processors
};

class RunLog;

/// Writes what the guest reads to an empty file at hand, which is not made durable.
///
/// @param job  told in bytes of those windows of the disk that have content
/// @param log  told of each window; nullptr: a later run cannot go on with it
/// @throws     what reading the disk throws; IoError; Cancelled
void writeRaw(const VirtualDisk& disk, ByteFile& file, const ConvertToRawOptions& options,
    const JobControl& job, RunLog* log = nullptr);

} // namespace platter
