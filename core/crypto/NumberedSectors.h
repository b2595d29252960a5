// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/IvGenerator.h"
#include "core/crypto/SectorCipher.h"

#include <memory>

namespace platter {

/// A cipher of sectors whose initialisation vectors come from their numbers. `key` is as for
/// makeKeyedCipher(). Throws UnsupportedError for parts that do not fit together.
std::unique_ptr<SectorCipher> makeSectorCipher(const CipherSpec& spec, const SecretBytes& key);

} // namespace platter
