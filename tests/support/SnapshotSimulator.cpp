// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/SnapshotSimulator.h"

#include "core/base/Endian.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Header.h"

#include <algorithm>

namespace platter::tests {

namespace {

    constexpr std::uint64_t copied = qcow2::entry::copied;

    void put(std::vector<std::byte>& bytes, std::uint64_t at, std::uint64_t word)
    {
        storeBig(bytes.data() + at, word);
    }

} // namespace

SnapshotSimulator::SnapshotSimulator(std::uint64_t guestClusters)
    : m_guestClusters(guestClusters)
    , m_counts{1} // the header
    , m_tables(1)
    , m_l1((guestClusters + perTable - 1) / perTable)
{
}

std::uint64_t SnapshotSimulator::allocate()
{
    if (!m_free.empty()) {
        const std::uint64_t at = m_free.back();
        m_free.pop_back();
        countOf(at) = 1;
        return at;
    }
    m_counts.push_back(1);
    m_tables.emplace_back();
    return (m_counts.size() - 1) * clusterBytes;
}

void SnapshotSimulator::release(std::uint64_t at)
{
    if (--countOf(at) == 0) {
        m_tables[at / clusterBytes].clear();
        m_free.push_back(at);
    }
}

/// Counts everything behind an L1 table once more or once less.
void SnapshotSimulator::reference(const std::vector<std::uint64_t>& l1, int by)
{
    for (const std::uint64_t word : l1) {
        const std::uint64_t at = word & ~copied;
        if (at == 0)
            continue;
        const Table table = m_tables[at / clusterBytes];
        if (by > 0)
            ++countOf(at);
        else
            release(at);
        for (const std::uint64_t data : table) {
            if (data > 1 && by > 0)
                ++countOf(data);
            else if (data > 1)
                release(data);
        }
    }
}

/// The L2 table of a guest cluster, made or copied so that only the present state has it.
SnapshotSimulator::Table& SnapshotSimulator::ownTable(std::uint64_t guestCluster)
{
    std::uint64_t& at = m_l1[guestCluster / perTable];
    if (at == 0) {
        at = allocate();
        m_tables[at / clusterBytes].resize(perTable);
    } else if (countOf(at) > 1) {
        const std::uint64_t copy = allocate();
        m_tables[copy / clusterBytes] = m_tables[at / clusterBytes];
        release(at);
        at = copy;
    }
    return m_tables[at / clusterBytes];
}

void SnapshotSimulator::write(std::uint64_t guestCluster)
{
    const std::uint64_t before = ownTable(guestCluster)[guestCluster % perTable];
    if (before > 1 && countOf(before) == 1)
        return; // written in place
    const std::uint64_t data = allocate();
    ownTable(guestCluster)[guestCluster % perTable] = data;
    if (before > 1)
        release(before);
}

void SnapshotSimulator::discard(std::uint64_t guestCluster)
{
    const std::uint64_t at = m_l1[guestCluster / perTable];
    if (at == 0 || m_tables[at / clusterBytes][guestCluster % perTable] <= 1)
        return;
    std::uint64_t& word = ownTable(guestCluster)[guestCluster % perTable];
    release(word);
    word = 1;
}

void SnapshotSimulator::resize(std::uint64_t guestClusters)
{
    m_guestClusters = guestClusters;
    m_l1.resize((guestClusters + perTable - 1) / perTable);
}

std::string SnapshotSimulator::take(std::uint32_t dateSeconds, std::uint64_t vmClock)
{
    const std::uint64_t number = m_snapshots.empty() ? 1 : std::stoull(m_snapshots.back().id) + 1;
    Snapshot one;
    one.id = std::to_string(number);
    one.name = "s" + one.id;
    one.dateSeconds = dateSeconds;
    one.vmClock = vmClock;
    one.parent = m_parent;
    one.clusters = m_guestClusters;
    for (const std::uint64_t at : m_l1) // the flags of before stay
        one.l1.push_back(at != 0 && countOf(at) == 1 ? at | copied : at);
    reference(m_l1, 1);
    m_parent = one.id;
    m_snapshots.push_back(std::move(one));
    return *m_parent;
}

void SnapshotSimulator::rollBackTo(std::size_t index)
{
    Snapshot& to = m_snapshots[index];
    for (std::uint64_t& word : to.l1)
        word &= ~copied;
    reference(to.l1, 1);
    reference(m_l1, -1);
    m_l1 = to.l1;
    m_guestClusters = to.clusters;
    m_parent = to.id;
}

void SnapshotSimulator::remove(std::size_t index)
{
    const Snapshot gone = m_snapshots[index];
    m_snapshots.erase(m_snapshots.begin() + static_cast<std::ptrdiff_t>(index));
    reference(gone.l1, -1);
    for (Snapshot& other : m_snapshots) {
        if (other.parent == gone.id)
            other.parent = gone.parent;
    }
    if (m_parent == gone.id)
        m_parent = gone.parent;
}

std::shared_ptr<MemoryFile> SnapshotSimulator::file() const
{
    std::vector<std::byte> bytes(m_counts.size() * clusterBytes);
    std::vector<std::uint32_t> counts = m_counts;
    const auto append = [&](std::uint64_t length) {
        const std::uint64_t at = bytes.size();
        const std::uint64_t clusters = (length + clusterBytes - 1) / clusterBytes;
        bytes.resize(at + clusters * clusterBytes);
        counts.resize(counts.size() + clusters, 1);
        return at;
    };
    const auto wordOf = [&](std::uint64_t at) {
        return at > 1 && m_counts[at / clusterBytes] == 1 ? at | copied : at;
    };
    for (std::size_t i = 0; i < m_tables.size(); ++i) {
        for (std::size_t entry = 0; entry < m_tables[i].size(); ++entry)
            put(bytes, i * clusterBytes + entry * 8, wordOf(m_tables[i][entry]));
    }

    qcow2::Header header;
    header.magic = 0x514649fb;
    header.version = 3;
    header.clusterBits = 9;
    header.size = Bytes{m_guestClusters * clusterBytes};
    header.headerLength = 104;
    header.l1Size = static_cast<std::uint32_t>(m_l1.size());
    header.l1TableOffset = HostOffset{append(m_l1.size() * 8)};
    for (std::size_t i = 0; i < m_l1.size(); ++i)
        put(bytes, header.l1TableOffset.value + i * 8, wordOf(m_l1[i]));

    std::vector<std::byte> list;
    for (const Snapshot& one : m_snapshots) {
        const std::uint64_t l1 = append(one.l1.size() * 8);
        for (std::size_t i = 0; i < one.l1.size(); ++i)
            put(bytes, l1 + i * 8, one.l1[i]);
        const std::size_t at = list.size();
        list.resize((at + 64 + one.id.size() + one.name.size() + 7) / 8 * 8);
        put(list, at, l1);
        put(list, at + 8,
            std::uint64_t{one.l1.size()} << 32 | one.id.size() << 16 | one.name.size());
        put(list, at + 16, std::uint64_t{one.dateSeconds} << 32);
        put(list, at + 24, one.vmClock);
        put(list, at + 32, 24);
        put(list, at + 48, one.clusters * clusterBytes);
        put(list, at + 56, ~std::uint64_t{0});
        const std::string text = one.id + one.name;
        std::transform(text.begin(), text.end(),
            list.begin() + static_cast<std::ptrdiff_t>(at + 64),
            [](char c) { return static_cast<std::byte>(c); });
    }
    if (!m_snapshots.empty()) {
        header.snapshotCount = static_cast<std::uint32_t>(m_snapshots.size());
        header.snapshotsOffset = HostOffset{append(list.size())};
        std::copy(list.begin(), list.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(header.snapshotsOffset.value));
    }

    // Blocks of 256 counts count themselves and the table too.
    constexpr std::uint64_t perBlock = clusterBytes / 2;
    std::uint64_t blocks = 0;
    std::uint64_t tableClusters = 0;
    for (;;) {
        const std::uint64_t all = counts.size() + blocks + tableClusters;
        const std::uint64_t needed = (all + perBlock - 1) / perBlock;
        const std::uint64_t table = (needed + perTable - 1) / perTable;
        if (needed == blocks && table == tableClusters)
            break;
        blocks = needed;
        tableClusters = table;
    }
    header.refcountTableOffset = HostOffset{append(tableClusters * clusterBytes)};
    header.refcountTableClusters = static_cast<std::uint32_t>(tableClusters);
    const std::uint64_t firstBlock = append(blocks * clusterBytes);
    for (std::uint64_t i = 0; i < blocks; ++i)
        put(bytes, header.refcountTableOffset.value + i * 8, firstBlock + i * clusterBytes);
    for (std::size_t i = 0; i < counts.size(); ++i)
        storeBig(bytes.data() + firstBlock + i * 2, static_cast<std::uint16_t>(counts[i]));

    platter::write(header, qcow2::headerFields, bytes);
    platter::write(header, qcow2::headerVersion3Fields, bytes);
    return std::make_shared<MemoryFile>(std::move(bytes));
}

} // namespace platter::tests
