// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Entries.h"

#include "core/base/Text.h"
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Refcounts.h"

#include <array>
#include <bit>

namespace platter::qcow2 {

namespace {

    constexpr BitName copiedBit{63, "copied",
        PLATTER_TEXT("Field", "The refcount of the target is exactly one: it may be overwritten.")};
    constexpr std::array l1Bits{copiedBit};
    constexpr std::array l2Bits{
        BitName{0, "zero", PLATTER_TEXT("Field", "The cluster reads as zeros.")},
        BitName{62, "compressed",
            PLATTER_TEXT("Field", "The other bits name a compressed stream and its length.")},
        copiedBit,
    };
    constexpr std::array l2ExtendedBits{l2Bits[1], l2Bits[2]};

    constexpr const char* pastEndVerdict
        = PLATTER_TEXT("Field", "It points past the end of the file.");
    constexpr const char* unalignedVerdict
        = PLATTER_TEXT("Field", "It does not point at the start of a cluster.");
    constexpr const char* reservedVerdict = PLATTER_TEXT("Field", "Reserved bits are set.");

    FieldMark wordMark(const EntryPlace& place, unsigned bytes, std::uint64_t word)
    {
        FieldMark mark;
        mark.name = "entry " + std::to_string(place.index);
        mark.at = place.table + Bytes{place.index * bytes};
        mark.length = Bytes{8};
        mark.display = Display::Hex;
        mark.number = word;
        mark.value = hexText(word);
        if (mark.at.value >= place.fileSize.value
            || mark.length > place.fileSize - Bytes{mark.at.value})
            mark.verdict
                = PLATTER_TEXT("Field", "The file ends before it: what is missing reads as 0.");
        return mark;
    }

    /// Names the target of an entry whose offset is `target` and judges it.
    void leadTo(FieldMark& mark, const Geometry& geometry, const EntryPlace& place,
        HostOffset target, const char* what)
    {
        mark.value += std::string{" = "} + what + " at " + groupedHexText(target.value);
        mark.target = target;
        if (!geometry.cluster.aligned(target))
            mark.verdict = unalignedVerdict;
        else if (target.value >= place.fileSize.value)
            mark.verdict = pastEndVerdict;
    }

    /// The kind of the whole cluster that an entry names, as one extent.
    Extent extentOf(
        const Geometry& geometry, const EntryPlace& place, std::uint64_t word, std::uint64_t bitmap)
    {
        Extent first;
        extentsOf(geometry, {word, bitmap, place.index, 1, geometry.typeOf(word)}, GuestOffset{0},
            place.table, [&](const Extent& extent) {
                first = extent;
                return false;
            });
        return first;
    }

