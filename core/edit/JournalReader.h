// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/Journal.h"
#include "core/jobs/JobControl.h"

#include <memory>
#include <vector>

namespace platter {

/// Reads an undo journal. The file may be hostile: nothing is believed that its checksums and its
/// real size do not bear out.
class JournalReader {
public:
    /// Reads header and state. Throws FormatError for what is no journal or has a damaged header;
    /// IoError.
    explicit JournalReader(std::shared_ptr<const ByteFile> file);

    const journal::Header& header() const { return m_header; }
    /// Nothing: the journal is being prepared, and the image untouched.
    const std::optional<journal::State>& state() const { return m_state; }

    /// One record, without its bytes.
    struct Record {
        journal::RecordKind kind = journal::RecordKind::Bytes;
        bool hasAfter = false;
        std::uint32_t epoch = 0;
        HostOffset at{};
        Bytes length{};
        HostOffset head{}; ///< of the record in the journal
    };
    /// All records in the order of the edit, after all of them were read and their checksums
    /// verified. Throws FormatError if one is not as it was written; IoError; Cancelled.
    std::vector<Record> records(const JobControl& job) const;

    /// The kept bytes of a record of kind Bytes: as many as it is long.
    void bytesOf(const Record& record, std::span<std::byte> bytes) const;
    /// The hash of the new bytes of a record that has one.
    journal::Digest afterHashOf(const Record& record) const;

private:
    std::shared_ptr<const ByteFile> m_file;
    journal::Header m_header;
    std::optional<journal::State> m_state;
};

} // namespace platter
