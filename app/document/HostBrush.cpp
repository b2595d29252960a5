// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/HostBrush.h"

#include <algorithm>

namespace platter::app {

bool HostBrush::touches(HostOffset from, Bytes length) const
{
    const auto& runs = clusters->runs;
    const std::uint64_t size = clusters->clusterSize.value;
    const auto run
        = std::partition_point(runs.begin(), runs.end(), [&](const SurveyRun& candidate) {
              return candidate.start.value + candidate.clusters * size <= from.value;
          });
    return run != runs.end() && run->start < from + length;
}

} // namespace platter::app
