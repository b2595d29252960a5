// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/Header.h"

#include "core/base/Text.h"
#include "core/formats/vdi/Findings.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace platter::vdi {

namespace {

    using Verdict = std::optional<std::string>;

    constexpr std::uint32_t expectedSignature = 0xbeda107f;
    constexpr std::uint32_t version11 = 0x00010001;
    constexpr std::uint32_t sector = 512;
    constexpr std::uint32_t headerSizeAt = 72; // what header_size is counted from
    constexpr std::uint32_t baseEnd = 456; // where the fields that every header has end
    /// Most blocks of an image, QEMU's limit: its block map then has 2 GiB.
    constexpr std::uint32_t mostBlocks = 0x1fffff80;
    // VirtualBox opens blocks of these sizes, QEMU only 1 MiB.
    constexpr std::uint32_t smallestBlock = 128U << 10;
    constexpr std::uint32_t largestBlock = 128U << 20;

    constexpr auto imageTypes = std::to_array<ValueName>({
        {type::dynamic, "dynamic"},
        {type::fixed, "fixed"},
        {type::undo, "undo"},
        {type::differencing, "differencing"},
    });
    constexpr auto flagNames = std::to_array<BitName>({
        {0, "zero expand", PLATTER_TEXT("Field", "New blocks of a fixed image are zero filled.")},
    });

    bool hasUsableBlockSize(const Header& header)
    {
        return std::has_single_bit(header.blockSize) && header.blockSize >= smallestBlock
            && header.blockSize <= largestBlock;
    }

    Verdict nonZeroUuid(const Uuid& uuid)
    {
        if (uuid == Uuid{})
            return "it is all zeros; VirtualBox refuses the image.";
        return {};
    }

