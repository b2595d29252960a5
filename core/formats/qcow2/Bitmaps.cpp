// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Bitmaps.h"

#include "core/base/Text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace platter::qcow2 {

namespace {

    using Verdict = std::optional<std::string>;

    struct DirectoryHead {
        HostOffset tableOffset{};
        std::uint32_t tableSize = 0;
        std::uint32_t flags = 0;
        std::uint8_t type = 0;
        std::uint8_t granularityBits = 0;
        std::uint16_t nameSize = 0;
        std::uint32_t extraSize = 0;
    };

    constexpr auto flagBits = std::to_array<BitName>({
        {0, "in_use",
            PLATTER_TEXT("Field", "The stored bits are stale: the last writer did not finish.")},
        {1, "auto",
            PLATTER_TEXT("Field", "A virtual machine goes on tracking when it opens the image.")},
        {2, "extra_data_compatible", PLATTER_TEXT("Field", "Unknown extra data may be ignored.")},
    });
    constexpr auto typeNames = std::to_array<ValueName>({{1, "dirty tracking"}});

    constexpr auto directoryRows = std::to_array<Field<DirectoryHead>>({
        field<&DirectoryHead::tableOffset>("bitmap_table_offset", 0, Display::Position,
            PLATTER_TEXT("Field", "Where the bitmap's table begins; the start of a cluster."))
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.tableOffset.value == 0)
                    return "it must not be 0.";
                return {};
            }),
        field<&DirectoryHead::tableSize>("bitmap_table_size", 8, Display::Number,
            PLATTER_TEXT("Field", "Entries of the bitmap's table."))
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.tableSize == 0 || it.tableSize > limit::bitmapTableEntries)
                    return "there must be 1 to 134217728 entries.";
                return {};
            }),
        field<&DirectoryHead::flags>(
            "flags", 12, Display::Hex, PLATTER_TEXT("Field", "State of the bitmap."))
            .withBits(flagBits)
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.flags & ~3U)
                    return "bits that QEMU does not know are set.";
                return {};
            }),
        field<&DirectoryHead::type>(
            "type", 16, Display::Number, PLATTER_TEXT("Field", "Kind of bitmap."))
            .withValues(typeNames)
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.type != 1)
                    return "only type 1 (dirty tracking) is known.";
                return {};
            }),
        field<&DirectoryHead::granularityBits>("granularity_bits", 17, Display::PowerOfTwo,
            PLATTER_TEXT("Field", "One bit stands for 2 to this power guest bytes."))
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.granularityBits < 9 || it.granularityBits > 31)
                    return "it must be 9 to 31.";
                return {};
            }),
        field<&DirectoryHead::nameSize>(
            "name_size", 18, Display::Number, PLATTER_TEXT("Field", "Bytes of the name."))
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.nameSize == 0 || it.nameSize > 1023)
                    return "it must be 1 to 1023.";
                return {};
            }),
        field<&DirectoryHead::extraSize>("extra_data_size", 20, Display::Number,
            PLATTER_TEXT("Field", "Bytes of extra data in front of the name."))
            .withRule([](const DirectoryHead& it) -> Verdict {
                if (it.extraSize)
                    return "QEMU knows no extra data.";
                return {};
            }),
    });
    static_assert(tiles(directoryRows, Bytes{24}));
    constexpr FieldTable<DirectoryHead> directoryTable{
        "Bitmap directory entry", ByteOrder::Big, directoryRows};

    struct ReadEntry {
        HostOffset at{};
        DirectoryHead head;
        std::vector<std::byte> bytes; ///< head, then name
        std::string name;
    };

    /// Reads one entry that must end at or before `end`; rules are not applied.
    ReadEntry readEntry(const ByteFile& file, HostOffset at, HostOffset end)
    {
        ReadEntry entry;
        entry.at = at;
        std::array<std::byte, 24> head{};
        const std::uint64_t room = end - at < Bytes{24} ? (end - at).value : 24;
        const std::size_t got = file.read(at, std::span{head}.first(room));
        entry.head = parse(std::span<const std::byte>{head}.first(got), directoryTable, at);
        const Bytes length = Bytes{24} + Bytes{entry.head.extraSize} + Bytes{entry.head.nameSize};
        if (length > end - at)
            throw FormatError(directoryTable.structure, "name_size", at.value + 18,
                "the entry reaches past the end of the directory.");
        entry.bytes.resize(24 + std::size_t{entry.head.nameSize});
        std::copy(head.begin(), head.end(), entry.bytes.begin());
        const auto name = std::span{entry.bytes}.subspan(24);
        if (file.read(at + Bytes{24} + Bytes{entry.head.extraSize}, name) < name.size())
            throw FormatError(directoryTable.structure, "name", at.value + 24,
                "the file ends inside this field.");
        for (const std::byte byte : name)
            entry.name += static_cast<char>(byte);
        return entry;
    }

    Bytes paddedLength(const DirectoryHead& head)
    {
        const std::uint64_t length = 24ULL + head.extraSize + head.nameSize;
        return Bytes{(length + 7) & ~std::uint64_t{7}};
    }

} // namespace

