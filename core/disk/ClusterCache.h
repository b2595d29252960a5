// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace platter {

/// Remembers recently decoded clusters, so that small reads in sequence do not decode one cluster
/// again and again. Holds at most 16 clusters of up to 2 MiB. Thread-safe; nothing is decoded under
/// a lock.
class ClusterCache {
public:
    struct Key {
        std::size_t layer = 0;
        std::uint64_t host = 0; ///< where the stream begins
        std::uint64_t guest = 0; ///< where the cluster begins
        bool operator==(const Key&) const = default;
    };
    using Cluster = std::shared_ptr<const std::vector<std::byte>>;

    /// nullptr: not remembered.
    Cluster find(const Key& key);
    void insert(const Key& key, Cluster cluster);

private:
    struct Slot {
        Key key;
        Cluster cluster;
        std::uint64_t lastUse = 0;
    };
    std::mutex m_mutex;
    std::array<Slot, 16> m_slots;
    std::uint64_t m_uses = 0;
};

} // namespace platter
