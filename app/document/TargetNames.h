// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace platter::app {

/// Where a new image is to go.
struct TargetWish {
    std::filesystem::path source; ///< absolute
    std::filesystem::path folder; ///< absolute; empty: beside the source
    std::filesystem::path chosen; ///< absolute, by the user; empty: a name is to be proposed

    bool operator==(const TargetWish&) const = default;
};

/// A place for a new image and what the disk says of it.
struct TargetLook {
    std::filesystem::path path;
    bool isTaken = false; ///< something has this name, or will have it before
    bool folderExists = true;
    bool mayWrite = true; ///< the system would let this user make a file there
    std::optional<Bytes> free; ///< what this user may still write there; nothing: not known

    bool operator==(const TargetLook&) const = default;
};

/// Proposes names that nothing has, one for each wish, and looks at the places. Does I/O: for
/// workers.
/// @param taken  absolute paths that will be written before
std::vector<TargetLook> lookAtTargets(const std::vector<TargetWish>& wishes,
    const std::string& format, const std::set<std::filesystem::path>& taken);

/// ".qcow2"
std::string suffixOf(const std::string& format);

} // namespace platter::app
