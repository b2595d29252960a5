// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Refcounts.h"
#include "core/jobs/JobControl.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace platter::qcow2 {

/// One bit per host cluster of a window. Setting is thread-safe.
class ClusterBits {
public:
    ClusterBits(std::uint64_t first, std::uint64_t count)
        : m_first(first)
        , m_count(count)
        , m_words((count + 63) / 64)
    {
    }

    std::uint64_t first() const { return m_first; }
    std::uint64_t end() const { return m_first + m_count; }
    bool covers(std::uint64_t cluster) const
    {
        return cluster - m_first < m_count && cluster >= m_first;
    }

    bool test(std::uint64_t cluster) const
    {
        return word((cluster - m_first) / 64) >> ((cluster - m_first) % 64) & 1U;
    }
    std::uint64_t word(std::uint64_t index) const
    {
        return m_words[index].load(std::memory_order_relaxed);
    }
    std::uint64_t words() const { return m_words.size(); }
    /// Sets bits of one word. @returns those that were set before
    std::uint64_t set(std::uint64_t index, std::uint64_t bits)
    {
        return m_words[index].fetch_or(bits, std::memory_order_relaxed) & bits;
    }
    /// Whether all of [cluster, cluster + count), which must lie inside the window, have the value
    /// `wanted`.
    enum class Wanted { Clear, Set };
    bool all(std::uint64_t cluster, std::uint64_t count, Wanted wanted) const;

    /// Calls visit(word index, mask) for the words that [cluster, cluster + count) touches inside
    /// the window.
    template <class Visit>
    void forWords(std::uint64_t cluster, std::uint64_t count, Visit&& visit) const
    {
        const std::uint64_t from = std::max(cluster, m_first) - m_first;
        const std::uint64_t to = std::min(cluster + count, m_first + m_count);
        if (to <= m_first + from)
            return;
        const std::uint64_t end = to - m_first;
        for (std::uint64_t at = from; at < end;) {
            const std::uint64_t bits = std::min<std::uint64_t>(64 - at % 64, end - at);
            const std::uint64_t mask
                = (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1) << (at % 64);
            if (!visit(at / 64, mask))
                return;
            at += bits;
        }
    }

private:
    std::uint64_t m_first;
    std::uint64_t m_count;
    std::vector<std::atomic<std::uint64_t>> m_words;
};

/// Thrown by ReferenceCounts when so many clusters are used more than once that the window must be
/// smaller.
struct WindowTooLarge { };

/// How often each host cluster of a window is used. One bit a cluster as long as it is used once at
/// most; pages of counters are made where clusters are used more often. Counting is thread-safe;
/// counts stop at 2^32 - 1.
class ReferenceCounts {
public:
    static constexpr std::uint64_t pageClusters = 4096;

    /// `mostPages` bounds the memory of the counters: 16 KiB each.
    ReferenceCounts(std::uint64_t first, std::uint64_t count, std::uint64_t mostPages);
    ~ReferenceCounts();
    ReferenceCounts(const ReferenceCounts&) = delete;
    ReferenceCounts& operator=(const ReferenceCounts&) = delete;

    /// Counts [cluster, cluster + count) `weight` times more; what lies outside the window is
    /// ignored.
    void add(std::uint64_t cluster, std::uint64_t count, std::uint64_t weight)
    {
        add(cluster, count, weight, [](std::uint64_t, std::uint64_t) {});
    }
    /// The same; calls twice(first cluster of a word of 64, bits) where some were used before.
    template <class Twice>
    void add(std::uint64_t cluster, std::uint64_t count, std::uint64_t weight, Twice&& twice)
    {
        m_used.forWords(cluster, count, [&](std::uint64_t index, std::uint64_t mask) {
            const std::uint64_t before = m_used.set(index, mask);
            if (before || weight > 1)
                addExtras(index, mask, before, weight);
            if (before)
                twice(m_used.first() + index * 64, before);
            return true;
        });
    }

    std::uint64_t countOf(std::uint64_t cluster) const;
    const ClusterBits& used() const { return m_used; }
    /// Whether any cluster is used twice.
    bool hasPages() const { return m_pageCount.load() != 0; }
    /// Whether a cluster of the page that begins at the window's cluster `first + page *
    /// pageClusters` is used twice.
    bool hasPage(std::uint64_t page) const
    {
        return m_pages[page].load(std::memory_order_acquire) != nullptr;
    }

private:
    struct Page {
        std::atomic<std::uint32_t> extra[pageClusters]; ///< uses beyond the first
    };
    void addExtras(
        std::uint64_t index, std::uint64_t mask, std::uint64_t before, std::uint64_t weight);
    void addExtra(std::uint64_t cluster, std::uint64_t weight);

    ClusterBits m_used;
    std::vector<std::atomic<Page*>> m_pages;
    std::atomic<std::uint64_t> m_pageCount{0};
    std::uint64_t m_mostPages;
};

/// What the refcount blocks say about a window: count 0, 1 or more.
class StoredCounts {
public:
    /// Reads all blocks of the window on `threads` threads. Blocks that cannot be read count as 0.
    StoredCounts(const ByteFile& file, const Geometry& geometry, const RefcountTable& table,
        std::uint64_t first, std::uint64_t count, unsigned threads, const JobControl& job);

    const ClusterBits& used() const { return m_used; } ///< count is not 0
    const ClusterBits& one() const { return m_one; } ///< count is exactly 1

private:
    ClusterBits m_used;
    ClusterBits m_one;
};

} // namespace platter::qcow2
