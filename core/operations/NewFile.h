// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/DiskFile.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace platter {

/// A file that appears under its name only when it is complete: until commit() it has a temporary
/// name in the same folder, and is removed if commit() never comes.
class NewFile {
public:
    /// `target` may exist as a regular file, which commit() replaces; a link is followed first.
    /// Throws IoError; UnsupportedError (feature "target-kind") if the name is taken by something
    /// that is no regular file; LockedError if another program has the existing file in use.
    explicit NewFile(const std::filesystem::path& target);
    /// The same with a file that lies beside `target` under the name `temporary`.
    NewFile(const std::filesystem::path& target, std::filesystem::path temporary,
        std::shared_ptr<DiskFile> file);
    /// Removes the file if it was not committed, unless it shall be kept.
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    DiskFile& file() const { return *m_file; }
    const std::shared_ptr<DiskFile>& shared() const { return m_file; }

    enum class Uncommitted { Remove, Keep };
    /// What becomes of the file if commit() does not come.
    void setUncommitted(Uncommitted fate) { m_uncommitted = fate; }

    /// Makes the content durable, gives the file its name and makes that durable too. Throws
    /// IoError.
    void commit();

    /// Commits two files of which `image` names `data`, so that at no moment, also if the system
    /// fails, an image has the name of `image` and the content of `data` is not its own. If both
    /// names are taken, the old image loses its name first; if an error is thrown, what was there
    /// is there again. Throws IoError.
    static void commitTogether(NewFile& data, NewFile& image);

private:
    void takeName();

    std::filesystem::path m_target; ///< links resolved
    std::filesystem::path m_temporary;
    std::shared_ptr<DiskFile> m_file;
    bool m_committed = false;
    Uncommitted m_uncommitted = Uncommitted::Remove;
};

/// Throws what NewFile throws for a name that its file could not take.
void requireReplaceable(const std::filesystem::path& target);

/// Has `write` fill a file that appears under its name when it is complete. Throws what NewFile and
/// `write` throw; IoError names `target`.
void writeNewFile(const std::filesystem::path& target, const std::function<void(DiskFile&)>& write);

/// The file or folder that a name leads to; the name itself if nothing is there.
std::filesystem::path linksResolved(const std::filesystem::path& target);

/// Makes the names in a folder durable, as far as its file system can. Throws IoError.
void syncFolder(const std::filesystem::path& folder);

} // namespace platter
