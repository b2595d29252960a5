// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QTableView;

namespace platter::app {

class SnapshotsModel;

/// Gives each column of a table of snapshots its width. Columns that tell nothing are hidden; so
/// are the least important ones where there is no room for all, so that names and notes stay in
/// view.
void fitSnapshotColumns(QTableView& table, const SnapshotsModel& model);

} // namespace platter::app
