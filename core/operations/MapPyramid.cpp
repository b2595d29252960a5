// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/MapPyramid.h"

#include <algorithm>
#include <bit>
#include <chrono>

namespace platter {

namespace {

    constexpr std::uint64_t mostLeaves = std::uint64_t{1} << 22;
    constexpr std::uint64_t fan = 4;

    std::uint8_t shareOf(std::uint64_t part, std::uint64_t whole)
    {
        if (part == 0 || whole == 0)
            return 0;
        // A share that is there never rounds to nothing.
        const auto share = static_cast<std::uint64_t>(
            static_cast<double>(part) * 255.0 / static_cast<double>(whole) + 0.5);
        return static_cast<std::uint8_t>(std::clamp<std::uint64_t>(share, 1, 255));
    }

    /// Publishes at most every 50 ms.
    class Ticker {
    public:
        Ticker(std::shared_ptr<const MapPyramid> pyramid, const PyramidSink& publish)
            : m_pyramid(std::move(pyramid))
            , m_publish(publish)
        {
            now();
        }
        void now()
        {
            if (m_publish)
                m_publish(m_pyramid);
            m_last = std::chrono::steady_clock::now();
        }
        void maybe()
        {
            // Asking the clock for each of a million ranges would cost more than the ranges.
            if (++m_calls % 1024 == 0
                && std::chrono::steady_clock::now() - m_last > std::chrono::milliseconds{50})
                now();
        }

