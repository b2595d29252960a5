// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Extensions.h"

#include "core/formats/qcow2/Findings.h"

#include <algorithm>
#include <set>

namespace platter::qcow2 {

namespace {

    using Verdict = std::optional<std::string>;

    constexpr auto typeNames = std::to_array<ValueName>({
        {extension::end, "end of extensions"},
        {extension::backingFormat, "backing file format"},
        {extension::featureNames, "feature name table"},
        {extension::bitmaps, "bitmaps"},
        {extension::encryption, "full disk encryption"},
        {extension::dataFile, "external data file name"},
    });

    constexpr auto headRows = std::to_array<Field<ExtensionHead>>({
        field<&ExtensionHead::type>("type", 0, Display::Hex,
            PLATTER_TEXT("Field", "What the extension says; unknown ones are kept as they are."))
            .withValues(typeNames),
        field<&ExtensionHead::length>("length", 4, Display::Number,
            PLATTER_TEXT("Field", "Bytes of data that follow, padded to a multiple of 8.")),
    });
    static_assert(tiles(headRows, Bytes{8}));
    constexpr FieldTable<ExtensionHead> headTable{"Header extension", ByteOrder::Big, headRows};

    constexpr auto bitmapsRows = std::to_array<Field<BitmapsExtension>>({
        field<&BitmapsExtension::bitmapCount>("nb_bitmaps", 0, Display::Number,
            PLATTER_TEXT("Field", "Number of bitmaps, 1 to 65535."))
            .withRule([](const BitmapsExtension& it) -> Verdict {
                if (it.bitmapCount == 0 || it.bitmapCount > limit::bitmaps)
                    return "there must be 1 to 65535 bitmaps.";
                return {};
            }),
        field<&BitmapsExtension::reserved>(
            "reserved", 4, Display::Number, PLATTER_TEXT("Field", "Zero."))
            .withRule([](const BitmapsExtension& it) -> Verdict {
                if (it.reserved)
                    return "it must be zero.";
                return {};
            }),
        field<&BitmapsExtension::directorySize>("bitmap_directory_size", 8, Display::Length,
            PLATTER_TEXT("Field", "Bytes of the bitmap directory."))
            .withRule([](const BitmapsExtension& it) -> Verdict {
                if (it.directorySize > limit::bitmapDirectory)
                    return "the bitmap directory is larger than 65535 KiB.";
                if (it.directorySize.value < it.bitmapCount * 24ULL)
                    return "the directory is too small for its bitmaps.";
                return {};
            }),
        field<&BitmapsExtension::directoryOffset>("bitmap_directory_offset", 16, Display::Position,
            PLATTER_TEXT("Field", "Where the bitmap directory begins; the start of a cluster.")),
    });
    static_assert(tiles(bitmapsRows, Bytes{24}));
    constexpr FieldTable<BitmapsExtension> bitmapsTable{
        "Bitmaps extension", ByteOrder::Big, bitmapsRows};

    constexpr auto encryptionRows = std::to_array<Field<EncryptionExtension>>({
        field<&EncryptionExtension::offset>("offset", 0, Display::Position,
            PLATTER_TEXT("Field", "Where the LUKS header begins; the start of a cluster.")),
        field<&EncryptionExtension::length>("length", 8, Display::Length,
            PLATTER_TEXT("Field", "Bytes of the LUKS header with its key material.")),
    });
    static_assert(tiles(encryptionRows, Bytes{16}));
    constexpr FieldTable<EncryptionExtension> encryptionTable{
        "Encryption extension", ByteOrder::Big, encryptionRows};

