// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/LuksLayout.h"

#include "core/base/Text.h"

#include <algorithm>

namespace platter::luks {

namespace {

    using Verdict = std::optional<std::string>;

    template <auto Member>
    Verdict terminatedRule(const Header& header)
    {
        if (std::ranges::find(header.*Member, std::byte{0}) != (header.*Member).end())
            return {};
        return "the text has no end: a zero byte is missing.";
    }

    constexpr auto headerRows = std::to_array<Field<Header>>({
        field<&Header::magic>(
            "magic", 0, Display::Raw, PLATTER_TEXT("Field", "Always 'LUKS' and bytes 0xba, 0xbe."))
            .withRule([](const Header& header) -> Verdict {
                if (header.magic == magicBytes)
                    return {};
                return "it is not 'LUKS' 0xba 0xbe: this is not a LUKS header.";
            }),
        field<&Header::version>("version", 6, Display::Number,
            PLATTER_TEXT("Field", "1: the only version inside disk images."))
            .withRule([](const Header& header) -> Verdict {
                if (header.version == 1)
                    return {};
                return "version " + std::to_string(header.version)
                    + " is not known; only version 1 is.";
            }),
        field<&Header::cipherName>(
            "cipher-name", 8, Display::Text, PLATTER_TEXT("Field", "The block cipher: aes, …"))
            .withRule(terminatedRule<&Header::cipherName>),
        field<&Header::cipherMode>("cipher-mode", 40, Display::Text,
            PLATTER_TEXT("Field", "How it is applied to a sector, and how sectors are numbered."))
            .withRule(terminatedRule<&Header::cipherMode>),
        field<&Header::hashSpec>("hash-spec", 72, Display::Text,
            PLATTER_TEXT("Field", "The hash function of key stretching and of key splitting."))
            .withRule(terminatedRule<&Header::hashSpec>),
        field<&Header::payloadOffset>("payload-offset", 104, Display::Number,
            PLATTER_TEXT("Field",
                "Where encrypted data begins in a bare volume, in sectors of 512 "
                "bytes; inside QCOW2 it only bounds the key material."))
            .withRule([](const Header& header) -> Verdict {
                if (header.payloadOffset >= headerSectors)
                    return {};
                return "the payload would overlap the header.";
            }),
        field<&Header::keyBytes>("key-bytes", 108, Display::Length,
            PLATTER_TEXT("Field", "Length of the master key; XTS takes two keys of the cipher."))
            .withRule([](const Header& header) -> Verdict {
                if (header.keyBytes != 0)
                    return {};
                return "a master key has at least one byte.";
            }),
        field<&Header::digest>("mk-digest", 112, Display::Raw,
            PLATTER_TEXT("Field", "Tells whether a passphrase gave the right master key.")),
        field<&Header::digestSalt>("mk-digest-salt", 132, Display::Raw,
            PLATTER_TEXT("Field", "Salt of the master key digest.")),
        field<&Header::digestIterations>("mk-digest-iter", 164, Display::Number,
            PLATTER_TEXT("Field", "Rounds of key stretching for the master key digest."))
            .withRule([](const Header& header) -> Verdict {
                if (header.digestIterations != 0)
                    return {};
                return "it must be at least 1.";
            }),
        field<&Header::uuid>(
            "uuid", 168, Display::Text, PLATTER_TEXT("Field", "Names the volume.")),
    });
    static_assert(tiles(headerRows, headerLength));

    constexpr auto slotStates
        = std::to_array<ValueName>({{slotActive, "active"}, {slotInactive, "inactive"}});

    constexpr auto slotRows = std::to_array<Field<Slot>>({
        field<&Slot::state>("active", 0, Display::Hex,
            PLATTER_TEXT("Field", "Whether a passphrase is stored in this slot."))
            .withValues(slotStates)
            .withRule([](const Slot& slot) -> Verdict {
                if (slot.state == slotActive || slot.state == slotInactive)
                    return {};
                return "it is neither 0xac71f3 (active) nor 0xdead (inactive).";
            }),
        field<&Slot::iterations>("iterations", 4, Display::Number,
            PLATTER_TEXT("Field", "Rounds of key stretching for the passphrase of this slot."))
            .withRule([](const Slot& slot) -> Verdict {
                if (slot.iterations != 0 || slot.state != slotActive)
                    return {};
                return "an active slot must have at least 1.";
            }),
        field<&Slot::salt>(
            "salt", 8, Display::Raw, PLATTER_TEXT("Field", "Salt of the passphrase.")),
        field<&Slot::keyMaterialOffset>("key-material-offset", 40, Display::Number,
            PLATTER_TEXT("Field",
                "Where the encrypted, split master key lies, in sectors of 512 "
                "bytes from the start of the LUKS area."))
            .withRule([](const Slot& slot) -> Verdict {
                if (slot.keyMaterialOffset >= headerSectors)
                    return {};
                return "the key material would overlap the header.";
            }),
        field<&Slot::stripes>("stripes", 44, Display::Number,
            PLATTER_TEXT("Field", "Into how many parts the master key is split: always 4000."))
            .withRule([](const Slot& slot) -> Verdict {
                if (slot.stripes == stripesOfSlot)
                    return {};
                return "it must be 4000.";
            }),
    });
    static_assert(tiles(slotRows, slotLength));

} // namespace

constinit const FieldTable<Header> headerTable{"LUKS header", ByteOrder::Big, headerRows};
constinit const FieldTable<Slot> slotTable{"LUKS key slot", ByteOrder::Big, slotRows};

} // namespace platter::luks
