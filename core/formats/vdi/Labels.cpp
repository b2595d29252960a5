// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/vdi/BlockMap.h"
#include "core/formats/vdi/VdiImage.h"

#include <algorithm>

namespace platter::vdi {

namespace {

    FieldMark describeEntry(const Header& header, const BlockMap& map, Bytes fileSize,
        std::uint64_t block, const std::byte* bytes)
    {
        const auto word = load<std::uint32_t>(ByteOrder::Little, bytes);
        FieldMark mark;
        mark.name = "entry " + std::to_string(block);
        mark.at = map.entryAt(block);
        mark.length = Bytes{4};
        mark.display = Display::Hex;
        mark.number = word;
        mark.meaning = PLATTER_TEXT("Field",
            "The number of the stored block that holds one block "
            "of the disk.");
        mark.guest = GuestOffset{block * header.blockSize};
        mark.value = hexText(word);
        if (word == freeBlock) {
            mark.value += " = not allocated";
        } else if (word == zeroBlock) {
            mark.value += " = zeros";
        } else {
            const HostOffset target = header.blockAt(word);
            mark.target = target;
            mark.value += " = block at " + groupedHexText(target.value);
            if (target.value >= fileSize.value)
                mark.verdict = PLATTER_TEXT("Field", "It points past the end of the file.");
            else if (word >= header.blocksAllocated)
                mark.verdict
                    = PLATTER_TEXT("Field", "It is not below the number of allocated blocks.");
        }
        return mark;
    }

} // namespace

void VdiImage::scanOwners(const OwnerSink& sink, const JobControl& job) const
{
    sink({HostOffset{0}, m_header.headerEnd(), m_header.headerEnd(), HostUse::Header, 0, {}, {},
        {}});
    if (m_header.blocksInImage)
        sink({HostOffset{m_header.blockMapOffset}, m_header.blockMapBytes(),
            m_header.blockMapBytes(), HostUse::BlockMap, 0, {}, {}, {}});
    m_map->walk(0, m_header.blocksInImage, job, [&](const BlockMap::Run& run) {
        if (!run.isStored())
            return;
        const bool together = m_header.blockExtra == 0;
        const std::uint32_t step = together ? run.count : 1;
        for (std::uint32_t i = 0; i < run.count; i += step) {
            HostOwner data;
            data.use = HostUse::Data;
            data.entry = m_map->entryAt(run.block + i);
            data.entryStep = Bytes{4};
            data.start = m_header.blockAt(run.entry + i);
            if (!together) {
                data.length = data.room = Bytes{m_header.blockExtra};
                data.start = data.start - data.length;
                sink(data);
                data.start += data.length;
            }
            data.length = data.room = Bytes{m_header.blockSize} * step;
            data.guest = GuestOffset{(std::uint64_t{run.block} + i) * m_header.blockSize};
            sink(data);
        }
    });
}

std::vector<StructureMark> VdiImage::describeOwner(
    const HostOwner& owner, HostOffset from, Bytes length) const
{
    if (owner.use == HostUse::Header)
        return {describeHeader(file())};
    if (owner.use == HostUse::Data)
        return {{owner.guest ? "Guest data" : "Extra bytes of a block", owner.start, owner.length,
            {}, ""}};
    StructureMark mark{"Block map", owner.start, owner.length, {},
        PLATTER_TEXT("Field", "Says for each block of the disk where it is stored.")};
    const std::uint64_t first = (std::max(from, owner.start) - owner.start).value / 4;
    const std::uint64_t count = owner.length.value / 4;
    const HostOffset end = from + length;
    if (end > owner.start && first < count) {
        const std::uint64_t last = std::min(count, ((end - owner.start).value + 3) / 4);
        std::vector<std::byte> bytes((last - first) * 4);
        file().readPadded(owner.start + Bytes{first * 4}, bytes);
        for (std::uint64_t i = first; i < last; ++i)
            mark.fields.push_back(
                describeEntry(m_header, *m_map, file().size(), i, bytes.data() + (i - first) * 4));
    }
    return {std::move(mark)};
}

std::vector<EntryTable> VdiImage::tables() const
{
    if (m_header.blocksInImage == 0)
        return {};
    EntryTable map;
    map.name = "Block map";
    map.note = PLATTER_TEXT("Field", "Says for each block of the disk where it is stored.");
    map.owner.start = HostOffset{m_header.blockMapOffset};
    map.owner.length = map.owner.room = m_header.blockMapBytes();
    map.owner.use = HostUse::BlockMap;
    map.entries = m_header.blocksInImage;
    map.coverage = Bytes{m_header.blockSize};
    return {std::move(map)};
}

UnownedRange VdiImage::unownedAt(HostOffset at, HostOffset, HostOffset gapEnd) const
{
    const HostOffset data{m_header.dataOffset};
    if (at < data)
        return {HostUse::Free, std::min(gapEnd, data)};
    return {HostUse::Leaked, gapEnd};
}

std::vector<StructureMark> VdiImage::entriesOf(GuestOffset at, std::optional<std::size_t>) const
{
    const std::uint64_t block = at.value / m_header.blockSize;
    if (block >= m_header.blocksInImage)
        return {};
    HostOwner map;
    map.use = HostUse::BlockMap;
    map.start = HostOffset{m_header.blockMapOffset};
    map.length = m_header.blockMapBytes();
    return describeOwner(map, m_map->entryAt(block), Bytes{4});
}

std::optional<GuestOffset> VdiImage::guestOfEntry(std::uint64_t table, std::uint64_t entry) const
{
    if (table != 0 || entry >= m_header.blocksInImage)
        return {};
    return GuestOffset{entry * m_header.blockSize};
}

} // namespace platter::vdi
