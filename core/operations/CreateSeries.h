// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

#include <filesystem>
#include <string>
#include <vector>

namespace platter {

/// The names of `count` files, numbered from 1 on: in the last part of `pattern`, %d is replaced by
/// the number, %03d by one of at least three digits, %% by a percent sign. Throws Error if there is
/// not exactly one place for the number.
std::vector<std::filesystem::path> seriesNames(
    const std::filesystem::path& pattern, unsigned count);

/// Makes an image without content under each of these names, which lie in one folder: all of them
/// or, after an error, none. No file is replaced. The names appear when all images are complete and
/// on stable storage.
///
/// @param job  told in images
/// @throws     as createImage() does; IoError also if a name is taken
void createSeries(const std::vector<std::filesystem::path>& names, const std::string& format,
    const NewImage& image, const JobControl& job);

} // namespace platter
