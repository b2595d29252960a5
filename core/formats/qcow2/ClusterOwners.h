// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Qcow2Image.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace platter::qcow2 {

/// The states of a disk in the order in which they were made: the snapshots as the table has them
/// (QEMU appends), then now. A number below count() stands for each.
class DiskStates {
public:
    explicit DiskStates(const Qcow2Image& image);

    std::uint32_t count() const { return m_count; }
    std::uint32_t now() const { return m_count - 1; }
    /// The first state that has the very same L1 table: mostly the state itself. Nothing: its L1
    /// table cannot be followed.
    std::optional<std::uint32_t> sameL1As(std::uint32_t state) const { return m_sameL1[state]; }
    /// Whether a later state has the very same L1 table.
    bool hasTwin(std::uint32_t state) const { return m_twins[state]; }
    Bytes diskSize(std::uint32_t state) const;
    HostOffset l1At(std::uint32_t state) const;
    Bytes l1Length(std::uint32_t state) const;

    /// Reads the L1 table. Throws IoError.
    L1Table l1Of(std::uint32_t state) const;
    /// Entries of an L1 table that map the disk and not the saved memory behind it.
    std::uint64_t diskEntries(std::uint32_t state, const L1Table& l1) const;
    /// The L2 table that an L1 entry leads to, if it can be read.
    std::optional<HostOffset> tableOf(std::uint64_t l1Word) const;

private:
    const Qcow2Image& m_image;
    std::uint32_t m_count;
    std::uint64_t m_fileSize; ///< bytes
    std::vector<std::optional<std::uint32_t>> m_sameL1;
    std::vector<bool> m_twins;
};

/// Which states hold a cluster, as far as it matters: the first of them, and whether there are
/// more.
struct Holders {
    std::uint32_t first = 0;
    bool more = false;

    bool operator==(const Holders&) const = default;
};

/// Who holds each host cluster, four bytes a cluster. A file of more clusters than fit is taken in
/// parts: part p of n has the clusters whose index leaves p when divided by n, so that each part is
/// a fair sample of the file. Adding is thread-safe.
class ClusterOwners {
public:
    static constexpr std::uint64_t mostClusters = std::uint64_t{1} << 24; ///< 64 MiB

    ClusterOwners(std::uint64_t clusters, std::uint64_t parts, std::uint64_t part);

    /// Says that `holders` hold [cluster, cluster + count).
    void add(std::uint64_t cluster, std::uint64_t count, Holders holders);
    /// Nothing: nobody holds it, or it is not in this part.
    std::optional<Holders> holdersOf(std::uint64_t cluster) const;
    /// Adds the number of clusters that one state alone holds to `counts`, by state.
    void countSole(std::vector<std::uint64_t>& counts) const;

private:
    static constexpr std::uint32_t manyBit = std::uint32_t{1} << 31;

    std::uint64_t m_clusters;
    std::uint64_t m_parts;
    std::uint64_t m_part;
    std::vector<std::atomic<std::uint32_t>> m_slots; ///< 0: nobody; else the first state + 1
};

} // namespace platter::qcow2
