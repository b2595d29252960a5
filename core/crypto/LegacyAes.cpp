// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/LegacyAes.h"

#include "core/crypto/NumberedSectors.h"

#include <algorithm>

namespace platter {

std::unique_ptr<SectorCipher> makeLegacyAes(std::string_view passphrase)
{
    SecretBytes key{keyLength(BlockCipher::Aes128)};
    const auto taken
        = std::as_bytes(std::span{passphrase}).first(std::min(key.size(), passphrase.size()));
    std::ranges::copy(taken, key.span().begin());
    return makeSectorCipher({BlockCipher::Aes128, CipherMode::Cbc, IvRule::Plain64}, key);
}

} // namespace platter
