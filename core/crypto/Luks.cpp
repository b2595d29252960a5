// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Luks.h"

#include "core/crypto/AntiForensic.h"
#include "core/crypto/LuksLayout.h"
#include "core/crypto/NumberedSectors.h"

#include <openssl/crypto.h>

namespace platter {

namespace {

    /// The names of a checked header as what they stand for.
    CipherSpec specOf(const LuksHeader& header)
    {
        CipherSpec spec;
        spec.cipher = cipherNamed(header.cipherAlgorithm).value();
        spec.mode = modeNamed(header.cipherMode).value();
        spec.ivRule = ivRuleNamed(header.ivGenerator).value();
        if (spec.ivRule == IvRule::Essiv)
            spec.ivHash = hashNamed(header.ivHash).value();
        return spec;
    }

    /// Adds up the iterations of all slots for JobControl.
    class Progress {
    public:
        Progress(const LuksHeader& header, HashAlgorithm hash, const JobControl& job)
            : m_job(job)
        {
            for (const LuksSlot& slot : header.keySlots) {
                if (slot.active)
                    m_total += stretchWork(hash, slot.iterations, header.masterKeyLength)
                        + stretchWork(
                            hash, header.masterKeyIterations, header.masterKeyDigest.size());
            }
        }
        void operator()(std::uint64_t iterations)
        {
            m_done += iterations;
            m_job.step({m_done, m_total});
        }

    private:
        const JobControl& m_job;
        std::uint64_t m_done = 0;
        std::uint64_t m_total = 0;
    };

    /// The encrypted stripes of a slot, up to a whole sector.
    SecretBytes readMaterial(
        const ByteFile& file, HostOffset area, const LuksHeader& header, std::size_t index)
    {
        const LuksSlot& slot = header.keySlots[index];
        const std::size_t stripes = std::size_t{header.masterKeyLength} * slot.stripes;
        constexpr std::size_t sector = SectorCipher::sectorSize;
        SecretBytes material{(stripes + sector - 1) / sector * sector};
        const HostOffset place = area + slot.keyOffset;
        const std::size_t got = file.read(place, material.span());
        if (got != material.size())
            throw FormatError("LUKS key slot " + std::to_string(index), "key material", place.value,
                "the file ends inside it.");
        return material;
    }

    bool isMasterKey(const SecretBytes& key, const LuksHeader& header, HashAlgorithm hash,
        const StretchProgress& progress)
    {
        std::array<std::byte, std::tuple_size_v<decltype(header.masterKeyDigest)>> digest{};
        stretchPassphrase(
            hash, key.span(), header.masterKeySalt, header.masterKeyIterations, digest, progress);
        return CRYPTO_memcmp(digest.data(), header.masterKeyDigest.data(), digest.size()) == 0;
    }

} // namespace

LuksKey unlockLuks(const ByteFile& file, HostOffset area, const LuksHeader& header,
    std::string_view passphrase, const JobControl& job)
{
    const CipherSpec spec = specOf(header);
    const HashAlgorithm hash = hashNamed(header.hash).value();
    Progress total{header, hash, job};
    const StretchProgress progress = [&](std::uint64_t iterations) { total(iterations); };
    std::optional<FormatError> unreadable;

    for (std::size_t i = 0; i < header.keySlots.size(); ++i) {
        const LuksSlot& slot = header.keySlots[i];
        if (!slot.active)
            continue;
        try {
            SecretBytes material = readMaterial(file, area, header, i);
            SecretBytes slotKey{header.masterKeyLength};
            stretchPassphrase(hash, std::as_bytes(std::span{passphrase}), slot.salt,
                slot.iterations, slotKey.span(), progress);
            // NOTE(spec): the sectors of key material count from 0 at its own start.
            makeSectorCipher(spec, slotKey)->decrypt(0, material.span());
            const auto stripes
                = material.span().first(std::size_t{header.masterKeyLength} * slot.stripes);
            const SecretBytes masterKey = mergeStripes(hash, stripes, header.masterKeyLength);
            if (isMasterKey(masterKey, header, hash, progress))
                return {makeSectorCipher(spec, masterKey), static_cast<unsigned>(i)};
        } catch (const FormatError& error) {
            unreadable = error; // another slot may still open
        }
    }
    if (unreadable)
        throw *unreadable;
    throw PassphraseError("The passphrase opens none of the active key slots.");
}

} // namespace platter
