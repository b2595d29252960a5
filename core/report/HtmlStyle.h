// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace platter {

/// The style of a report's page: light, dark and printed. The colours are those of the window's
/// theme, which the core cannot reach; a test keeps them the same.
extern const char* const reportStyle;

} // namespace platter
