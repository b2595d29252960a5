// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/AntiForensic.h"

#include "core/base/Endian.h"
#include "core/crypto/Random.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace platter {

namespace {

    void mixInto(std::span<std::byte> key, std::span<const std::byte> stripe)
    {
        for (std::size_t i = 0; i < key.size(); ++i)
            key[i] ^= stripe[i];
    }

    /// Replaces each digest-sized piece of `key` by the hash of its number and itself.
    void diffuse(HashAlgorithm algorithm, std::span<std::byte> key)
    {
        SecretBytes digest{digestLength(algorithm)};
        for (std::uint32_t piece = 0; !key.empty(); ++piece) {
            const auto part = key.first(std::min(digest.size(), key.size()));
            std::array<std::byte, 4> number{};
            storeBig(number.data(), piece);
            digestOf(algorithm, {number, part}, digest.span());
            std::ranges::copy(digest.span().first(part.size()), part.begin());
            key = key.subspan(part.size());
        }
    }

} // namespace

SecretBytes mergeStripes(
    HashAlgorithm algorithm, std::span<const std::byte> stripes, std::size_t keyLength)
{
    assert(keyLength > 0 && !stripes.empty() && stripes.size() % keyLength == 0);
    SecretBytes key{keyLength};
    for (; stripes.size() > keyLength; stripes = stripes.subspan(keyLength)) {
        mixInto(key.span(), stripes);
        diffuse(algorithm, key.span());
    }
    mixInto(key.span(), stripes);
    return key;
}

void splitIntoStripes(HashAlgorithm algorithm, const SecretBytes& key, std::span<std::byte> stripes)
{
    assert(key.size() > 0 && !stripes.empty() && stripes.size() % key.size() == 0);
    fillRandom(stripes);
    const auto last = stripes.last(key.size());
    std::ranges::fill(last, std::byte{0}); // so that merging gives what it has to be mixed with
    const SecretBytes mixed = mergeStripes(algorithm, stripes, key.size());
    std::ranges::copy(mixed.span(), last.begin());
    mixInto(last, key.span());
}

} // namespace platter
