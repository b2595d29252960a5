// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Header.h"

#include "core/base/Text.h"

#include <array>

namespace platter::qcow2 {

namespace {

    using Verdict = std::optional<std::string>;

    ClusterSize clusterOf(const Header& header)
    {
        return ClusterSize::ofBits(header.clusterBits <= 62 ? header.clusterBits : 62);
    }

    Verdict alignedRule(const Header& header, HostOffset at)
    {
        if (clusterOf(header).aligned(at))
            return {};
        return "it must be the start of a cluster.";
    }

    Verdict sizeRule(const Header& header)
    {
        if (header.size.value >> 63)
            return "the virtual size passes 2^63 bytes.";
        if (header.clusterBits < 9 || header.clusterBits > 21)
            return {};
        const bool extended
            = header.version >= 3 && (header.incompatibleFeatures & feature::extendedL2) != 0;
        const unsigned coverageBits = header.clusterBits * 2 - (extended ? 4 : 3);
        const std::uint64_t needed = ClusterSize::ofBits(coverageBits).clustersFor(header.size);
        if (needed > limit::l1Entries)
            return "the disk is larger than QEMU's largest L1 table can map.";
        if (header.l1Size < needed)
            return "the L1 table is too small for it: " + std::to_string(needed)
                + " entries are needed, l1_size says " + std::to_string(header.l1Size) + ".";
        return {};
    }

    constexpr auto cryptMethods = std::to_array<ValueName>({{0, "none"}, {1, "AES"}, {2, "LUKS"}});
    constexpr auto compressionTypes = std::to_array<ValueName>({{0, "zlib"}, {1, "zstd"}});

    constexpr auto incompatibleBits = std::to_array<BitName>({
        {0, "dirty",
            PLATTER_TEXT("Field", "Refcounts and COPIED flags may be stale; L1 and L2 are right.")},
        {1, "corrupt", PLATTER_TEXT("Field", "Any structure may be wrong; only read or repair.")},
        {2, "external data file", PLATTER_TEXT("Field", "Guest data lives in another file.")},
        {3, "compression type", PLATTER_TEXT("Field", "compression_type is not deflate.")},
        {4, "extended L2 entries",
            PLATTER_TEXT("Field", "L2 entries have 16 bytes and 32 subclusters.")},
    });
    constexpr auto compatibleBits = std::to_array<BitName>({
        {0, "lazy refcounts", PLATTER_TEXT("Field", "Writers may postpone refcount updates.")},
    });
    constexpr auto autoclearBits = std::to_array<BitName>({
        {0, "bitmaps", PLATTER_TEXT("Field", "The bitmaps extension is consistent.")},
        {1, "raw external data",
            PLATTER_TEXT("Field", "The data file is a valid raw image by itself.")},
    });

