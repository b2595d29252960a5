// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <optional>

namespace platter {

struct CompareOptions {
    enum class Mode {
        Content, ///< what the guests read; bytes that only one disk has must be zeros
        Strict, ///< also equal sizes, and stored, zero and absent ranges alike
    };
    Mode mode = Mode::Content;
    unsigned threads = 0; ///< 0: all processors
};

struct CompareResult {
    enum class Outcome { Same, SizeDiffers, AllocationDiffers, ContentDiffers };
    Outcome outcome = Outcome::Same;
    GuestOffset at{}; ///< the first place that differs, for the last two
    bool sizesDiffer = false;
};

/// Compares what two disks hold, and finds the first place where they differ.
///
/// Ranges that read as zeros in both are not read. @param job told in guest bytes
/// @throws IoError, FormatError for a damaged entry, PassphraseError, CodecError, Cancelled
CompareResult compareDisks(const VirtualDisk& first, const VirtualDisk& second,
    const CompareOptions& options, const JobControl& job);

} // namespace platter
