// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/SnapshotReport.h"
#include "core/formats/qcow2/ClusterOwners.h"
#include "core/jobs/JobControl.h"

#include <memory>
#include <vector>

namespace platter::qcow2 {

/// What reading all tables of all states once tells.
struct StateScan {
    /// What the L1 table of a state says on its own.
    struct L1Facts {
        std::uint64_t content = 0; ///< equal for states of equal size with the same L2 tables
        bool hasCopied = false; ///< an entry that maps the disk has the flag COPIED
    };
    std::vector<StateUsage> usage; ///< by state
    std::vector<L1Facts> l1; ///< by state
    bool sharedIsExact = true;
    std::uint64_t parts = 1; ///< of the file, each as large as ClusterOwners can take
    std::unique_ptr<ClusterOwners> owners; ///< of part 0
};

/// Finds out who holds each host cluster.
///
/// L1 tables are read one after the other; an L2 table that many states share is read once for each
/// part of the file (one up to 16 777 216 clusters, so 1 TiB of 64 KiB). Memory: 64 MiB for the
/// owners, up to 64 MiB for L2 tables (more are taken in several turns), up to 64 MiB for the L1
/// entries last seen and 32 MiB for an L1 table, whatever the number of states.
///
/// @param job   told in L2 tables
/// @throws      UnsupportedError for a file of more than 64 parts; IoError; Cancelled
StateScan scanStates(
    const Qcow2Image& image, const DiskStates& states, unsigned threads, const JobControl& job);

} // namespace platter::qcow2