    constexpr auto headerRows = std::to_array<Field<Header>>({
        field<&Header::magic>(
            "magic", 0, Display::Hex, PLATTER_TEXT("Field", "Always 'QFI' and byte 0xfb."))
            .withRule([](const Header& header) -> Verdict {
                if (header.magic != 0x514649fb)
                    return "it is not 0x514649fb: this is not a QCOW image.";
                return {};
            }),
        field<&Header::version>("version", 4, Display::Number, PLATTER_TEXT("Field", "2 or 3."))
            .withRule([](const Header& header) -> Verdict {
                if (header.version == 2 || header.version == 3)
                    return {};
                return "version " + std::to_string(header.version)
                    + " is not known; there are 2 and 3.";
            }),
        field<&Header::backingFileOffset>("backing_file_offset", 8, Display::Position,
            PLATTER_TEXT("Field", "Where the backing file's name begins; 0: no backing file."))
            .withRule([](const Header& header) -> Verdict {
                if (header.backingFileOffset.value > clusterOf(header).bytes().value)
                    return "the backing file name must lie in the first cluster.";
                return {};
            }),
        field<&Header::backingFileSize>("backing_file_size", 16, Display::Number,
            PLATTER_TEXT("Field", "Length of the backing file's name in bytes, at most 1023."))
            .withRule([](const Header& header) -> Verdict {
                if (header.backingFileOffset.value == 0)
                    return {};
                const Bytes cluster = clusterOf(header).bytes();
                if (header.backingFileSize > limit::backingName)
                    return "the backing file name is longer than 1023 bytes.";
                if (header.backingFileOffset.value <= cluster.value
                    && header.backingFileSize > cluster.value - header.backingFileOffset.value)
                    return "the backing file name reaches past the first cluster.";
                return {};
            }),
        field<&Header::clusterBits>("cluster_bits", 20, Display::PowerOfTwo,
            PLATTER_TEXT("Field", "A cluster has 2 to this power bytes; 9 to 21."))
            .withRule([](const Header& header) -> Verdict {
                if (header.clusterBits < 9 || header.clusterBits > 21)
                    return std::to_string(header.clusterBits)
                        + " is not between 9 (512 bytes) and 21 (2 MiB).";
                if (header.version >= 3 && (header.incompatibleFeatures & feature::extendedL2)
                    && header.clusterBits < 14)
                    return "extended L2 entries need clusters of 16 KiB at least.";
                return {};
            }),
        field<&Header::size>("size", 24, Display::Length,
            PLATTER_TEXT("Field", "Virtual size of the disk in bytes."))
            .withRule(sizeRule),
        field<&Header::cryptMethod>("crypt_method", 32, Display::Number,
            PLATTER_TEXT("Field", "How guest data is encrypted."))
            .withValues(cryptMethods)
            .withRule([](const Header& header) -> Verdict {
                if (header.cryptMethod > 2)
                    return "encryption method " + std::to_string(header.cryptMethod)
                        + " is not known.";
                return {};
            }),
        field<&Header::l1Size>("l1_size", 36, Display::Number,
            PLATTER_TEXT("Field", "Entries of the active L1 table."))
            .withRule([](const Header& header) -> Verdict {
                if (header.l1Size > limit::l1Entries)
                    return "the active L1 table has more than 4194304 entries (32 MiB).";
                return {};
            }),
        field<&Header::l1TableOffset>("l1_table_offset", 40, Display::Position,
            PLATTER_TEXT("Field", "Where the active L1 table begins; the start of a cluster."))
            .withRule([](const Header& header) -> Verdict {
                if (header.l1TableOffset.value > (~std::uint64_t{0} >> 1) - limit::l1Entries * 8ULL)
                    return "the L1 table would end past 2^63 bytes.";
                return alignedRule(header, header.l1TableOffset);
            }),
        field<&Header::refcountTableOffset>("refcount_table_offset", 48, Display::Position,
            PLATTER_TEXT("Field", "Where the refcount table begins; the start of a cluster."))
            .withRule([](const Header& header) -> Verdict {
                if (header.refcountTableOffset.value
                    > (~std::uint64_t{0} >> 1) - limit::refcountTable.value)
                    return "the refcount table would end past 2^63 bytes.";
                return alignedRule(header, header.refcountTableOffset);
            }),
        field<&Header::refcountTableClusters>("refcount_table_clusters", 56, Display::Number,
            PLATTER_TEXT("Field", "Clusters of the refcount table."))
            .withRule([](const Header& header) -> Verdict {
                if (header.refcountTableClusters
                    > limit::refcountTable.value / clusterOf(header).bytes().value)
                    return "the refcount table is larger than 8 MiB.";
                return {};
            }),
        field<&Header::snapshotCount>("nb_snapshots", 60, Display::Number,
            PLATTER_TEXT("Field", "Number of internal snapshots, at most 65536."))
            .withRule([](const Header& header) -> Verdict {
                if (header.snapshotCount > limit::snapshots)
                    return "the snapshot table has more than 65536 entries.";
                return {};
            }),
        field<&Header::snapshotsOffset>("snapshots_offset", 64, Display::Position,
            PLATTER_TEXT("Field", "Where the snapshot table begins; the start of a cluster."))
            .withRule([](const Header& header) -> Verdict {
                if (header.snapshotsOffset.value
                    > (~std::uint64_t{0} >> 1) - limit::snapshotTable.value)
                    return "the snapshot table would end past 2^63 bytes.";
                return alignedRule(header, header.snapshotsOffset);
            }),
    });
    static_assert(tiles(headerRows, Bytes{72}));

