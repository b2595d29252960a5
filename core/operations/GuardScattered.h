// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/WriteGuard.h"
#include "core/formats/Image.h"
#include "core/formats/RepairPlan.h"

namespace platter {

/// repairGuardOf() for formats without a grid of clusters and without counts.
///
/// A structure may be written as that structure only, but not where it shares bytes with another
/// one or with guest data. Guest data may not be touched, unless the plan leads its entry elsewhere
/// after it has copied every byte of it; then the place is nobody's. A copy may be put only where
/// nothing in the file refers to, and only what nothing refers to may be cut off. All this is
/// found by reading the tables of the file; of the plan only its writes are believed.
///
/// Memory grows with the entries that the plan changes and the places that are used twice. Throws
/// IoError, Cancelled.
WriteGuard scatteredGuardOf(const Image& image, const RepairPlan& plan, const JobControl& job);

} // namespace platter
