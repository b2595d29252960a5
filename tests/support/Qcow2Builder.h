// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Header.h"
#include "core/io/MemoryFile.h"

#include <QByteArray>

#include <memory>
#include <string_view>
#include <vector>

namespace platter::tests {

/// A small valid QCOW2 image made byte by byte, to break one thing of.
///
/// Version 3, clusters of 4 KiB (16 KiB with extended L2), a disk of 1 MiB. Cluster 0 header, 1
/// refcount table, 2 refcount block, 3 L1 table, 4 L2 table, 5 to 8 guest data of the guest
/// clusters 0 to 3 filled with the bytes 1 to 4.
class Qcow2Builder {
public:
    enum class Entries { Standard, Extended };
    explicit Qcow2Builder(Entries entries = Entries::Standard);

    std::uint64_t cluster(std::uint64_t index) const { return index << m_bits; } ///< its offset

    /// Sets a header field by the name that the specification gives it.
    Qcow2Builder& set(std::string_view field, std::uint64_t value);
    /// Writes eight bytes, big endian.
    Qcow2Builder& put64(std::uint64_t at, std::uint64_t value);
    Qcow2Builder& put32(std::uint64_t at, std::uint32_t value);
    Qcow2Builder& put16(std::uint64_t at, std::uint16_t value);
    Qcow2Builder& put8(std::uint64_t at, std::uint8_t value);
    Qcow2Builder& put(std::uint64_t at, const QByteArray& bytes);
    /// Word `index` of the L2 table; with extended entries a word is half of an entry.
    Qcow2Builder& l2(std::uint64_t index, std::uint64_t word)
    {
        return put64(cluster(4) + index * 8, word);
    }
    Qcow2Builder& l1(std::uint64_t index, std::uint64_t word)
    {
        return put64(cluster(3) + index * 8, word);
    }
    Qcow2Builder& refcount(std::uint64_t cluster, std::uint16_t count);
    /// Adds a header extension behind those that are there; the header's end marker moves.
    Qcow2Builder& extension(std::uint32_t type, const QByteArray& data);
    /// Adds a snapshot with its own L1 table that shares the L2 table: clusters 9 (L1 table) and 10
    /// (snapshot table), all counts and flags right.
    Qcow2Builder& snapshot(const QByteArray& id, const QByteArray& name);
    static constexpr std::uint64_t memoryBytes = 8192;
    /// Gives the snapshot that was added saved memory of memoryBytes: a cluster of sevens, then
    /// nothing. A table of this image maps 2 MiB, so that the memory lies behind the second L1
    /// entry: clusters 11 (its L2 table) and 12 (the sevens), all counts right.
    Qcow2Builder& savedMemory();
    /// Adds an enabled bitmap of 64 KiB granularity without a dirty bit: clusters 9 (directory) and
    /// 10 (table), all counts right.
    Qcow2Builder& bitmap(const QByteArray& name);
    /// Makes the file end at `size`; longer: adds zeros.
    Qcow2Builder& cut(std::uint64_t size);

    std::vector<std::byte> bytes() const { return m_bytes; }
    std::shared_ptr<MemoryFile> file() const { return std::make_shared<MemoryFile>(m_bytes); }

    static constexpr std::uint64_t copied = std::uint64_t{1} << 63;
    static constexpr std::uint64_t compressed = std::uint64_t{1} << 62;

private:
    void writeHeader();

    unsigned m_bits;
    qcow2::Header m_header;
    std::vector<std::byte> m_bytes;
    std::uint64_t m_extensionEnd = 112;
};

} // namespace platter::tests
