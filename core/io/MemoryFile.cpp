// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace platter {

MemoryFile::MemoryFile(std::vector<std::byte> bytes, std::string name)
    : m_bytes(std::move(bytes))
    , m_name(std::move(name))
{
}

Bytes MemoryFile::size() const
{
    const std::shared_lock lock{m_mutex};
    return {m_bytes.size()};
}

std::size_t MemoryFile::read(HostOffset at, std::span<std::byte> buffer) const
{
    const std::shared_lock lock{m_mutex};
    if (at.value >= m_bytes.size() || buffer.empty())
        return 0;
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), m_bytes.size() - at.value);
    std::memcpy(buffer.data(), m_bytes.data() + at.value, count);
    return count;
}

void MemoryFile::write(HostOffset at, std::span<const std::byte> data)
{
    const std::unique_lock lock{m_mutex};
    const Bytes end = Bytes{at.value} + Bytes{data.size()};
    if (end.value > m_bytes.size())
        m_bytes.resize(end.value);
    std::copy(data.begin(), data.end(), m_bytes.begin() + static_cast<std::ptrdiff_t>(at.value));
}

void MemoryFile::resize(Bytes size)
{
    const std::unique_lock lock{m_mutex};
    m_bytes.resize(size.value);
}

std::vector<std::byte> MemoryFile::bytes() const
{
    const std::shared_lock lock{m_mutex};
    return m_bytes;
}

} // namespace platter
