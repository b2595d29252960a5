// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ContentHash.h"

#include "core/base/Endian.h"
#include "core/crypto/Hash.h"
#include "core/formats/ImageWriter.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"
#include "core/operations/GuestMap.h"

#include <algorithm>
#include <array>
#include <bit>

namespace platter {

namespace {

    constexpr std::uint64_t block = 1 << 20; ///< bytes
    /// Of the disk, whose blocks with content are listed at a time; more of a disk so large that
    /// the number of windows would count.
    constexpr std::uint64_t window = std::uint64_t{64} << 30;
    constexpr std::uint64_t mostWindows = 4096;

    using Digest = std::array<std::byte, 32>;

    Digest digest(
        std::byte kind, std::span<const std::byte> first, std::span<const std::byte> second = {})
    {
        Digest result;
        digestOf(HashAlgorithm::Sha256, {std::span{&kind, 1}, first, second}, result);
        return result;
    }

    /// The root of a tree whose leaves come in rising order; those left out are blocks of zeros.
    class Tree {
    public:
        Tree()
        {
            m_zeros[0] = digest(std::byte{0}, std::vector<std::byte>(block));
            for (std::size_t level = 1; level < m_zeros.size(); ++level)
                m_zeros[level] = digest(std::byte{1}, m_zeros[level - 1], m_zeros[level - 1]);
        }
        const Digest& zeroLeaf() const { return m_zeros[0]; }

        void add(std::uint64_t index, const Digest& leaf)
        {
            skipTo(index);
            push(0, leaf);
        }
        /// @param depth  the tree has 2^depth leaves
        Digest finish(unsigned depth)
        {
            skipTo(std::uint64_t{1} << depth);
            return m_done.back().digest;
        }

    private:
        struct Node {
            unsigned level = 0;
            Digest digest;
        };

        void push(unsigned level, Digest digestOfNode)
        {
            m_next += std::uint64_t{1} << level;
            while (!m_done.empty() && m_done.back().level == level) {
                digestOfNode = digest(std::byte{1}, m_done.back().digest, digestOfNode);
                m_done.pop_back();
                ++level;
            }
            m_done.push_back({level, digestOfNode});
        }
        /// Puts the largest trees of zeros that fit.
        void skipTo(std::uint64_t index)
        {
            while (m_next < index) {
                auto level = static_cast<unsigned>(std::bit_width(index - m_next) - 1);
                if (m_next != 0)
                    level = std::min(level, static_cast<unsigned>(std::countr_zero(m_next)));
                push(level, m_zeros[level]);
            }
        }

        std::array<Digest, 64> m_zeros; ///< roots of trees of zeros, by level
        std::vector<Node> m_done; ///< complete trees, falling levels
        std::uint64_t m_next = 0; ///< leaves in them
    };

    struct Blocks {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
    };

    /// The blocks of [start, end) that may hold something.
    std::vector<Blocks> blocksWithContent(
        const VirtualDisk& disk, std::uint64_t start, std::uint64_t end, const JobControl& job)
    {
        std::vector<Blocks> blocks;
        guestMap(
            disk, GuestOffset{start}, Bytes{end - start},
            [&](const GuestMapEntry& entry) {
                if (entry.zero)
                    return;
                const std::uint64_t first = entry.start.value / block;
                const std::uint64_t behind
                    = (entry.start.value + entry.length.value - 1) / block + 1;
                if (!blocks.empty() && first <= blocks.back().end)
                    blocks.back().end = std::max(blocks.back().end, behind);
                else
                    blocks.push_back({first, behind});
            },
            JobControl{job.stop, {}});
        return blocks;
    }

    struct Item {
        std::uint64_t index = 0;
        std::vector<std::byte> bytes;
        Digest leaf;
    };

} // namespace

std::string contentHash(const VirtualDisk& disk, unsigned threads, const JobControl& job)
{
    const std::uint64_t size = disk.size().value;
    const std::uint64_t leaves = std::max<std::uint64_t>(1, (size + block - 1) / block);
    const std::uint64_t atOnce = std::max(window, std::bit_ceil(size / mostWindows + 1));
    Tree tree;
    for (std::uint64_t start = 0; start < size;) {
        const std::uint64_t end = size - start > atOnce ? start + atOnce : size;
        const std::vector<Blocks> runs = blocksWithContent(disk, start, end, job);
        std::size_t run = 0;
        std::uint64_t next = runs.empty() ? 0 : runs.front().first;
        orderedPipeline<Item>(
            threads ? threads : defaultThreads(), JobControl{job.stop, {}},
            [&](Item& item) {
                if (run == runs.size())
                    return false;
                item.index = next;
                if (++next == runs[run].end && ++run < runs.size())
                    next = runs[run].first;
                return true;
            },
            [&](Item& item) {
                item.bytes.resize(block);
                disk.read(GuestOffset{item.index * block}, item.bytes); // zeros behind the end
                item.leaf = isZero(item.bytes) ? tree.zeroLeaf() : digest(std::byte{0}, item.bytes);
            },
            [&](const Item& item) {
                tree.add(item.index, item.leaf);
                job.step({item.index * block, size});
            });
        start = end;
        job.step({start, size});
    }
    std::array<std::byte, 8> length;
    storeBig(length.data(), size);
    const Digest root = tree.finish(static_cast<unsigned>(std::bit_width(leaves - 1)));
    std::string text = "platter-1:";
    for (const std::byte byte : digest(std::byte{2}, length, root)) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

} // namespace platter