    FieldMark subclusterMark(const EntryPlace& place, std::uint64_t bitmap, GuestOffset guest)
    {
        FieldMark mark;
        mark.name = "entry " + std::to_string(place.index) + " subclusters";
        mark.at = place.table + Bytes{place.index * 16 + 8};
        mark.length = Bytes{8};
        mark.display = Display::Hex;
        mark.number = bitmap;
        mark.guest = guest;
        const int stored = std::popcount(static_cast<std::uint32_t>(bitmap));
        const int zero = std::popcount(static_cast<std::uint32_t>(bitmap >> 32));
        mark.value = hexText(bitmap) + " = " + std::to_string(stored) + " stored, "
            + std::to_string(zero) + " zero, " + std::to_string(32 - stored - zero) + " neither";
        mark.meaning = PLATTER_TEXT("Field",
            "One bit for each 32nd of the cluster: the lower half says what is stored, the upper "
            "half what reads as zeros.");
        for (unsigned i = 0; i < 64; ++i) {
            if (bitmap >> i & 1U)
                mark.bits.push_back({i, true,
                    "subcluster " + std::to_string(i % 32) + (i < 32 ? " stored" : " zero"), {}});
        }
        if (static_cast<std::uint32_t>(bitmap) & static_cast<std::uint32_t>(bitmap >> 32)) {
            mark.value = hexText(bitmap);
            mark.verdict
                = PLATTER_TEXT("Field", "A subcluster is marked both as stored and as zero.");
        }
        return mark;
    }

} // namespace

FieldMark describeL1Entry(
    const Geometry& geometry, const EntryPlace& place, std::uint64_t word, GuestOffset guest)
{
    FieldMark mark = wordMark(place, 8, word);
    mark.guest = guest;
    mark.meaning = PLATTER_TEXT("Field", "Names the L2 table of a guest range.");
    mark.bits = describeBits(word & ~entry::offset, l1Bits, 8);
    const HostOffset table{word & entry::offset};
    if (table.value)
        leadTo(mark, geometry, place, table, "L2 table");
    else
        mark.value += " = no L2 table";
    if (mark.verdict.empty() && (word & entry::l1Reserved))
        mark.verdict = reservedVerdict;
    return mark;
}

std::vector<FieldMark> describeL2Entry(const Geometry& geometry, const EntryPlace& place,
    std::uint64_t word, std::uint64_t bitmap, GuestOffset guest)
{
    FieldMark mark = wordMark(place, geometry.entryBytes(), word);
    mark.guest = guest;
    mark.meaning = PLATTER_TEXT("Field", "Says where one guest cluster is stored.");
    const EntryType type = geometry.typeOf(word);
    const std::uint64_t flags = type == EntryType::Compressed
        ? word & (entry::copied | entry::compressed)
        : word & ~entry::offset;
    mark.bits = geometry.extended ? describeBits(flags, l2ExtendedBits, 8)
                                  : describeBits(flags, l2Bits, 8);
    const HostOffset host{word & entry::offset};
    switch (type) {
    case EntryType::Unallocated: mark.value += " = not allocated"; break;
    case EntryType::ZeroPlain: mark.value += " = zeros"; break;
    case EntryType::ZeroAllocated:
        leadTo(mark, geometry, place, host, "zeros, cluster kept");
        break;
    case EntryType::Normal:
        leadTo(mark, geometry, place, host, "cluster");
        if (geometry.externalData) // the place is one of another file
            mark.target.reset();
        break;
    case EntryType::Compressed: {
        const CompressedPlace stream = geometry.compressedPlace(word);
        mark.value += " = compressed, at most " + std::to_string(stream.length.value) + " bytes at "
            + groupedHexText(stream.start.value);
        mark.target = stream.start;
        if (stream.start.value >= place.fileSize.value)
            mark.verdict = pastEndVerdict;
        break;
    }
    }
    if (type != EntryType::Compressed && mark.verdict.empty() && (word & entry::l2Reserved))
        mark.verdict = reservedVerdict;
    const Extent extent = extentOf(geometry, place, word, bitmap);
    if (extent.kind == ExtentKind::Damaged)
        mark.verdict = extent.problem->meaning;
    std::vector<FieldMark> marks{std::move(mark)};
    if (geometry.extended)
        marks.push_back(subclusterMark(place, bitmap, guest));
    return marks;
}

FieldMark describeRefcountTableEntry(
    const Geometry& geometry, const EntryPlace& place, std::uint64_t word)
{
    FieldMark mark = wordMark(place, 8, word);
    mark.meaning
        = PLATTER_TEXT("Field", "Names the block that counts the references of some clusters.");
    const HostOffset block{word & entry::refcountOffset};
    if (block.value)
        leadTo(mark, geometry, place, block, "refcount block");
    else
        mark.value += " = no refcount block";
    if (mark.verdict.empty() && (word & entry::refcountReserved))
        mark.verdict = reservedVerdict;
    return mark;
}

FieldMark describeBitmapTableEntry(const Geometry& geometry, const EntryPlace& place,
    const BitmapEntry& bitmap, std::uint64_t word)
{
    FieldMark mark = wordMark(place, 8, word);
    mark.meaning
        = PLATTER_TEXT("Field", "Says where the bits of a stretch of the disk are stored.");
    mark.guest = GuestOffset{
        (geometry.cluster.bytes() * 8 * (std::uint64_t{1} << bitmap.granularityBits) * place.index)
            .value};
    const BitmapTableEntry entry = readBitmapTableEntry(geometry, word);
    switch (entry.kind) {
    case BitmapTableEntry::Kind::AllZeros: mark.value += " = all bits clear"; break;
    case BitmapTableEntry::Kind::AllOnes: mark.value += " = all bits set"; break;
    case BitmapTableEntry::Kind::Stored: leadTo(mark, geometry, place, entry.data, "bits"); break;
    case BitmapTableEntry::Kind::Invalid:
        mark.verdict = PLATTER_TEXT("Field", "It is not valid: no writer makes such an entry.");
        break;
    }
    return mark;
}

std::vector<FieldMark> describeRefcounts(
    const Geometry& geometry, const EntryPlace& place, Bytes from, std::span<const std::byte> bytes)
{
    const unsigned bits = geometry.refcountBits();
    const std::uint64_t step = std::max(1U, bits / 8); // bytes of one field
    const std::uint64_t counts = std::max(1U, 8 / bits); // counts in one field
    const std::uint64_t firstOfBlock = place.index * geometry.refcountsPerBlock();
    std::vector<FieldMark> marks;
    for (std::uint64_t at = 0; at + step <= bytes.size(); at += step) {
        const std::uint64_t first = (from.value + at) * 8 / bits;
        FieldMark mark;
        mark.at = place.table + from + Bytes{at};
        mark.length = Bytes{step};
        mark.meaning = counts == 1
            ? PLATTER_TEXT("Field", "How many references lead to one cluster; 0: it is free.")
            : PLATTER_TEXT("Field",
                "How many references lead to each of these clusters, the first in the lowest "
                "bits; 0: it is free.");
        mark.name = "refcount " + std::to_string(first);
        if (counts > 1)
            mark.name += " to " + std::to_string(first + counts - 1);
        for (std::uint64_t i = 0; i < counts; ++i) {
            const std::uint64_t count
                = refcountIn(bytes.subspan(at, step), i, geometry.refcountOrder);
            mark.value += (i ? ", " : "") + std::to_string(count);
            if (counts == 1)
                mark.number = count;
        }
        const std::uint64_t cluster = firstOfBlock + first;

        if (cluster < geometry.cluster.clustersFor(place.fileSize))
            mark.target = geometry.cluster.startOf(HostCluster{cluster});
        marks.push_back(std::move(mark));
    }
    return marks;
}

} // namespace platter::qcow2
