// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"
#include "core/operations/PieceReader.h"

namespace platter {

/// What of a disk is written into a new image whose clusters all have their places beforehand.
struct StoredCount {
    std::uint64_t units = 0;
    std::uint64_t parts
        = 0; ///< see ImageLayout::part(); those below 4 KiB count together, as 4 KiB
};

/// Reads all data of the first `size` bytes of a disk and has `writer`, which is not begun, look
/// for zeros in it. On so many threads, in memory of some pieces each.
///
/// @param job  told in bytes of the disk
/// @throws     what reading the disk throws; Cancelled
StoredCount countStored(const VirtualDisk& disk, Bytes size, const ImageWriter& writer,
    const ImageLayout& layout, unsigned threads, const JobControl& job);

} // namespace platter
