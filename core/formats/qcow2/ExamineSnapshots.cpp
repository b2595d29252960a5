// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/SnapshotTree.h"
#include "core/formats/qcow2/StateScan.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>

namespace platter::qcow2 {

SnapshotReport Qcow2Image::examineSnapshots(const JobControl& job) const
{
    constexpr unsigned mostThreads = 8; // bounds what they read at once
    constexpr std::uint64_t half = 500; // permille: one half for each of the two steps
    const unsigned threads = std::min(defaultThreads(), mostThreads);
    const auto step = [&](std::uint64_t start) {
        return JobControl{
            job.stop, [&job, start](const ProgressUpdate& update) {
                if (job.report)
                    job.report(
                        {start + static_cast<std::uint64_t>(update.permille()) / 2, 2 * half});
            }};
    };
    const DiskStates states{*this};
    const StateScan scan = scanStates(*this, states, threads, step(0));
    const auto parents = inferParents(*this, states, scan, threads, step(half));
    SnapshotReport report;
    report.sharedIsExact = scan.sharedIsExact;
    for (std::uint32_t state = 0; state < states.count(); ++state) {
        const StateReport one{scan.usage[state], parents[state]};
        if (state == states.now())
            report.now = one;
        else
            report.snapshots.push_back(one);
    }
    return report;
}

} // namespace platter::qcow2
