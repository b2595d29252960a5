// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <filesystem>
#include <string>
#include <utility>

namespace platter {

/// An edit, or taking one back, was refused before anything was written.
class EditRefused : public Error {
public:
    enum class Reason {
        ReadOnly, ///< the file may not be written
        BlockDevice,
        NoLocks, ///< the file system cannot tell whether a virtual machine holds the image
        ImageChanged, ///< something else wrote the image since it was read, or edited
        Unresolved, ///< an earlier edit stopped halfway and must be taken back first
        NothingToUndo,
        JournalDamaged,
        NoRoomForJournal, ///< neither the image's folder nor the state folder takes a file
    };
    EditRefused(Reason reason, const std::string& what)
        : Error(what)
        , m_reason(reason)
    {
    }
    Reason reason() const { return m_reason; }

private:
    Reason m_reason;
};

/// An edit stopped after it had begun to write. The journal has what is needed to take it back.
class EditInterrupted : public Error {
public:
    EditInterrupted(std::filesystem::path journal, const std::string& what)
        : Error(what)
        , m_journal(std::move(journal))
    {
    }
    const std::filesystem::path& journal() const { return m_journal; }

private:
    std::filesystem::path m_journal;
};

} // namespace platter
