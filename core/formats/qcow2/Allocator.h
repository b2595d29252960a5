// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Geometry.h"
#include "core/io/ByteFile.h"

#include <map>
#include <vector>

namespace platter::qcow2 {

/// Hands out the clusters of a new image in rising order and counts them, in memory that does not
/// grow with the image: a refcount block is written as soon as nothing it counts can change.
class Allocator {
public:
    /// Cluster 0, the header's, is taken.
    Allocator(ByteFile& file, const Geometry& geometry);

    /// Neighbouring clusters.
    struct Run {
        HostCluster first;
        std::uint64_t count = 0;
    };
    /// At most `count` clusters, each with so many references; at least one.
    Run allocate(std::uint64_t count, std::uint64_t references = 1);
    /// Exactly `count` neighbours, each counted once, for a table that may not be interrupted.
    HostCluster allocateTogether(std::uint64_t count);
    /// Whether the next cluster to be handed out is the one behind `cluster`.
    bool wouldFollow(HostCluster cluster) const;
    /// Counts a cluster some times more. @returns false: its count would pass half of the highest,
    /// which leaves room for a snapshot, or is already written
    bool countAgain(HostCluster cluster, std::uint64_t references);
    /// Writes what is left, the refcount table last. @returns where it is
    Run finish();

    /// Clusters handed out so far, the header's included.
    std::uint64_t end() const { return m_next; }

private:
    struct Block {
        std::vector<std::byte> counts;
        std::optional<HostCluster> home;
    };
    Block& blockOf(std::uint64_t cluster);
    void take(std::uint64_t cluster, std::uint64_t references = 1);
    void settle();

    ByteFile& m_file;
    Geometry m_geometry;
    std::uint64_t m_next = 0;
    std::map<std::uint64_t, Block> m_open; ///< by index; those that can still change
    std::vector<std::uint64_t> m_table;
};

} // namespace platter::qcow2
