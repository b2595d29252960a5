// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/LostTables.h"

#include "core/formats/qcow2/Refcounts.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <mutex>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t mostRanges = 1'000'000;
    constexpr unsigned enough = 50; ///< percent below which a cluster looks like nothing
    constexpr std::size_t mostLost = 10'000;

    /// What the words of a table say when they are taken for L2 entries.
    struct Words {
        std::uint64_t stored = 0; ///< not 0
        std::uint64_t sound = 0;
        std::uint64_t leakedTargets = 0;
        bool plainOnly = true; ///< only entries that an L1 table may have, too
        std::vector<std::uint64_t> targets;
    };

    Words wordsOf(const Geometry& geometry, Bytes fileSize, const LeakedClusters& leaked,
        std::span<const std::byte> cluster)
    {
        Words words;
        for (std::size_t at = 0; at + geometry.entryBytes() <= cluster.size();
             at += geometry.entryBytes()) {
            const auto word = loadBig<std::uint64_t>(cluster.data() + at);
            const std::uint64_t bitmap
                = geometry.extended ? loadBig<std::uint64_t>(cluster.data() + at + 8) : 0;
            if (word == 0 && bitmap == 0)
                continue;
            ++words.stored;
            HostOffset target{word & entry::offset};
            bool sound = false;
            switch (geometry.typeOf(word)) {
            case EntryType::Compressed:
                target = geometry.compressedPlace(word).start;
                sound = (word & entry::copied) == 0 && target.value < fileSize.value && bitmap == 0
                    && geometry.compressedReserved(word) == 0;
                break;
            case EntryType::Normal:
            case EntryType::ZeroAllocated:
                sound = (word & entry::l2Reserved) == 0 && geometry.cluster.aligned(target)
                    && target.value < fileSize.value
                    && (static_cast<std::uint32_t>(bitmap)
                           & static_cast<std::uint32_t>(bitmap >> 32))
                        == 0;
                break;
            case EntryType::ZeroPlain: sound = word == entry::zero && geometry.version >= 3; break;
            case EntryType::Unallocated:
                sound = word == 0 && static_cast<std::uint32_t>(bitmap) == 0;
                break;
            }
            words.plainOnly &= geometry.typeOf(word) == EntryType::Normal
                && (word & entry::l1Reserved) == 0 && !geometry.extended;
            if (!sound)
                continue;
            ++words.sound;
            if (target.value == 0)
                continue;
            words.targets.push_back(target.value);
            words.leakedTargets += leaked.contains(target);
        }
        return words;
    }

    unsigned percentOf(Words& words)
    {
        if (words.stored == 0 || words.targets.empty())
            return 0;
        const auto share = [](std::uint64_t part, std::uint64_t whole) {
            return static_cast<double>(part) / static_cast<double>(whole);
        };
        const std::uint64_t all = words.targets.size();
        std::sort(words.targets.begin(), words.targets.end());
        const auto distinct = static_cast<std::uint64_t>(
            std::unique(words.targets.begin(), words.targets.end()) - words.targets.begin());
        const double weight = words.stored == 1 ? 0.6 : words.stored < 4 ? 0.85 : 1.0;
        return static_cast<unsigned>(100 * share(words.sound, words.stored)
            * (0.3 + 0.7 * share(words.leakedTargets, all)) * share(distinct, all) * weight);
    }

    unsigned likeRefcounts(
        const Geometry& geometry, Bytes fileSize, std::span<const std::byte> cluster)
    {
        // Counts of less than a byte fit any content.
        if (geometry.refcountOrder < 4)
            return 0;
        std::uint64_t counted = 0;
        std::uint64_t small = 0;
        std::uint64_t last = 0;
        for (std::uint64_t i = 0; i < geometry.refcountsPerBlock(); ++i) {
            const std::uint64_t count = refcountIn(cluster, i, geometry.refcountOrder);
            if (count == 0)
                continue;
            ++counted;
            small += count <= 64;
            last = i;
        }
        if (counted < 3 || small * 100 < counted * 98)
            return 0;
        if (geometry.cluster.clustersFor(fileSize) < geometry.refcountsPerBlock()
            && last > geometry.cluster.clustersFor(fileSize))
            return 0;
        return counted * 2 > last ? 80 : 60;
    }

    unsigned likeSnapshots(
        const Geometry& geometry, Bytes fileSize, std::span<const std::byte> cluster)
    {
        std::uint64_t at = 0;
        unsigned entries = 0;
        while (at + 40 <= cluster.size()) {
            const std::byte* const head = cluster.data() + at;
            const HostOffset l1{loadBig<std::uint64_t>(head)};
            if (l1.value == 0)
                break;
            const auto l1Size = loadBig<std::uint32_t>(head + 8);
            const auto idLength = loadBig<std::uint16_t>(head + 12);
            const auto nameLength = loadBig<std::uint16_t>(head + 14);
            const auto extra = loadBig<std::uint32_t>(head + 36);
            if (!geometry.cluster.aligned(l1) || l1.value >= fileSize.value || l1Size == 0
                || l1Size > limit::l1Entries || idLength == 0 || idLength > 32
                || extra > limit::snapshotExtra || loadBig<std::uint32_t>(head + 20) > 999'999'999)
                return 0;
            const std::uint64_t length = 40ULL + extra + idLength + nameLength;
            if (at + length > cluster.size())
                break;
            ++entries;
            at += (length + 7) & ~std::uint64_t{7};
        }
        return entries == 0 ? 0 : entries == 1 ? 70 : 90;
    }

    /// Gives lost L2 tables the L1 entries they fill.
    void findPlaces(const Qcow2Image& image, std::vector<LostStructure>& lost)
    {
        const Geometry& geometry = image.geometry();
        const L1Table& l1 = image.activeL1();
        const std::uint64_t needed = std::min<std::uint64_t>(l1.declaredEntries,
            image.virtualSize().value / geometry.tableCoverage().value
                + (image.virtualSize().value % geometry.tableCoverage().value != 0));
        struct Gap {
            std::uint64_t index;
            bool damaged;
            std::uint64_t before; ///< where the table of the nearest entry in front lies
            std::uint64_t behind;
        };
        std::vector<Gap> gaps;
        std::uint64_t before = 0;
        std::size_t open = 0; // gaps that do not know what comes behind
        for (std::uint64_t i = 0; i < needed; ++i) {
            const HostOffset table{l1[i] & entry::offset};
            const bool usable = geometry.cluster.aligned(table)
                && table.value < image.file().size().value && table.value != 0;
            if (usable) {
                for (; open < gaps.size(); ++open)
                    gaps[open].behind = table.value;
                before = table.value;
            } else if (gaps.size() < mostLost) {
                gaps.push_back({i, l1[i] != 0, before, ~std::uint64_t{0}});
            }
        }
        std::vector<LostStructure*> tables;
        for (LostStructure& one : lost) {
            if (one.likeness.use == HostUse::L2Table)
                tables.push_back(&one);
        }
        std::vector<const Gap*> damaged;
        for (const Gap& gap : gaps) {
            if (gap.damaged)
                damaged.push_back(&gap);
        }
        const auto give = [](LostStructure& table, const Gap& gap, unsigned percent) {
            table.l1Index = gap.index;
            table.placePercent = percent;
        };
        if (!damaged.empty() && damaged.size() == tables.size()) {
            for (std::size_t i = 0; i < tables.size(); ++i)
                give(*tables[i], *damaged[i], tables.size() == 1 ? 95 : 75);
            return;
        }
        if (gaps.size() == 1 && tables.size() == 1) {
            give(*tables[0], gaps[0], 90);
            return;
        }
        std::vector<bool> taken(gaps.size());
        for (LostStructure* table : tables) {
            std::optional<std::size_t> only;
            std::size_t fitting = 0;
            for (std::size_t i = 0; i < gaps.size(); ++i) {
                if (taken[i] || table->at.value < gaps[i].before
                    || table->at.value > gaps[i].behind)
                    continue;
                ++fitting;
                if (!only)
                    only = i;
            }
            if (!only)
                continue;
            taken[*only] = true;
            give(*table, gaps[*only], fitting == 1 ? 70 : 30);
        }
    }

} // namespace

