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

MapPyramid::MapPyramid(Bytes size, Bytes unit, std::vector<MapRange> empty)
    : m_size(size)
    , m_leaf(Bytes{std::bit_ceil(std::max<std::uint64_t>(unit.value, 512))})
    , m_empty(std::move(empty))
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

Bytes MapPyramid::memory() const
{
    std::uint64_t nodes = 0;
    for (const auto& level : m_levels)
        nodes += level.size();
    return Bytes{nodes * sizeof(Node) + m_empty.size() * sizeof(MapRange)};
}

void MapPyramid::append(Bytes length, MapCategory category)
{
    const std::uint64_t end = std::min(m_at + length.value, m_size.value);
    if (category)
        m_totals[*category].fetch_add(end - m_at, std::memory_order_relaxed);
    while (m_at < end) {
        const std::uint64_t leafEnd = (m_at / m_leaf.value + 1) * m_leaf.value;
        const std::uint64_t part = std::min(end, leafEnd) - m_at;
        if (category)
            m_open[*category] += part;
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
    std::uint64_t childLeaves = 1; // of a child that is not cut off by the end
    for (std::size_t level = 1; level < m_levels.size(); ++level) {
        const auto& children = m_levels[level - 1];
        if (index % fan != fan - 1 && index + 1 != children.size())
            break;
        const std::uint64_t first = index / fan * fan;
        index /= fan;
        std::array<std::uint64_t, mapKinds> sums{};
        std::uint64_t leaves = 0;
        const std::uint64_t end = std::min<std::uint64_t>(first + fan, children.size());
        for (std::uint64_t i = first; i < end; ++i) {
            const std::uint64_t weight
                = std::min(childLeaves, m_levels[0].size() - i * childLeaves);
            leaves += weight;
            for (std::size_t kind = 0; kind < mapKinds; ++kind)
                sums[kind] += children[i][kind] * weight;
        }
        for (std::size_t kind = 0; kind < mapKinds; ++kind)
            m_levels[level][index][kind] = shareOf(sums[kind], leaves * 255);
        childLeaves *= fan;
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
    result.known = isKnown(from, end, read);
    std::array<double, mapKinds> sums{};
    // What was not read yet is unknown or known to be empty: it adds nothing. Leaves are read
    // whole.
    const std::uint64_t stop = std::min(end, read);
    for (std::uint64_t at = from; at < stop;) {
        // The largest node that begins here and ends inside; at the ends a part of a leaf.
        std::size_t level = 0;
        std::uint64_t nodeBytes = m_leaf.value;
        while (level + 1 < m_levels.size() && at % (nodeBytes * fan) == 0
            && std::min(nodeBytes * fan, m_size.value - at) <= stop - at) {
            nodeBytes *= fan;
            ++level;
        }
        const std::uint64_t nodeEnd = std::min((at / nodeBytes + 1) * nodeBytes, m_size.value);
        const std::uint64_t part = std::min(stop, nodeEnd) - at;
        const Node& node = m_levels[level][at / nodeBytes];
        for (std::size_t kind = 0; kind < mapKinds; ++kind)
            sums[kind] += static_cast<double>(node[kind]) * static_cast<double>(part);
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

/// Whether all of [from, end) was read, up to `read`, or is known to be empty.
bool MapPyramid::isKnown(std::uint64_t from, std::uint64_t end, std::uint64_t read) const
{
    if (end <= read)
        return true;
    const std::uint64_t rest = std::max(from, read);
    const auto empty = std::partition_point(
        m_empty.begin(), m_empty.end(), [&](const MapRange& range) { return range.end <= rest; });
    return empty != m_empty.end() && empty->from <= rest && end <= empty->end;
}

Bytes MapPyramid::total(std::size_t category) const
{
    return {m_totals[category].load(std::memory_order_relaxed)};
}

Bytes MapPyramid::unread() const
{
    const std::uint64_t read = std::min(known().value, m_size.value);
    std::uint64_t left = m_size.value - read;
    for (const MapRange& range : m_empty) {
        if (range.end > read)
            left -= range.end - std::max(range.from, read);
    }
    return {left};
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

std::shared_ptr<const MapPyramid> buildPyramid(std::shared_ptr<MapPyramid> empty,
    const std::function<void(const MapCategorySink&)>& scan, const PyramidSink& publish)
{
    Ticker ticker{empty, publish};
    scan([&](Bytes length, MapCategory category) {
        empty->append(length, category);
        ticker.maybe();
    });
    empty->finish();
    ticker.now();
    return empty;
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

} // namespace platter