    /// One entry of the feature name table.
    struct FeatureName {
        std::uint8_t set = 0;
        std::uint8_t bit = 0;
        std::array<std::byte, 46> name{};
    };
    constexpr auto featureSets
        = std::to_array<ValueName>({{0, "incompatible"}, {1, "compatible"}, {2, "autoclear"}});
    constexpr auto featureRows = std::to_array<Field<FeatureName>>({
        field<&FeatureName::set>("feature type", 0, Display::Number,
            PLATTER_TEXT("Field", "Which set the bit belongs to."))
            .withValues(featureSets),
        field<&FeatureName::bit>(
            "bit", 1, Display::Number, PLATTER_TEXT("Field", "Number of the bit, 0 to 63.")),
        field<&FeatureName::name>(
            "name", 2, Display::Text, PLATTER_TEXT("Field", "What the bit is called.")),
    });
    static_assert(tiles(featureRows, Bytes{48}));
    constexpr FieldTable<FeatureName> featureTable{
        "Feature name table", ByteOrder::Big, featureRows};

    std::string textOf(std::span<const std::byte> bytes)
    {
        std::string text(bytes.size(), '\0');
        std::transform(bytes.begin(), bytes.end(), text.begin(),
            [](std::byte b) { return static_cast<char>(b); });
        return text;
    }

    const char* nameOf(std::uint32_t type)
    {
        for (const ValueName& known : typeNames) {
            if (known.value == type)
                return known.name;
        }
        return "unknown";
    }

    /// Reads extensions one by one; what is wrong is thrown by next().
    class Reader {
    public:
        Reader(std::span<const std::byte> cluster, const Header& header, Extensions& result)
            : m_cluster(cluster)
            , m_header(header)
            , m_result(result)
            , m_at(header.version < 3 ? 72 : header.headerLength)
            , m_end(cluster.size())
        {
            const std::uint64_t name = header.backingFileOffset.value;
            if (name >= m_at && name < m_end)
                m_end = name;
            else if (name != 0 && name < m_at)
                m_result.findings.push_back(
                    {&backingNameOverHeader, header.backingFileOffset, {}, {}, {hexText(name)}});
        }

        /// @returns false: that was the last one
        bool next()
        {
            if (m_at + 8 > m_end)
                return false;
            const HostOffset place{m_at};
            const ExtensionHead head = parse(m_cluster.subspan(m_at), headTable, place);
            StructureMark& mark = m_result.marks.emplace_back();
            mark.name = head.type == extension::end
                ? std::string{"End of extensions"}
                : std::string{"Extension: "} + nameOf(head.type);
            mark.at = place;
            mark.length = Bytes{8};
            mark.fields = annotate(m_cluster.subspan(m_at), headTable, place);
            if (head.type == extension::end)
                return false;
            if (head.length > m_end - m_at - 8)
                fail(mark, place + Bytes{4}, "length",
                    "the extension is longer than the room that is left.");
            if (!m_seen.insert(head.type).second)
                m_result.findings.push_back({&extensionTwice, place, {}, {}, {hexText(head.type)}});
            const auto data = m_cluster.subspan(m_at + 8, head.length);
            mark.length = Bytes{8 + ((head.length + 7ULL) & ~7ULL)};
            m_at += mark.length.value;
            read(head, data, place + Bytes{8}, mark);
            return m_at < m_end;
        }

    private:
        [[noreturn]] static void fail(
            StructureMark& mark, HostOffset at, const std::string& field, const std::string& reason)
        {
            for (FieldMark& one : mark.fields) {
                if (one.name == field)
                    one.verdict = reason;
            }
            throw FormatError("Header extension", field, at.value, reason);
        }

        void addData(StructureMark& mark, HostOffset at, std::span<const std::byte> data,
            Display display, const char* name, const char* meaning)
        {
            FieldMark field;
            field.name = name;
            field.at = at;
            field.length = Bytes{data.size()};
            field.display = display;
            field.value = displayText(display, {}, data, {});
            field.meaning = meaning;
            mark.fields.push_back(std::move(field));
        }

        template <class Struct>
        Struct readTable(const FieldTable<Struct>& table, std::span<const std::byte> data,
            HostOffset at, StructureMark& mark)
        {
            for (FieldMark& one : annotate(data, table, at))
                mark.fields.push_back(std::move(one));
            const Struct value = parse(data, table, at);
            checkRules(value, table, at);
            return value;
        }

        void requireLength(
            std::uint32_t is, std::uint32_t must, HostOffset data, StructureMark& mark)
        {
            if (is != must)
                fail(mark, data - Bytes{4}, "length", "it must be " + std::to_string(must) + ".");
        }

