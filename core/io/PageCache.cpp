// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/PageCache.h"

namespace platter {

std::shared_ptr<const PageCache::Page> PageCache::pageAt(HostOffset at) const
{
    const std::uint64_t index = at.value / pageSize;
    // Neighbouring pages go to different shards: a reader that walks a table and another that
    // follows do not meet.
    Shard& shard = m_shards[index % m_shards.size()];
    Slot& slot = shard.places[index / m_shards.size() % shard.places.size()];
    {
        const std::lock_guard lock{shard.mutex};
        if (slot.page && slot.index == index)
            return slot.page;
    }
    auto page = std::make_shared<Page>();
    m_file->readPadded(HostOffset{index * pageSize}, *page);
    const std::lock_guard lock{shard.mutex};
    slot = {index, page};
    return page;
}

} // namespace platter
