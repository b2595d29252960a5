// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/NewLuks.h"

#include <memory>
#include <optional>
#include <vector>

namespace platter {

/// How a new image is to be encrypted. What is not given is as QEMU chooses it.
struct NewEncryption {
    enum class Format {
        Aes, ///< QEMU's old one: weak, and no wrong passphrase is recognised
        Luks,
    };
    std::optional<Format> format; ///< nothing: only to be used with details from elsewhere
    // LUKS only:
    std::optional<BlockCipher> cipher;
    std::optional<CipherMode> mode;
    std::optional<IvRule> ivRule;
    std::optional<HashAlgorithm> ivHash; ///< with essiv
    std::optional<HashAlgorithm> hash;
    std::optional<std::chrono::milliseconds> iterationTime;

    std::shared_ptr<const SecretBytes> passphrase;

    /// Whether something is given that only LUKS has.
    bool hasLuksDetails() const
    {
        return cipher || mode || ivRule || ivHash || hash || iterationTime;
    }

    /// Passphrases are equal if they are the same object.
    bool operator==(const NewEncryption&) const = default;
};

/// The key of a new image. Immutable; shared by whoever writes it.
struct NewKey {
    NewEncryption::Format format = NewEncryption::Format::Aes;
    std::unique_ptr<const SectorCipher> cipher;
    std::vector<std::byte> luksArea; ///< LUKS: header and key material
};

/// Throws UnsupportedError (feature "new-image") for what does not fit together; PassphraseError if
/// there is no passphrase, or one that QEMU could not be given.
void requireUsable(const NewEncryption& encryption);

/// Makes the key. Takes seconds for LUKS, see makeLuks(). Throws as requireUsable() does;
/// Cancelled.
std::shared_ptr<const NewKey> makeKey(const NewEncryption& encryption, const JobControl& job);

/// The key of an image that was begun with `encryption`, from its LUKS header and key material.
/// Throws PassphraseError if the passphrase does not open it; FormatError; UnsupportedError;
/// Cancelled (within about 100 ms).
std::shared_ptr<const NewKey> reopenKey(
    const NewEncryption& encryption, std::vector<std::byte> luksArea, const JobControl& job);

} // namespace platter
