// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/operations/Find.h"

#include <QString>

#include <optional>
#include <vector>

namespace platter::app {

/// The structures of an image in the order of the Header page: those that are listed whole, then
/// tables, whose entries are described when somebody wants them.
struct FieldContent {
    std::vector<StructureMark> structures;
    std::vector<EntryTable> tables;
};

/// Puts together what describe() and tables() say: a structure that is a table, or a record
/// of one, stands there only.
FieldContent fieldContent(std::vector<StructureMark> structures, std::vector<EntryTable> tables);

/// An item by its number on each level: of the structure or table; of the field in its structure
/// or the entry in its table; of the bit in its field. A table that a record names stands behind
/// the record's fields. Paths compare as the items stand below each other.
using FieldPath = std::vector<std::uint64_t>;

/// The next item behind `from` (or before it) that has `words` in its name, value, meaning or
/// finding, as people read them; letters of either case. Goes round at the ends, so that an item
/// alone finds itself. An empty path stands before the first. Nothing: there is none.
///
/// Describes every entry of every table on its way, in bounded memory. Belongs on a worker.
/// @param job  told in entries
/// @throws     IoError, Cancelled
std::optional<FieldPath> findField(const Image& image, const FieldContent& content,
    const QString& words, const FieldPath& from, FindDirection direction, const JobControl& job);

/// How many entries all tables of a content have together.
std::uint64_t entriesOf(const Image& image, const FieldContent& content);

} // namespace platter::app
