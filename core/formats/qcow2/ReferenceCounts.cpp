// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/ReferenceCounts.h"

#include "core/io/IoBytes.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <array>
#include <bit>

namespace platter::qcow2 {

bool ClusterBits::all(std::uint64_t cluster, std::uint64_t count, Wanted wanted) const
{
    bool same = true;
    forWords(cluster, count, [&](std::uint64_t index, std::uint64_t mask) {
        same = (word(index) & mask) == (wanted == Wanted::Set ? mask : 0);
        return same;
    });
    return same;
}

ReferenceCounts::ReferenceCounts(std::uint64_t first, std::uint64_t count, std::uint64_t mostPages)
    : m_used(first, count)
    , m_pages((count + pageClusters - 1) / pageClusters)
    , m_mostPages(mostPages)
{
}

ReferenceCounts::~ReferenceCounts()
{
    for (auto& page : m_pages)
        delete page.load();
}

void ReferenceCounts::addExtras(
    std::uint64_t index, std::uint64_t mask, std::uint64_t before, std::uint64_t weight)
{
    const std::uint64_t base = m_used.first() + index * 64;
    for (std::uint64_t bits = before; bits; bits &= bits - 1)
        addExtra(base + static_cast<unsigned>(std::countr_zero(bits)), weight);
    if (weight > 1) {
        for (std::uint64_t bits = mask & ~before; bits; bits &= bits - 1)
            addExtra(base + static_cast<unsigned>(std::countr_zero(bits)), weight - 1);
    }
}

void ReferenceCounts::addExtra(std::uint64_t cluster, std::uint64_t weight)
{
    const std::uint64_t at = cluster - m_used.first();
    auto& slot = m_pages[at / pageClusters];
    Page* page = slot.load(std::memory_order_acquire);
    if (!page) {
        if (++m_pageCount > m_mostPages)
            throw WindowTooLarge{};
        auto fresh = std::make_unique<Page>();
        if (slot.compare_exchange_strong(page, fresh.get(), std::memory_order_acq_rel))
            page = fresh.release();
    }
    std::atomic<std::uint32_t>& extra = page->extra[at % pageClusters];
    constexpr std::uint64_t most = 0xfffffffe;
    std::uint32_t before = extra.load(std::memory_order_relaxed);
    while (!extra.compare_exchange_weak(
        before, static_cast<std::uint32_t>(std::min(most, before + std::min(weight, most))))) { }
}

std::uint64_t ReferenceCounts::countOf(std::uint64_t cluster) const
{
    if (!m_used.covers(cluster) || !m_used.test(cluster))
        return 0;
    const std::uint64_t at = cluster - m_used.first();
    const Page* page = m_pages[at / pageClusters].load(std::memory_order_acquire);
    return 1
        + (page ? std::uint64_t{page->extra[at % pageClusters].load(std::memory_order_relaxed)}
                : 0);
}

namespace {

    /// Eight bytes of counts that are all 1.
    std::uint64_t onesPattern(unsigned order)
    {
        std::array<std::byte, 8> bytes{};
        constexpr std::array<unsigned, 4> packed{0xff, 0x55, 0x11, 0x01};
        if (order <= 3) {
            bytes.fill(std::byte(packed[order]));
        } else {
            const std::size_t width = std::size_t{1} << (order - 3);
            for (std::size_t i = width - 1; i < bytes.size(); i += width)
                bytes[i] = std::byte{1};
        }
        return std::bit_cast<std::uint64_t>(bytes);
    }

} // namespace

StoredCounts::StoredCounts(const ByteFile& file, const Geometry& geometry,
    const RefcountTable& table, std::uint64_t first, std::uint64_t count, unsigned threads,
    const JobControl& job)
    : m_used(first, count)
    , m_one(first, count)
{
    const std::uint64_t perBlock = geometry.refcountsPerBlock();
    const std::uint64_t blockBytes = geometry.cluster.bytes().value;
    const unsigned order = geometry.refcountOrder;
    const unsigned wordsPerGroup = 1U << order; // 64 counts have this many 64-bit words
    const std::uint64_t pattern = onesPattern(order);

    // Blocks mostly follow each other: neighbours come with one read.
    struct Piece {
        std::uint64_t firstBlock;
        std::uint64_t blocks;
        HostOffset at;
    };
    std::vector<Piece> pieces;
    const std::uint64_t most = std::max<std::uint64_t>(1, 1024 * 1024 / blockBytes);
    const std::uint64_t endBlock = std::min<std::uint64_t>(
        table.entries().size(), (first + count + perBlock - 1) / perBlock);
    for (std::uint64_t block = first / perBlock; block < endBlock; ++block) {
        const auto at = table.blockAt(block);
        if (!at)
            continue;
        if (!pieces.empty() && pieces.back().firstBlock + pieces.back().blocks == block
            && pieces.back().blocks < most
            && pieces.back().at.value + pieces.back().blocks * blockBytes == at->value)
            ++pieces.back().blocks;
        else
            pieces.push_back({block, 1, *at});
    }
    std::vector<IoBytes> buffers(threads);
    parallelFor(pieces.size(), threads, job, [&](unsigned worker, std::size_t index) {
        const Piece& piece = pieces[index];
        auto& buffer = buffers[worker];
        buffer.resize(piece.blocks * blockBytes);
        file.readPadded(piece.at, buffer);
        const std::uint64_t firstCluster = piece.firstBlock * perBlock;
        // Blocks hold a multiple of 64 counts unless they are tiny; windows begin at a multiple
        // of 64.
        for (std::uint64_t at = 0; at < piece.blocks * perBlock; at += 64) {
            const std::uint64_t cluster = firstCluster + at;
            if (cluster + 64 <= first || cluster >= first + count)
                continue;
            const std::byte* const group = buffer.data() + at / 64 * wordsPerGroup * 8;
            std::uint64_t used = 0;
            std::uint64_t one = 0;
            bool allOne = true;
            std::uint64_t any = 0;
            for (unsigned i = 0; i < wordsPerGroup; ++i) {
                std::uint64_t word;
                std::memcpy(&word, group + i * 8, 8);
                allOne &= word == pattern;
                any |= word;
            }
            if (any == 0)
                continue;
            if (allOne) {
                used = one = ~std::uint64_t{0};
            } else {
                const std::span<const std::byte> counts{group, std::size_t{wordsPerGroup} * 8};
                for (unsigned i = 0; i < 64; ++i) {
                    const std::uint64_t value = refcountIn(counts, i, order);
                    used |= std::uint64_t{value != 0} << i;
                    one |= std::uint64_t{value == 1} << i;
                }
            }
            const std::uint64_t word = (cluster - first) / 64;
            const std::uint64_t inside = std::min<std::uint64_t>(64, first + count - cluster);
            const std::uint64_t mask
                = inside == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << inside) - 1;
            m_used.set(word, used & mask);
            m_one.set(word, one & mask);
        }
    });
}

} // namespace platter::qcow2
