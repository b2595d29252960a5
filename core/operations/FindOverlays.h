// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/io/DiskFile.h"

#include <filesystem>
#include <string>
#include <vector>

namespace platter {

struct FindOverlaysOptions {
    enum class Reach {
        ThisFolder, ///< only the files right inside the given folders
        FoldersBelow, ///< also those of the folders in them
    };
    Reach reach = Reach::ThisFolder;
    /// Files looked at in all. Platter's own limit, for folders of another kind.
    std::size_t maximumFiles = 100'000;
};

/// An image that rests on another one.
struct FoundOverlay {
    std::filesystem::path path;
    std::string formatId;
    Bytes virtualSize{};
    NamedFile::Role role = NamedFile::Role::Backing; ///< how it uses the file below it
    std::string storedName; ///< what it calls the file below it; untrusted bytes
    std::filesystem::path restsOn; ///< the file right below it, by the path where it was found
    std::size_t distance = 1; ///< 1: rests on the image itself; 2: on one of those; …
    bool isOlder = false; ///< the file below it was changed after it
};

struct FoundOverlays {
    std::vector<FoundOverlay> overlays; ///< nearest first, then by path
    std::size_t files = 0; ///< regular files looked at
    std::size_t images = 0; ///< of these, how many are images that can name another file
    std::size_t folders = 0; ///< folders read
    std::size_t unreadable = 0; ///< files and folders that could not be read, damaged headers
    bool limitReached = false; ///< there were more files than allowed
};

/// Looks through folders for images that rest on `image`, directly or over others found there.
///
/// Opens regular files only and reads their headers; symbolic links are stepped over. Names stored
/// in images are resolved and compared, never opened. @param path by which `image` was opened
/// @param job told in files
/// @throws Cancelled; what cannot be read is counted
FoundOverlays findOverlays(const DiskFile& image, const std::filesystem::path& path,
    const std::vector<std::filesystem::path>& folders, const FindOverlaysOptions& options,
    const JobControl& job);

/// The regular files in `folders`, at most options.maximumFiles; counts what was met in `found`.
std::vector<std::filesystem::path> listFiles(const std::vector<std::filesystem::path>& folders,
    const FindOverlaysOptions& options, FoundOverlays& found, const JobControl& job);

} // namespace platter
