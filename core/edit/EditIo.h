// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/DiskFile.h"

#include <filesystem>
#include <memory>

namespace platter {

/// How edits reach files and folders: the system's own way, or in tests one that records and fails
/// on purpose.
class EditIo {
public:
    EditIo() = default;
    EditIo(const EditIo&) = delete;
    EditIo& operator=(const EditIo&) = delete;
    virtual ~EditIo() = default;

    /// What reads and writes an open file, image or journal: by default the file itself.
    virtual std::shared_ptr<ByteFile> layerOver(std::shared_ptr<DiskFile> file);
    /// Makes a new file; throws IoError if the name exists.
    virtual std::shared_ptr<DiskFile> makeFile(const std::filesystem::path& path);
    /// Returns when the names in the folder are on stable storage. Throws IoError.
    virtual void syncFolder(const std::filesystem::path& folder);
    /// Throws IoError.
    virtual void removeFile(const std::filesystem::path& path);
    /// Where journals lie if the folder of their image cannot be written:
    /// $XDG_STATE_HOME/platter/undo. Empty: the environment names no such place.
    virtual std::filesystem::path stateFolder() const;

    /// The system's own way.
    static EditIo& system();
};

} // namespace platter