    constexpr auto version3Rows = std::to_array<Field<Header>>({
        field<&Header::incompatibleFeatures>("incompatible_features", 72, Display::Hex,
            PLATTER_TEXT(
                "Field", "A program that does not know a set bit must not open the image."))
            .withBits(incompatibleBits)
            .withRule([](const Header& header) -> Verdict {
                if (const auto unknown = header.incompatibleFeatures & ~feature::knownIncompatible)
                    return "unknown incompatible features are set (" + hexText(unknown) + ").";
                return {};
            }),
        field<&Header::compatibleFeatures>("compatible_features", 80, Display::Hex,
            PLATTER_TEXT("Field", "Bits that a program may ignore."))
            .withBits(compatibleBits),
        field<&Header::autoclearFeatures>("autoclear_features", 88, Display::Hex,
            PLATTER_TEXT(
                "Field", "Bits that a program must clear before writing if it does not know them."))
            .withBits(autoclearBits),
        field<&Header::refcountOrder>("refcount_order", 96, Display::Number,
            PLATTER_TEXT("Field", "A refcount has 2 to this power bits; 0 to 6."))
            .withRule([](const Header& header) -> Verdict {
                if (header.refcountOrder > 6)
                    return std::to_string(header.refcountOrder) + " is more than 6 (64 bits).";
                return {};
            }),
        field<&Header::headerLength>("header_length", 100, Display::Number,
            PLATTER_TEXT("Field", "Bytes of the header; the extensions begin behind it."))
            .withRule([](const Header& header) -> Verdict {
                if (header.headerLength < 104)
                    return "a version 3 header has 104 bytes at least.";
                if (header.headerLength > clusterOf(header).bytes().value)
                    return "the header is longer than a cluster.";
                return {};
            }),
    });
    static_assert(tiles(version3Rows, Bytes{104}, 72));

    constexpr auto laterRows = std::to_array<Field<Header>>({
        field<&Header::compressionType>("compression_type", 104, Display::Number,
            PLATTER_TEXT("Field", "How compressed clusters are coded."))
            .withValues(compressionTypes)
            .withRule([](const Header& header) -> Verdict {
                if (header.compressionType > 1)
                    return "compression type " + std::to_string(header.compressionType)
                        + " is not known.";
                const bool flagged = (header.incompatibleFeatures & feature::compressionType) != 0;
                if (flagged != (header.compressionType != 0))
                    return "it contradicts the compression type bit of incompatible_features.";
                return {};
            }),
        field<&Header::padding>("padding", 105, Display::Raw, PLATTER_TEXT("Field", "Zeros.")),
    });
    static_assert(tiles(laterRows, Bytes{112}, 104));

} // namespace

const FieldTable<Header> headerFields{"QCOW2 header", ByteOrder::Big, headerRows};
const FieldTable<Header> headerVersion3Fields{"QCOW2 header", ByteOrder::Big, version3Rows};
const FieldTable<Header> headerLaterFields{"QCOW2 header", ByteOrder::Big, laterRows};

Bytes knownHeaderLength(const Header& header)
{
    if (header.version < 3)
        return {72};
    return {header.headerLength > 104 ? 112U : 104U};
}

namespace {