void LeakedClusters::add(HostOffset start, Bytes length)
{
    const std::uint64_t end = (start + length).value;
    if (!m_ranges.empty() && m_ranges.back().second == start.value)
        m_ranges.back().second = end;
    else if (m_ranges.size() < mostRanges)
        m_ranges.emplace_back(start.value, end);
}

bool LeakedClusters::contains(HostOffset at) const
{
    const auto behind = std::upper_bound(m_ranges.begin(), m_ranges.end(), at.value,
        [](std::uint64_t value, const auto& range) { return value < range.first; });
    return behind != m_ranges.begin() && at.value < std::prev(behind)->second;
}

Likeness likenessOf(const Geometry& geometry, Bytes fileSize, const LeakedClusters& leaked,
    std::span<const std::byte> cluster,
    const std::function<void(HostOffset, std::span<std::byte>)>& readCluster)
{
    Words words = wordsOf(geometry, fileSize, leaked, cluster);
    unsigned percent = percentOf(words);
    if (percent >= enough && !geometry.externalData) {
        if (words.plainOnly) {
            constexpr std::size_t looks = 8;
            std::size_t seen = 0;
            std::size_t tables = 0;
            std::vector<std::byte> below(cluster.size());
            for (const std::uint64_t target : words.targets) {
                if (seen == looks)
                    break;
                ++seen;
                readCluster(HostOffset{target}, below);
                Words inner = wordsOf(geometry, fileSize, leaked, below);
                tables += percentOf(inner) >= enough;
            }
            if (seen && tables * 2 > seen)
                return {HostUse::L1Table, percent};
        }
        return {HostUse::L2Table, percent};
    }
    percent = likeSnapshots(geometry, fileSize, cluster);
    if (percent >= enough)
        return {HostUse::SnapshotTable, percent};
    percent = likeRefcounts(geometry, fileSize, cluster);
    if (percent >= enough)
        return {HostUse::RefcountBlock, percent};
    return {};
}

