// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/NewKey.h"

#include "core/base/Error.h"
#include "core/base/Text.h"
#include "core/crypto/LegacyAes.h"
#include "core/crypto/Luks.h"
#include "core/io/MemoryFile.h"

#include <string_view>

namespace platter {

namespace {

    [[noreturn]] void refuse(const char* what)
    {
        throw UnsupportedError("new-image", what);
    }

    std::string_view textOf(const SecretBytes& passphrase)
    {
        return {reinterpret_cast<const char*>(passphrase.data()), passphrase.size()};
    }

    LuksChoice choiceOf(const NewEncryption& encryption)
    {
        LuksChoice choice;
        CipherSpec& spec = choice.cipher;
        spec.cipher = encryption.cipher.value_or(spec.cipher);
        spec.mode = encryption.mode.value_or(spec.mode);
        spec.ivRule = encryption.ivRule.value_or(spec.ivRule);
        spec.ivHash = encryption.ivHash.value_or(spec.ivHash);
        choice.hash = encryption.hash.value_or(choice.hash);
        choice.iterationTime = encryption.iterationTime.value_or(choice.iterationTime);
        return choice;
    }

    void requirePassphrase(const NewEncryption& encryption)
    {
        if (!encryption.passphrase)
            throw PassphraseError(
                "The new image is to be encrypted, and there is no passphrase for it.");
        const std::string_view text = textOf(*encryption.passphrase);
        if (text.empty())
            throw PassphraseError("The passphrase for the new image is empty.");
        // NOTE(qemu): its secrets are text that ends at the first zero byte.
        if (!isUtf8(text) || text.find('\0') != std::string_view::npos)
            throw PassphraseError("The passphrase for the new image is not text in UTF-8: QEMU "
                                  "could not be given it.");
    }

} // namespace

void requireUsable(const NewEncryption& encryption)
{
    if (!encryption.format)
        refuse("The method of encryption is missing: luks, or the old aes.");
    if (*encryption.format == NewEncryption::Format::Aes) {
        if (encryption.hasLuksDetails())
            refuse("Ciphers, modes and hash functions can be chosen for LUKS only.");
    } else {
        const LuksChoice choice = choiceOf(encryption);
        if (encryption.ivHash && choice.cipher.ivRule != IvRule::Essiv)
            refuse("Only the IV generator essiv has a hash function.");
        requireUsable(choice);
    }
    requirePassphrase(encryption);
}

std::shared_ptr<const NewKey> makeKey(const NewEncryption& encryption, const JobControl& job)
{
    requireUsable(encryption);
    auto key = std::make_shared<NewKey>();
    key->format = *encryption.format;
    if (key->format == NewEncryption::Format::Aes) {
        key->cipher = makeLegacyAes(textOf(*encryption.passphrase));
        return key;
    }
    NewLuks made = makeLuks(choiceOf(encryption), encryption.passphrase->span(), job);
    key->cipher = std::move(made.cipher);
    key->luksArea = std::move(made.area);
    return key;
}

std::shared_ptr<const NewKey> reopenKey(
    const NewEncryption& encryption, std::vector<std::byte> luksArea, const JobControl& job)
{
    requireUsable(encryption);
    auto key = std::make_shared<NewKey>();
    key->format = NewEncryption::Format::Luks;
    const MemoryFile file{luksArea};
    const Bytes length{luksArea.size()};
    const LuksHeader header = readLuksHeader(file, HostOffset{0}, length);
    key->cipher
        = unlockLuks(file, HostOffset{0}, header, textOf(*encryption.passphrase), job).cipher;
    key->luksArea = std::move(luksArea);
    return key;
}

} // namespace platter
