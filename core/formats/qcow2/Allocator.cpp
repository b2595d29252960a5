// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Allocator.h"

#include "core/formats/qcow2/Refcounts.h"

#include <algorithm>

namespace platter::qcow2 {

Allocator::Allocator(ByteFile& file, const Geometry& geometry)
    : m_file(file)
    , m_geometry(geometry)
{
    take(m_next++);
    settle();
}

Allocator::Block& Allocator::blockOf(std::uint64_t cluster)
{
    Block& block = m_open[cluster / m_geometry.refcountsPerBlock()];
    if (block.counts.empty())
        block.counts.resize(m_geometry.cluster.bytes().value);
    return block;
}

void Allocator::take(std::uint64_t cluster, std::uint64_t references)
{
    setRefcount(blockOf(cluster).counts, cluster % m_geometry.refcountsPerBlock(),
        m_geometry.refcountOrder, references);
}

/// Gives blocks without a place one, and writes those behind which everything is handed out.
void Allocator::settle()
{
    for (bool again = true; again;) {
        again = false;
        for (auto& [index, block] : m_open) {
            if (block.home)
                continue;
            block.home = HostCluster{m_next};
            if (m_table.size() <= index)
                m_table.resize(index + 1);
            m_table[index] = m_geometry.cluster.startOf(*block.home).value;
            take(m_next++); // may open a block, which then needs a place too
            again = true;
            break;
        }
    }
    const std::uint64_t present = m_next / m_geometry.refcountsPerBlock();
    while (!m_open.empty() && m_open.begin()->first < present) {
        const Block& block = m_open.begin()->second;
        m_file.write(m_geometry.cluster.startOf(*block.home), block.counts);
        m_open.erase(m_open.begin());
    }
}

Allocator::Run Allocator::allocate(std::uint64_t count, std::uint64_t references)
{
    const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
    if (m_open.find(m_next / perBlock) == m_open.end()) {
        blockOf(m_next);
        settle();
    }
    const Run run{HostCluster{m_next}, std::min(count, perBlock - m_next % perBlock)};
    for (std::uint64_t i = 0; i < run.count; ++i)
        take(m_next++, references);
    return run;
}

HostCluster Allocator::allocateTogether(std::uint64_t count)
{
    const HostCluster first{m_next};
    for (std::uint64_t i = 0; i < count; ++i)
        take(m_next++);
    settle();
    return first;
}

bool Allocator::wouldFollow(HostCluster cluster) const
{
    return m_next == cluster.index + 1
        && m_open.find(m_next / m_geometry.refcountsPerBlock()) != m_open.end();
}

bool Allocator::countAgain(HostCluster cluster, std::uint64_t references)
{
    const auto block = m_open.find(cluster.index / m_geometry.refcountsPerBlock());
    if (block == m_open.end())
        return false;
    std::vector<std::byte>& counts = block->second.counts;
    const std::uint64_t index = cluster.index % m_geometry.refcountsPerBlock();
    const std::uint64_t count = refcountIn(counts, index, m_geometry.refcountOrder);
    // A snapshot made later counts every reference once more.
    const std::uint64_t most = m_geometry.refcountMaximum() / 2;
    if (count > most || references > most - count)
        return false;
    setRefcount(counts, index, m_geometry.refcountOrder, count + references);
    return true;
}

Allocator::Run Allocator::finish()
{
    // The table counts itself and the blocks that it makes necessary.
    const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
    std::uint64_t clusters = 1;
    for (;; ++clusters) {
        std::uint64_t blocks = m_table.size();
        for (std::uint64_t end = 0, before = ~std::uint64_t{0}; blocks != before;) {
            before = blocks;
            end = m_next + clusters + (blocks - m_table.size());
            blocks = std::max<std::uint64_t>(m_table.size(), (end + perBlock - 1) / perBlock);
        }
        if (m_geometry.cluster.clustersFor(Bytes{blocks * 8}) <= clusters)
            break;
    }
    if (m_geometry.cluster.bytes() * clusters > limit::refcountTable)
        throw UnsupportedError("new-image",
            "The refcount table would pass 8 MiB; choose larger clusters or narrower refcounts.");
    const Run table{allocateTogether(clusters), clusters};
    for (const auto& [index, block] : m_open)
        m_file.write(m_geometry.cluster.startOf(*block.home), block.counts);
    m_open.clear();
    std::vector<std::byte> bytes(clusters * m_geometry.cluster.bytes().value);
    for (std::size_t i = 0; i < m_table.size(); ++i)
        storeBig(bytes.data() + i * 8, m_table[i]);
    m_file.write(m_geometry.cluster.startOf(table.first), bytes);
    return table;
}

} // namespace platter::qcow2
