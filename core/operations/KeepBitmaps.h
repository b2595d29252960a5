// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/ImageWriter.h"
#include "core/operations/Convert.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace platter {

/// Which bitmaps of `source` an image made with `options` of its present state can have, as indices
/// into Image::bitmaps(). Those that are stale or damaged would be worse than none: their bits no
/// longer say what was written. Reads all bits once. Throws IoError, Cancelled.
std::vector<std::size_t> bitmapsToKeep(
    const Image& source, const ConvertOptions& options, const JobControl& job);

/// Gives these bitmaps of `source`, which must live until their bits have been asked for, to a
/// writer.
void handOverBitmaps(const Image& source, std::span<const std::size_t> bitmaps,
    const std::function<void(NewBitmap)>& add, const JobControl& job);

/// Compares the bitmaps of a new image with those of `source` that it was made with: how many,
/// names, granularities, whether they go on recording, and every bit of a disk of the new one's
/// size. @returns how the new image differs, without its subject; nothing: they are the same.
/// Throws what reading either throws; Cancelled.
std::optional<std::string> howBitmapsDiffer(const Image& source,
    std::span<const std::size_t> bitmaps, const Image& made, const JobControl& job);

/// Says which bitmaps of `source` are not among `kept`: "2 bitmaps (…)", "1 stale bitmap (…)".
std::vector<std::string> lostBitmaps(const Image& source, std::span<const std::size_t> kept);

} // namespace platter
