// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Refcounts.h"
#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace platter::qcow2 {

/// A cluster whose words can all be table entries.
struct FoundTable {
    static constexpr std::size_t sketchSize = 8;
    enum class Kind : std::uint8_t { L2, L1, Other };

    std::uint64_t at = 0; ///< host offset
    std::uint32_t stored = 0; ///< entries that are not 0
    std::uint32_t copied = 0; ///< entries with the COPIED flag
    std::uint32_t offsets = 0; ///< plain ones with a place
    std::uint32_t streams = 0; ///< compressed clusters
    std::uint32_t toTables = 0; ///< plain ones that lead to other tables
    bool plainOnly = true; ///< only entries that an L1 table can have
    Kind kind = Kind::L2;
    /// The smallest hashes of (index, place) of its entries: tables that have entries in common
    /// have most likely some of these in common. Not used ones are 0.
    std::array<std::uint32_t, sketchSize> sketch{};
};

/// Everything in a file that has the shape of a mapping table.
struct FoundTables {
    std::vector<FoundTable> tables; ///< by place, rising; kinds are set
    /// The table that begins at `at`; nullptr: none does.
    const FoundTable* find(std::uint64_t at) const;
    std::size_t indexOf(std::uint64_t at) const; ///< tables.size(): there is none
};

/// At most so many tables are remembered.
inline constexpr std::size_t mostTables = 1'000'000;

/// Finds all clusters that can be L1 or L2 tables. An L1 table is one that mostly leads to others;
/// what an L2 table leads to is guest data, whatever it looks like.
///
/// Throws UnsupportedError (feature "salvage") beyond mostTables; IoError; Cancelled.
FoundTables searchTables(
    const ByteFile& file, const Geometry& geometry, unsigned threads, const JobControl& job);

/// Whether the words of a cluster can all be entries of an L2 table, and some are.
bool looksLikeTable(const Geometry& geometry, Bytes fileSize, std::span<const std::byte> cluster);

/// The entries of `cluster` that lead somewhere. `visit` gets index, word and place; the place of a
/// plain zero cluster is not visited.
void forEachPlace(const Geometry& geometry, std::span<const std::byte> cluster,
    const std::function<void(std::uint64_t index, std::uint64_t word, HostOffset place)>& visit);

/// The refcount table of the file, found by its shape: blocks that count themselves, the table and
/// the header as used. Nothing: there is none that is sound. Throws IoError.
std::optional<RefcountTable> searchRefcounts(const ByteFile& file, const Geometry& geometry,
    const FoundTables& found, const JobControl& job);

/// Whether a refcount table can be believed: see searchRefcounts().
bool countsThemselves(const ByteFile& file, const Geometry& geometry, const RefcountTable& table,
    std::uint64_t clusters);

} // namespace platter::qcow2