    constexpr auto baseRows = std::to_array<Field<Header>>({
        field<&Header::text>("text", 0, Display::Text,
            PLATTER_TEXT("Field", "Free text, usually the name of the program that made it.")),
        field<&Header::signature>(
            "signature", 64, Display::Hex, PLATTER_TEXT("Field", "Always 0xbeda107f."))
            .withRule([](const Header& header) -> Verdict {
                if (header.signature != expectedSignature)
                    return "it is not 0xbeda107f: this is not a VDI image.";
                return {};
            }),
        field<&Header::version>("version", 68, Display::Hex,
            PLATTER_TEXT("Field", "Major version in the upper, minor in the lower half.")),
        field<&Header::headerSize>("header_size", 72, Display::Length,
            PLATTER_TEXT("Field", "Bytes of the header from this field on: 384, or 400 with LCHS."))
            .withRule([](const Header& header) -> Verdict {
                if (header.headerSize < 384)
                    return "it is less than 384 bytes; VirtualBox refuses the image.";
                return {};
            }),
        field<&Header::imageType>("image_type", 76, Display::Number,
            PLATTER_TEXT("Field", "How blocks are stored and whether there is a parent."))
            .withValues(imageTypes)
            .withRule([](const Header& header) -> Verdict {
                if (header.imageType < type::dynamic || header.imageType > type::differencing)
                    return "type " + std::to_string(header.imageType)
                        + " is not known; VirtualBox refuses the image.";
                return {};
            }),
        field<&Header::flags>(
            "flags", 80, Display::Hex, PLATTER_TEXT("Field", "Bit 0: zero expand; others 0."))
            .withBits(flagNames)
            .withRule([](const Header& header) -> Verdict {
                if (header.flags & ~1U)
                    return "unknown bits are set; VirtualBox refuses the image.";
                return {};
            }),
        field<&Header::comment>(
            "comment", 84, Display::Text, PLATTER_TEXT("Field", "What the user wrote about it.")),
        field<&Header::blockMapOffset>("block_map_offset", 340, Display::Position,
            PLATTER_TEXT("Field", "Where the block map begins."))
            .withRule([](const Header& header) -> Verdict {
                if (header.blockMapOffset < baseEnd)
                    return "the block map would begin inside the header.";
                if (header.blockMapOffset % sector)
                    return "the block map does not begin at a multiple of 512.";
                return {};
            }),
        field<&Header::dataOffset>("data_offset", 344, Display::Position,
            PLATTER_TEXT("Field", "Where the first block begins."))
            .withRule([](const Header& header) -> Verdict {
                if (header.dataOffset % sector)
                    return "the first block does not begin at a multiple of 512.";
                return {};
            }),
        field<&Header::legacyCylinders>("legacy_cylinders", 348, Display::Number,
            PLATTER_TEXT("Field", "Old geometry, usually 0.")),
        field<&Header::legacyHeads>("legacy_heads", 352, Display::Number,
            PLATTER_TEXT("Field", "Old geometry, usually 0.")),
        field<&Header::legacySectors>("legacy_sectors", 356, Display::Number,
            PLATTER_TEXT("Field", "Old geometry, usually 0.")),
        field<&Header::sectorSize>(
            "sector_size", 360, Display::Length, PLATTER_TEXT("Field", "Always 512."))
            .withRule([](const Header& header) -> Verdict {
                if (header.sectorSize != sector)
                    return "it is " + std::to_string(header.sectorSize) + " instead of 512.";
                return {};
            }),
        field<&Header::unused>(
            "unused", 364, Display::Number, PLATTER_TEXT("Field", "0; once a translation mode.")),
        field<&Header::diskSize>("disk_size", 368, Display::Length,
            PLATTER_TEXT("Field", "Virtual size of the disk in bytes."))
            .withRule([](const Header& header) -> Verdict {
                if (hasUsableBlockSize(header)
                    && header.diskSize.value
                        > std::uint64_t{header.blocksInImage} * header.blockSize)
                    return "the disk of " + std::to_string(header.diskSize.value)
                        + " bytes does not fit into " + std::to_string(header.blocksInImage)
                        + " blocks.";
                return {};
            }),
        field<&Header::blockSize>("block_size", 376, Display::Length,
            PLATTER_TEXT("Field", "Bytes of a block, usually 1 MiB."))
            .withRule([](const Header& header) -> Verdict {
                if (!hasUsableBlockSize(header))
                    return std::to_string(header.blockSize)
                        + " is not a power of two from 128 KiB to 128 MiB.";
                return {};
            }),
        field<&Header::blockExtra>("block_extra", 380, Display::Length,
            PLATTER_TEXT("Field", "Bytes that lie in front of every block, usually 0."))
            .withRule([](const Header& header) -> Verdict {
                if (header.blockExtra != 0
                    && (!std::has_single_bit(header.blockExtra)
                        || header.blockExtra > largestBlock))
                    return std::to_string(header.blockExtra)
                        + " is neither 0 nor a power of two up to 128 MiB.";
                return {};
            }),
        field<&Header::blocksInImage>("blocks_in_image", 384, Display::Number,
            PLATTER_TEXT("Field", "Blocks of the disk: entries of the block map."))
            .withRule([](const Header& header) -> Verdict {
                if (header.blocksInImage > mostBlocks)
                    return "the image has more than 536870784 blocks.";
                return {};
            }),
        field<&Header::blocksAllocated>("blocks_allocated", 388, Display::Number,
            PLATTER_TEXT("Field", "Blocks that the file stores."))
            .withRule([](const Header& header) -> Verdict {
                if (header.blocksAllocated > header.blocksInImage)
                    return "more blocks are stored than the disk has.";
                return {};
            }),
        field<&Header::uuid>("uuid", 392, Display::Uuid,
            PLATTER_TEXT("Field", "Names the image; children refer to it."))
            .withRule([](const Header& header) { return nonZeroUuid(header.uuid); }),
        field<&Header::modificationUuid>("modification_uuid", 408, Display::Uuid,
            PLATTER_TEXT("Field", "Changes when the image is changed."))
            .withRule([](const Header& header) { return nonZeroUuid(header.modificationUuid); }),
        field<&Header::linkUuid>("link_uuid", 424, Display::Uuid,
            PLATTER_TEXT("Field", "The parent's uuid; zeros: no parent.")),
        field<&Header::parentModificationUuid>("parent_modification_uuid", 440, Display::Uuid,
            PLATTER_TEXT("Field", "The parent's modification_uuid when the image was made.")),
    });
    static_assert(tiles(baseRows, Bytes{baseEnd}));

