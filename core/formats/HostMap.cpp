// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/HostMap.h"

#include <algorithm>

namespace platter {

std::vector<HostRange> orderedOutline(std::vector<HostRange> ranges, Bytes cluster, Bytes fileSize)
{
    std::sort(ranges.begin(), ranges.end(),
        [](const HostRange& a, const HostRange& b) { return a.start < b.start; });
    std::vector<HostRange> outline;
    std::uint64_t free = 0; // behind all before
    for (const HostRange& range : ranges) {
        if (range.length.value == 0 || range.start.value >= fileSize.value)
            continue;
        const std::uint64_t last = range.start.value
            + std::min(range.length.value, fileSize.value - range.start.value) - 1;
        const std::uint64_t from
            = std::max(free, range.start.value / cluster.value * cluster.value);
        const std::uint64_t end
            = std::min(fileSize.value - 1, last / cluster.value * cluster.value + cluster.value - 1)
            + 1;
        if (end <= from)
            continue;
        free = end;
        if (!outline.empty() && outline.back().use == range.use
            && (outline.back().start + outline.back().length).value == from)
            outline.back().length += Bytes{end - from};
        else
            outline.push_back({HostOffset{from}, Bytes{end - from}, range.use, {}});
    }
    return outline;
}

} // namespace platter
