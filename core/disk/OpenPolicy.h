// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace platter {

/// A file name stored in an image, resolved as QEMU resolves it.
struct ResolvedName {
    NamedFile named;
    std::filesystem::path path; ///< where the name leads; empty if it cannot be followed
    std::string
        refusal; ///< why it is never followed (json:, a protocol, empty); empty: it is a plain path
};

/// Resolves a name stored in the image at `imagePath`: absolute as it is; relative to the folder of
/// the image's own name, textually; "json:" and "protocol:" names are never followed. A data file
/// is looked for beside the image first, then in the current directory. Opens nothing. Source:
/// QEMU's rules for backing file names.
ResolvedName resolveName(const std::filesystem::path& imagePath, const NamedFile& named);

/// Decides which of the files that an image names may be opened. A value; thread-safe.
class OpenPolicy {
public:
    /// Opens nothing but the image itself.
    static OpenPolicy nothing();
    /// Names that lead, symbolic links resolved, to regular files in the folder of the first image
    /// or below.
    static OpenPolicy besideImage(const std::filesystem::path& firstImage);
    /// Every plain path; json: and protocol names, FIFOs and sockets stay refused.
    static OpenPolicy trustPlainPaths();
    /// Exactly the given paths (as resolveName() gives them): what a user agreed to.
    static OpenPolicy agreed(std::set<std::filesystem::path> paths);

    /// Throws ConsentError that quotes the name and says how to allow it.
    void require(const ResolvedName& name) const;

private:
    using Rule = std::function<void(const ResolvedName&)>;
    explicit OpenPolicy(Rule rule);
    Rule m_rule;
};

} // namespace platter
