// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/DiskStates.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::uint64_t mostOpenTables = 64 << 20; ///< bytes of L1 tables in memory
    constexpr std::size_t mostOpenDisks = 4; ///< each has its own L1 table and decoded clusters

} // namespace

DiskStates::DiskStates(const BackingChain& chain)
    : m_chain(chain)
    , m_image(*chain.layers.front().image)
{
}

std::uint32_t DiskStates::count() const
{
    return static_cast<std::uint32_t>(m_image.snapshots().size() + 1);
}

Bytes DiskStates::sizeOf(std::uint32_t state) const
{
    return isPresent(state) ? m_image.virtualSize()
                            : Bytes{m_image.snapshots()[state].diskSize.value / 512 * 512};
}

template <class What>
const std::shared_ptr<const What>* DiskStates::find(std::list<Open<What>>& all, std::uint32_t state)
{
    const auto at = std::find_if(
        all.begin(), all.end(), [&](const auto& open) { return open.state == state; });
    if (at == all.end())
        return nullptr;
    all.splice(all.begin(), all, at);
    return &all.front().what;
}

/// What a state takes while it is open; a little of it even without a table.
std::uint64_t DiskStates::tableBytes(std::uint32_t state) const
{
    return std::uint64_t{m_image.snapshots()[state].l1Entries} * 8 + 4096;
}

std::shared_ptr<const VirtualDisk> DiskStates::disk(std::uint32_t state)
{
    if (const auto* const open = find(m_disks, state))
        return *open;
    if (m_disks.size() >= mostOpenDisks)
        m_disks.pop_back();
    auto disk = isPresent(state) ? std::make_shared<VirtualDisk>(m_chain)
                                 : std::make_shared<VirtualDisk>(m_chain, state);
    m_disks.push_front({state, disk});
    return disk;
}

std::shared_ptr<const GuestMapping> DiskStates::mapping(std::uint32_t state)
{
    if (isPresent(state)) // lives as long as the image, which the chain holds
        return {m_chain.layers.front().image, &m_image.activeState()};
    if (const auto* const open = find(m_mappings, state))
        return *open;
    const std::uint64_t bytes = tableBytes(state);
    while (!m_mappings.empty() && m_mappingBytes + bytes > mostOpenTables) {
        m_mappingBytes -= tableBytes(m_mappings.back().state);
        m_mappings.pop_back();
    }
    const auto mapping = m_image.snapshotState(state);
    m_mappings.push_front({state, mapping});
    m_mappingBytes += bytes;
    return mapping;
}

bool DiskStates::isKnownEmpty(
    std::uint32_t state, GuestOffset start, Bytes length, std::optional<std::size_t> keptFrom)
{
    std::shared_ptr<const GuestMapping> layer = mapping(state);
    for (std::size_t below = 1;; ++below) {
        const auto entry = layer->tableEntryOf(start);
        if (!entry || entry->level != TableEntry::Level::Top)
            return false;
        const Extent extent = layer->extentAt(start, length);
        if (extent.kind != ExtentKind::Unallocated || extent.length < length)
            return false;
        if (below == m_chain.layers.size() || below == keptFrom)
            return true;
        const auto& image = m_chain.layers[below].image;
        layer = {image, &image->activeState()};
        // Behind its end, zeros hide what the kept layers have.
        if (keptFrom && layer->size() < Bytes{start.value} + length)
            return false;
        // Behind the end of a layer nothing is asked for in those below.
        if (layer->size().value <= start.value)
            return true;
        length = std::min(length, Bytes{layer->size().value - start.value});
    }
}

} // namespace platter
