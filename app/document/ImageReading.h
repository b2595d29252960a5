// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace platter::app {

/// The facts read while opening that would cost I/O to ask for again.
struct ImageFacts {
    Bytes fileLength{};
    Bytes onDisk{}; ///< what the file system has allocated
    QuickLook quickLook;
    std::vector<StructureMark> structures; ///< Image::describe()
    bool writable = false; ///< whether the system would let this user write the file
    /// The file was written each time while this was read: parts may be of two states.
    bool mixed = false;
};

/// What one opening brings.
struct ReadImage {
    bool unknown = false; ///< no signature: only firstBytes is filled
    std::vector<std::byte> firstBytes;
    OpenedImage opened;
    ImageFacts facts;
    std::string dataProblem; ///< why the external data file could not be opened
    DiskFile::Stamp dataFileState; ///< if it was attached
};

/// Reads the image so that all of it is of one state of the file: a reading that a change fell into
/// is thrown away. Only of a file that never rests it comes back, as a mixture that says so. For
/// workers. @param agreed files named by the image that may be opened
/// Throws what openImage() throws; Cancelled.
ReadImage readImage(const std::filesystem::path& path, OpenOptions options,
    const std::set<std::filesystem::path>& agreed, const JobControl& job);

} // namespace platter::app