std::vector<LostStructure> searchLeaks(
    const Qcow2Image& image, const LeakedClusters& leaked, unsigned threads, const JobControl& job)
{
    const Geometry& geometry = image.geometry();
    const std::uint64_t clusterBytes = geometry.cluster.bytes().value;
    const Bytes fileSize = image.file().size();
    const auto readCluster
        = [&](HostOffset at, std::span<std::byte> buffer) { image.file().readPadded(at, buffer); };
    std::vector<LostStructure> lost;
    std::mutex mutex;
    std::vector<std::uint64_t> batch;
    std::vector<std::vector<std::byte>> buffers(threads);
    const auto examine = [&] {
        parallelFor(batch.size(), threads, job, [&](unsigned worker, std::size_t index) {
            auto& buffer = buffers[worker];
            const HostOffset at{batch[index]};
            // Most leaked clusters are data, and their first bytes tell.
            buffer.resize(std::min<std::uint64_t>(clusterBytes, 4096));
            readCluster(at, buffer);
            if (clusterBytes > buffer.size()) {
                const Words first = wordsOf(geometry, fileSize, leaked, buffer);
                const bool mayBeTable = first.sound * 2 >= first.stored;
                const bool mayBeOther
                    = loadBig<std::uint64_t>(buffer.data()) >> 56 == 0 && first.stored != 0;
                if (!mayBeTable && !mayBeOther)
                    return;
                buffer.resize(clusterBytes);
                readCluster(at, buffer);
            }
            const Likeness likeness = likenessOf(geometry, fileSize, leaked, buffer, readCluster);
            if (likeness.use == HostUse::Free)
                return;
            const std::lock_guard lock{mutex};
            if (lost.size() < mostLost)
                lost.push_back({at, likeness, {}, 0});
        });
        batch.clear();
    };
    for (const auto& [from, end] : leaked.ranges()) {
        for (std::uint64_t at = from; at < std::min(end, fileSize.value); at += clusterBytes) {
            batch.push_back(at);
            if (batch.size() >= 4096)
                examine();
        }
    }
    examine();
    std::sort(lost.begin(), lost.end(),
        [](const LostStructure& a, const LostStructure& b) { return a.at < b.at; });
    // What a lost L1 table leads to is not a gap of the present one.
    const bool hasL1 = std::any_of(lost.begin(), lost.end(),
        [](const LostStructure& one) { return one.likeness.use == HostUse::L1Table; });
    if (!hasL1)
        findPlaces(image, lost);
    return lost;
}

} // namespace platter::qcow2
