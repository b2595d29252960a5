// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/VdiBuilder.h"

#include "core/formats/vdi/Header.h"

#include <algorithm>

namespace platter::tests {

VdiBuilder::VdiBuilder(std::vector<std::uint32_t> map, std::uint32_t blockSize)
    : m_blockSize(blockSize)
{
    vdi::Header header;
    header.signature = 0xbeda107f;
    header.version = 0x00010001;
    header.headerSize = 400;
    header.imageType = vdi::type::dynamic;
    header.blockMapOffset = static_cast<std::uint32_t>(mapAt());
    header.dataOffset = static_cast<std::uint32_t>(dataAt());
    header.sectorSize = header.geometrySectorSize = 512;
    header.diskSize = Bytes{map.size() * blockSize};
    header.blockSize = blockSize;
    header.blocksInImage = static_cast<std::uint32_t>(map.size());
    header.uuid.fill(std::byte{0x11});
    header.modificationUuid.fill(std::byte{0x22});
    std::uint32_t end = 0;
    for (const std::uint32_t number : map) {
        if (number < zeroBlock) {
            ++header.blocksAllocated;
            end = std::max(end, number + 1);
        }
    }
    m_bytes = vdi::headerImage(header);
    m_bytes.resize(dataAt());
    for (std::size_t i = 0; i < map.size(); ++i)
        entry(i, map[i]);
    cut(place(end));
}

VdiBuilder& VdiBuilder::set(const char* field, std::uint32_t value)
{
    store(ByteOrder::Little, m_bytes.data() + vdi::placeOfField(field).value, value);
    return *this;
}

VdiBuilder& VdiBuilder::setDiskSize(std::uint64_t value)
{
    store(ByteOrder::Little, m_bytes.data() + vdi::placeOfField("disk_size").value, value);
    return *this;
}

VdiBuilder& VdiBuilder::setUuid(const char* field, unsigned value)
{
    std::fill_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(vdi::placeOfField(field).value), 16,
        static_cast<std::byte>(value));
    return *this;
}

VdiBuilder& VdiBuilder::entry(std::uint64_t block, std::uint32_t number)
{
    store(ByteOrder::Little, m_bytes.data() + mapAt() + block * 4, number);
    return *this;
}

VdiBuilder& VdiBuilder::cut(std::uint64_t length)
{
    const std::uint64_t before = m_bytes.size();
    m_bytes.resize(length);
    for (std::uint64_t at = std::max(before, dataAt()); at < length; ++at) {
        const std::uint64_t number = (at - dataAt()) / m_blockSize;
        const std::uint64_t sector = (at - dataAt()) % m_blockSize / 512;
        m_bytes[at] = static_cast<std::byte>(number * 37 + sector * 5 + 1);
    }
    return *this;
}

VdiBuilder& VdiBuilder::fixed()
{
    return set("image_type", vdi::type::fixed);
}

std::shared_ptr<MemoryFile> VdiBuilder::file() const
{
    return std::make_shared<MemoryFile>(m_bytes);
}

} // namespace platter::tests
