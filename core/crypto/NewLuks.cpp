// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/NewLuks.h"

#include "core/base/Error.h"
#include "core/crypto/AntiForensic.h"
#include "core/crypto/LuksLayout.h"
#include "core/crypto/NumberedSectors.h"
#include "core/crypto/Random.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>

namespace platter {

namespace {

    using luks::bytesPerSector;

    constexpr std::uint64_t fewestIterations = 1000; ///< QEMU's
    constexpr std::uint64_t mostIterations = 0xffffffff;
    constexpr std::uint64_t slotAlignment = 8; ///< sectors

    std::size_t masterKeyLength(const CipherSpec& spec)
    {
        return keyLength(spec.cipher) * (spec.mode == CipherMode::Xts ? 2 : 1);
    }

    /// What this thread has taken of a processor, so that other programs do not count.
    double processorSeconds()
    {
        std::timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    }

    /// How many iterations that give one digest are done here in a second.
    double iterationsPerSecond(HashAlgorithm hash, const StretchProgress& progress)
    {
        constexpr double longEnough = 0.05; // seconds
        constexpr std::array<std::byte, 32> salt{};
        SecretBytes key{digestLength(hash)};
        for (std::uint32_t iterations = 1 << 12;; iterations *= 2) {
            const double start = processorSeconds();
            stretchPassphrase(hash, key.span(), salt, iterations, key.span(), progress);
            const double taken = processorSeconds() - start;
            if (taken >= longEnough || iterations >= 1U << 30)
                return iterations / std::max(taken, 1e-6);
        }
    }

    /// The iterations that fill `seconds` for a key of `length` bytes.
    std::uint32_t iterationsFor(double seconds, double rate, HashAlgorithm hash, std::size_t length)
    {
        const double digests = static_cast<double>(stretchWork(hash, 1, length));
        const double wanted
            = std::min(seconds * rate / digests, static_cast<double>(mostIterations));
        return static_cast<std::uint32_t>(
            std::max(static_cast<std::uint64_t>(wanted), fewestIterations));
    }

    template <std::size_t Length>
    void setText(std::array<std::byte, Length>& field, const std::string& text)
    {
        std::memcpy(field.data(), text.data(), std::min(text.size(), Length - 1));
    }

    std::string modeSpec(const CipherSpec& spec)
    {
        std::string text = std::string{modeName(spec.mode)} + "-" + ivRuleName(spec.ivRule);
        if (spec.ivRule == IvRule::Essiv)
            text += std::string{":"} + hashName(spec.ivHash);
        return text;
    }

    /// A random one, version 4, as text.
    std::string newUuid()
    {
        std::array<std::byte, 16> bytes{};
        fillRandom(bytes);
        bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
        bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
        std::string text;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10)
                text += '-';
            constexpr const char* digits = "0123456789abcdef";
            text += digits[std::to_integer<unsigned>(bytes[i] >> 4)];
            text += digits[std::to_integer<unsigned>(bytes[i] & std::byte{0x0f})];
        }
        return text;
    }

    [[noreturn]] void refuse(const std::string& what)
    {
        throw UnsupportedError("new-image", what);
    }

} // namespace

void requireUsable(const LuksChoice& choice)
{
    const CipherSpec& spec = choice.cipher;
    const std::string cipher = cipherName(spec.cipher);
    constexpr std::size_t xtsBlock = 16;
    if (spec.mode == CipherMode::Xts && blockLength(spec.cipher) != xtsBlock)
        refuse("The cipher " + cipher + " cannot be used in the mode xts.");
    // NOTE(spec): key material is encrypted by sectors; QEMU cannot have a part of one.
    if (masterKeyLength(spec) * luks::stripesOfSlot % bytesPerSector != 0)
        refuse("The cipher " + cipher + " is possible in the mode xts only.");
    if (spec.ivRule == IvRule::Essiv && !essivCipher(spec.cipher, spec.ivHash))
        refuse("The cipher " + cipher + " cannot be used with essiv and the hash function "
            + hashName(spec.ivHash) + ".");
    if (choice.iterationTime.count() < 1)
        refuse("A passphrase is stretched for at least one millisecond.");
}

NewLuks makeLuks(
    const LuksChoice& choice, std::span<const std::byte> passphrase, const JobControl& job)
{
    requireUsable(choice);
    const StretchProgress progress = [&](std::uint64_t) { job.checkStop(); };
    SecretBytes masterKey{masterKeyLength(choice.cipher)};
    fillRandom(masterKey.span());
    const double rate = iterationsPerSecond(choice.hash, progress);
    const double seconds = std::chrono::duration<double>{choice.iterationTime}.count();

    const std::uint64_t material
        = (masterKey.size() * luks::stripesOfSlot + bytesPerSector - 1) / bytesPerSector;
    const std::uint64_t perSlot = (material + slotAlignment - 1) / slotAlignment * slotAlignment;
    luks::Header header;
    setText(header.cipherName, cipherFamily(choice.cipher.cipher));
    setText(header.cipherMode, modeSpec(choice.cipher));
    setText(header.hashSpec, hashName(choice.hash));
    setText(header.uuid, newUuid());
    header.magic = luks::magicBytes;
    header.version = 1;
    header.payloadOffset
        = static_cast<std::uint32_t>(luks::headerSectors + perSlot * luks::slotCount);
    header.keyBytes = static_cast<std::uint32_t>(masterKey.size());
    fillRandom(header.digestSalt);
    // The digest is computed for every slot that is tried: it gets an eighth of the time.
    header.digestIterations = iterationsFor(seconds / 8, rate, choice.hash, header.digest.size());
    stretchPassphrase(choice.hash, masterKey.span(), header.digestSalt, header.digestIterations,
        header.digest, progress);

    NewLuks made;
    made.area.resize(header.payloadOffset * bytesPerSector);
    write(header, luks::headerTable, made.area);
    for (std::uint64_t i = 0; i < luks::slotCount; ++i) {
        luks::Slot slot;
        slot.state = luks::slotInactive;
        slot.keyMaterialOffset = static_cast<std::uint32_t>(luks::headerSectors + perSlot * i);
        slot.stripes = luks::stripesOfSlot;
        if (i == 0) {
            slot.state = luks::slotActive;
            slot.iterations = iterationsFor(seconds, rate, choice.hash, masterKey.size());
            fillRandom(slot.salt);
            SecretBytes slotKey{masterKey.size()};
            stretchPassphrase(
                choice.hash, passphrase, slot.salt, slot.iterations, slotKey.span(), progress);
            SecretBytes stripes{material * bytesPerSector};
            splitIntoStripes(choice.hash, masterKey, stripes.span());
            makeSectorCipher(choice.cipher, slotKey)->encrypt(0, stripes.span());
            std::ranges::copy(stripes.span(),
                made.area.begin()
                    + static_cast<std::ptrdiff_t>(slot.keyMaterialOffset * bytesPerSector));
        }
        const Bytes at = luks::headerLength + luks::slotLength * i;
        write(slot, luks::slotTable, std::span{made.area}.subspan(at.value));
    }
    made.cipher = makeSectorCipher(choice.cipher, masterKey);
    return made;
}

} // namespace platter
