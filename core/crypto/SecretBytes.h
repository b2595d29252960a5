// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace platter {

/// Key material: overwritten before its memory is given back. Never grows, so no copy stays behind.
class SecretBytes {
public:
    explicit SecretBytes(std::size_t size)
        : m_bytes(size)
    {
    }
    explicit SecretBytes(std::span<const std::byte> bytes)
        : m_bytes(bytes.begin(), bytes.end())
    {
    }
    SecretBytes(const SecretBytes& other) = default;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    std::size_t size() const { return m_bytes.size(); }
    std::span<std::byte> span() { return m_bytes; }
    std::span<const std::byte> span() const { return m_bytes; }
    const unsigned char* data() const
    {
        return reinterpret_cast<const unsigned char*>(m_bytes.data());
    }

private:
    std::vector<std::byte> m_bytes;
};

} // namespace platter
