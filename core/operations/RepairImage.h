// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditPlan.h"
#include "core/formats/Image.h"
#include "core/formats/RepairPlan.h"

namespace platter {

/// The changes of a repair of `image`, which is still as it was when it was planned, as an edit
/// that applyEdit() writes with a journal. Its guard knows from the file alone what a repair must
/// leave as it is. The caller sets EditPlan::base. Throws IoError, Cancelled.
EditPlan editOf(const RepairPlan& plan, const Image& image, const JobControl& job);

} // namespace platter
