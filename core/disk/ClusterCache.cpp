// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/ClusterCache.h"

#include <algorithm>

namespace platter {

ClusterCache::Cluster ClusterCache::find(const Key& key)
{
    const std::lock_guard lock{m_mutex};
    for (Slot& slot : m_slots) {
        if (slot.cluster && slot.key == key) {
            slot.lastUse = ++m_uses;
            return slot.cluster;
        }
    }
    return nullptr;
}

void ClusterCache::insert(const Key& key, Cluster cluster)
{
    const std::lock_guard lock{m_mutex};
    Slot& oldest = *std::min_element(m_slots.begin(), m_slots.end(),
        [](const Slot& a, const Slot& b) { return a.lastUse < b.lastUse; });
    oldest = {key, std::move(cluster), ++m_uses};
}

} // namespace platter
