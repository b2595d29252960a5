// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ContentTree.h"

#include "core/base/Endian.h"
#include "core/crypto/Hash.h"
#include "core/formats/ImageWriter.h"

#include <algorithm>
#include <bit>

namespace platter {

namespace {

    ContentDigest digest(
        std::byte kind, std::span<const std::byte> first, std::span<const std::byte> second = {})
    {
        ContentDigest result;
        digestOf(HashAlgorithm::Sha256, {std::span{&kind, 1}, first, second}, result);
        return result;
    }

} // namespace

ContentTree::ContentTree()
{
    m_zeros[0] = digest(std::byte{0}, std::vector<std::byte>(contentBlock.value));
    for (std::size_t level = 1; level < m_zeros.size(); ++level)
        m_zeros[level] = digest(std::byte{1}, m_zeros[level - 1], m_zeros[level - 1]);
}

ContentDigest ContentTree::leafOf(std::span<const std::byte> bytes) const
{
    return isZero(bytes) ? m_zeros[0] : digest(std::byte{0}, bytes);
}

void ContentTree::add(std::uint64_t index, const ContentDigest& leaf)
{
    skipTo(index);
    push(0, leaf);
}

std::string ContentTree::finish(Bytes size)
{
    const std::uint64_t leaves
        = std::max<std::uint64_t>(1, (size.value + contentBlock.value - 1) / contentBlock.value);
    skipTo(std::bit_ceil(leaves));
    std::array<std::byte, 8> length;
    storeBig(length.data(), size.value);
    return "platter-1:" + digestText(digest(std::byte{2}, length, m_done.back().digest));
}

void ContentTree::push(unsigned level, ContentDigest digestOfNode)
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
void ContentTree::skipTo(std::uint64_t index)
{
    while (m_next < index) {
        auto level = static_cast<unsigned>(std::bit_width(index - m_next) - 1);
        if (m_next != 0)
            level = std::min(level, static_cast<unsigned>(std::countr_zero(m_next)));
        push(level, m_zeros[level]);
    }
}

} // namespace platter
