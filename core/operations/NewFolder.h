// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace platter {

/// A folder that appears under its name only when everything in it is complete: until commit() it
/// has a temporary name beside it, and is removed with all it holds if commit() never comes.
class NewFolder {
public:
    /// `target` may exist as an empty folder; a link is followed first. Throws IoError.
    explicit NewFolder(const std::filesystem::path& target);
    ~NewFolder();
    NewFolder(const NewFolder&) = delete;
    NewFolder& operator=(const NewFolder&) = delete;

    /// Where its files are made; they have to be durable before commit().
    const std::filesystem::path& path() const { return m_temporary; }

    /// Gives the folder its name and makes that durable. Throws IoError, also if something that is
    /// no empty folder has the name meanwhile: nothing is replaced.
    void commit();

private:
    std::filesystem::path m_target; ///< links resolved
    std::filesystem::path m_temporary;
    bool m_committed = false;
};

} // namespace platter
