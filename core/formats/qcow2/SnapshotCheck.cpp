// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/SnapshotCheck.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/Findings.h"

#include <unordered_set>

namespace platter::qcow2 {

std::vector<Finding> examineSnapshotTable(const Qcow2Image& image)
{
    std::vector<Finding> findings;
    std::unordered_set<std::string> ids;
    const SnapshotTable& table = image.snapshotTable();
    const Bytes coverage = image.geometry().tableCoverage();
    for (std::size_t i = 0; i < table.snapshots.size(); ++i) {
        const SnapshotInfo& one = table.snapshots[i];
        const auto add = [&](const FindingKind& kind, std::vector<std::string> arguments) {
            findings.push_back({&kind, table.places[i], {}, {}, std::move(arguments)});
        };
        if (!ids.insert(one.id).second)
            add(snapshotIdTwice, {std::to_string(i), one.id});
        const auto tablesFor = [&](Bytes bytes) {
            return bytes.value / coverage.value + (bytes.value % coverage.value != 0);
        };
        const std::uint64_t forDisk = tablesFor(one.diskSize);
        if (one.l1Entries < forDisk)
            add(snapshotL1TooSmall,
                {one.name, std::to_string(one.l1Entries), std::to_string(forDisk)});
        // The saved memory lies behind the disk, from the next L1 entry on.
        else if (one.l1Entries - forDisk < tablesFor(one.vmStateSize))
            add(snapshotStateTooLong, {one.name, std::to_string(one.vmStateSize.value)});
        if (one.diskSize.value % 512)
            add(snapshotSize, {one.name, std::to_string(one.diskSize.value)});
    }
    return findings;
}

} // namespace platter::qcow2
