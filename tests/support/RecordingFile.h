// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <memory>
#include <mutex>
#include <variant>
#include <vector>

namespace platter::tests {

/// A file that remembers every change made through it, so that a test can replay any prefix of
/// them.
class RecordingFile final : public ByteFile {
public:
    struct Write {
        HostOffset at;
        std::vector<std::byte> data;
    };
    struct Resize {
        Bytes size;
    };
    struct Flush { };
    using Event = std::variant<Write, Resize, Flush>;

    explicit RecordingFile(std::shared_ptr<ByteFile> below);

    const std::string& name() const override { return m_below->name(); }
    Bytes size() const override { return m_below->size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void flush() override;
    FileRegion regionAt(HostOffset at) const override { return m_below->regionAt(at); }
    Bytes allocatedBytes() const override { return m_below->allocatedBytes(); }

    std::vector<Event> events() const;
    std::uint64_t bytesRead() const; ///< all that read() returned so far

private:
    std::shared_ptr<ByteFile> m_below;
    mutable std::mutex m_mutex;
    std::vector<Event> m_events;
    mutable std::uint64_t m_bytesRead = 0;
};

/// Applies the first `count` events to `target`.
void replay(const std::vector<RecordingFile::Event>& events, std::size_t count, ByteFile& target);

} // namespace platter::tests
