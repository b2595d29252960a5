// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Random.h"

#include "core/base/Error.h"

#include <openssl/rand.h>

#include <algorithm>

namespace platter {

void fillRandom(std::span<std::byte> bytes)
{
    constexpr std::size_t mostAtOnce = 1 << 20; // the library counts in int
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), mostAtOnce));
        if (RAND_priv_bytes(
                reinterpret_cast<unsigned char*>(part.data()), static_cast<int>(part.size()))
            != 1)
            throw UnsupportedError("openssl", "OpenSSL has no random bytes for a new key.");
        bytes = bytes.subspan(part.size());
    }
}

} // namespace platter
