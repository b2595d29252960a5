// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/WriteGuard.h"
#include "core/formats/Image.h"
#include "core/formats/RepairPlan.h"

namespace platter {

/// Every structure of an image that a write must not hit by mistake: header, L1 and L2 tables of
/// the present state and of snapshots, refcount table and blocks, snapshot table, bitmap directory,
/// tables and data, encryption header, block map. Guest data is not among them.
///
/// Reads all tables, on all processors; memory grows with the number of places where structures
/// lie. Throws IoError, Cancelled.
WriteGuard guardOf(const Image& image, const JobControl& job);

/// Whether a use is one that the format itself needs, and not guest data.
bool isStructure(HostUse use);

/// What the repair `plan` of an image must not touch, found without the planner's help: in the file
/// as it is, each structure may be written as that structure only, and everything else not at all,
/// whether it is guest data, leaked or free. A place that is used in two ways may not be written,
/// unless the plan says that the guest data of it is copied apart first; a place that becomes a
/// table must be in nobody's use. Tables of snapshots count as L1 and L2 tables.
///
/// Where things lie anywhere and nothing is counted (VDI, QCOW version 1), places are judged by the
/// byte; see scatteredGuardOf().
///
/// Reads all tables twice; memory as above. Throws IoError, Cancelled.
WriteGuard repairGuardOf(const Image& image, const RepairPlan& plan, const JobControl& job);

} // namespace platter