std::vector<std::byte> bitmapDirectoryImage(std::span<const BitmapEntry> entries)
{
    std::vector<std::byte> directory;
    for (const BitmapEntry& entry : entries) {
        DirectoryHead head;
        head.tableOffset = entry.tableOffset;
        head.tableSize = entry.tableEntries;
        head.flags = entry.flags;
        head.type = entry.type;
        head.granularityBits = static_cast<std::uint8_t>(entry.granularityBits);
        head.nameSize = static_cast<std::uint16_t>(entry.name.size());
        const std::size_t at = directory.size();
        directory.resize(at + paddedLength(head).value);
        write(head, directoryTable, std::span{directory}.subspan(at));
        std::memcpy(directory.data() + at + 24, entry.name.data(), entry.name.size());
        if (directory.size() > limit::bitmapDirectory.value)
            throw UnsupportedError("new-image", "The bitmap directory would pass 65535 KiB.");
    }
    return directory;
}

std::vector<BitmapEntry> readBitmapDirectory(const ByteFile& file, const Geometry& geometry,
    const BitmapsExtension& extension, Bytes diskSize)
{
    std::vector<BitmapEntry> result;
    std::set<std::string> names;
    HostOffset at = extension.directoryOffset;
    const HostOffset end = at + extension.directorySize;
    while (at < end) {
        const ReadEntry entry = readEntry(file, at, end);
        checkRules(entry.head, directoryTable, at);
        if (!geometry.cluster.aligned(entry.head.tableOffset))
            throw FormatError(directoryTable.structure, "bitmap_table_offset", at.value,
                "it must be the start of a cluster.");
        if (geometry.cluster.bytes() * entry.head.tableSize > limit::bitmapData)
            throw FormatError(directoryTable.structure, "bitmap_table_size", at.value + 8,
                "the bitmap is larger than 512 MiB.");
        const Bytes perCluster
            = geometry.cluster.bytes() * 8 * (std::uint64_t{1} << entry.head.granularityBits);
        const std::uint64_t needed
            = diskSize.value / perCluster.value + (diskSize.value % perCluster.value != 0);
        if (entry.head.tableSize < needed)
            throw FormatError(directoryTable.structure, "bitmap_table_size", at.value + 8,
                "the table is too small for the disk.");
        if (!names.insert(entry.name).second)
            throw FormatError(
                directoryTable.structure, "name", at.value + 24, "two bitmaps have the same name.");
        result.push_back({at, entry.head.tableOffset, entry.head.tableSize, entry.head.flags,
            entry.head.type, entry.head.granularityBits, entry.name,
            at + Bytes{directoryTable.find("bitmap_table_offset")->at}});
        if (result.size() > extension.bitmapCount)
            break;
        at += paddedLength(entry.head);
    }
    if (result.size() != extension.bitmapCount || at != end)
        throw FormatError("Bitmaps extension", "nb_bitmaps", extension.directoryOffset.value,
            "it does not match the entries of the directory.");
    return result;
}

std::vector<StructureMark> describeBitmaps(const ByteFile& file, const BitmapsExtension& extension,
    HostOffset at, std::size_t first, std::size_t most)
{
    std::vector<StructureMark> marks;
    const std::size_t last = std::min<std::size_t>(extension.bitmapCount, first + most);
    try {
        const HostOffset end = extension.directoryOffset + extension.directorySize;
        for (std::size_t i = first; i < last && at < end; ++i) {
            const ReadEntry entry = readEntry(file, at, end);
            StructureMark mark;
            mark.name = "Bitmap " + std::to_string(i + 1);
            mark.at = at;
            mark.length = paddedLength(entry.head);
            mark.fields
                = annotate(std::span<const std::byte>{entry.bytes}.first(24), directoryTable, at);
            FieldMark name;
            name.name = "name";
            name.at = at + Bytes{24ULL + entry.head.extraSize};
            name.length = Bytes{entry.head.nameSize};
            name.display = Display::Text;
            name.value = entry.name;
            name.meaning = PLATTER_TEXT("Field", "The bitmap's name, unique in the image.");
            mark.fields.push_back(std::move(name));
            marks.push_back(std::move(mark));
            at += paddedLength(entry.head);
        }
    } catch (const Error& error) {
        StructureMark mark;
        mark.name = "Bitmap directory";
        mark.at = at;
        mark.note = error.what();
        marks.push_back(std::move(mark));
    }
    return marks;
}

