// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <atomic>
#include <memory>
#include <optional>

namespace platter::tests {

/// A file that fails on purpose: the n-th call of a kind throws IoError, or reads come up short.
class FaultyFile final : public ByteFile {
public:
    struct Faults {
        std::optional<unsigned> failRead; ///< the read call (from 0) that throws EIO
        std::optional<unsigned>
            failWrite; ///< the write call that throws ENOSPC, and every one after it
        std::optional<unsigned>
            failFlush; ///< the flush call that throws EIO, and every one after it
        std::optional<unsigned> shortRead; ///< the read call that returns half of what is there
    };

    FaultyFile(std::shared_ptr<ByteFile> below, Faults faults);

    const std::string& name() const override { return m_below->name(); }
    Bytes size() const override { return m_below->size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override { m_below->resize(size); }
    void flush() override;
    FileRegion regionAt(HostOffset at) const override { return m_below->regionAt(at); }
    Bytes allocatedBytes() const override { return m_below->allocatedBytes(); }

    unsigned reads() const { return m_reads; } ///< calls so far
    unsigned writes() const { return m_writes; } ///< calls so far

private:
    std::shared_ptr<ByteFile> m_below;
    Faults m_faults;
    mutable std::atomic<unsigned> m_reads{0};
    std::atomic<unsigned> m_writes{0};
    std::atomic<unsigned> m_flushes{0};
};

} // namespace platter::tests
