// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace platter::app {

/// The pages of a window, in their fixed order. What else is fixed of a page stands in
/// app/window/PageSpec.h.
enum class PageId { Overview, Header, Map, Refcounts, Snapshots, Chain, Bitmaps, Check, Convert, Hex };

} // namespace platter::app