    constexpr auto geometryRows = std::to_array<Field<Header>>({
        field<&Header::cylinders>("cylinders", 456, Display::Number,
            PLATTER_TEXT("Field", "Geometry that the guest's BIOS sees; 0: not set.")),
        field<&Header::heads>("heads", 460, Display::Number,
            PLATTER_TEXT("Field", "Geometry that the guest's BIOS sees; 0: not set.")),
        field<&Header::sectors>("sectors", 464, Display::Number,
            PLATTER_TEXT("Field", "Geometry that the guest's BIOS sees; 0: not set.")),
        field<&Header::geometrySectorSize>(
            "geometry_sector_size", 468, Display::Length, PLATTER_TEXT("Field", "Always 512."))
            .withRule([](const Header& header) -> Verdict {
                if (header.geometrySectorSize != sector)
                    return "it is " + std::to_string(header.geometrySectorSize)
                        + " instead of 512; VirtualBox refuses the image.";
                return {};
            }),
    });
    static_assert(tiles(geometryRows, Bytes{headerBytes}, baseEnd));

    constexpr FieldTable<Header> baseTable{"VDI header", ByteOrder::Little, baseRows};
    constexpr FieldTable<Header> geometryTable{"VDI header", ByteOrder::Little, geometryRows};

    /// Fields whose broken rule is told but does not hinder reading.
    constexpr std::array<std::string_view, 7> tolerated{"header_size", "image_type", "flags",
        "blocks_allocated", "uuid", "modification_uuid", "geometry_sector_size"};

    bool isTolerated(const Field<Header>& row)
    {
        return std::find(tolerated.begin(), tolerated.end(), row.name) != tolerated.end();
    }

    std::vector<std::byte> readBytes(const ByteFile& file)
    {
        std::vector<std::byte> bytes(headerBytes);
        bytes.resize(file.read(HostOffset{0}, bytes));
        return bytes;
    }

    Header parseBoth(std::span<const std::byte> bytes)
    {
        Header header = parse(bytes, baseTable, HostOffset{0});
        if (header.hasGeometry()) {
            for (const auto& row : geometryTable.fields) {
                if (row.at + row.width > bytes.size())
                    throw FormatError(
                        baseTable.structure, row.name, row.at, "the file ends inside this field.");
                row.read(header, bytes.data() + row.at, geometryTable.order);
            }
        }
        return header;
    }

} // namespace

Bytes Header::headerEnd() const
{
    // A header can claim any size; what lies past the block map's start belongs to the map.
    return Bytes{std::min<std::uint64_t>(
        std::max(std::uint64_t{headerSizeAt} + headerSize, std::uint64_t{baseEnd}),
        blockMapOffset)};
}

Header readHeader(const ByteFile& file)
{
    const Header header = parseBoth(readBytes(file));
    const auto refuse = [](const char* name, const std::string& reason) {
        throw FormatError(baseTable.structure, name, baseTable.find(name)->at, reason);
    };
    for (const auto& row : baseTable.fields) {
        if (row.rule && !isTolerated(row)) {
            if (const auto problem = row.rule(header))
                refuse(row.name, *problem);
        }
        if (row.name == std::string_view{"version"} && header.version != version11)
            throw UnsupportedError("vdi.version",
                "VDI version " + std::to_string(header.version >> 16) + "."
                    + std::to_string(header.version & 0xffff)
                    + " is not supported; Platter reads version 1.1.");
    }
    const HostOffset mapEnd = HostOffset{header.blockMapOffset} + header.blockMapBytes();
    const Bytes fileSize = file.size();
    if (mapEnd.value > fileSize.value)
        refuse("blocks_in_image",
            "the block map of " + std::to_string(header.blocksInImage) + " blocks would end at "
                + hexText(mapEnd.value) + ", but the file ends at " + hexText(fileSize.value)
                + ".");
    return header;
}

