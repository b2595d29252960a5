// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/DiskFile.h"

#include <string>
#include <system_error>
#include <variant>

namespace platter {

/// What became of a file since it was opened.
enum class FileFate {
    Same,
    Changed, ///< its content or its rights
    Shorter, ///< bytes that could be read before are gone
    Replaced, ///< the name leads to another file now
    Gone, ///< the name leads nowhere: deleted, moved, or its file system was taken away
    Unreachable, ///< the system does not say: the medium or the network fails
};

/// One look at an open file.
struct FileLook {
    FileFate fate = FileFate::Same;
    DiskFile::Stamp now; ///< of the open file; as before if Unreachable
    std::string problem; ///< Unreachable: what the system says
};

/// A stamp, or why there is none.
using StampAnswer = std::variant<DiskFile::Stamp, std::error_code>;

/// Compares what is known of a file with what the system says now of the open file and of its name.
FileLook judgeFate(
    const DiskFile::Stamp& then, const StampAnswer& openFile, const StampAnswer& name);

/// Looks at `file`, opened by the name `path` when its stamp was `then`. Reads no content, takes no
/// lock, throws nothing.
FileLook lookAt(
    const DiskFile& file, const std::filesystem::path& path, const DiskFile::Stamp& then);

} // namespace platter
