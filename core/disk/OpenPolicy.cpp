// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/OpenPolicy.h"

#include "core/base/Text.h"

#include <algorithm>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    const char* roleName(NamedFile::Role role)
    {
        switch (role) {
        case NamedFile::Role::Backing: return "backing file";
        case NamedFile::Role::Data: return "external data file";
        case NamedFile::Role::VdiParent: return "parent";
        }
        return "file";
    }

    /// Why a name cannot be a plain path; empty: it can.
    std::string refusalOf(const std::string& name)
    {
        if (name.empty())
            return "the name is empty";
        if (name.find('\0') != std::string::npos)
            return "the name holds a zero byte";
        if (name.rfind("json:", 0) == 0)
            return "json: descriptions are never followed";
        const std::size_t colon = name.find(':');
        if (colon != std::string::npos && colon < name.find('/'))
            return "names with a protocol are never followed";
        return {};
    }

    [[noreturn]] void refuse(
        const ResolvedName& name, const std::string& reason, const std::string& remedy)
    {
        throw ConsentError(name.named.name,
            std::string{"The "} + roleName(name.named.role) + " \"" + escapedText(name.named.name)
                + "\" was not opened: " + reason + "." + remedy);
    }

    const char* const trustRemedy = " If you trust the image, allow it with --trust-chain.";

    void requireFollowable(const ResolvedName& name)
    {
        if (!name.refusal.empty())
            refuse(name, name.refusal, "");
    }

    void requireRegularOrBlock(const ResolvedName& name)
    {
        std::error_code ignored;
        const fs::file_status status = fs::status(name.path, ignored);
        if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_block_file(status))
            refuse(name, "it is neither a file nor a block device", "");
    }

} // namespace

ResolvedName resolveName(const fs::path& imagePath, const NamedFile& named)
{
    ResolvedName result;
    result.named = named;
    result.refusal = refusalOf(named.name);
    if (!result.refusal.empty())
        return result;
    const fs::path stored{named.name};
    // Textual, as QEMU joins them: links and ".." of the image's own path are not resolved.
    result.path = stored.is_absolute() ? stored : imagePath.parent_path() / stored;
    if (named.role == NamedFile::Role::Data && stored.is_relative()) {
        // NOTE(spec): QEMU looks for a data file in the current directory, unlike for a backing
        // file.
        std::error_code ignored;
        if (!fs::exists(result.path, ignored) && fs::exists(stored, ignored))
            result.path = stored;
    }
    return result;
}

OpenPolicy::OpenPolicy(Rule rule)
    : m_rule(std::move(rule))
{
}

OpenPolicy OpenPolicy::nothing()
{
    return OpenPolicy{[](const ResolvedName& name) {
        requireFollowable(name);
        refuse(name, "nothing but the image itself may be opened here", "");
    }};
}

OpenPolicy OpenPolicy::besideImage(const fs::path& firstImage)
{
    std::error_code failed;
    fs::path folder = fs::canonical(firstImage, failed).parent_path();
    return OpenPolicy{[folder = std::move(folder)](const ResolvedName& name) {
        requireFollowable(name);
        requireRegularOrBlock(name);
        std::error_code error;
        const fs::path real = fs::canonical(name.path, error);
        if (error) // a missing file has no place; opening it tells what is wrong
            return;
        const auto below = std::mismatch(folder.begin(), folder.end(), real.begin(), real.end());
        if (folder.empty() || below.first != folder.end())
            refuse(name, "it lies outside the image's folder", trustRemedy);
        if (!fs::is_regular_file(real, error))
            refuse(name, "it is a device", trustRemedy);
    }};
}

OpenPolicy OpenPolicy::trustPlainPaths()
{
    return OpenPolicy{[](const ResolvedName& name) {
        requireFollowable(name);
        requireRegularOrBlock(name);
    }};
}

OpenPolicy OpenPolicy::agreed(std::set<fs::path> paths)
{
    return OpenPolicy{[paths = std::move(paths)](const ResolvedName& name) {
        requireFollowable(name);
        requireRegularOrBlock(name);
        if (!paths.contains(name.path))
            refuse(name, "nobody has agreed to opening it", "");
    }};
}

void OpenPolicy::require(const ResolvedName& name) const
{
    m_rule(name);
}

} // namespace platter
