// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/resume/PartJournal.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace platter {

/// What a writer of a part file writes through: it can be made deaf, while the writer does again
/// what the file holds already, and it remembers some of what was written. Thread-safe.
class PartLayer final : public ByteFile {
public:
    PartLayer(std::shared_ptr<ByteFile> below, part::Witness::File which);

    /// From now on nothing of what is asked for is done; reading goes on.
    void ignoreWrites() { m_ignores = true; }
    void heedWrites() { m_ignores = false; }
    /// Some of the places written since the last call, the last one surely.
    std::vector<part::Witness> takeWitnesses();

    const std::string& name() const override { return m_below->name(); }
    Bytes size() const override { return m_below->size(); }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void reserve(HostOffset at, Bytes length) override;
    bool shareFrom(HostOffset at, const ByteFile& source, HostOffset from, Bytes length) override;
    void punch(HostOffset at, Bytes length) override;
    void flush() override { m_below->flush(); }
    FileRegion regionAt(HostOffset at) const override { return m_below->regionAt(at); }
    Bytes allocatedBytes() const override { return m_below->allocatedBytes(); }

private:
    void remember(HostOffset at, std::span<const std::byte> data);

    std::shared_ptr<ByteFile> m_below;
    part::Witness::File m_which;
    std::atomic<bool> m_ignores{false};

    struct Sample {
        HostOffset at{};
        std::size_t length = 0;
        std::array<std::byte, part::mostWitnessed> bytes{};
    };
    std::mutex m_mutex;
    std::vector<Sample> m_samples; ///< of every m_stride-th write
    Sample m_last;
    std::uint64_t m_writes = 0; ///< since the last takeWitnesses()
    std::uint64_t m_stride = 1;
};

} // namespace platter
