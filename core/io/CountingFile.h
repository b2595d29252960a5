// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <map>
#include <mutex>
#include <vector>

namespace platter {

/// A file that keeps nothing but its length and which of its blocks were written: what a writer
/// would make, without making it. Reads as zeros. A stretch of 256 MiB that is written in part
/// takes 8 KiB of memory, one that is written in full nothing.
class CountingFile final : public ByteFile {
public:
    /// What file systems allocate.
    static constexpr Bytes block{4096};

    const std::string& name() const override { return m_name; }
    Bytes size() const override;
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void reserve(HostOffset at, Bytes length) override;
    void flush() override { }
    /// Of the blocks that were written or reserved.
    Bytes allocatedBytes() const override;

private:
    static constexpr std::uint64_t stretchBlocks = std::uint64_t{1} << 16;

    struct Stretch {
        std::vector<bool> isWritten; ///< empty if all are
        std::uint64_t count = 0;
    };
    void take(std::uint64_t at, std::uint64_t length);

    std::string m_name = "the new image";
    mutable std::mutex m_mutex;
    std::uint64_t m_size = 0;
    std::uint64_t m_blocks = 0;
    std::map<std::uint64_t, Stretch> m_stretches;
};

} // namespace platter
