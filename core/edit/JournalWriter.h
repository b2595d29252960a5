// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/Journal.h"

#include <memory>
#include <vector>

namespace platter {

/// Fills the undo journal of one edit, record by record, in bounded memory. One thread.
class JournalWriter {
public:
    /// Writes `header` into the empty `file`.
    JournalWriter(std::shared_ptr<ByteFile> file, const journal::Header& header);

    /// The next records have this epoch.
    void beginEpoch(std::uint32_t epoch) { m_epoch = epoch; }
    /// Keeps the bytes of a range, at most journal::pieceBytes. `after`: the hash of the new ones.
    void keepBytes(
        HostOffset at, std::span<const std::byte> old, const std::optional<journal::Digest>& after);
    /// Keeps that a range was a hole of the file.
    void keepHole(HostOffset at, Bytes length, const std::optional<journal::Digest>& after);
    /// Keeps how long the file was.
    void keepLength(Bytes old);

    /// Waits until all of it is on stable storage. Nothing can be kept afterwards.
    void finish();
    /// After finish(): says how far the edit is, and waits until that is on stable storage. The
    /// caller fills what the phase has beside it.
    void enter(journal::Phase phase, journal::State facts = {});

    Bytes size() const { return {m_end + m_buffer.size()}; }
    std::uint64_t recordCount() const { return m_count; }

private:
    void keep(journal::RecordHead head, std::span<const std::byte> old);
    void drain();

    std::shared_ptr<ByteFile> m_file;
    journal::Id m_id;
    journal::RecordsDigest m_digest;
    std::vector<std::byte> m_buffer; ///< records not written yet
    std::uint64_t m_end = journal::recordsStart; ///< of what is written
    std::uint64_t m_count = 0;
    std::uint64_t m_serial = 0;
    std::uint32_t m_epoch = 0;
};

} // namespace platter
