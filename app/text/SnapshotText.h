// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <QString>

#include <optional>
#include <vector>

namespace platter::app {

/// "clean", or "snapshot 3" for one without a name; "now" for nothing.
QString stateName(const std::vector<SnapshotInfo>& snapshots, std::optional<std::size_t> snapshot);

/// "from “clean”", "probably from “clean”", "perhaps from “clean”", or why there is no parent.
QString parentText(const std::vector<SnapshotInfo>& snapshots, const StateParent& parent);

/// What speaks for the parent, a sentence.
QString parentReason(const StateParent& parent);

/// "01:02:03.456": how long the machine had run.
QString clockText(std::uint64_t nanoseconds);

/// All snapshots and now as a table. `report` may be nullptr: what it would tell is left empty.
enum class TableForm { Text, Csv, Json };
QString snapshotsAs(
    TableForm form, const std::vector<SnapshotInfo>& snapshots, const SnapshotReport* report);

} // namespace platter::app
