// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/ClusterOwners.h"

#include <algorithm>
#include <map>

namespace platter::qcow2 {

DiskStates::DiskStates(const Qcow2Image& image)
    : m_image(image)
    , m_count(static_cast<std::uint32_t>(image.snapshots().size()) + 1)
    , m_fileSize(image.file().size().value)
    , m_sameL1(m_count)
    , m_twins(m_count)
{
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> known;
    for (std::uint32_t state = 0; state < m_count; ++state) {
        const Bytes length = l1Length(state);
        if (state != now()
            && (!image.geometry().cluster.aligned(l1At(state))
                || length.value / 8 > limit::l1Entries))
            continue;
        const auto [place, isNew] = known.try_emplace({l1At(state).value, length.value}, state);
        m_sameL1[state] = place->second;
        if (!isNew)
            m_twins[place->second] = true;
    }
}

Bytes DiskStates::diskSize(std::uint32_t state) const
{
    return state == now() ? m_image.virtualSize() : m_image.snapshots()[state].diskSize;
}

HostOffset DiskStates::l1At(std::uint32_t state) const
{
    return state == now() ? m_image.activeL1().at : m_image.snapshots()[state].l1TableOffset;
}

Bytes DiskStates::l1Length(std::uint32_t state) const
{
    return Bytes{(state == now() ? m_image.activeL1().declaredEntries
                                 : std::uint64_t{m_image.snapshots()[state].l1Entries})
        * 8};
}

L1Table DiskStates::l1Of(std::uint32_t state) const
{
    if (state == now())
        return m_image.activeL1();
    return readL1(m_image.file(), m_image.geometry(), l1At(state), l1Length(state).value / 8);
}

std::uint64_t DiskStates::diskEntries(std::uint32_t state, const L1Table& l1) const
{
    const std::uint64_t coverage = m_image.geometry().tableCoverage().value;
    const std::uint64_t size = diskSize(state).value;
    return std::min<std::uint64_t>(
        l1.entries.size(), size / coverage + (size % coverage != 0 ? 1 : 0));
}

std::optional<HostOffset> DiskStates::tableOf(std::uint64_t l1Word) const
{
    const HostOffset at{l1Word & entry::offset};
    if (at.value == 0 || at.value >= m_fileSize || !m_image.geometry().cluster.aligned(at))
        return {};
    return at;
}

ClusterOwners::ClusterOwners(std::uint64_t clusters, std::uint64_t parts, std::uint64_t part)
    : m_clusters(clusters)
    , m_parts(parts)
    , m_part(part)
    , m_slots(clusters / parts + 1)
{
}

void ClusterOwners::add(std::uint64_t cluster, std::uint64_t count, Holders holders)
{
    if (cluster >= m_clusters)
        return;
    const std::uint64_t end = cluster + std::min(count, m_clusters - cluster);
    const std::uint32_t mine = (holders.first + 1) | (holders.more ? manyBit : 0);
    // The first cluster of this part from `cluster` on.
    std::uint64_t at = cluster + (m_part + m_parts - cluster % m_parts) % m_parts;
    for (; at < end; at += m_parts) {
        std::atomic<std::uint32_t>& slot = m_slots[at / m_parts];
        std::uint32_t before = slot.load(std::memory_order_relaxed);
        for (;;) {
            std::uint32_t after = mine;
            if (before != 0) {
                const std::uint32_t first = before & ~manyBit;
                after = std::min(first, mine & ~manyBit) | ((before | mine) & manyBit);
                if (first != (mine & ~manyBit))
                    after |= manyBit;
            }
            if (after == before
                || slot.compare_exchange_weak(before, after, std::memory_order_relaxed))
                break;
        }
    }
}

std::optional<Holders> ClusterOwners::holdersOf(std::uint64_t cluster) const
{
    if (cluster >= m_clusters || cluster % m_parts != m_part)
        return {};
    const std::uint32_t value = m_slots[cluster / m_parts].load(std::memory_order_relaxed);
    if (value == 0)
        return {};
    return Holders{(value & ~manyBit) - 1, (value & manyBit) != 0};
}

void ClusterOwners::countSole(std::vector<std::uint64_t>& counts) const
{
    for (const auto& slot : m_slots) {
        const std::uint32_t value = slot.load(std::memory_order_relaxed);
        if (value != 0 && (value & manyBit) == 0)
            ++counts[value - 1];
    }
}

} // namespace platter::qcow2
