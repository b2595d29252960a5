// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/StandardOutput.h"
#include "core/base/Property.h"
#include "core/formats/RepairPlan.h"

namespace platter::cli {

/// The steps of a plan, what it leaves, and how much it writes.
void printPlan(StandardOutput& out, const RepairPlan& plan);

/// The same for programs.
PropertyObject planFacts(const RepairPlan& plan);

} // namespace platter::cli
