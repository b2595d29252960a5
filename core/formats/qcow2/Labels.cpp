// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Entries.h"
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace platter::qcow2 {

namespace {

    /// The entries of a table of `count` entries that [from, from + length) touches.
    struct EntryRange {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
    };
    EntryRange entriesIn(const HostOwner& table, std::uint64_t width, HostOffset from, Bytes length)
    {
        const std::uint64_t count = table.length.value / width;
        const std::uint64_t start = std::max(from, table.start).value - table.start.value;
        const std::uint64_t stop = (from + length).value > table.start.value
            ? (from + length).value - table.start.value
            : 0;
        return {std::min(start / width, count), std::min((stop + width - 1) / width, count)};
    }

    std::vector<std::byte> readEntries(
        const ByteFile& file, HostOffset table, const EntryRange& range, std::uint64_t width)
    {
        std::vector<std::byte> bytes((std::max(range.end, range.first) - range.first) * width);
        file.readPadded(table + Bytes{width} * range.first, bytes);
        return bytes;
    }

    StructureMark whole(const HostOwner& owner, std::string name, const char* note)
    {
        return {std::move(name), owner.start, owner.length, {}, note};
    }

    /// Structures among `marks` that touch the window.
    void addTouching(std::vector<StructureMark>& result, std::vector<StructureMark> marks,
        HostOffset from, Bytes length)
    {
        for (StructureMark& mark : marks) {
            if (mark.at < from + length && from < mark.at + mark.length)
                result.push_back(std::move(mark));
        }
    }

    HostUse dataUse(const TableUse& use, HostUse active, HostUse snapshot, HostUse both)
    {
        if (use.active == 0)
            return snapshot;
        return use.snapshots == 0 ? active : both;
    }

    /// Collects the owners that one L2 table names.
    void addTable(const Qcow2Image& image, const TableUse& use, std::span<const std::byte> table,
        std::uint64_t diskClusters, const OwnerSink& sink)
    {
        const Geometry& geometry = image.geometry();
        HostOwner owner;
        owner.start = use.at;
        owner.length = owner.room = geometry.cluster.bytes();
        owner.use = use.active ? HostUse::L2Table : HostUse::SnapshotL2Table;
        owner.index = use.l1Index;
        owner.guest = GuestOffset{(geometry.tableCoverage() * use.l1Index).value};
        if (use.active)
            owner.entry = image.activeL1().at + Bytes{use.l1Index * 8ULL};
        sink(owner);
        if (!geometry.cluster.aligned(use.at) || geometry.externalData)
            return;
        const std::uint64_t perTable = geometry.entriesPerTable();
        walkEntries(geometry, table, 0, [&](const EntryRun& run) {
            const std::uint64_t guest = use.l1Index * perTable + run.first;
            HostOwner data;
            data.entry = use.at + Bytes{run.first * geometry.entryBytes()};
            data.entryStep = Bytes{geometry.entryBytes()};
            data.guest = geometry.cluster.startOf(GuestCluster{guest});
            if (run.type == EntryType::Compressed) {
                const CompressedPlace place = geometry.compressedPlace(run.word);
                data.start = place.start;
                data.length = data.room = place.length;
                data.use = dataUse(
                    use, HostUse::Compressed, HostUse::CompressedSnapshot, HostUse::Compressed);
            } else if (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated) {
                data.start = HostOffset{run.word & entry::offset};
                if (!geometry.cluster.aligned(data.start))
                    return true;
                data.length = data.room = geometry.cluster.bytes() * run.count;
                const bool kept = run.type == EntryType::ZeroAllocated
                    || (geometry.extended && static_cast<std::uint32_t>(run.bitmap) == 0);
                data.use = dataUse(use, kept ? HostUse::ZeroAllocated : HostUse::Data,
                    HostUse::DataSnapshot, HostUse::DataShared);
                if (guest >= diskClusters) {
                    // Behind the disk lies the saved memory of snapshots.
                    data.use = HostUse::VmState;
                    data.guest.reset();
                }
            } else {
                return true;
            }
            sink(data);
            return true;
        });
    }

} // namespace

void Qcow2Image::scanOwners(const OwnerSink& sink, const JobControl& job) const
{
    std::mutex mutex;
    const auto single = [&](const HostOwner& owner) {
        const std::lock_guard lock{mutex};
        sink(owner);
    };
    const auto roomOf = [&](HostOffset at, Bytes length) {
        const Bytes before = m_geometry.cluster.within(at);
        return m_geometry.cluster.bytes() * m_geometry.cluster.clustersFor(before + length)
            - before;
    };
    const Bytes fileSize = file().size();
    ReferenceSinks sinks;
    sinks.structure = [&](const StructureUse& found) {
        if (found.length.value == 0 || found.at.value >= fileSize.value)
            return;
        const Bytes length = std::min(found.length, fileSize - Bytes{found.at.value});
        HostOwner owner{found.at, length, roomOf(found.at, length), found.use, 0, {}, {}, {}};
        if (found.use == HostUse::SnapshotL1Table)
            owner.index = found.snapshots.front();
        if (found.bitmap)
            owner.index = *found.bitmap;
        if (found.entryIndex) {
            owner.entry = found.place.value();
            const unsigned granularityBits = m_bitmapEntries.at(owner.index).granularityBits;
            const Bytes perEntry
                = m_geometry.cluster.bytes() * 8 * (std::uint64_t{1} << granularityBits);
            owner.guest = GuestOffset{(perEntry * *found.entryIndex).value};
        }
        single(owner);
    };
    sinks.l1Entry = [](const L1Entry&) {};
    const std::uint64_t diskClusters = m_geometry.cluster.clustersFor(virtualSize());
    sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
        const std::lock_guard lock{mutex};
        addTable(*this, use, table, diskClusters, sink);
    };
    sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
    sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
    scanReferences(*this, defaultThreads(), job, sinks);

    const RefcountTable refcounts{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};
    for (std::uint64_t i = 0; i < refcounts.entries().size(); ++i) {
        if (const auto block = refcounts.blockAt(i))
            single({*block, m_geometry.cluster.bytes(), m_geometry.cluster.bytes(),
                HostUse::RefcountBlock, i, {}, refcounts.at() + Bytes{i * 8}, {}});
    }
}

