// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Snapshots.h"

#include "core/formats/qcow2/Findings.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace platter::qcow2 {

namespace {

    struct SnapshotHead {
        HostOffset l1TableOffset{};
        std::uint32_t l1Size = 0;
        std::uint16_t idLength = 0;
        std::uint16_t nameLength = 0;
        std::uint32_t dateSeconds = 0;
        std::uint32_t dateNanoseconds = 0;
        std::uint64_t vmClock = 0;
        std::uint32_t vmStateSize = 0;
        std::uint32_t extraSize = 0;
    };

    constexpr auto headRows = std::to_array<Field<SnapshotHead>>({
        field<&SnapshotHead::l1TableOffset>("l1_table_offset", 0, Display::Position,
            PLATTER_TEXT("Field", "Where the snapshot's L1 table begins; the start of a cluster.")),
        field<&SnapshotHead::l1Size>(
            "l1_size", 8, Display::Number, PLATTER_TEXT("Field", "Entries of its L1 table."))
            .withRule([](const SnapshotHead& it) -> std::optional<std::string> {
                if (it.l1Size > limit::l1Entries)
                    return "QEMU allows 4194304 entries.";
                return {};
            }),
        field<&SnapshotHead::idLength>(
            "id_str_size", 12, Display::Number, PLATTER_TEXT("Field", "Bytes of the id.")),
        field<&SnapshotHead::nameLength>(
            "name_size", 14, Display::Number, PLATTER_TEXT("Field", "Bytes of the name.")),
        field<&SnapshotHead::dateSeconds>("date_sec", 16, Display::Seconds,
            PLATTER_TEXT("Field", "When the snapshot was taken.")),
        field<&SnapshotHead::dateNanoseconds>(
            "date_nsec", 20, Display::Number, PLATTER_TEXT("Field", "Nanoseconds of that moment.")),
        field<&SnapshotHead::vmClock>("vm_clock_nsec", 24, Display::Number,
            PLATTER_TEXT("Field", "How long the guest had run, in nanoseconds.")),
        field<&SnapshotHead::vmStateSize>("vm_state_size", 32, Display::Length,
            PLATTER_TEXT("Field", "Bytes of saved memory; 0: none, or see the extra data.")),
        field<&SnapshotHead::extraSize>("extra_data_size", 36, Display::Number,
            PLATTER_TEXT("Field", "Bytes of extra data that follow."))
            .withRule([](const SnapshotHead& it) -> std::optional<std::string> {
                if (it.extraSize > limit::snapshotExtra)
                    return "QEMU allows 1024 bytes.";
                return {};
            }),
    });
    static_assert(tiles(headRows, Bytes{40}));
    constexpr FieldTable<SnapshotHead> headTable{"Snapshot table entry", ByteOrder::Big, headRows};

    struct SnapshotExtra {
        Bytes vmStateSize{};
        Bytes diskSize{};
        std::uint64_t icount = 0;
    };
    constexpr auto extraRows = std::to_array<Field<SnapshotExtra>>({
        field<&SnapshotExtra::vmStateSize>("vm_state_size_large", 0, Display::Length,
            PLATTER_TEXT("Field", "Bytes of saved memory in 64 bits.")),
        field<&SnapshotExtra::diskSize>("disk_size", 8, Display::Length,
            PLATTER_TEXT("Field", "Virtual size of the disk in the snapshot.")),
        field<&SnapshotExtra::icount>("icount", 16, Display::Number,
            PLATTER_TEXT("Field", "Executed instructions; all ones: not used.")),
    });
    static_assert(tiles(extraRows, Bytes{24}));
    constexpr FieldTable<SnapshotExtra> extraTable{
        "Snapshot extra data", ByteOrder::Big, extraRows};

    constexpr std::uint64_t noIcount = ~std::uint64_t{0};

    std::uint64_t padded(std::uint64_t length)
    {
        return (length + 7) & ~std::uint64_t{7};
    }

    /// One entry as found, whatever its values.
    struct Entry {
        HostOffset at{};
        Bytes length{};
        SnapshotHead head;
        SnapshotExtra extra;
        std::string id;
        std::string name;
        std::vector<std::byte> bytes;
    };

    /// Hands out entries one after the other. Throws FormatError where the file ends inside one.
    class EntryReader {
    public:
        EntryReader(const ByteFile& file, HostOffset at)
            : m_file(file)
            , m_at(at)
        {
        }

        HostOffset position() const { return m_at; }

