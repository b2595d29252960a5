// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/Header.h"

#include "core/base/Text.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace platter::qcow1 {

namespace {

    using Verdict = std::optional<std::string>;

    constexpr std::uint32_t expectedMagic = 0x514649fb;
    constexpr std::size_t headerBytes = headerLength.value;
    constexpr std::uint32_t longestName = 1023;
    /// Most entries of the L1 table: QEMU's limit of 2 GiB for it.
    constexpr std::uint64_t mostL1Entries = (std::uint64_t{1} << 28) - 1;
    constexpr std::uint64_t largestPosition = ~std::uint64_t{0} >> 1;

    constexpr auto cryptMethods = std::to_array<ValueName>({
        {0, "not encrypted"},
        {1, "AES"},
    });

    bool hasUsableBits(const Header& header)
    {
        return header.clusterBits >= 9 && header.clusterBits <= 16 && header.l2Bits >= 6
            && header.l2Bits <= 13;
    }

    constexpr auto rows = std::to_array<Field<Header>>({
        field<&Header::magic>(
            "magic", 0, Display::Hex, PLATTER_TEXT("Field", "Always 'QFI' and byte 0xfb."))
            .withRule([](const Header& header) -> Verdict {
                if (header.magic != expectedMagic)
                    return "it is not 0x514649fb: this is not a QCOW image.";
                return {};
            }),
        field<&Header::version>("version", 4, Display::Number, PLATTER_TEXT("Field", "1."))
            .withRule([](const Header& header) -> Verdict {
                if (header.version != 1)
                    return "version " + std::to_string(header.version) + " is not QCOW version 1.";
                return {};
            }),
        field<&Header::backingFileOffset>("backing_file_offset", 8, Display::Position,
            PLATTER_TEXT("Field", "Where the backing file's name begins; 0: no backing file.")),
        field<&Header::backingFileSize>("backing_file_size", 16, Display::Number,
            PLATTER_TEXT("Field", "Length of the backing file's name in bytes, at most 1023."))
            .withRule([](const Header& header) -> Verdict {
                if (header.backingFileOffset.value != 0 && header.backingFileSize > longestName)
                    return "the backing file name is longer than 1023 bytes.";
                return {};
            }),
        field<&Header::backingTime>("mtime", 20, Display::Seconds,
            PLATTER_TEXT("Field", "When the backing file was changed; QEMU writes 0.")),
        field<&Header::size>("size", 24, Display::Length,
            PLATTER_TEXT("Field", "Virtual size of the disk in bytes."))
            .withRule([](const Header& header) -> Verdict {
                if (header.size.value < 2)
                    return "a disk of " + std::to_string(header.size.value)
                        + " bytes is too small.";
                if (header.size.value > largestPosition)
                    return "the disk passes 2^63 bytes.";
                if (hasUsableBits(header) && header.l1Entries() > mostL1Entries)
                    return "the disk needs an L1 table of " + std::to_string(header.l1Entries())
                        + " entries; QEMU allows 268435455.";
                return {};
            }),
        field<&Header::clusterBits>("cluster_bits", 32, Display::PowerOfTwo,
            PLATTER_TEXT("Field", "A cluster has 2 to this power bytes; 9 to 16."))
            .withRule([](const Header& header) -> Verdict {
                if (header.clusterBits < 9 || header.clusterBits > 16)
                    return std::to_string(header.clusterBits)
                        + " is not between 9 (512 bytes) and 16 (64 KiB).";
                return {};
            }),
        field<&Header::l2Bits>("l2_bits", 33, Display::Number,
            PLATTER_TEXT("Field", "An L2 table has 2 to this power entries; 6 to 13."))
            .withRule([](const Header& header) -> Verdict {
                if (header.l2Bits < 6 || header.l2Bits > 13)
                    return std::to_string(header.l2Bits) + " is not between 6 and 13.";
                return {};
            }),
        field<&Header::padding>("padding", 34, Display::Number, PLATTER_TEXT("Field", "0.")),
        field<&Header::cryptMethod>("crypt_method", 36, Display::Number,
            PLATTER_TEXT("Field", "How guest data is encrypted."))
            .withValues(cryptMethods)
            .withRule([](const Header& header) -> Verdict {
                if (header.cryptMethod > 1)
                    return "encryption method " + std::to_string(header.cryptMethod)
                        + " is not known.";
                return {};
            }),
        field<&Header::l1TableOffset>("l1_table_offset", 40, Display::Position,
            PLATTER_TEXT("Field", "Where the L1 table begins."))
            .withRule([](const Header& header) -> Verdict {
                if (header.l1TableOffset.value > largestPosition - 8 * mostL1Entries)
                    return "the L1 table would end past 2^63 bytes.";
                return {};
            }),
    });
    static_assert(tiles(rows, Bytes{headerBytes}));

    constexpr FieldTable<Header> table{"QCOW header", ByteOrder::Big, rows};

    std::vector<std::byte> readBytes(const ByteFile& file)
    {
        std::vector<std::byte> bytes(headerBytes);
        bytes.resize(file.read(HostOffset{0}, bytes));
        return bytes;
    }

} // namespace

Header readHeader(const ByteFile& file)
{
    const Header header = parse(readBytes(file), table, HostOffset{0});
    checkRules(header, table, HostOffset{0});
    if (header.backingFileOffset.value != 0 && header.backingFileSize != 0) {
        const std::uint64_t fileSize = file.size().value;
        if (header.backingFileOffset.value > fileSize
            || header.backingFileSize > fileSize - header.backingFileOffset.value)
            throw FormatError(table.structure, "backing_file_offset",
                placeOfField("backing_file_offset").value,
                "the backing file name at " + hexText(header.backingFileOffset.value)
                    + " reaches past the end of the file.");
    }
    return header;
}

std::string readBackingName(const ByteFile& file, const Header& header)
{
    if (header.backingFileOffset.value == 0)
        return {};
    std::vector<std::byte> bytes(header.backingFileSize); // at most 1023: a rule of the header
    file.readPadded(header.backingFileOffset, bytes);
    const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
    std::string name;
    std::transform(bytes.begin(), end, std::back_inserter(name),
        [](std::byte byte) { return static_cast<char>(byte); });
    return name;
}

HostOffset placeOfField(std::string_view name)
{
    return HostOffset{table.find(name)->at};
}

std::vector<std::byte> headerImage(const Header& header)
{
    std::vector<std::byte> bytes(headerLength.value);
    write(header, table, bytes);
    return bytes;
}

StructureMark describeHeader(const ByteFile& file)
{
    const auto bytes = readBytes(file);
    StructureMark mark;
    mark.name = "Header";
    mark.length = Bytes{headerBytes};
    mark.fields = annotate(bytes, table, HostOffset{0}, parse(bytes, table, HostOffset{0}));
    mark.note = PLATTER_TEXT("Field", "Says what the image is and where its parts lie.");
    return mark;
}

} // namespace platter::qcow1
