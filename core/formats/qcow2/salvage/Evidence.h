// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Salvage.h"
#include "core/formats/qcow2/Mapping.h"
#include "core/formats/qcow2/Snapshots.h"
#include "core/formats/qcow2/salvage/TableSearch.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace platter::qcow2 {

/// What a snapshot's L1 table says of an L2 table.
struct SnapshotUse {
    std::uint32_t position = 0; ///< in the L1 table
    std::uint32_t snapshots = 0; ///< how many have it
    std::uint32_t newest = 0; ///< index of the last of them
};

/// All that is left in a damaged file, as far as it was found.
struct Evidence {
    std::shared_ptr<const ByteFile> file;
    Geometry geometry;
    std::optional<Header> header; ///< nothing: it cannot be believed
    FoundTables found;
    std::optional<RefcountTable> refcounts;
    std::vector<SnapshotInfo> snapshots;
    /// L2 tables that snapshots use, by place.
    std::unordered_map<std::uint64_t, SnapshotUse> snapshotUses;
    unsigned threads = 1;

    /// The stored count of the cluster at `at`; nothing: counts are lost.
    std::optional<std::uint64_t> countOf(std::uint64_t at) const
    {
        if (!refcounts)
            return std::nullopt;
        return refcounts->countOf(*file, geometry.cluster.clusterOf(HostOffset{at}));
    }
    /// Whether the counts say that nobody uses the cluster.
    bool isFree(std::uint64_t at) const { return countOf(at) == 0U; }
};

/// A snapshot table found by its shape: entries that lead to tables. Throws IoError, Cancelled.
std::vector<SnapshotInfo> searchSnapshots(const Evidence& evidence, const JobControl& job);

/// Reads the L1 tables of the snapshots. One that cannot be read is left out. Throws IoError,
/// Cancelled.
void followSnapshots(Evidence& evidence, const JobControl& job);

/// The L1 table of the present state.
struct TopTable {
    HostOffset at{};
    std::vector<std::uint64_t> words;
    bool isComplete = false; ///< it leads to all tables that ought to be in use
    unsigned percent = 0;
    std::vector<HostOffset> others; ///< other tables that may be it
};

/// An L1 table with these words judged by what it leads to; nothing: it leads to no tables although
/// there are some that ought to be in use.
std::optional<TopTable> judgeTop(const Evidence& evidence, const L1Table& l1);

/// The likeliest of all clusters that have the shape of an L1 table; nothing: there is none.
/// Throws IoError, Cancelled.
std::optional<TopTable> searchTop(const Evidence& evidence, const JobControl& job);

/// An L2 table that belongs to the present state as far as can be told.
struct ActiveTable {
    std::size_t table = 0; ///< index into Evidence::found
    std::optional<std::uint32_t> position; ///< in the L1 table, where others tell it
    enum class Source { None, Top, SnapshotTable, SnapshotCopy };
    Source source = Source::None; ///< what tells the position
    /// Place of the first of the tables that it has taken the place of: when its range was first
    /// written to.
    std::uint64_t firstAt = 0;
};

/// The tables of the present state, by ActiveTable::firstAt: those that counts, flags and snapshots
/// leave over. Of tables that have entries in common the newest is taken, and its position from any
/// of them.
///
/// @param top  a table that is known to lead to some of them, or nothing
/// Throws IoError, Cancelled.
std::vector<ActiveTable> activeTables(
    const Evidence& evidence, const std::optional<TopTable>& top, const JobControl& job);

} // namespace platter::qcow2
