// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Salvage.h"

#include <filesystem>

namespace platter {

/// What salvage() wrote.
struct SalvageResult {
    Bytes diskSize{};
    Bytes fileLength{}; ///< of the new file
};

/// Writes what `plan` reads to a new QCOW2 image of the same cluster size, which appears under its
/// name when it is complete and on stable storage. The damaged file is only read.
///
/// @param source  the damaged file, which `target` must not be
/// @param job     told in bytes of the guest disk
/// Throws Error if `target` is `source`; what NewFile throws; IoError; Cancelled.
SalvageResult salvage(const SalvagePlan& plan, const std::filesystem::path& source,
    const std::filesystem::path& target, const JobControl& job);

} // namespace platter