    private:
        std::shared_ptr<const MapPyramid> m_pyramid;
        const PyramidSink& m_publish;
        std::chrono::steady_clock::time_point m_last;
        std::uint64_t m_calls = 0;
    };

} // namespace

MapPyramid::MapPyramid(Bytes size, Bytes unit)
    : m_size(size)
    , m_leaf(Bytes{std::bit_ceil(std::max<std::uint64_t>(unit.value, 512))})
{
    const auto nodesFor
        = [&](std::uint64_t bytes) { return size.value / bytes + (size.value % bytes != 0); };
    while (nodesFor(m_leaf.value) > mostLeaves)
        m_leaf = m_leaf * 2;
    std::uint64_t nodes = std::max<std::uint64_t>(nodesFor(m_leaf.value), 1);
    m_levels.emplace_back(nodes);
    while (nodes > 1) {
        nodes = (nodes + fan - 1) / fan;
        m_levels.emplace_back(nodes);
    }
}

void MapPyramid::append(Bytes length, const MapKind* kind)
{
    const std::uint64_t end = std::min(m_at + length.value, m_size.value);
    if (kind)
        m_totals[static_cast<std::size_t>(*kind)].fetch_add(end - m_at, std::memory_order_relaxed);
    while (m_at < end) {
        const std::uint64_t leafEnd = (m_at / m_leaf.value + 1) * m_leaf.value;
        const std::uint64_t part = std::min(end, leafEnd) - m_at;
        if (kind)
            m_open[static_cast<std::size_t>(*kind)] += part;
        m_at += part;
        if (m_at == leafEnd)
            closeLeaf();
    }
}

void MapPyramid::finish()
{
    if (m_at % m_leaf.value)
        closeLeaf();
    m_known.store(m_size.value, std::memory_order_release);
}

void MapPyramid::closeLeaf()
{
    std::uint64_t index = (m_at - 1) / m_leaf.value;
    const std::uint64_t whole = std::min(m_leaf.value, m_size.value - index * m_leaf.value);
    Node& leaf = m_levels[0][index];
    for (std::size_t kind = 0; kind < mapKinds; ++kind)
        leaf[kind] = shareOf(m_open[kind], whole);
    m_open = {};
    // A node is made as soon as its last child is there.
    for (std::size_t level = 1; level < m_levels.size(); ++level) {
        const auto& children = m_levels[level - 1];
        if (index % fan != fan - 1 && index + 1 != children.size())
            break;
        const std::uint64_t first = index / fan * fan;
        index /= fan;
        std::array<std::uint64_t, mapKinds> sums{};
        const std::uint64_t count = std::min<std::uint64_t>(fan, children.size() - first);
        for (std::uint64_t i = first; i < first + count; ++i) {
            for (std::size_t kind = 0; kind < mapKinds; ++kind)
                sums[kind] += children[i][kind];
        }
        for (std::size_t kind = 0; kind < mapKinds; ++kind)
            m_levels[level][index][kind] = shareOf(sums[kind], count * 255);
    }
    m_known.store(m_at, std::memory_order_release);
}

MapPyramid::Shares MapPyramid::shares(std::uint64_t from, Bytes length) const
{
    Shares result;
    const std::uint64_t end = std::min(from + std::min(length.value, ~from), m_size.value);
    if (from >= end)
        return result;
    const std::uint64_t read = known().value;
    result.known = end <= read;
    std::size_t level = 0;
    std::uint64_t nodeBytes = m_leaf.value;
    while (level + 1 < m_levels.size() && nodeBytes * fan <= (end - from) / 2) {
        nodeBytes *= fan;
        ++level;
    }
    std::array<double, mapKinds> sums{};
    for (std::uint64_t at = from; at < end;) {
        const std::uint64_t nodeEnd = (at / nodeBytes + 1) * nodeBytes;
        const std::uint64_t part = std::min(end, nodeEnd) - at;
        if (std::min(nodeEnd, m_size.value) <= read) {
            const Node& node = m_levels[level][at / nodeBytes];
            for (std::size_t kind = 0; kind < mapKinds; ++kind)
                sums[kind] += static_cast<double>(node[kind]) * static_cast<double>(part);
        }
        at += part;
    }
    for (std::size_t kind = 0; kind < mapKinds; ++kind) {
        if (sums[kind] > 0)
            result.of[kind] = static_cast<std::uint8_t>(
                std::clamp(sums[kind] / static_cast<double>(end - from) + 0.5, 1.0, 255.0));
    }
    result.problem = result.of[static_cast<std::size_t>(MapKind::Problem)] != 0;
    return result;
}

Bytes MapPyramid::total(MapKind kind) const
{
    return {m_totals[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed)};
}

std::uint64_t MapPyramid::nextProblem(std::uint64_t from) const
{
    constexpr auto problem = static_cast<std::size_t>(MapKind::Problem);
    const std::uint64_t read = known().value;
    std::uint64_t at = from;
    while (at < read) {
        // The largest node that begins here and holds no problem is passed in one step.
        std::size_t level = 0;
        std::uint64_t bytes = m_leaf.value;
        const auto clear = [&](std::size_t in, std::uint64_t nodeBytes) {
            return std::min(at / nodeBytes * nodeBytes + nodeBytes, m_size.value) <= read
                && m_levels[in][at / nodeBytes][problem] == 0;
        };
        if (!clear(0, bytes))
            return at / bytes * bytes < from ? from : at / bytes * bytes;
        while (level + 1 < m_levels.size() && clear(level + 1, bytes * fan)) {
            ++level;
            bytes *= fan;
        }
        at = (at / bytes + 1) * bytes;
    }
    return m_size.value;
}

std::shared_ptr<const MapPyramid> buildGuestPyramid(
    const VirtualDisk& disk, const Image& top, const PyramidSink& publish, const JobControl& job)
{
    const auto pyramid
        = std::make_shared<MapPyramid>(disk.size(), top.clusterSize().value_or(4_KiB));
    Ticker ticker{pyramid, publish};
    disk.scan(
        GuestOffset{0}, disk.size(),
        [&](const LayeredExtent& layered) {
            const auto kind = mapKindOf(layered);
            pyramid->append(layered.extent.length, kind ? &*kind : nullptr);
            ticker.maybe();
        },
        job);
    pyramid->finish();
    ticker.now();
    return pyramid;
}

std::optional<MapKind> mapKindOf(HostUse use)
{
    switch (use) {
    case HostUse::Free: return {};
    case HostUse::Header:
    case HostUse::L1Table:
    case HostUse::L2Table:
    case HostUse::RefcountTable:
    case HostUse::RefcountBlock:
    case HostUse::SnapshotTable:
    case HostUse::SnapshotL1Table:
    case HostUse::SnapshotL2Table:
    case HostUse::BitmapDirectory:
    case HostUse::BitmapTable:
    case HostUse::BitmapData:
    case HostUse::EncryptionHeader:
    case HostUse::BlockMap: return MapKind::Metadata;
    case HostUse::Data: return MapKind::Data;
    case HostUse::DataShared:
    case HostUse::DataSnapshot:
    case HostUse::CompressedSnapshot:
    case HostUse::VmState: return MapKind::Snapshot;
    case HostUse::Compressed: return MapKind::Compressed;
    case HostUse::ZeroAllocated: return MapKind::Zero;
    case HostUse::Leaked: return MapKind::Leaked;
    case HostUse::Problem: return MapKind::Problem;
    }
    return MapKind::Problem;
}

std::optional<MapKind> mapKindOf(const LayeredExtent& layered)
{
    switch (layered.extent.kind) {
    case ExtentKind::Unallocated: return {};
    case ExtentKind::Zero:
    case ExtentKind::ZeroAllocated: return MapKind::Zero;
    case ExtentKind::Damaged: return MapKind::Problem;
    case ExtentKind::Data: return layered.layer > 0 ? MapKind::Backing : MapKind::Data;
    case ExtentKind::Compressed: return layered.layer > 0 ? MapKind::Backing : MapKind::Compressed;
    }
    return MapKind::Problem;
}

std::shared_ptr<const MapPyramid> buildHostPyramid(
    const Image& image, const PyramidSink& publish, const JobControl& job)
{
    const auto pyramid
        = std::make_shared<MapPyramid>(image.file().size(), image.clusterSize().value_or(4_KiB));
    Ticker ticker{pyramid, publish};
    image.scanHost(
        [&](const HostRange& range) {
            const auto kind = mapKindOf(range.use);
            pyramid->append(range.length, kind ? &*kind : nullptr);
            ticker.maybe();
        },
        job);
    pyramid->finish();
    ticker.now();
    return pyramid;
}

} // namespace platter
