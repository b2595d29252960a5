// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/SnapshotGraph.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace platter {

namespace {

    std::uint16_t bitOf(std::uint32_t lane)
    {
        return lane < graphLanes ? static_cast<std::uint16_t>(1U << lane) : std::uint16_t{0};
    }

    void clear(std::uint16_t& mask, std::uint32_t lane)
    {
        mask = static_cast<std::uint16_t>(mask & ~bitOf(lane));
    }

    void set(std::uint16_t& mask, std::uint32_t lane)
    {
        mask = static_cast<std::uint16_t>(mask | bitOf(lane));
    }

} // namespace

std::vector<GraphRow> layOutSnapshots(const SnapshotReport& report)
{
    const std::size_t count = report.snapshots.size();
    std::vector<GraphRow> rows;
    rows.reserve(count + 1);
    std::vector<std::vector<std::uint32_t>> waiting(count); // lanes that lead down to a snapshot
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
    std::uint32_t lanes = 0;
    std::uint16_t open = 0; // lanes with a line to the next row
    // A parent is always an earlier snapshot, so that it comes further down.
    for (std::size_t i = count + 1; i-- > 0;) {
        const bool isNow = i == count;
        const StateParent& parent = isNow ? report.now.parent : report.snapshots[i].parent;
        GraphRow row;
        if (!isNow)
            row.state = i;
        row.above = open;
        if (isNow || waiting[i].empty()) {
            if (free.empty()) {
                row.lane = lanes++;
            } else {
                row.lane = free.top();
                free.pop();
            }
        } else {
            auto& mine = waiting[i];
            row.lane = *std::min_element(mine.begin(), mine.end());
            for (const std::uint32_t lane : mine) {
                if (lane == row.lane)
                    continue;
                set(row.joining, lane);
                clear(open, lane);
                free.push(lane);
            }
            std::vector<std::uint32_t>{}.swap(mine);
        }
        if (parent.snapshot) {
            waiting[*parent.snapshot].push_back(row.lane);
            set(open, row.lane);
        } else {
            clear(open, row.lane);
            free.push(row.lane);
        }
        row.below = open;
        row.parentIsGuessed = parent.snapshot && parent.confidence() != ParentConfidence::Sure;
        rows.push_back(row);
    }
    return rows;
}

} // namespace platter
