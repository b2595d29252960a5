// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace platter {

/// Remembers recently read pages of a file's tables, so that looking up neighbouring entries does
/// not read again.
///
/// Bounded to pageCount pages; bytes past the end of the file are zeros. Thread-safe; lookups in
/// different pages rarely wait for each other, and no lock is held while the file is read.
class PageCache {
public:
    static constexpr std::size_t pageSize = 16 * 1024;
    static constexpr std::size_t pageCount = 512; ///< 8 MiB

    using Page = std::array<std::byte, pageSize>;

    explicit PageCache(std::shared_ptr<const ByteFile> file)
        : m_file(std::move(file))
    {
    }

    /// The page that holds `at`; it begins at the multiple of pageSize below. Throws IoError.
    std::shared_ptr<const Page> pageAt(HostOffset at) const;

    const ByteFile& file() const { return *m_file; }

private:
    struct Slot {
        std::uint64_t index = 0;
        std::shared_ptr<const Page> page;
    };
    struct Shard {
        std::mutex mutex;
        std::array<Slot, pageCount / 16> places;
    };

    std::shared_ptr<const ByteFile> m_file;
    mutable std::array<Shard, 16> m_shards;
};

} // namespace platter
