// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/MemoryFile.h"

#include <QString>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace platter::tests {

/// The bytes of a VDI image, made and damaged field by field. What is stored under each number has
/// bytes of its own.
class VdiBuilder {
public:
    static constexpr std::uint32_t freeBlock = 0xffffffff;
    static constexpr std::uint32_t zeroBlock = 0xfffffffe;

    /// An image with the entries `map`; the file has as many numbers as the entries need.
    /// QEMU reads blocks of 1 MiB only.
    explicit VdiBuilder(std::vector<std::uint32_t> map, std::uint32_t blockSize = 1 << 20);

    /// A field of 4 bytes by its name in the header's table.
    VdiBuilder& set(const char* field, std::uint32_t value);
    VdiBuilder& setDiskSize(std::uint64_t value);
    VdiBuilder& setUuid(const char* field, unsigned value); ///< 16 bytes like this
    VdiBuilder& entry(std::uint64_t block, std::uint32_t number);
    VdiBuilder& cut(std::uint64_t length); ///< or longer, with bytes of its own
    VdiBuilder& fixed(); ///< the type

    std::uint64_t mapAt() const { return 512; }
    std::uint64_t dataAt() const { return 1024; }
    std::uint64_t place(std::uint64_t number) const { return dataAt() + number * m_blockSize; }
    std::uint32_t blockSize() const { return m_blockSize; }
    const std::vector<std::byte>& bytes() const { return m_bytes; }
    std::shared_ptr<MemoryFile> file() const;

private:
    std::uint32_t m_blockSize;
    std::vector<std::byte> m_bytes;
};

} // namespace platter::tests
