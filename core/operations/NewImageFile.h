// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/io/DiskFile.h"
#include "core/jobs/JobControl.h"

#include <filesystem>
#include <functional>

namespace platter {

/// Where the external data file of a new image will be: QEMU takes a relative name from the current
/// directory.
std::filesystem::path dataFilePath(const NewImage& image);

/// Throws Error for a data file that cannot be followed from an image at `target`, that would be
/// the image itself, or that another file beside the image would be taken for.
void requireLeadsToDataFile(const std::filesystem::path& target, const NewImage& image);

/// Has `write` fill a new image, and the external data file if `image` names one; both appear under
/// their names when both are complete, the data file first.
///
/// @param write  gets the image file, and `image` with the data file
/// @throws       what NewFile, requireLeadsToDataFile() and `write` throw; IoError with the names
///               that were asked for
void writeNewImage(const std::filesystem::path& target, const NewImage& image,
    const std::function<void(DiskFile& file, const NewImage& image)>& write);

/// Makes the key of an image that is to be encrypted, unless there is one. Before that, which takes
/// seconds, `tryWriter` shall have a writer made that refuses what cannot be. Throws what makeKey()
/// and `tryWriter` throw.
void prepareKey(NewImage& image, const JobControl& job,
    const std::function<void(ByteFile& scratch)>& tryWriter);

} // namespace platter