        Entry next()
        {
            Entry entry;
            entry.at = m_at;
            std::array<std::byte, 40> head{};
            const std::size_t got = m_file.read(m_at, head);
            entry.head = parse(std::span<const std::byte>{head}.first(got), headTable, m_at);
            const std::uint64_t length
                = 40ULL + entry.head.extraSize + entry.head.idLength + entry.head.nameLength;
            // Extra data is skipped, not stored, beyond what QEMU allows: its size is an unchecked
            // field.
            const std::uint64_t extraKept
                = std::min<std::uint64_t>(entry.head.extraSize, limit::snapshotExtra);
            const std::uint64_t names = entry.head.idLength + std::uint64_t{entry.head.nameLength};
            entry.bytes.resize(40 + extraKept + names);
            std::copy(head.begin(), head.end(), entry.bytes.begin());
            read(m_at + Bytes{40}, std::span{entry.bytes}.subspan(40, extraKept), "extra_data");
            read(m_at + Bytes{40ULL + entry.head.extraSize},
                std::span{entry.bytes}.subspan(40 + extraKept), "id_str");
            for (const auto& row : extraTable.fields) {
                if (row.at + row.width <= extraKept)
                    row.read(entry.extra, entry.bytes.data() + 40 + row.at, ByteOrder::Big);
            }
            const auto textAt = [&](std::uint64_t from, std::uint64_t size) {
                std::string text;
                for (std::uint64_t i = 0; i < size; ++i)
                    text += static_cast<char>(entry.bytes[from + i]);
                return text;
            };
            entry.id = textAt(40 + extraKept, entry.head.idLength);
            entry.name = textAt(40 + extraKept + entry.head.idLength, entry.head.nameLength);
            entry.length = Bytes{padded(length)};
            m_at += entry.length;
            return entry;
        }

    private:
        void read(HostOffset at, std::span<std::byte> into, const char* field) const
        {
            if (m_file.read(at, into) < into.size())
                throw FormatError(
                    headTable.structure, field, at.value, "the file ends inside this field.");
        }

        const ByteFile& m_file;
        HostOffset m_at;
    };

    SnapshotInfo infoOf(const Entry& entry, const Header& header)
    {
        SnapshotInfo info;
        info.id = entry.id;
        info.name = entry.name;
        info.dateSeconds = entry.head.dateSeconds;
        info.dateNanoseconds = entry.head.dateNanoseconds;
        info.vmClockNanoseconds = entry.head.vmClock;
        info.vmStateSize = Bytes{entry.head.vmStateSize};
        info.l1TableOffset = entry.head.l1TableOffset;
        info.l1Entries = entry.head.l1Size;
        info.diskSize = Bytes{header.size.value & ~std::uint64_t{511}};
        if (entry.head.extraSize >= 8)
            info.vmStateSize = entry.extra.vmStateSize;
        if (entry.head.extraSize >= 16)
            info.diskSize = entry.extra.diskSize;
        if (entry.head.extraSize >= 24 && entry.extra.icount != noIcount)
            info.icount = entry.extra.icount;
        return info;
    }

} // namespace

SnapshotTable readSnapshots(const ByteFile& file, const Header& header)
{
    SnapshotTable table;
    EntryReader reader{file, header.snapshotsOffset};
    for (std::uint32_t i = 0; i < header.snapshotCount; ++i) {
        Entry entry;
        try {
            entry = reader.next();
        } catch (const FormatError&) {
            table.findings.push_back({&snapshotTablePastEnd, reader.position(), {}, {},
                {std::to_string(i), std::to_string(header.snapshotCount),
                    hexText(file.size().value)}});
            break;
        }
        if (entry.head.extraSize > limit::snapshotExtra)
            throw FormatError(headTable.structure, "extra_data_size", entry.at.value + 36,
                std::to_string(entry.head.extraSize) + " bytes of extra data; QEMU allows 1024.");
        table.length = reader.position() - header.snapshotsOffset;
        if (table.length > limit::snapshotTable)
            throw FormatError(
                "QCOW2 header", "nb_snapshots", 60, "the snapshot table is larger than 64 MiB.");
        if (header.version >= 3 && entry.head.extraSize < 16)
            table.findings.push_back({&snapshotIncomplete, entry.at, {}, entry.length,
                {std::to_string(i), std::to_string(entry.head.extraSize)}});
        table.snapshots.push_back(infoOf(entry, header));
        table.places.push_back(entry.at);
        table.l1FieldAt.push_back(entry.at + Bytes{headTable.find("l1_table_offset")->at});
        table.extraSizes.push_back(entry.head.extraSize);
    }
    return table;
}

