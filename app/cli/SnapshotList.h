// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/StandardOutput.h"
#include "core/formats/Image.h"

#include <string>

namespace platter::cli {

/// The table of snapshots as qemu-img prints it.
void printSnapshots(StandardOutput& out, const Image& image);

/// "2026-11-23 06:01:30", in local time.
std::string localTimeText(std::uint32_t secondsSince1970);

} // namespace platter::cli
