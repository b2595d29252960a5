// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostMap.h"
#include "core/formats/vdi/BlockMap.h"

namespace platter::vdi {

/// Hands out what each range of the file is for, from 0 to its end. Needs 16 MiB of memory at most;
/// reads the block map once for every 4194304 blocks that the file holds. Throws IoError,
/// Cancelled.
void scanHostRanges(const ByteFile& file, const Header& header, const BlockMap& map,
    const HostSink& sink, const JobControl& job);

} // namespace platter::vdi
