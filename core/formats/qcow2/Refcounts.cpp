// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Refcounts.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// The count with index `index` of the block at `block`.
    std::uint64_t countInBlock(
        const ByteFile& file, const Geometry& geometry, HostOffset block, std::uint64_t index)
    {
        const std::uint64_t byte = (index << geometry.refcountOrder) / 8;
        std::array<std::byte, 8> word{};
        file.readPadded(block + Bytes{byte}, word);
        const unsigned inByte = geometry.refcountOrder < 3
            ? static_cast<unsigned>(index & ((8U >> geometry.refcountOrder) - 1))
            : 0;
        return refcountIn(word, inByte, geometry.refcountOrder);
    }

} // namespace

std::uint64_t refcountIn(std::span<const std::byte> block, std::uint64_t index, unsigned order)
{
    const std::byte* const data = block.data();
    switch (order) {
    case 3: return std::to_integer<std::uint64_t>(data[index]);
    case 4: return loadBig<std::uint16_t>(data + index * 2);
    case 5: return loadBig<std::uint32_t>(data + index * 4);
    case 6: return loadBig<std::uint64_t>(data + index * 8);
    default: {
        // NOTE(spec): counts of less than a byte lie with the least significant bits first.
        const std::uint64_t bit = index << order;
        const unsigned mask = (1U << (1U << order)) - 1;
        return std::to_integer<unsigned>(data[bit / 8]) >> (bit % 8) & mask;
    }
    }
}

void setRefcount(
    std::span<std::byte> block, std::uint64_t index, unsigned order, std::uint64_t count)
{
    std::byte* const data = block.data();
    switch (order) {
    case 3: data[index] = static_cast<std::byte>(count); break;
    case 4: storeBig(data + index * 2, static_cast<std::uint16_t>(count)); break;
    case 5: storeBig(data + index * 4, static_cast<std::uint32_t>(count)); break;
    case 6: storeBig(data + index * 8, count); break;
    default: {
        const std::uint64_t bit = index << order;
        const unsigned mask = ((1U << (1U << order)) - 1) << bit % 8;
        const auto kept = std::to_integer<unsigned>(data[bit / 8]) & ~mask;
        data[bit / 8] = static_cast<std::byte>(kept | static_cast<unsigned>(count) << bit % 8);
    }
    }
}

RefcountTable::RefcountTable(
    const ByteFile& file, const Geometry& geometry, HostOffset at, std::uint32_t clusters)
    : m_geometry(geometry)
    , m_at(at)
    , m_fileSize(file.size().value)
{
    const std::uint64_t declared
        = std::min((geometry.cluster.bytes() * clusters).value, limit::refcountTable.value);
    const std::uint64_t inFile
        = at.value < m_fileSize ? (m_fileSize - at.value + 7) & ~std::uint64_t{7} : 0;
    std::vector<std::byte> bytes(std::min(declared, inFile));
    file.readPadded(at, bytes);
    m_entries.resize(bytes.size() / 8);
    for (std::size_t i = 0; i < m_entries.size(); ++i)
        m_entries[i] = loadBig<std::uint64_t>(bytes.data() + i * 8);
    while (!m_entries.empty() && m_entries.back() == 0)
        m_entries.pop_back();
}

std::uint64_t RefcountTable::countable() const
{
    return m_entries.size() * m_geometry.refcountsPerBlock();
}

bool RefcountTable::isUnreadable(std::uint64_t index) const
{
    const HostOffset block{m_entries[index] & entry::refcountOffset};
    return !m_geometry.cluster.aligned(block) || block.value >> 63 != 0;
}

std::optional<HostOffset> RefcountTable::blockAt(std::uint64_t index) const
{
    if (index >= m_entries.size())
        return {};
    const HostOffset block{m_entries[index] & entry::refcountOffset};
    if (block.value == 0 || block.value >= m_fileSize || !m_geometry.cluster.aligned(block))
        return {};
    return block;
}

std::uint64_t RefcountTable::countOf(const ByteFile& file, HostCluster cluster) const
{
    const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
    const auto block = blockAt(cluster.index / perBlock);
    return block ? countInBlock(file, m_geometry, *block, cluster.index % perBlock) : 0;
}

std::uint64_t storedCount(const ByteFile& file, const Geometry& geometry, HostOffset table,
    std::uint32_t tableClusters, HostCluster cluster)
{
    const std::uint64_t perBlock = geometry.refcountsPerBlock();
    const Bytes place = Bytes{8} * (cluster.index / perBlock);
    if (place >= std::min(geometry.cluster.bytes() * tableClusters, limit::refcountTable))
        return 0;
    std::array<std::byte, 8> word{};
    file.readPadded(table + place, word);
    const HostOffset block{loadBig<std::uint64_t>(word.data()) & entry::refcountOffset};
    if (block.value == 0 || block.value >= file.size().value || !geometry.cluster.aligned(block))
        return 0;
    return countInBlock(file, geometry, block, cluster.index % perBlock);
}

std::uint64_t countUsedClusters(const ByteFile& file, const Geometry& geometry,
    const RefcountTable& table, std::uint64_t clusters, std::uint64_t most)
{
    std::uint64_t used = 0;
    const std::uint64_t perBlock = geometry.refcountsPerBlock();
    std::vector<std::byte> block(geometry.cluster.bytes().value);
    for (std::uint64_t i = 0; i < table.entries().size() && i * perBlock < clusters && used < most;
         ++i) {
        const auto at = table.blockAt(i);
        if (!at)
            continue;
        file.readPadded(*at, block);
        const std::uint64_t count = std::min(perBlock, clusters - i * perBlock);
        for (std::uint64_t k = 0; k < count && used < most; ++k)
            used += refcountIn(block, k, geometry.refcountOrder) != 0;
    }
    return used;
}

} // namespace platter::qcow2
