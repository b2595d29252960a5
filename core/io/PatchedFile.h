// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

namespace platter {

/// A file with changes that only memory knows: what an edit would make of it. The file itself is
/// never written. Reading is thread-safe; memory grows with the pages that are changed, up to
/// mostChanged.
class PatchedFile final : public ByteFile {
public:
    /// Platter's own limit: a plan made of the changes takes five times as much memory.
    static constexpr Bytes mostChanged{48 << 20};

    explicit PatchedFile(std::shared_ptr<const ByteFile> base);

    const std::string& name() const override { return m_base->name(); }
    Bytes size() const override { return m_size; }
    std::size_t read(HostOffset at, std::span<std::byte> buffer) const override;
    /// Throws Error past mostChanged.
    void write(HostOffset at, std::span<const std::byte> data) override;
    void resize(Bytes size) override;
    void flush() override { }
    Bytes allocatedBytes() const override { return m_base->allocatedBytes(); }

    const ByteFile& base() const { return *m_base; }

    struct Change {
        HostOffset at{};
        std::vector<std::byte> before; ///< shorter where the file ended
        std::vector<std::byte> after;
    };
    /// What differs from the file, in rising order; changes that nearly touch are one.
    std::vector<Change> changes() const;

private:
    void readBase(HostOffset at, std::span<std::byte> buffer) const;

    static constexpr std::uint64_t pageBytes = 4096;
    using Page = std::vector<std::byte>;

    std::shared_ptr<const ByteFile> m_base;
    Bytes m_size;
    Bytes m_baseSize; ///< what of the file is still there; behind it lie zeros
    mutable std::shared_mutex m_mutex;
    std::map<std::uint64_t, Page> m_pages; ///< by their first byte
};

} // namespace platter
