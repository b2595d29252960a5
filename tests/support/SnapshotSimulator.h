// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/MemoryFile.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter::tests {

/// A QCOW2 image with snapshots kept in memory and changed as QEMU 7.2 changes one: copy on write,
/// counts, COPIED flags. Thousands of snapshots take no time, and what is true of them is known.
///
/// Version 3, clusters of 512 bytes, 64 clusters to an L2 table. Guest data are not stored.
class SnapshotSimulator {
public:
    static constexpr std::uint64_t clusterBytes = 512;
    static constexpr std::uint64_t perTable = clusterBytes / 8;

    struct Snapshot {
        std::string id;
        std::string name;
        std::uint32_t dateSeconds = 0;
        std::uint64_t vmClock = 0; ///< nanoseconds
        std::optional<std::string> parent; ///< the id of the one it went on from, if it is there
        std::uint64_t clusters = 0; ///< of the disk
        std::vector<std::uint64_t> l1; ///< words as stored
    };

    explicit SnapshotSimulator(std::uint64_t guestClusters);

    void write(std::uint64_t guestCluster);
    void discard(std::uint64_t guestCluster);
    void resize(std::uint64_t guestClusters); ///< larger only
    /// @returns the id of the new snapshot
    std::string take(std::uint32_t dateSeconds = 0, std::uint64_t vmClock = 0);
    void rollBackTo(std::size_t index);
    void remove(std::size_t index);

    const std::vector<Snapshot>& snapshots() const { return m_snapshots; }
    std::uint64_t guestClusters() const { return m_guestClusters; }
    /// The id of the snapshot that the present state went on from.
    const std::optional<std::string>& parentOfNow() const { return m_parent; }

    std::shared_ptr<MemoryFile> file() const;

private:
    using Table = std::vector<std::uint64_t>; ///< host offsets; 1: reads as zeros; 0: nothing

    std::uint64_t allocate();
    void release(std::uint64_t at);
    void reference(const std::vector<std::uint64_t>& l1, int by);
    Table& ownTable(std::uint64_t guestCluster);
    std::uint32_t& countOf(std::uint64_t at) { return m_counts[at / clusterBytes]; }

    std::uint64_t m_guestClusters;
    std::vector<std::uint32_t> m_counts; ///< by host cluster
    std::vector<std::uint64_t> m_free; ///< host offsets to use again
    std::vector<Table> m_tables; ///< by host cluster; empty where there is none
    std::vector<std::uint64_t> m_l1; ///< host offsets
    std::vector<Snapshot> m_snapshots;
    std::optional<std::string> m_parent;
};

} // namespace platter::tests
