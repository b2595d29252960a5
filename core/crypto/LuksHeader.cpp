// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/crypto/Luks.h"

#include "core/base/Text.h"
#include "core/crypto/IvGenerator.h"
#include "core/crypto/LuksLayout.h"

#include <algorithm>

namespace platter {

namespace {

    using luks::bytesPerSector;

    constexpr Bytes wholeHeader = luks::headerLength + luks::slotLength * luks::slotCount;

    /// Header and slots as stored, and where each begins.
    struct Stored {
        luks::Header header;
        std::array<luks::Slot, luks::slotCount> slots;
    };

    HostOffset slotPlace(HostOffset area, std::size_t slot)
    {
        return area + luks::headerLength + luks::slotLength * slot;
    }

    std::string slotName(std::size_t slot)
    {
        return "LUKS key slot " + std::to_string(slot);
    }

    /// As many bytes of the header as the area and the file have.
    std::vector<std::byte> headerBytes(const ByteFile& file, HostOffset area, Bytes length)
    {
        std::vector<std::byte> bytes(std::min(length, wholeHeader).value);
        bytes.resize(file.read(area, bytes));
        return bytes;
    }

    std::string textOf(std::span<const std::byte> field)
    {
        return displayText(Display::Text, {}, field, {});
    }

    /// The sectors that the key material of one slot needs.
    std::uint64_t materialSectors(std::uint32_t keyBytes)
    {
        return (std::uint64_t{keyBytes} * luks::stripesOfSlot + bytesPerSector - 1)
            / bytesPerSector;
    }

    /// What is wrong with the place of a slot's key material, as the rest of a sentence.
    std::optional<std::string> placeProblem(const Stored& stored, std::size_t index, Bytes length)
    {
        const std::uint64_t sectors = materialSectors(stored.header.keyBytes);
        const std::uint64_t start = stored.slots[index].keyMaterialOffset;
        if (start + sectors > stored.header.payloadOffset)
            return "the key material would overlap the payload.";
        if ((start + sectors) * bytesPerSector > length.value)
            return "the key material passes the end of the LUKS area.";
        for (std::size_t other = 0; other < index; ++other) {
            const std::uint64_t otherStart = stored.slots[other].keyMaterialOffset;
            if (start < otherStart + sectors && otherStart < start + sectors)
                return "the key material overlaps that of slot " + std::to_string(other) + ".";
        }
        return {};
    }

    [[noreturn]] void throwUnsupported(const char* feature, const char* what, std::string_view name)
    {
        throw UnsupportedError(feature,
            std::string{"The "} + what + " of this LUKS volume, \"" + escapedText(name)
                + "\", is not one that Platter knows.");
    }

