// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostOwner.h"
#include "core/layout/Field.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter {

class Image;

/// A table of an image that may have more entries than anybody lists at once. A value; cheap to
/// copy.
///
/// Its entries are either words of one width, each a field, or records of their own lengths, each a
/// structure.
struct EntryTable {
    std::string name; ///< "L1 table"
    std::string note; ///< one line on what it is for
    HostOwner owner; ///< what Image::describeOwner() takes
    std::uint64_t entries = 0;
    Bytes coverage{}; ///< guest bytes that one entry speaks of; 0: of none
    /// Where each record begins; nullptr: a table of words.
    std::shared_ptr<const std::vector<HostOffset>> records;

    HostOffset at() const { return owner.start; }
    Bytes length() const { return owner.length; }
    bool hasRecords() const { return records != nullptr; }
    /// The first byte of an entry; of the one behind the last: the end.
    HostOffset placeOf(std::uint64_t entry) const;
    /// The entry that holds a byte; nothing: the table does not.
    std::optional<std::uint64_t> entryAt(HostOffset at) const;
};

/// Entries of a table, one behind the other.
struct TableRows {
    std::vector<FieldMark> fields; ///< of a table of words
    std::vector<StructureMark> records; ///< of a table of records
    /// Of each record: the table that it names, if it names one.
    std::vector<std::optional<EntryTable>> below;

    std::size_t size() const { return fields.size() + records.size(); }
};

/// The entries [first, first + count) of a table, as many as there are. Reads them, so it belongs
/// on a worker. Throws IoError; OverflowError where a hostile image places them past 2^64.
TableRows describeEntries(
    const Image& image, const EntryTable& table, std::uint64_t first, std::uint64_t count);

} // namespace platter
