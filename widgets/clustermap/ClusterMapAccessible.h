// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace platter {

/// Lets screen readers see a ClusterMap as a table of its visible cells and a ClusterStrip as a
/// slider. The widgets call it; more than once does no harm.
void installMapAccessibility();

} // namespace platter
