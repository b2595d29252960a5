// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/SnapshotReport.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace platter {

/// Lines of a graph that are told apart. A state in a later lane is drawn in the last one.
inline constexpr unsigned graphLanes = 12;

/// One row of the tree of states as it is drawn, the youngest on top: a dot in a lane, and lines
/// that lead to it and past it. Sets of lanes are bit masks.
struct GraphRow {
    std::optional<std::size_t> state; ///< index of the snapshot; nothing: now
    std::uint32_t lane = 0; ///< of the dot; may pass graphLanes
    std::uint16_t above = 0; ///< lanes in which a line comes from the row above
    std::uint16_t below = 0; ///< lanes in which a line goes to the row below
    std::uint16_t joining
        = 0; ///< of those above: the ones that end at the dot, its own not counted
    bool parentIsGuessed = false; ///< the line below the dot is not sure
};

/// Lays out now and all snapshots. Children keep their parent's lane where they can; the row of
/// now is the first one.
std::vector<GraphRow> layOutSnapshots(const SnapshotReport& report);

} // namespace platter