HostOffset placeOfField(std::string_view name)
{
    const Field<Header>* const row = baseTable.find(name);
    return HostOffset{row ? row->at : geometryTable.find(name)->at};
}

std::vector<Finding> peculiarities(const Header& header)
{
    std::vector<Finding> findings;
    const auto judge = [&](const FieldTable<Header>& table) {
        for (const auto& row : table.fields) {
            if (!row.rule)
                continue;
            if (const auto problem = row.rule(header))
                findings.push_back(
                    {&headerField, HostOffset{row.at}, {}, Bytes{row.width}, {row.name, *problem}});
        }
    };
    judge(baseTable);
    if (header.hasGeometry())
        judge(geometryTable);
    if (header.diskSize.value % sector)
        findings.push_back({&partialSector, placeOfField("disk_size"), {}, {},
            {std::to_string(header.diskSize.value)}});
    const bool hasParent = header.linkUuid != Uuid{} || header.parentModificationUuid != Uuid{};
    if (header.isDifferencing() && header.linkUuid == header.uuid)
        findings.push_back({&ownParent, placeOfField("link_uuid"), {}, {}, {}});
    if (header.isDifferencing() && header.parentModificationUuid == Uuid{})
        findings.push_back(
            {&parentUnversioned, placeOfField("parent_modification_uuid"), {}, {}, {}});
    const std::uint64_t neededBlocks = header.diskSize.value / header.blockSize
        + (header.diskSize.value % header.blockSize != 0 ? 1 : 0);
    if (header.blocksInImage > neededBlocks)
        findings.push_back({&tooManyBlocks, placeOfField("blocks_in_image"), {}, {},
            {std::to_string(header.blocksInImage), std::to_string(neededBlocks)}});
    if (header.imageType == type::differencing && !header.isDifferencing())
        findings.push_back({&parentMissing, placeOfField("link_uuid"), {}, {}, {}});
    if (hasParent && !header.isDifferencing() && header.imageType != type::differencing)
        findings.push_back({&parentUnexpected, placeOfField("link_uuid"), {}, {}, {}});
    const std::uint64_t mapEnd
        = std::uint64_t{header.blockMapOffset} + header.blockMapBytes().value;
    if (header.blocksInImage != 0 && header.dataOffset < mapEnd)
        findings.push_back(
            {&dataInMap, placeOfField("data_offset"), {}, {}, {hexText(header.dataOffset)}});
    return findings;
}

Uuid randomUuid()
{
    std::random_device source;
    Uuid uuid;
    for (std::byte& byte : uuid)
        byte = static_cast<std::byte>(source());
    // Version 4, variant 1; the first three parts lie little endian.
    uuid[7] = (uuid[7] & std::byte{0x0f}) | std::byte{0x40};
    uuid[8] = (uuid[8] & std::byte{0x3f}) | std::byte{0x80};
    return uuid;
}

std::vector<std::byte> headerImage(const Header& header)
{
    std::vector<std::byte> bytes(headerBytes);
    write(header, baseTable, bytes);
    if (header.hasGeometry())
        write(header, geometryTable, bytes);
    return bytes;
}

StructureMark describeHeader(const ByteFile& file)
{
    const auto bytes = readBytes(file);
    StructureMark mark;
    mark.name = "Header";
    mark.note = PLATTER_TEXT("Field", "Says what the image is and where its parts lie.");
    const Header header = parseBoth(bytes);
    mark.fields = annotate(bytes, baseTable, HostOffset{0}, header);
    if (header.hasGeometry()) {
        for (FieldMark& field : annotate(bytes, geometryTable, HostOffset{0}, header))
            mark.fields.push_back(std::move(field));
    }
    mark.length = header.headerEnd();
    return mark;
}

} // namespace platter::vdi
