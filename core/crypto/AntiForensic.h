// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/Hash.h"
#include "core/crypto/SecretBytes.h"

#include <cstddef>
#include <span>

namespace platter {

/// Puts a key of `keyLength` bytes together from `stripes`, which holds a whole number of stripes
/// of that length: without any one of them it is lost. Source: LUKS On-Disk Format Specification
/// 1.1, "Anti-forensic information splitting".
SecretBytes mergeStripes(
    HashAlgorithm algorithm, std::span<const std::byte> stripes, std::size_t keyLength);

/// The inverse: fills `stripes`, a whole number of stripes as long as `key`, so that merging them
/// gives `key`. All but the last are random.
void splitIntoStripes(
    HashAlgorithm algorithm, const SecretBytes& key, std::span<std::byte> stripes);

} // namespace platter
