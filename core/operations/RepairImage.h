// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditPlan.h"
#include "core/formats/RepairPlan.h"

namespace platter {

/// The changes of a repair as an edit, which applyEdit() writes with a journal. The caller sets
/// EditPlan::base.
EditPlan editOf(const RepairPlan& plan);

} // namespace platter
