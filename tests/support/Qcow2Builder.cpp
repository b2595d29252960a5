// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qcow2Builder.h"

#include <algorithm>
#include <stdexcept>

namespace platter::tests {

Qcow2Builder::Qcow2Builder(Entries entries)
    : m_bits(entries == Entries::Extended ? 14 : 12)
    , m_bytes(std::size_t{9} << m_bits)
{
    m_header.magic = 0x514649fb;
    m_header.version = 3;
    m_header.clusterBits = m_bits;
    m_header.size = 1_MiB;
    m_header.l1Size = 1;
    m_header.l1TableOffset = HostOffset{cluster(3)};
    m_header.refcountTableOffset = HostOffset{cluster(1)};
    m_header.refcountTableClusters = 1;
    m_header.headerLength = 112;
    if (entries == Entries::Extended)
        m_header.incompatibleFeatures = qcow2::feature::extendedL2;
    writeHeader();
    put64(cluster(1), cluster(2));
    l1(0, copied | cluster(4));
    for (std::uint64_t i = 0; i < 4; ++i) {
        if (entries == Entries::Extended)
            l2(i * 2, copied | cluster(5 + i)).l2(i * 2 + 1, 0xffffffff);
        else
            l2(i, copied | cluster(5 + i));
        const auto from = m_bytes.begin() + static_cast<std::ptrdiff_t>(cluster(5 + i));
        std::fill(from, from + (std::ptrdiff_t{1} << m_bits), std::byte(i + 1));
    }
    for (std::uint64_t i = 0; i < 9; ++i)
        refcount(i, 1);
}

void Qcow2Builder::writeHeader()
{
    if (m_bytes.size() < 112)
        m_bytes.resize(112);
    write(m_header, qcow2::headerFields, std::span{m_bytes});
    if (m_header.version >= 3) {
        write(m_header, qcow2::headerVersion3Fields, std::span{m_bytes});
        write(m_header, qcow2::headerLaterFields, std::span{m_bytes});
    }
}

Qcow2Builder& Qcow2Builder::set(std::string_view field, std::uint64_t value)
{
    for (const auto* table :
        {&qcow2::headerFields, &qcow2::headerVersion3Fields, &qcow2::headerLaterFields}) {
        if (const auto* row = table->find(field)) {
            std::array<std::byte, 8> raw{};
            storeBig(raw.data(), value);
            row->read(m_header, raw.data() + (8 - row->width), ByteOrder::Big);
            writeHeader();
            return *this;
        }
    }
    throw std::logic_error("There is no header field called " + std::string{field});
}

Qcow2Builder& Qcow2Builder::put64(std::uint64_t at, std::uint64_t value)
{
    m_bytes.resize(std::max<std::size_t>(m_bytes.size(), at + 8));
    storeBig(m_bytes.data() + at, value);
    return *this;
}

Qcow2Builder& Qcow2Builder::put32(std::uint64_t at, std::uint32_t value)
{
    m_bytes.resize(std::max<std::size_t>(m_bytes.size(), at + 4));
    storeBig(m_bytes.data() + at, value);
    return *this;
}

Qcow2Builder& Qcow2Builder::put16(std::uint64_t at, std::uint16_t value)
{
    m_bytes.resize(std::max<std::size_t>(m_bytes.size(), at + 2));
    storeBig(m_bytes.data() + at, value);
    return *this;
}

Qcow2Builder& Qcow2Builder::put8(std::uint64_t at, std::uint8_t value)
{
    return put(at, QByteArray(1, static_cast<char>(value)));
}

Qcow2Builder& Qcow2Builder::put(std::uint64_t at, const QByteArray& bytes)
{
    m_bytes.resize(
        std::max<std::size_t>(m_bytes.size(), at + static_cast<std::size_t>(bytes.size())));
    std::transform(bytes.begin(), bytes.end(), m_bytes.begin() + static_cast<std::ptrdiff_t>(at),
        [](char c) { return static_cast<std::byte>(c); });
    return *this;
}

Qcow2Builder& Qcow2Builder::refcount(std::uint64_t index, std::uint16_t count)
{
    return put16(cluster(2) + index * 2, count);
}

Qcow2Builder& Qcow2Builder::extension(std::uint32_t type, const QByteArray& data)
{
    put32(m_extensionEnd, type).put32(m_extensionEnd + 4, static_cast<std::uint32_t>(data.size()));
    put(m_extensionEnd + 8, data);
    m_extensionEnd += 8 + ((static_cast<std::uint64_t>(data.size()) + 7) & ~std::uint64_t{7});
    return put64(m_extensionEnd, 0);
}

Qcow2Builder& Qcow2Builder::snapshot(const QByteArray& id, const QByteArray& name)
{
    const std::uint64_t table = cluster(10);
    put64(cluster(9), cluster(4));
    put64(table, cluster(9)).put32(table + 8, 1);
    put16(table + 12, static_cast<std::uint16_t>(id.size()));
    put16(table + 14, static_cast<std::uint16_t>(name.size()));
    put32(table + 36, 24)
        .put64(table + 48, m_header.size.value)
        .put64(table + 56, ~std::uint64_t{0});
    put(table + 64, id + name);
    cut(cluster(11));
    set("nb_snapshots", 1).set("snapshots_offset", table);
    refcount(9, 1).refcount(10, 1).refcount(4, 2);
    l1(0, cluster(4));
    for (std::uint64_t i = 0; i < 4; ++i)
        l2(i, cluster(5 + i)).refcount(5 + i, 2);
    return *this;
}

Qcow2Builder& Qcow2Builder::savedMemory()
{
    const std::uint64_t entry = cluster(10);
    put32(entry + 8, 2).put32(entry + 32, memoryBytes).put64(entry + 40, memoryBytes);
    put64(cluster(9) + 8, cluster(11)).put64(cluster(11), cluster(12));
    put(cluster(12), QByteArray(4096, 7)).cut(cluster(13));
    return refcount(11, 1).refcount(12, 1);
}

Qcow2Builder& Qcow2Builder::bitmap(const QByteArray& name)
{
    constexpr std::uint32_t bitmaps = 0x23852875;
    const std::uint64_t directory = cluster(9);
    const std::uint64_t length
        = (24 + static_cast<std::uint64_t>(name.size()) + 7) & ~std::uint64_t{7};
    put64(directory, cluster(10)).put32(directory + 8, 1).put32(directory + 12, 2);
    put8(directory + 16, 1).put8(directory + 17, 16);
    put16(directory + 18, static_cast<std::uint16_t>(name.size())).put(directory + 24, name);
    cut(cluster(11)).set("autoclear_features", 1).refcount(9, 1).refcount(10, 1);
    QByteArray data(24, 0);
    auto* const words = reinterpret_cast<std::byte*>(data.data());
    storeBig<std::uint32_t>(words, 1);
    storeBig<std::uint64_t>(words + 8, length);
    storeBig<std::uint64_t>(words + 16, directory);
    return extension(bitmaps, data);
}

Qcow2Builder& Qcow2Builder::cut(std::uint64_t size)
{
    m_bytes.resize(size);
    return *this;
}

} // namespace platter::tests
