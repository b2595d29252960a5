// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Geometry.h"
#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace platter::qcow2 {

/// The refcount with index `index` of a refcount block.
std::uint64_t refcountIn(std::span<const std::byte> block, std::uint64_t index, unsigned order);

/// Sets the refcount with index `index` of a refcount block; `count` must fit.
void setRefcount(
    std::span<std::byte> block, std::uint64_t index, unsigned order, std::uint64_t count);

/// The refcount table of an image: as many entries as lie in the file.
class RefcountTable {
public:
    /// Reads the table, at most limit::refcountTable. Throws IoError.
    RefcountTable(
        const ByteFile& file, const Geometry& geometry, HostOffset at, std::uint32_t clusters);

    const std::vector<std::uint64_t>& entries() const { return m_entries; }
    HostOffset at() const { return m_at; }
    /// Clusters that all blocks together can count.
    std::uint64_t countable() const;

    /// The block of entry `index` if it can be read: aligned and in the file; else nothing.
    std::optional<HostOffset> blockAt(std::uint64_t index) const;
    /// Whether the counts of entry `index` cannot be known: its block is unaligned or behind every
    /// possible file.
    bool isUnreadable(std::uint64_t index) const;

    /// The stored count of a host cluster; 0 where there is no block or it lies past the end of the
    /// file.
    std::uint64_t countOf(const ByteFile& file, HostCluster cluster) const;

private:
    Geometry m_geometry;
    HostOffset m_at;
    std::vector<std::uint64_t> m_entries;
    std::uint64_t m_fileSize;
};

/// The stored count of one host cluster by two small reads; 0 where there is none. Throws IoError.
std::uint64_t storedCount(const ByteFile& file, const Geometry& geometry, HostOffset table,
    std::uint32_t tableClusters, HostCluster cluster);

/// Host clusters with a nonzero count, counted from the start of the file until there are `most`.
std::uint64_t countUsedClusters(const ByteFile& file, const Geometry& geometry,
    const RefcountTable& table, std::uint64_t clusters, std::uint64_t most);

} // namespace platter::qcow2
