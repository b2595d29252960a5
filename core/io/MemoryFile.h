// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <shared_mutex>
#include <vector>

namespace platter {

/// A file that lives in memory: for tests, fuzzing and small scratch images.
class MemoryFile final : public ByteFile {
public:
    explicit MemoryFile(std::vector<std::byte> bytes, std::string name = "memory");

    const std::string& name() const override { return m_name; }
    Bytes size() const override;
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void flush() override { }

    /// A copy of the whole content.
    std::vector<std::byte> bytes() const;

private:
    mutable std::shared_mutex m_mutex;
    std::vector<std::byte> m_bytes;
    std::string m_name;
};

} // namespace platter
