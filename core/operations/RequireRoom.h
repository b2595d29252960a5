// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

namespace platter {

/// What a user without special rights may still store where `target` is or would be; nothing: the
/// file system does not say, or new files may share blocks there. An existing target counts as
/// used: it is replaced only when the new file is complete.
std::optional<Bytes> freeSpaceAt(const std::filesystem::path& target);

/// Says why the new image cannot fit into `free` bytes; nothing: it fits, or it may.
///
/// Reads the map, and some of the data only if the map alone leaves it open. For an image with
/// snapshots the present state is looked at, which is the least that it needs. Throws as
/// measureConversion() does.
std::optional<std::string> whyNoRoom(
    const VirtualDisk& disk, const ConvertOptions& options, Bytes free, const JobControl& job);

} // namespace platter
