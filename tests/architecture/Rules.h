// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace platter::tests {

/// A file of the source tree.
struct SourceFile {
    std::string path; ///< from the root, with slashes: "core/base/Units.h"
    std::string text;
};

/// What a target of the build links.
struct LinkedTarget {
    std::string folder; ///< whose CMakeLists.txt made it: "app/cli"
    std::string name;
    std::vector<std::string> libraries; ///< LINK_LIBRARIES and INTERFACE_LINK_LIBRARIES
};

/// A place that breaks a rule of the architecture.
struct Violation {
    std::string rule; ///< a short name: "include", "licence", "listed", "reached", …
    std::string place; ///< path and line, or the target
    std::string text; ///< what is wrong there
};

/// Reads core/, widgets/, app/, tests/, cmake/, resources/, .ci/ and the scripts of the root.
/// Throws std::filesystem::filesystem_error.
std::vector<SourceFile> readTree(const std::string& root);

/// Every place in `tree` that breaks the rules of ARCHITECTURE.md for source files.
std::vector<Violation> violations(const std::vector<SourceFile>& tree);

/// Every target that links what its folder may not use.
std::vector<Violation> violations(const std::vector<LinkedTarget>& targets);

/// Files of more lines than one concept should need; worth a look, not a violation.
std::vector<std::string> longFiles(const std::vector<SourceFile>& tree);

} // namespace platter::tests
