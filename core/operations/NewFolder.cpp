// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/NewFolder.h"

#include "core/base/Error.h"
#include "core/operations/NewFile.h"

#include <cerrno>
#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr unsigned mostAttempts = 100; // for a name that is free
    constexpr std::size_t longestStem = 200; // with the rest below the 255 bytes of a file name

    [[noreturn]] void fail(const fs::path& target, const char* what)
    {
        throw IoError(target.string(), what, std::error_code{errno, std::generic_category()});
    }

    /// "a/b/" names the folder b.
    fs::path withoutEndSlash(const fs::path& target)
    {
        return target.has_filename() ? target : target.parent_path();
    }

} // namespace

NewFolder::NewFolder(const fs::path& target)
    : m_target(linksResolved(withoutEndSlash(target)))
{
    const std::string stem = m_target.filename().string().substr(0, longestStem);
    for (unsigned attempt = 0;; ++attempt) {
        m_temporary = m_target.parent_path()
            / ("." + stem + ".platter-" + std::to_string(::getpid()) + "-"
                + std::to_string(attempt));
        if (::mkdir(m_temporary.c_str(), 0777) == 0)
            return;
        if (errno != EEXIST || attempt >= mostAttempts)
            fail(target, "create the folder");
    }
}

NewFolder::~NewFolder()
{
    std::error_code ignored;
    if (!m_committed)
        fs::remove_all(m_temporary, ignored);
}

void NewFolder::commit()
{
    syncFolder(m_temporary);
    // Of a folder, only an empty one is replaced.
    if (std::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        fail(m_target, "give the finished folder its name");
    m_committed = true;
    syncFolder(m_target.parent_path());
}

} // namespace platter
