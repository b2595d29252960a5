// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditIo.h"

#include <mutex>
#include <optional>
#include <vector>

namespace platter::tests {

/// What an edit asked of the disk, in order, over all of its files.
struct DiskEvent {
    enum class Kind { Write, Resize, Punch, Flush, Make, SyncFolder, Remove };
    Kind kind = Kind::Write;
    std::filesystem::path path; ///< of the file; SyncFolder: of the folder
    HostOffset at{}; ///< Write, Punch
    Bytes length{}; ///< Punch; Resize: the new length of the file
    std::vector<std::byte> data; ///< Write
};

/// An EditIo that remembers every change, and makes one call fail.
class ScriptedIo final : public EditIo {
public:
    struct Failure {
        std::size_t call = 0; ///< of the changes, from 0
        enum class Kind {
            Input, ///< EIO
            NoSpace, ///< ENOSPC of what needs room
            ShortWrite, ///< half is written, then EIO
            Flush, ///< EIO of flushes alone
            Kill, ///< the process is killed before the call: for one that a test has forked
        };
        Kind kind = Kind::Input;
        enum class Lasting { Once, FromThenOn };
        Lasting lasting = Lasting::Once;
    };

    /// `stateFolder`: what stateFolder() answers.
    explicit ScriptedIo(
        std::filesystem::path stateFolder = {}, std::optional<Failure> failure = {});

    std::shared_ptr<ByteFile> layerOver(std::shared_ptr<DiskFile> file) override;
    std::shared_ptr<DiskFile> makeFile(const std::filesystem::path& path) override;
    void syncFolder(const std::filesystem::path& folder) override;
    void removeFile(const std::filesystem::path& path) override;
    std::filesystem::path stateFolder() const override { return m_stateFolder; }

    const std::vector<DiskEvent>& events() const { return m_events; }
    /// The first call that failed; nothing: none did.
    const std::optional<DiskEvent::Kind>& failed() const { return m_failed; }

    /// For the layers: throws IoError if this call is to fail; for a short write, says so instead.
    enum class Verdict { Do, DoHalf };
    Verdict begin(DiskEvent::Kind kind, const std::string& name);
    void done(DiskEvent event);

private:
    std::filesystem::path m_stateFolder;
    std::optional<Failure> m_failure;
    std::size_t m_calls = 0;
    std::optional<DiskEvent::Kind> m_failed;
    std::vector<DiskEvent> m_events;
};

} // namespace platter::tests
