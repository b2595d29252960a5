// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/StandardOutput.h"
#include "core/base/Property.h"
#include "core/formats/Image.h"

#include <string>

namespace platter::cli {

/// A snapshot in JSON, with the keys of qemu-img and its disk size.
PropertyObject describeSnapshot(const SnapshotInfo& snapshot);
PropertyList snapshotList(const Image& image);

/// The table of snapshots as qemu-img prints it.
void printSnapshots(StandardOutput& out, const Image& image);

/// "2026-11-23 06:01:30", in local time.
std::string localTimeText(std::uint32_t secondsSince1970);

} // namespace platter::cli