        void requireAligned(
            HostOffset target, HostOffset at, const char* field, StructureMark& mark)
        {
            if (!ClusterSize::ofBits(m_header.clusterBits).aligned(target))
                fail(mark, at, field, "it must be the start of a cluster.");
        }

        void read(const ExtensionHead& head, std::span<const std::byte> data, HostOffset at,
            StructureMark& mark)
        {
            switch (head.type) {
            case extension::backingFormat:
                addData(mark, at, data, Display::Text, "format",
                    PLATTER_TEXT("Field", "Format of the backing file."));
                if (head.length > 15)
                    fail(mark, at - Bytes{4}, "length", "a format name has at most 15 bytes.");
                m_result.backingFormat = textOf(data);
                break;
            case extension::dataFile:
                addData(mark, at, data, Display::Text, "name",
                    PLATTER_TEXT("Field", "Name of the file that holds the guest data."));
                m_result.dataFile = textOf(data);
                break;
            case extension::featureNames:
                for (std::size_t from = 0; from + 48 <= data.size(); from += 48) {
                    const HostOffset entryAt = at + Bytes{from};
                    const FeatureName entry = parse(data.subspan(from), featureTable, entryAt);
                    std::string name = displayText(Display::Text, {}, entry.name, {});
                    for (FieldMark& one : annotate(data.subspan(from, 48), featureTable, entryAt))
                        mark.fields.push_back(std::move(one));
                    m_result.featureNames.emplace(
                        std::pair<unsigned, unsigned>{entry.set, entry.bit}, std::move(name));
                }
                break;
            case extension::bitmaps: {
                requireLength(head.length, 24, at, mark);
                const auto value = readTable(bitmapsTable, data, at, mark);
                m_result.directoryOffsetAt
                    = at + Bytes{bitmapsTable.find("bitmap_directory_offset")->at};
                requireAligned(value.directoryOffset, m_result.directoryOffsetAt,
                    "bitmap_directory_offset", mark);
                m_result.bitmaps = value;
                break;
            }
            case extension::encryption: {
                requireLength(head.length, 16, at, mark);
                const auto value = readTable(encryptionTable, data, at, mark);
                if (m_header.cryptMethod != 2)
                    fail(mark, at - Bytes{8}, "type",
                        "the image is not encrypted with LUKS (crypt_method is not 2).");
                m_result.encryptionOffsetAt = at + Bytes{encryptionTable.find("offset")->at};
                requireAligned(value.offset, m_result.encryptionOffsetAt, "offset", mark);
                m_result.encryption = value;
                break;
            }
            default:
                addData(mark, at, data.first(std::min<std::size_t>(data.size(), 4096)),
                    Display::Raw, "data",
                    PLATTER_TEXT(
                        "Field", "Platter does not know this extension; it is kept as it is."));
                break;
            }
        }

        std::span<const std::byte> m_cluster;
        const Header& m_header;
        Extensions& m_result;
        std::uint64_t m_at;
        std::uint64_t m_end;
        std::set<std::uint32_t> m_seen;
    };

} // namespace

Extensions parseExtensions(std::span<const std::byte> firstCluster, const Header& header)
{
    Extensions result;
    Reader reader{firstCluster, header, result};
    while (reader.next()) { }
    return result;
}

Extensions inspectExtensions(std::span<const std::byte> firstCluster, const Header& header)
{
    Extensions result;
    try {
        Reader reader{firstCluster, header, result};
        while (reader.next()) { }
    } catch (const Error& error) {
        if (!result.marks.empty())
            result.marks.back().note = error.what();
    }
    return result;
}

std::vector<std::byte> bitmapsExtensionImage(const BitmapsExtension& extension)
{
    std::vector<std::byte> bytes(24);
    write(extension, bitmapsTable, bytes);
    return bytes;
}

std::vector<std::byte> encryptionExtensionImage(const EncryptionExtension& extension)
{
    std::vector<std::byte> bytes(16);
    write(extension, encryptionTable, bytes);
    return bytes;
}

} // namespace platter::qcow2
