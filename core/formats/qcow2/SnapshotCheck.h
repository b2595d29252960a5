// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Qcow2Image.h"

#include <vector>

namespace platter::qcow2 {

/// What the entries of the snapshot table say that cannot be right together: ids used twice, sizes
/// that do not fit their L1 tables. Reads nothing; what readSnapshots() found is not repeated.
std::vector<Finding> examineSnapshotTable(const Qcow2Image& image);

} // namespace platter::qcow2