std::vector<StructureMark> describeSnapshots(
    const ByteFile& file, const Header& header, HostOffset at, std::size_t first, std::size_t most)
{
    std::vector<StructureMark> marks;
    EntryReader reader{file, at};
    const std::size_t end = std::min<std::size_t>(header.snapshotCount, first + most);
    try {
        for (std::size_t i = first; i < end; ++i) {
            const Entry entry = reader.next();
            StructureMark mark;
            mark.name = "Snapshot " + std::to_string(i + 1);
            mark.at = entry.at;
            mark.length = entry.length;
            mark.fields
                = annotate(std::span<const std::byte>{entry.bytes}.first(40), headTable, entry.at);
            const std::size_t extra = std::min(entry.head.extraSize, limit::snapshotExtra);
            const auto bytes = std::span<const std::byte>{entry.bytes};
            HostOffset part = entry.at + Bytes{40};
            std::size_t described = 0;
            for (FieldMark& one : annotate(bytes.subspan(40, extra), extraTable, part)) {
                described += one.length.value;
                mark.fields.push_back(std::move(one));
            }
            const auto add = [&](const char* name, const char* meaning, Display display,
                                 HostOffset where, std::span<const std::byte> data) {
                FieldMark one;
                one.name = name;
                one.at = where;
                one.length = Bytes{data.size()};
                one.display = display;
                one.value = displayText(display, {}, data, {});
                one.meaning = meaning;
                if (!data.empty())
                    mark.fields.push_back(std::move(one));
            };
            add("unknown extra data", PLATTER_TEXT("Field", "Of a later version; kept as it is."),
                Display::Raw, part + Bytes{described},
                bytes.subspan(40 + described, extra - described));
            part += Bytes{entry.head.extraSize};
            add("id_str", PLATTER_TEXT("Field", "The snapshot's id, mostly a number."),
                Display::Text, part, bytes.subspan(40 + extra, entry.head.idLength));
            add("name", PLATTER_TEXT("Field", "The snapshot's name; it need not be unique."),
                Display::Text, part + Bytes{entry.head.idLength},
                bytes.subspan(40 + extra + entry.head.idLength));
            marks.push_back(std::move(mark));
        }
    } catch (const FormatError& error) {
        StructureMark mark;
        mark.name = "Snapshot table";
        mark.at = reader.position();
        mark.note = error.what();
        marks.push_back(std::move(mark));
    }
    return marks;
}

std::vector<std::byte> snapshotTableImage(std::span<const SnapshotInfo> snapshots)
{
    std::vector<std::byte> table;
    for (const SnapshotInfo& snapshot : snapshots) {
        SnapshotHead head;
        head.l1TableOffset = snapshot.l1TableOffset;
        head.l1Size = snapshot.l1Entries;
        head.idLength = static_cast<std::uint16_t>(snapshot.id.size());
        head.nameLength = static_cast<std::uint16_t>(snapshot.name.size());
        head.dateSeconds = snapshot.dateSeconds;
        head.dateNanoseconds = snapshot.dateNanoseconds;
        head.vmClock = snapshot.vmClockNanoseconds;
        // NOTE(spec): readers take the 64 bits of the extra data; the old field says what it can.
        head.vmStateSize = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(snapshot.vmStateSize.value, 0xffffffff));
        SnapshotExtra extra{
            snapshot.vmStateSize, snapshot.diskSize, snapshot.icount.value_or(noIcount)};
        constexpr std::size_t extraBytes = 24;
        head.extraSize = extraBytes;
        const std::size_t at = table.size();
        table.resize(at + padded(40 + extraBytes + snapshot.id.size() + snapshot.name.size()));
        write(head, headTable, std::span{table}.subspan(at));
        write(extra, extraTable, std::span{table}.subspan(at + 40));
        std::memcpy(table.data() + at + 40 + extraBytes, snapshot.id.data(), snapshot.id.size());
        std::memcpy(table.data() + at + 40 + extraBytes + snapshot.id.size(), snapshot.name.data(),
            snapshot.name.size());
    }
    if (table.size() > limit::snapshotTable.value)
        throw UnsupportedError("new-image", "The snapshot table would pass 64 MiB.");
    return table;
}

} // namespace platter::qcow2
