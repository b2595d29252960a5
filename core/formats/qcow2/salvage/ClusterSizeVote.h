// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <cstdint>
#include <vector>

namespace platter::qcow2 {

/// What the shape of the tables in a file says of the cluster size.
struct ClusterSizeVote {
    struct Candidate {
        unsigned bits = 0;
        unsigned percent = 0; ///< share of the evidence, 0 to 100
    };
    std::vector<Candidate> candidates; ///< best first; empty: nothing looks like a table
    bool extended = false; ///< the tables look like extended L2 entries
    std::uint64_t sectors = 0; ///< of 512 bytes that look like part of a table
};

/// Looks at every stored sector of the file for words that can be table entries. Offsets in true
/// tables are multiples of the cluster size, about half of them of no more than that, neighbours
/// are often exactly one cluster apart, and compressed streams lie one behind the other only if
/// their lengths are read with the right cluster size.
///
/// Throws IoError, Cancelled.
ClusterSizeVote voteForClusterSize(const ByteFile& file, unsigned threads, const JobControl& job);

} // namespace platter::qcow2
