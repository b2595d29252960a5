// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace platter {

/// Whether samples of `bytes` look like what no encoder makes shorter: encrypted or compressed
/// already. Much faster than trying. A guess, but always the same for the same bytes; never true of
/// less than 8 KiB.
bool looksLikeNoise(std::span<const std::byte> bytes);

} // namespace platter