    /// Splits "cbc-essiv:sha256" and fills mode, generator and hash of the result.
    void readModeSpec(
        std::string_view spec, std::uint32_t keyBytes, std::string_view family, LuksHeader& result)
    {
        const std::size_t dash = spec.find('-');
        const auto mode = modeNamed(spec.substr(0, dash));
        if (!mode || dash == spec.npos)
            throwUnsupported("luks-cipher-mode", "cipher mode", spec);
        const std::size_t colon = spec.find(':', dash);
        const auto ivRule = ivRuleNamed(spec.substr(dash + 1, colon - dash - 1));
        if (!ivRule)
            throwUnsupported("luks-iv-generator", "cipher mode", spec);
        if (*mode == CipherMode::Xts && keyBytes % 2 != 0)
            throwUnsupported("luks-cipher", "cipher mode with an odd key", spec);
        const auto cipher = cipherOf(family, *mode == CipherMode::Xts ? keyBytes / 2 : keyBytes);
        if (!cipher)
            throwUnsupported("luks-cipher", "cipher",
                std::string{family} + " with a key of " + std::to_string(keyBytes) + " bytes");
        constexpr std::size_t xtsBlock = 16;
        if (*mode == CipherMode::Xts && blockLength(*cipher) != xtsBlock)
            throwUnsupported("luks-cipher-mode", "cipher mode for this cipher", spec);
        result.cipherAlgorithm = cipherName(*cipher);
        result.cipherMode = modeName(*mode);
        result.ivGenerator = ivRuleName(*ivRule);
        if (*ivRule != IvRule::Essiv)
            return;
        const std::string_view hash
            = colon == spec.npos ? std::string_view{} : spec.substr(colon + 1);
        const auto known = hashNamed(hash);
        if (!known || !essivCipher(*cipher, *known))
            throwUnsupported("luks-essiv", "hash for essiv", hash);
        result.ivHash = hash;
    }

} // namespace

LuksHeader readLuksHeader(const ByteFile& file, HostOffset area, Bytes length)
{
    const std::vector<std::byte> bytes = headerBytes(file, area, length);
    Stored stored;
    stored.header = parse(bytes, luks::headerTable, area);
    checkRules(stored.header, luks::headerTable, area);

    LuksHeader result;
    const std::string hash = textOf(stored.header.hashSpec);
    if (!hashNamed(hash))
        throwUnsupported("luks-hash", "hash function", hash);
    result.hash = hash;
    readModeSpec(textOf(stored.header.cipherMode), stored.header.keyBytes,
        textOf(stored.header.cipherName), result);
    result.uuid = textOf(stored.header.uuid);
    result.payloadOffset = Bytes{stored.header.payloadOffset} * bytesPerSector;
    result.masterKeyLength = stored.header.keyBytes;
    result.masterKeyIterations = stored.header.digestIterations;
    result.masterKeyDigest = stored.header.digest;
    result.masterKeySalt = stored.header.digestSalt;

    for (std::size_t i = 0; i < luks::slotCount; ++i) {
        const HostOffset place = slotPlace(area, i);
        const std::string name = slotName(i);
        const FieldTable<luks::Slot> table{
            name.c_str(), luks::slotTable.order, luks::slotTable.fields};
        const std::size_t from = std::min((place - area).value, std::uint64_t{bytes.size()});
        stored.slots[i] = parse(std::span{bytes}.subspan(from), table, place);
        checkRules(stored.slots[i], table, place);
        if (const auto problem = placeProblem(stored, i, length)) {
            const auto* row = table.find("key-material-offset");
            throw FormatError(name, row->name, place.value + row->at, *problem);
        }
        const luks::Slot& slot = stored.slots[i];
        result.keySlots[i] = {slot.state == luks::slotActive, slot.iterations, slot.salt,
            Bytes{slot.keyMaterialOffset} * bytesPerSector, slot.stripes};
    }
    return result;
}

std::vector<StructureMark> describeLuks(const ByteFile& file, HostOffset area, Bytes length)
{
    const std::vector<std::byte> bytes = headerBytes(file, area, length);
    std::vector<StructureMark> marks;
    Stored stored{};
    StructureMark header{"LUKS header", area, luks::headerLength,
        annotate(bytes, luks::headerTable, area),
        "How guest data is encrypted, and how the master key is found."};
    for (const FieldMark& mark : header.fields) {
        if (mark.name == "payload-offset" && mark.number)
            stored.header.payloadOffset = static_cast<std::uint32_t>(*mark.number);
        else if (mark.name == "key-bytes" && mark.number)
            stored.header.keyBytes = static_cast<std::uint32_t>(*mark.number);
    }
    marks.push_back(std::move(header));

    for (std::size_t i = 0; i < luks::slotCount; ++i) {
        const HostOffset place = slotPlace(area, i);
        const std::size_t from = (place - area).value;
        if (from >= bytes.size())
            break;
        const auto own = std::span{bytes}.subspan(from);
        StructureMark slot{slotName(i), place, luks::slotLength,
            annotate(own, luks::slotTable, place), "One passphrase that opens the volume."};
        if (slot.fields.size() == luks::slotTable.fields.size()) {
            stored.slots[i] = parse(own, luks::slotTable, place);
            const auto problem = placeProblem(stored, i, length);
            for (FieldMark& mark : slot.fields) {
                if (mark.name == "key-material-offset" && mark.verdict.empty() && problem)
                    mark.verdict = *problem;
            }
        }
        marks.push_back(std::move(slot));
    }
    for (std::size_t i = 0; i < luks::slotCount; ++i) {
        const luks::Slot& slot = stored.slots[i];
        const Bytes from = Bytes{slot.keyMaterialOffset} * bytesPerSector;
        const Bytes size = Bytes{stored.header.keyBytes} * slot.stripes;
        if (size.value == 0 || size > length || from > length - size)
            continue;
        marks.push_back({"Key material of slot " + std::to_string(i), area + from, size, {},
            PLATTER_TEXT(
                "Field", "The master key, encrypted by the passphrase of the slot and split.")});
    }
    return marks;
}

} // namespace platter
