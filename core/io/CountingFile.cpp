// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/CountingFile.h"

#include <algorithm>

namespace platter {

Bytes CountingFile::size() const
{
    const std::lock_guard lock{m_mutex};
    return Bytes{m_size};
}

std::size_t CountingFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    const std::lock_guard lock{m_mutex};
    if (at.value >= m_size)
        return 0;
    const auto count
        = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), m_size - at.value));
    std::fill_n(buffer.begin(), count, std::byte{0});
    return count;
}

void CountingFile::write(HostOffset at, std::span<const std::byte> data)
{
    take(at.value, data.size());
}

void CountingFile::resize(Bytes size)
{
    const std::lock_guard lock{m_mutex};
    m_size = size.value;
}

void CountingFile::reserve(HostOffset at, Bytes length)
{
    take(at.value, length.value);
}

Bytes CountingFile::allocatedBytes() const
{
    const std::lock_guard lock{m_mutex};
    return block * m_blocks;
}

void CountingFile::take(std::uint64_t at, std::uint64_t length)
{
    if (length == 0)
        return;
    const std::lock_guard lock{m_mutex};
    m_size = std::max(m_size, at + length);
    const std::uint64_t end = (at + length - 1) / block.value + 1;
    for (std::uint64_t next = at / block.value; next < end;) {
        Stretch& stretch = m_stretches[next / stretchBlocks];
        const std::uint64_t stretchEnd = std::min(end, (next / stretchBlocks + 1) * stretchBlocks);
        if (stretch.count == stretchBlocks) {
            next = stretchEnd;
            continue;
        }
        if (stretch.isWritten.empty())
            stretch.isWritten.resize(stretchBlocks);
        for (; next < stretchEnd; ++next) {
            if (stretch.isWritten[next % stretchBlocks])
                continue;
            stretch.isWritten[next % stretchBlocks] = true;
            ++stretch.count;
            ++m_blocks;
        }
        if (stretch.count == stretchBlocks)
            std::vector<bool>{}.swap(stretch.isWritten);
    }
}

} // namespace platter
