// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace platter {

/// Length of the blocks of a disk that contentHash() divides it into.
inline constexpr Bytes contentBlock{1 << 20};

using ContentDigest = std::array<std::byte, 32>;

/// The tree of contentHash(): its leaves come in rising order, and those left out are blocks of
/// zeros. leafOf() may be called from several threads, the rest from one.
class ContentTree {
public:
    ContentTree();

    /// @param bytes  contentBlock of them
    ContentDigest leafOf(std::span<const std::byte> bytes) const;
    void add(std::uint64_t index, const ContentDigest& leaf);
    /// @param size  of the disk
    std::string finish(Bytes size);

private:
    struct Node {
        unsigned level = 0;
        ContentDigest digest;
    };

    void push(unsigned level, ContentDigest digest);
    void skipTo(std::uint64_t index);

    std::array<ContentDigest, 64> m_zeros; ///< roots of trees of zeros, by level
    std::vector<Node> m_done; ///< complete trees, falling levels
    std::uint64_t m_next = 0; ///< leaves in them
};

} // namespace platter
