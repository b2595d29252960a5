// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostMap.h"
#include "core/formats/qcow2/Qcow2Image.h"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace platter::qcow2 {

/// Leaked clusters of an image: counted, and used by nothing.
class LeakedClusters {
public:
    /// Adds [start, start + length); ranges come in rising order. Beyond a million ranges nothing
    /// more is remembered.
    void add(HostOffset start, Bytes length);
    bool contains(HostOffset at) const;
    /// First byte and end of each range.
    const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges() const { return m_ranges; }

private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> m_ranges;
};

/// What a cluster looks like.
struct Likeness {
    HostUse use = HostUse::Free; ///< L2Table, L1Table, RefcountBlock, SnapshotTable; Free: nothing
    unsigned percent = 0; ///< how sure, 0 to 100
};

/// Judges the content of a leaked cluster by its shape:
///
/// - L2 table: of the words that are not 0, the share that is sound (aligned, inside the file, no
///   reserved bits), times 30 % plus 70 % of the share of targets that are leaked themselves, times
///   the share of targets that are named once. A single entry weighs 60 %, two or three 85 %.
/// - L1 table: the same for plain entries, if most of its first targets look like L2 tables.
/// - refcount block: nearly all counts are small, and none counts a cluster that no file of this
///   length has. 60 %; 80 % if most counts up to the last are not 0.
/// - snapshot table: entries with usable L1 tables and lengths, one after the other up to zeros.
///   70 %; 90 % with two entries or more.
///
/// Below 50 % it is nothing. `readCluster` reads another cluster, for the look at an L1 table's
/// targets.
Likeness likenessOf(const Geometry& geometry, Bytes fileSize, const LeakedClusters& leaked,
    std::span<const std::byte> cluster,
    const std::function<void(HostOffset, std::span<std::byte>)>& readCluster);

/// A leaked cluster that looks like a lost structure.
struct LostStructure {
    HostOffset at{};
    Likeness likeness;
    std::optional<std::uint64_t> l1Index; ///< of the present state's entry that an L2 table fills
    unsigned placePercent = 0; ///< how sure the place is
};

/// Looks at all leaked clusters. For L2 tables it names the L1 entry they fill: a damaged one
/// first, the only gap, or the only gap between neighbours whose tables lie before and behind it in
/// the file. Reads the first 4 KiB of each cluster, the rest where these may be a table's. Throws
/// IoError, Cancelled.
std::vector<LostStructure> searchLeaks(
    const Qcow2Image& image, const LeakedClusters& leaked, unsigned threads, const JobControl& job);

} // namespace platter::qcow2
