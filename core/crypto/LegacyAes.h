// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/SectorCipher.h"

#include <memory>
#include <string_view>

namespace platter {

/// AES-128-CBC as QCOW and QCOW2 (crypt_method 1) use it: the key is the first 16 bytes of the
/// passphrase, padded with zeros; sectors count from the start of the guest disk. No passphrase can
/// be proved wrong.
std::unique_ptr<SectorCipher> makeLegacyAes(std::string_view passphrase);

} // namespace platter
