// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"

#include <functional>
#include <vector>

namespace platter {

/// Places of clusters of the kinds that `wanted` says, evenly spread over all of them and rising:
/// all of them where there are fewer than `most`, else at least as many and less than twice so.
/// Reads the tables of the whole state. Throws IoError, Cancelled.
std::vector<GuestOffset> samplePlaces(const GuestMapping& state, Bytes cluster, std::size_t most,
    const std::function<bool(ExtentKind)>& wanted, const JobControl& job);

} // namespace platter
