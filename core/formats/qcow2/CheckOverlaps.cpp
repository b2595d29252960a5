// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow2/CheckPass.h"
#include "core/formats/qcow2/Findings.h"

#include <algorithm>
#include <unordered_map>

namespace platter::qcow2 {

namespace {

    /// Clusters that are named; an image made to be hostile has as many as it likes.
    constexpr std::size_t mostSuspects = 16'384;

    /// What refers to one suspected cluster.
    struct Users {
        std::uint32_t structures = 0; ///< a bit for each HostUse
        bool structureTwice = false; ///< two structures of one kind
        std::uint64_t compressed = 0; ///< L2 entries
        std::uint64_t plain = 0; ///< L2 entries of any state
        std::uint64_t activePlain = 0; ///< of these, of the present state
        std::optional<HostOffset> entry; ///< the last of these entries
        std::optional<GuestOffset> guest; ///< what the first of them maps
    };

    std::vector<std::string> structureNames(std::uint32_t structures)
    {
        std::vector<std::string> names;
        for (unsigned i = 0; i < 32; ++i) {
            if (structures >> i & 1U)
                names.push_back(hostUseName(static_cast<HostUse>(i)));
        }
        return names;
    }

} // namespace

ReferenceCounts& CheckPass::compressedCounts()
{
    std::call_once(m_compressedMade, [&] {
        // The window was chosen so that all counters fit; those of compressed entries are fewer.
        m_compressed = std::make_unique<ReferenceCounts>(m_counts.used().first(),
            m_counts.used().end() - m_counts.used().first(), ~std::uint64_t{0});
    });
    return *m_compressed;
}

void CheckPass::suspect(std::uint64_t cluster)
{
    const std::lock_guard lock{m_suspectsMutex};
    if (m_suspects.size() < mostSuspects)
        m_suspects.push_back(cluster);
}

void CheckPass::suspectTwice(std::uint64_t firstOfWord, std::uint64_t bits)
{
    for (; bits; bits &= bits - 1)
        suspect(firstOfWord + static_cast<unsigned>(std::countr_zero(bits)));
}

/// Counts plain data; what the present state uses twice becomes suspect. Without snapshots that is
/// everything used before.
void CheckPass::countPlain(
    const TableUse& use, std::uint64_t cluster, std::uint64_t count, std::uint64_t weight)
{
    // What lies behind a table that is used twice has been told with the table.
    if (use.active != 1) {
        m_counts.add(cluster, count, weight);
        return;
    }
    if (!m_activePlain) {
        m_counts.add(cluster, count, weight,
            [&](std::uint64_t base, std::uint64_t bits) { suspectTwice(base, bits); });
        return;
    }
    m_counts.add(cluster, count, weight);
    m_activePlain->forWords(cluster, count, [&](std::uint64_t index, std::uint64_t mask) {
        suspectTwice(m_activePlain->first() + index * 64, m_activePlain->set(index, mask));
        return true;
    });
}

/// Counts what L1 entries refer to, if anything at all is used twice.
void CheckPass::countTables()
{
    if (!m_counts.hasPages())
        return;
    m_tables = std::make_unique<ReferenceCounts>(m_counts.used().first(),
        m_counts.used().end() - m_counts.used().first(), ~std::uint64_t{0});
    ReferenceSinks sinks;
    sinks.structure = [](const StructureUse&) {};
    sinks.l1Entry = [&](const L1Entry& entry) {
        const HostOffset table{entry.word & entry::offset};
        if (table.value && table.value < m_fileSize && m_geometry.cluster.aligned(table))
            m_tables->add(m_geometry.cluster.clusterOf(table).index, 1, entry.weight);
    };
    sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
    sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
    scanL1Tables(m_image, m_job, sinks);
}

/// Suspects a cluster that holds an L2 table, or compressed clusters, and something else as well.
void CheckPass::judgeOverlap(std::uint64_t cluster)
{
    const std::uint64_t all = m_counts.countOf(cluster);
    const auto isMixed = [&](const std::unique_ptr<ReferenceCounts>& part) {
        const std::uint64_t some = part ? part->countOf(cluster) : 0;
        return some != 0 && some != all;
    };
    if (isMixed(m_tables) || isMixed(m_compressed))
        suspect(cluster);
}

void CheckPass::suspectStructures()
{
    if (!m_counts.hasPages())
        return;
    for (const StructureUse& use : m_structures) {
        m_job.checkStop();
        const std::uint64_t first = m_geometry.cluster.clusterOf(use.at).index;
        const std::uint64_t end
            = m_geometry.cluster.clusterOf(use.at + use.length - Bytes{1}).index + 1;
        const ClusterBits& window = m_counts.used();
        for (std::uint64_t at = std::max(first, window.first()); at < std::min(end, window.end());
             ++at) {
            if (m_counts.hasPage((at - window.first()) / ReferenceCounts::pageClusters)
                && m_counts.countOf(at) > use.weight)
                suspect(at);
        }
    }
}

/// Reads everything once more to say what uses the suspected clusters.
void CheckPass::nameOverlaps()
{
    if (m_suspects.empty())
        return;
    std::sort(m_suspects.begin(), m_suspects.end());
    m_suspects.erase(std::unique(m_suspects.begin(), m_suspects.end()), m_suspects.end());
    std::unordered_map<std::uint64_t, Users> users;
    for (const std::uint64_t cluster : m_suspects)
        users.emplace(cluster, Users{});
    std::mutex mutex;
    const auto forSuspects = [&](HostOffset at, Bytes length, auto&& visit) {
        if (length.value == 0 || at.value >= m_fileSize + m_clusterBytes
            || length.value > m_fileSize + m_clusterBytes - at.value)
            return;
        const std::uint64_t first = m_geometry.cluster.clusterOf(at).index;
        const std::uint64_t last = m_geometry.cluster.clusterOf(at + length - Bytes{1}).index;
        for (auto place = std::lower_bound(m_suspects.begin(), m_suspects.end(), first);
             place != m_suspects.end() && *place <= last; ++place) {
            const std::lock_guard lock{mutex};
            visit(users.at(*place), *place);
        }
    };
    const auto addStructure = [&](HostUse use, HostOffset at, Bytes length) {
        forSuspects(at, length, [&](Users& one, std::uint64_t) {
            const std::uint32_t bit = std::uint32_t{1} << static_cast<unsigned>(use);
            one.structureTwice |= (one.structures & bit) != 0;
            one.structures |= bit;
        });
    };
    ReferenceSinks sinks;
    sinks.structure = [&](const StructureUse& use) { addStructure(use.use, use.at, use.length); };
    sinks.l1Entry = [&](const L1Entry& entry) {
        const HostOffset table{entry.word & entry::offset};
        // Many L1 entries may lead to one table.
        if (table.value)
            forSuspects(table, Bytes{m_clusterBytes}, [&](Users& one, std::uint64_t) {
                one.structures |= std::uint32_t{1} << static_cast<unsigned>(HostUse::L2Table);
            });
    };
    sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
    sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
    sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
        walkEntries(m_geometry, table, 0, [&](const EntryRun& run) {
            const bool isPlain
                = run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated;
            if ((!isPlain && run.type != EntryType::Compressed) || m_geometry.externalData)
                return true;
            CompressedPlace place{
                HostOffset{run.word & entry::offset}, Bytes{m_clusterBytes * run.count}};
            if (run.type == EntryType::Compressed)
                place = m_geometry.compressedPlace(run.word);
            forSuspects(place.start, place.length, [&](Users& one, std::uint64_t cluster) {
                const std::uint64_t into
                    = isPlain ? cluster - place.start.value / m_clusterBytes : 0;
                (isPlain ? one.plain : one.compressed) += use.active + use.snapshots;
                if (isPlain && m_geometry.cluster.aligned(place.start))
                    one.activePlain += use.active;
                one.entry = use.at + Bytes{(run.first + into) * m_geometry.entryBytes()};
                const GuestOffset guest = guestOf(use, run.first + into);
                if (!one.guest || guest < *one.guest)
                    one.guest = guest;
            });
            return true;
        });
    };
    scanReferences(m_image, m_threads, m_job, sinks);
    for (std::uint64_t i = 0; i < m_refcounts.entries().size(); ++i) {
        if (const auto at = m_refcounts.blockAt(i))
            addStructure(HostUse::RefcountBlock, *at, Bytes{m_clusterBytes});
    }

    for (const std::uint64_t cluster : m_suspects) {
        const Users& one = users.at(cluster);
        const HostOffset at = m_geometry.cluster.startOf(HostCluster{cluster});
        const auto add = [&](const FindingKind& kind, std::string what, std::string other) {
            m_findings.add(kind, at, one.guest, Bytes{m_clusterBytes}, 1, [&] {
                return std::vector<std::string>{
                    hexText(at.value), std::move(what), std::move(other)};
            });
        };
        std::vector<std::string> names = structureNames(one.structures);
        if (one.structureTwice && names.size() == 1)
            names.push_back(names.front());
        if (names.size() > 1)
            add(overlapMetadata, names[0], names[1]);
        if (!names.empty() && one.plain + one.compressed != 0)
            add(overlapData, names[0], one.plain ? "data" : "compressed");
        if (one.plain && one.compressed)
            add(overlapCompressed, "data", "compressed");
        else if (names.empty() && one.activePlain > 1)
            add(sharedData, std::to_string(one.activePlain), {});
    }
}

} // namespace platter::qcow2