BitmapTableEntry readBitmapTableEntry(const Geometry& geometry, std::uint64_t word)
{
    BitmapTableEntry entry;
    entry.word = word;
    entry.data = HostOffset{word & entry::offset};
    const std::uint64_t reserved = word & 0xff000000000001fe;
    if (reserved || (entry.data.value && (word & 1U)) || !geometry.cluster.aligned(entry.data))
        entry.kind = BitmapTableEntry::Kind::Invalid;
    else if (entry.data.value)
        entry.kind = BitmapTableEntry::Kind::Stored;
    else
        entry.kind = word & 1U ? BitmapTableEntry::Kind::AllOnes : BitmapTableEntry::Kind::AllZeros;
    return entry;
}

void walkBitmapTable(const ByteFile& file, const Geometry& geometry, const BitmapEntry& bitmap,
    const std::function<void(std::uint32_t, const BitmapTableEntry&)>& visit)
{
    constexpr std::uint32_t piece = 8192;
    std::vector<std::byte> buffer;
    for (std::uint32_t first = 0; first < bitmap.tableEntries; first += piece) {
        const std::uint32_t count = std::min(piece, bitmap.tableEntries - first);
        buffer.resize(std::size_t{count} * 8);
        file.readPadded(bitmap.tableOffset + Bytes{first * 8ULL}, buffer);
        for (std::uint32_t i = 0; i < count; ++i) {
            visit(first + i,
                readBitmapTableEntry(
                    geometry, loadBig<std::uint64_t>(buffer.data() + std::size_t{i} * 8)));
        }
    }
}

void scanBitmapBits(const ByteFile& file, const Geometry& geometry, const BitmapEntry& bitmap,
    Bytes size, const ExtentSink& sink, const JobControl& job)
{
    const Bytes granularity{std::uint64_t{1} << bitmap.granularityBits};
    const std::uint64_t bits
        = size.value / granularity.value + (size.value % granularity.value != 0);
    const std::uint64_t bitsPerCluster = geometry.cluster.bytes().value * 8;
    std::vector<std::byte> data(geometry.cluster.bytes().value);
    std::optional<std::uint64_t> runStart; // first dirty bit of the run at hand
    const auto endRun = [&](std::uint64_t end) {
        if (!runStart)
            return;
        Extent extent;
        extent.kind = ExtentKind::Data;
        extent.start = GuestOffset{*runStart * granularity.value};
        extent.length = Bytes{std::min(size.value, end * granularity.value) - extent.start.value};
        runStart.reset();
        sink(extent);
    };
    walkBitmapTable(
        file, geometry, bitmap, [&](std::uint32_t index, const BitmapTableEntry& entry) {
            job.step({index, bitmap.tableEntries});
            const std::uint64_t first = index * bitsPerCluster;
            if (first >= bits)
                return;
            const std::uint64_t last = std::min(bits, first + bitsPerCluster);
            switch (entry.kind) {
            case BitmapTableEntry::Kind::Invalid:
                throw FormatError("Bitmap table", "entry", bitmap.tableOffset.value + index * 8ULL,
                    "it is not valid (" + hexText(entry.word) + ").");
            case BitmapTableEntry::Kind::AllZeros: endRun(first); return;
            case BitmapTableEntry::Kind::AllOnes:
                if (!runStart)
                    runStart = first;
                return;
            case BitmapTableEntry::Kind::Stored: break;
            }
            file.readPadded(entry.data, data);
            for (std::uint64_t bit = first; bit < last;) {
                const std::uint64_t at = bit - first;
                const auto byte = std::to_integer<unsigned>(data[at / 8]);
                if (at % 8 == 0 && last - bit >= 8 && (byte == 0 || byte == 0xff)) {
                    if (byte == 0)
                        endRun(bit);
                    else if (!runStart)
                        runStart = bit;
                    bit += 8;
                    continue;
                }
                if (!(byte >> (at % 8) & 1U))
                    endRun(bit);
                else if (!runStart)
                    runStart = bit;
                ++bit;
            }
        });
    endRun(bits);
}

} // namespace platter::qcow2