std::vector<StructureMark> Qcow2Image::describeOwner(
    const HostOwner& owner, HostOffset from, Bytes length) const
{
    const Bytes fileSize = file().size();
    const std::string number = std::to_string(owner.index);
    const auto words = [&](unsigned width, const auto& describe) {
        const EntryRange range = entriesIn(owner, width, from, length);
        const auto bytes = readEntries(file(), owner.start, range, width);
        for (std::uint64_t i = range.first; i < range.end; ++i)
            describe(
                EntryPlace{owner.start, i, fileSize}, bytes.data() + (i - range.first) * width);
    };
    std::vector<StructureMark> marks;
    switch (owner.use) {
    case HostUse::Header:
        marks.push_back(whole(owner, "Header cluster",
            PLATTER_TEXT("Field", "Header, extensions and the name of the backing file.")));
        addTouching(marks, describeFirstCluster(), from, length);
        break;
    case HostUse::L1Table:
    case HostUse::SnapshotL1Table:
        marks.push_back(whole(owner,
            owner.use == HostUse::L1Table
                ? "L1 table"
                : "L1 table of snapshot " + std::to_string(owner.index + 1),
            PLATTER_TEXT("Field", "Names the L2 tables, each of which maps a guest range.")));
        words(8, [&](const EntryPlace& place, const std::byte* bytes) {
            marks.back().fields.push_back(
                describeL1Entry(m_geometry, place, loadBig<std::uint64_t>(bytes),
                    GuestOffset{(m_geometry.tableCoverage() * place.index).value}));
        });
        break;
    case HostUse::L2Table:
    case HostUse::SnapshotL2Table:
        marks.push_back(whole(owner,
            "L2 table " + number + (owner.use == HostUse::L2Table ? "" : " of a snapshot"),
            PLATTER_TEXT("Field", "Says for each guest cluster of a range where it is stored.")));
        words(m_geometry.entryBytes(), [&](const EntryPlace& place, const std::byte* bytes) {
            const GuestOffset guest
                = owner.guest.value_or(GuestOffset{}) + m_geometry.cluster.bytes() * place.index;
            for (FieldMark& field :
                describeL2Entry(m_geometry, place, loadBig<std::uint64_t>(bytes),
                    m_geometry.extended ? loadBig<std::uint64_t>(bytes + 8) : 0, guest))
                marks.back().fields.push_back(std::move(field));
        });
        break;
    case HostUse::RefcountTable:
        marks.push_back(whole(owner, "Refcount table",
            PLATTER_TEXT("Field", "Names the blocks that count the references of clusters.")));
        words(8, [&](const EntryPlace& place, const std::byte* bytes) {
            marks.back().fields.push_back(
                describeRefcountTableEntry(m_geometry, place, loadBig<std::uint64_t>(bytes)));
        });
        break;
    case HostUse::RefcountBlock: {
        marks.push_back(whole(owner, "Refcount block " + number,
            PLATTER_TEXT("Field", "Counts how many references lead to each cluster.")));
        const EntryRange range
            = entriesIn(owner, std::max(1U, m_geometry.refcountBits() / 8), from, length);
        const std::uint64_t width = std::max(1U, m_geometry.refcountBits() / 8);
        marks.back().fields = describeRefcounts(m_geometry, {owner.start, owner.index, fileSize},
            Bytes{range.first * width}, readEntries(file(), owner.start, range, width));
        break;
    }
    case HostUse::SnapshotTable: {
        marks.push_back(whole(owner, "Snapshot table",
            PLATTER_TEXT("Field", "One entry for each internal snapshot.")));
        const auto& places = m_snapshots.places;
        const auto next = std::ranges::upper_bound(places, from);
        const auto first = next == places.begin() ? next : next - 1;
        const auto end = std::ranges::lower_bound(places, from + length);
        if (first < end)
            addTouching(marks,
                describeSnapshots(file(), m_header, *first,
                    static_cast<std::size_t>(first - places.begin()),
                    static_cast<std::size_t>(end - first)),
                from, length);
        break;
    }
    case HostUse::EncryptionHeader:
        marks.push_back(whole(owner, "Encryption header",
            PLATTER_TEXT("Field", "The LUKS header with the key material of its slots.")));
        addTouching(marks, describeLuks(file(), owner.start, owner.length), from, length);
        break;
    case HostUse::BitmapDirectory: {
        marks.push_back(whole(owner, "Bitmap directory",
            PLATTER_TEXT("Field", "One entry for each persistent bitmap.")));
        const auto next = std::ranges::upper_bound(m_bitmapEntries, from, {}, &BitmapEntry::at);
        const auto first = next == m_bitmapEntries.begin() ? next : next - 1;
        const auto end
            = std::ranges::lower_bound(m_bitmapEntries, from + length, {}, &BitmapEntry::at);
        if (first < end)
            addTouching(marks,
                describeBitmaps(file(), *m_extensions.bitmaps, first->at,
                    static_cast<std::size_t>(first - m_bitmapEntries.begin()),
                    static_cast<std::size_t>(end - first)),
                from, length);
        break;
    }
    case HostUse::BitmapTable: {
        marks.push_back(whole(owner, "Table of bitmap " + std::to_string(owner.index + 1),
            PLATTER_TEXT("Field", "Says where the bits of a bitmap are stored.")));
        words(8, [&](const EntryPlace& place, const std::byte* bytes) {
            marks.back().fields.push_back(describeBitmapTableEntry(
                m_geometry, place, m_bitmapEntries.at(owner.index), loadBig<std::uint64_t>(bytes)));
        });
        break;
    }
    case HostUse::BitmapData: {
        marks.push_back(whole(owner, "Bits of bitmap " + std::to_string(owner.index + 1),
            PLATTER_TEXT("Field", "One bit for each stretch of the disk; set: written to.")));
        const Bytes granularity{
            std::uint64_t{1} << m_bitmapEntries.at(owner.index).granularityBits};
        words(8, [&](const EntryPlace& place, const std::byte* bytes) {
            FieldMark mark;
            mark.name = "bits " + std::to_string(place.index * 64) + " to "
                + std::to_string(place.index * 64 + 63);
            mark.at = owner.start + Bytes{place.index * 8};
            mark.length = Bytes{8};
            mark.display = Display::Raw;
            mark.value = displayText(Display::Raw, {}, {bytes, 8}, {});
            mark.meaning = PLATTER_TEXT("Field", "The lowest bit of a byte comes first.");
            mark.guest = owner.guest.value_or(GuestOffset{}) + granularity * 64 * place.index;
            marks.back().fields.push_back(std::move(mark));
        });
        break;
    }
    case HostUse::Compressed:
    case HostUse::CompressedSnapshot:
        marks.push_back(whole(owner,
            owner.use == HostUse::Compressed ? "Compressed cluster"
                                             : "Compressed cluster of a snapshot",
            PLATTER_TEXT("Field",
                "The compressed stream of one guest cluster, and what pads it to a sector.")));
        break;
    case HostUse::DataShared:
        marks.push_back(whole(owner, "Guest data shared with snapshots", ""));
        break;
    case HostUse::DataSnapshot: marks.push_back(whole(owner, "Guest data of snapshots", "")); break;
    case HostUse::ZeroAllocated:
        marks.push_back(whole(owner, "Kept for a guest range that reads as zeros", ""));
        break;
    case HostUse::VmState:
        marks.push_back(whole(owner, "Saved memory of a virtual machine", ""));
        break;
    default: marks.push_back(whole(owner, "Guest data", "")); break;
    }
    return marks;
}

