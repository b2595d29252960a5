// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/SecretBytes.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace platter {

/// The block ciphers of QCOW, QCOW2 and LUKS images.
enum class BlockCipher {
    Aes128,
    Aes192,
    Aes256,
    Serpent128,
    Serpent192,
    Serpent256,
    Twofish128,
    Twofish192,
    Twofish256,
    Cast5,
};

/// How a block cipher is applied to a sector.
enum class CipherMode { Ecb, Cbc, Ctr, Xts };

/// qemu-img's name: "aes-256".
const char* cipherName(BlockCipher cipher);
/// The cipher of a family as LUKS names it ("aes", "serpent", "twofish", "cast5") with a key of
/// `keyLength` bytes; nothing: there is none.
std::optional<BlockCipher> cipherOf(std::string_view family, std::size_t keyLength);
/// The cipher with qemu-img's name.
std::optional<BlockCipher> cipherNamed(std::string_view name);
/// The name of the family that `cipher` is of.
const char* cipherFamily(BlockCipher cipher);
/// Bytes of the cipher's own key; XTS takes two of them.
std::size_t keyLength(BlockCipher cipher);
/// Bytes; also the length of an initialisation vector.
std::size_t blockLength(BlockCipher cipher);

/// "ecb", "cbc", "ctr", "xts".
const char* modeName(CipherMode mode);
std::optional<CipherMode> modeNamed(std::string_view name);

/// A cipher with its key, working in place on whole sectors. For one thread at a time.
class KeyedCipher {
public:
    KeyedCipher() = default;
    KeyedCipher(const KeyedCipher&) = delete;
    KeyedCipher& operator=(const KeyedCipher&) = delete;
    virtual ~KeyedCipher() = default;

    /// `vector` has blockLength() bytes, `data` a multiple of it; ECB ignores the vector.
    virtual void decrypt(std::span<const std::byte> vector, std::span<std::byte> data) = 0;
    virtual void encrypt(std::span<const std::byte> vector, std::span<std::byte> data) = 0;
};

/// `key` has keyLength() bytes, twice as many for XTS. Throws UnsupportedError if the library
/// refuses the combination.
std::unique_ptr<KeyedCipher> makeKeyedCipher(
    BlockCipher cipher, CipherMode mode, const SecretBytes& key);

} // namespace platter