    /// Reads what `bytes` hold of the header; fields that the version lacks keep their implied
    /// values.
    Header readHeader(std::span<const std::byte> bytes)
    {
        Header header = parse(bytes, headerFields, HostOffset{0});
        const auto readRows = [&](const FieldTable<Header>& table, bool required) {
            for (const auto& row : table.fields) {
                if (row.at + row.width <= bytes.size())
                    row.read(header, bytes.data() + row.at, ByteOrder::Big);
                else if (required)
                    throw FormatError(
                        table.structure, row.name, row.at, "the file ends inside this field.");
            }
        };
        if (header.version >= 3) {
            readRows(headerVersion3Fields, true);
            if (header.headerLength > 104)
                readRows(headerLaterFields, false);
        }
        return header;
    }

} // namespace

Header parseHeader(const ByteFile& file)
{
    std::array<std::byte, 112> bytes{};
    const std::size_t got = file.read(HostOffset{0}, bytes);
    return readHeader(std::span{bytes}.first(got));
}

void requireUsable(const Header& header, const std::function<std::string(unsigned)>& featureName)
{
    constexpr HostOffset start{0};
    for (const auto& row : headerFields.fields) {
        // cluster_bits decides how the other fields are judged, so it goes first.
        if (std::string_view{row.name} == "magic" || std::string_view{row.name} == "version"
            || std::string_view{row.name} == "cluster_bits") {
            if (const auto problem = row.rule(header))
                throw FormatError(headerFields.structure, row.name, row.at, *problem);
        }
    }
    if (header.version >= 3) {
        if (const auto unknown = header.incompatibleFeatures & ~feature::knownIncompatible) {
            std::string names;
            for (unsigned bit = 0; bit < 64; ++bit) {
                if (unknown >> bit & 1U) {
                    const std::string name = featureName(bit);
                    names += (names.empty() ? "" : ", ") + std::string{"bit "} + std::to_string(bit)
                        + (name.empty() ? "" : " \"" + escapedText(name) + "\"");
                }
            }
            throw UnsupportedError("qcow2.incompatible-feature",
                "QCOW2 header, field incompatible_features at 0x48: the image uses features that "
                "Platter does not "
                "know: "
                    + names + ".");
        }
        checkRules(header, headerVersion3Fields, start);
        if (header.headerLength <= 104 && (header.incompatibleFeatures & feature::compressionType))
            throw FormatError(headerFields.structure, "incompatible_features", 72,
                "the compression type bit is set, but the header has no compression_type.");
        checkRules(header, headerLaterFields, start);
    }
    checkRules(header, headerFields, start);
}

std::vector<std::byte> readFirstCluster(const ByteFile& file, const Header& header)
{
    std::vector<std::byte> bytes(ClusterSize::ofBits(header.clusterBits).bytes().value);
    file.readPadded(HostOffset{0}, bytes);
    return bytes;
}

StructureMark describeHeader(std::span<const std::byte> firstBytes)
{
    Header header;
    for (const auto* table : {&headerFields, &headerVersion3Fields, &headerLaterFields}) {
        for (const auto& row : table->fields) {
            if (row.at + row.width <= firstBytes.size())
                row.read(header, firstBytes.data() + row.at, ByteOrder::Big);
        }
    }
    StructureMark mark;
    mark.name = "Header";
    mark.note = PLATTER_TEXT("Field", "Says what the image is and where its tables lie.");
    mark.fields = annotate(firstBytes, headerFields, HostOffset{0}, header);
    mark.length = Bytes{72};
    const auto append = [&](std::vector<FieldMark> marks) {
        for (FieldMark& one : marks) {
            mark.length = one.at + one.length - HostOffset{0};
            mark.fields.push_back(std::move(one));
        }
    };
    if (header.version >= 3) {
        append(annotate(firstBytes, headerVersion3Fields, HostOffset{0}, header));
        if (header.headerLength > 104)
            append(annotate(firstBytes, headerLaterFields, HostOffset{0}, header));
        if (header.headerLength > 112 && header.headerLength <= firstBytes.size()) {
            FieldMark unknown;
            unknown.name = "unknown";
            unknown.at = HostOffset{112};
            unknown.length = Bytes{header.headerLength - 112};
            unknown.display = Display::Raw;
            unknown.value = displayText(
                Display::Raw, {}, firstBytes.subspan(112, header.headerLength - 112), {});
            unknown.meaning = PLATTER_TEXT("Field", "Fields of a later version; kept as they are.");
            append({unknown});
        }
    }
    return mark;
}

} // namespace platter::qcow2