UnownedRange Qcow2Image::unownedAt(HostOffset at, HostOffset gapStart, HostOffset gapEnd) const
{
    const HostCluster cluster = m_geometry.cluster.clusterOf(at);
    const HostOffset start = m_geometry.cluster.startOf(cluster);
    UnownedRange range;
    range.end = start + m_geometry.cluster.bytes();
    const bool counted = storedCount(file(), m_geometry, m_header.refcountTableOffset,
                             m_header.refcountTableClusters, cluster)
        != 0;
    // Tables take whole clusters, so only compressed streams leave a part of one.
    const bool partly
        = gapStart > start || gapEnd < std::min(range.end, HostOffset{file().size().value});
    if (counted)
        range.use = partly ? HostUse::Compressed : HostUse::Leaked;
    range.end = std::min(range.end, gapEnd);
    return range;
}

std::vector<StructureMark> Qcow2Image::entriesOf(
    GuestOffset at, std::optional<std::size_t> snapshot) const
{
    HostOwner l1;
    l1.use = snapshot ? HostUse::SnapshotL1Table : HostUse::L1Table;
    l1.index = snapshot.value_or(0);
    l1.start = snapshot ? snapshots().at(*snapshot).l1TableOffset : m_header.l1TableOffset;
    l1.length = Bytes{8} * (snapshot ? snapshots().at(*snapshot).l1Entries : m_header.l1Size);
    const std::uint64_t index = at.value / m_geometry.tableCoverage().value;
    if (index >= l1.length.value / 8)
        return {};
    std::vector<StructureMark> marks = describeOwner(l1, l1.start + Bytes{index * 8}, Bytes{8});
    const FieldMark& top = marks.front().fields.front();
    if (!top.target || !top.verdict.empty())
        return marks;
    HostOwner l2;
    l2.use = snapshot ? HostUse::SnapshotL2Table : HostUse::L2Table;
    l2.index = index;
    l2.start = *top.target;
    l2.length = m_geometry.cluster.bytes();
    l2.guest = GuestOffset{(m_geometry.tableCoverage() * index).value};
    const std::uint64_t entry
        = m_geometry.cluster.clusterOf(GuestOffset{at.value - l2.guest->value}).index;
    const Bytes width{m_geometry.entryBytes()};
    marks.push_back(std::move(describeOwner(l2, l2.start + width * entry, width).front()));
    return marks;
}

std::optional<GuestOffset> Qcow2Image::guestOfEntry(std::uint64_t table, std::uint64_t entry) const
{
    if (table >= m_header.l1Size || entry >= m_geometry.entriesPerTable())
        return {};
    return GuestOffset{
        (m_geometry.tableCoverage() * table + m_geometry.cluster.bytes() * entry).value};
}

} // namespace platter::qcow2
