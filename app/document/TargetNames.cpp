// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/TargetNames.h"

#include <unistd.h>

namespace platter::app {

namespace {

    constexpr int mostTries = 10'000; ///< of names for one image

    bool isThere(const std::filesystem::path& path)
    {
        std::error_code unreadable;
        const auto status = std::filesystem::symlink_status(path, unreadable);
        return status.type() != std::filesystem::file_type::not_found
            && status.type() != std::filesystem::file_type::none;
    }

    std::filesystem::path freeName(const TargetWish& wish, const std::string& format,
        const std::set<std::filesystem::path>& taken)
    {
        const std::filesystem::path folder
            = wish.folder.empty() ? wish.source.parent_path() : wish.folder;
        const std::string stem = wish.source.stem().string();
        for (int number = 1;; ++number) {
            const std::filesystem::path path = folder
                / (stem + (number == 1 ? std::string{} : "-" + std::to_string(number))
                    + suffixOf(format));
            if ((!taken.contains(path) && !isThere(path)) || number == mostTries)
                return path;
        }
    }

} // namespace

std::string suffixOf(const std::string& format)
{
    return "." + format;
}

std::vector<TargetLook> lookAtTargets(const std::vector<TargetWish>& wishes,
    const std::string& format, const std::set<std::filesystem::path>& taken)
{
    std::vector<TargetLook> looks;
    std::set<std::filesystem::path> used = taken;
    for (const TargetWish& wish : wishes) {
        if (!wish.chosen.empty())
            used.insert(wish.chosen);
    }
    std::set<std::filesystem::path> given = taken;
    for (const TargetWish& wish : wishes) {
        TargetLook look;
        look.path = wish.chosen.empty() ? freeName(wish, format, used) : wish.chosen;
        look.isTaken = given.contains(look.path) || isThere(look.path);
        used.insert(look.path);
        given.insert(look.path);
        const std::filesystem::path folder = look.path.parent_path();
        std::error_code none;
        look.folderExists = std::filesystem::is_directory(folder, none);
        look.mayWrite = ::access(folder.c_str(), W_OK | X_OK) == 0;
        const auto space = std::filesystem::space(folder, none);
        if (!none)
            look.free = Bytes{space.available};
        looks.push_back(std::move(look));
    }
    return looks;
}

} // namespace platter::app
