// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/formats/HostReference.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace platter {

struct CheckOptions {
    unsigned threads = 0; ///< 0: all processors
    /// Host clusters counted in one pass over the metadata, at least 4096: memory is three bits for
    /// each, and four bytes where clusters are used more than once. An image with more clusters is
    /// read several times.
    std::uint64_t clustersPerPass = std::uint64_t{1} << 27;
    /// Findings kept with their place; beyond it they are only counted. Leaks and corruptions of a
    /// broken image can be as many as it has clusters. A kind that comes late takes a few places
    /// from the most frequent one, so that none is without a place to look at.
    std::size_t keepFindings = 10'000;
    /// Also decodes every compressed cluster (QCOW2): reads all compressed data.
    bool deep = false;
    /// If set, is told all clusters whose stored count is not what the check counted (QCOW2).
    CountDifferenceSink differences{};
};

/// What a check found. Counts follow `qemu-img check`.
struct CheckReport {
    std::uint64_t corruptions = 0;
    std::uint64_t leaks = 0;
    std::uint64_t checkErrors = 0; ///< parts that could not be examined
    std::optional<HostOffset> imageEnd; ///< end of the last cluster that is counted or used (QCOW2)
    std::uint64_t totalClusters = 0; ///< of the guest disk
    std::uint64_t allocatedClusters = 0; ///< of the active state
    std::uint64_t fragmentedClusters = 0;
    std::uint64_t compressedClusters = 0;
    std::vector<Finding> findings; ///< by rising host offset, at most CheckOptions::keepFindings
    std::map<const FindingKind*, std::uint64_t> countOf; ///< every finding, kept or not
    /// Guest bytes that the findings of a kind affect, kept or not; a range that two of them hit
    /// counts twice.
    std::map<const FindingKind*, Bytes> guestBytesOf;

    std::map<const FindingKind*, std::size_t> keptOf; ///< how many of them are in `findings`

    /// Counts a finding and keeps it if there is room.
    void add(Finding finding, std::size_t keepFindings);
    /// Counts `times` findings of one kind and place that affect `guestLength` of the guest's disk.
    void count(const FindingKind& kind, Bytes guestLength, std::uint64_t times);
    /// Whether keep() would keep a finding of this kind.
    bool hasRoomFor(const FindingKind& kind, std::size_t keepFindings) const;
    /// Keeps a finding that was counted; hasRoomFor() must be true.
    void keep(Finding finding, std::size_t keepFindings);
};

} // namespace platter
