// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/Hash.h"
#include "core/crypto/KeyedCipher.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace platter {

/// How a sector's number becomes the initialisation vector (IV) of its encryption.
enum class IvRule {
    Plain, ///< its low 32 bits, little endian
    Plain64, ///< its 64 bits, little endian
    Essiv, ///< plain64 encrypted with a key that is a hash of the data key
};

/// "plain", "plain64", "essiv".
const char* ivRuleName(IvRule rule);
std::optional<IvRule> ivRuleNamed(std::string_view name);

/// The cipher that essiv uses beside `data` with a hash: of the same family, its key as long as the
/// digest. Nothing: they do not fit together.
std::optional<BlockCipher> essivCipher(BlockCipher data, HashAlgorithm hash);

/// What a sector's encryption is made of.
struct CipherSpec {
    BlockCipher cipher = BlockCipher::Aes256;
    CipherMode mode = CipherMode::Xts;
    IvRule ivRule = IvRule::Plain64;
    HashAlgorithm ivHash = HashAlgorithm::Sha256; ///< for essiv only
};

/// Makes initialisation vectors. For one thread at a time.
/// Source: LUKS On-Disk Format Specification 1.1; Linux dm-crypt.
class IvGenerator {
public:
    /// Throws UnsupportedError if essiv cannot work with this cipher and hash.
    IvGenerator(const CipherSpec& spec, const SecretBytes& key);

    /// The vector of a sector, blockLength() bytes; valid until the next call.
    std::span<const std::byte> vectorFor(std::uint64_t sector);

private:
    IvRule m_rule;
    std::size_t m_length;
    std::array<std::byte, 16> m_vector{};
    std::unique_ptr<KeyedCipher> m_essiv;
};

} // namespace platter
