// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace platter {

/// Fills `bytes` with random ones that are fit for keys. Thread-safe. Throws UnsupportedError
/// (feature "openssl") if the system has none.
void fillRandom(std::span<std::byte> bytes);

} // namespace platter
