// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <memory>
#include <vector>

namespace platter {

/// What a backup of tables holds: see METADATA-BACKUP.md.
struct MetadataBackupFacts {
    Bytes metadata{}; ///< of the image that the backup holds
    Bytes length{}; ///< of the backup
};

/// Writes a compressed copy of every table of a QCOW2 image, which `out` (empty) has then. Streams.
/// Throws UnsupportedError (feature "backup-metadata") for other formats; IoError; Cancelled.
MetadataBackupFacts writeMetadataBackup(const Image& image, ByteFile& out, const JobControl& job);

/// A backup of tables, opened. Thread-safe.
class MetadataBackup {
public:
    enum class Kind : std::uint32_t {
        Header = 1,
        L1Table = 2,
        L2Table = 3,
        RefcountTable = 4,
        RefcountBlock = 5,
        SnapshotTable = 6,
        SnapshotL1Table = 7,
        SnapshotL2Table = 8,
        Other = 9,
    };
    /// A stretch of the image whose bytes the backup has, at most a MiB.
    struct Record {
        HostOffset at{}; ///< in the image
        HostOffset storedAt{}; ///< in the backup
        std::uint32_t length = 0; ///< bytes in the image
        std::uint32_t stored = 0; ///< bytes in the backup
        Kind kind = Kind::Other;
    };

    /// Reads and checks the whole backup, streaming. Throws FormatError for what is no backup, or
    /// one that is damaged or cut off; IoError.
    MetadataBackup(std::shared_ptr<const ByteFile> file, const JobControl& job);

    Bytes imageLength() const { return m_imageLength; } ///< when the backup was made
    const std::vector<Record>& records() const { return m_records; } ///< rising, apart
    /// The bytes of a record. Throws FormatError, IoError.
    std::vector<std::byte> read(const Record& record) const;

private:
    std::shared_ptr<const ByteFile> m_file;
    Bytes m_imageLength{};
    std::vector<Record> m_records;
};

} // namespace platter
