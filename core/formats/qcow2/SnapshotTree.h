// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/StateScan.h"

namespace platter::qcow2 {

/// Infers from which snapshot each state went on. The format does not store it.
///
/// What can be known. States are made in the order of the table; dates and ids add nothing to that
/// order, and clocks may be wrong. A cluster (or L2 table) that is written while the disk goes on
/// is a new one, and what a snapshot holds is never written again. So the first snapshot that holds
/// a cluster gives it a birth, and for a state S and an earlier snapshot P:
///  - if S holds something born in P, S went on from P, or both from a snapshot deleted since;
///  - if at a place where they differ S holds something not younger than P, or nothing although P
///    has an entry there, S did not go on from P: what was written is not taken back. (Discarding
///    leaves an entry that reads as zeros; only in version 2 it leaves nothing, which then says
///    nothing.) Such a P is contradicted. Sizes that differ excuse empty entries at the end: a disk
///    that was made smaller and larger again has lost them.
///
/// The parent is the latest snapshot in which something of S was born and that is not contradicted.
/// Later ones that are not contradicted either but of which S holds nothing were wholly
/// overwritten, or hold the same content: the latest of them is taken, unless the flags COPIED of
/// the L1 tables say that the older one was rolled back to (QEMU clears them then). Among states of
/// the same content the VM clock decides where there is one.
///
/// Confidence: 99 % if something proves it and no id is missing in between (no snapshot was
/// deleted), 96 % with ids missing; 95 % if no earlier snapshot fits; 90 % if only entries without
/// a birth prove it; 80 % for the state made right before, 60 % otherwise, where several fit
/// equally.
///
/// Cost: for each state its L1 table, the L2 tables that it was the first to have, and a comparison
/// with at most 40 candidates, which mostly ends at the first L1 entries: never all pairs. In a
/// file of several parts (see StateScan) only clusters of the first are judged: a fair sample.
///
/// @param job   told in states
/// @throws      IoError; Cancelled
std::vector<StateParent> inferParents(const Qcow2Image& image, const DiskStates& states,
    const StateScan& scan, unsigned threads, const JobControl& job);

} // namespace platter::qcow2
