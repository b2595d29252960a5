// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/Evidence.h"

#include <algorithm>
#include <numeric>

namespace platter::qcow2 {

namespace {

    /// Sets that grow together.
    class Groups {
    public:
        explicit Groups(std::size_t count)
            : m_parent(count)
        {
            std::iota(m_parent.begin(), m_parent.end(), std::uint32_t{0});
        }
        std::uint32_t of(std::uint32_t one)
        {
            while (m_parent[one] != one)
                one = m_parent[one] = m_parent[m_parent[one]];
            return one;
        }
        void join(std::uint32_t a, std::uint32_t b) { m_parent[of(a)] = of(b); }

    private:
        std::vector<std::uint32_t> m_parent;
    };

    /// Whether two tables have an entry in common: the same place with the same index.
    bool shareEntries(const Evidence& evidence, const FoundTable& a, const FoundTable& b,
        std::vector<std::byte>& one, std::vector<std::byte>& two)
    {
        const std::uint64_t cluster = evidence.geometry.cluster.bytes().value;
        one.resize(cluster);
        two.resize(cluster);
        evidence.file->readPadded(HostOffset{a.at}, one);
        evidence.file->readPadded(HostOffset{b.at}, two);
        bool share = false;
        forEachPlace(
            evidence.geometry, one, [&](std::uint64_t index, std::uint64_t word, HostOffset) {
                const auto other
                    = loadBig<std::uint64_t>(two.data() + index * evidence.geometry.entryBytes());
                share |= ((word ^ other) & ~(entry::copied | entry::zero)) == 0;
            });
        return share;
    }

    Groups groupsOf(
        const Evidence& evidence, const std::vector<std::size_t>& candidates, const JobControl& job)
    {
        struct Mark {
            std::uint32_t hash;
            std::uint32_t candidate;
        };
        Groups groups{candidates.size()};
        std::vector<Mark> marks;
        for (std::uint32_t i = 0; i < candidates.size(); ++i) {
            for (const std::uint32_t hash : evidence.found.tables[candidates[i]].sketch) {
                if (hash != 0)
                    marks.push_back({hash, i});
            }
        }
        std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
            return a.hash != b.hash ? a.hash < b.hash : a.candidate < b.candidate;
        });
        std::vector<std::byte> one;
        std::vector<std::byte> two;
        for (std::size_t i = 1; i < marks.size(); ++i) {
            if (marks[i].hash != marks[i - 1].hash
                || groups.of(marks[i].candidate) == groups.of(marks[i - 1].candidate))
                continue;
            if (i % 1024 == 0)
                job.checkStop();
            if (shareEntries(evidence, evidence.found.tables[candidates[marks[i].candidate]],
                    evidence.found.tables[candidates[marks[i - 1].candidate]], one, two))
                groups.join(marks[i].candidate, marks[i - 1].candidate);
        }
        return groups;
    }

    /// What is known of one candidate.
    struct Candidate {
        std::size_t table = 0;
        const SnapshotUse* use = nullptr;
        std::optional<std::uint32_t> inTop;
        bool isCounted = false; ///< counts say that the present state uses it
        bool isRuledOut = false; ///< counts say that it does not
        bool hasCopied = false;
        std::uint64_t at = 0;
    };

    /// Which of two tables for one position is the present one.
    bool isNewer(const Candidate& a, const Candidate& b)
    {
        if (a.isRuledOut != b.isRuledOut)
            return b.isRuledOut;
        if (a.isCounted != b.isCounted)
            return a.isCounted;
        // Making a snapshot clears the flag everywhere, so what has one was written after the last.
        if (a.hasCopied != b.hasCopied)
            return a.hasCopied;
        if ((a.use == nullptr) != (b.use == nullptr))
            return a.use == nullptr;
        if (a.use && b.use && a.use->newest != b.use->newest)
            return a.use->newest > b.use->newest;
        return a.at > b.at;
    }

} // namespace

std::vector<ActiveTable> activeTables(
    const Evidence& evidence, const std::optional<TopTable>& top, const JobControl& job)
{
    std::unordered_map<std::uint64_t, std::uint32_t> inTop;
    if (top) {
        for (std::size_t i = 0; i < top->words.size(); ++i) {
            if (const std::uint64_t at = top->words[i] & entry::offset; at != 0)
                inTop.try_emplace(at, static_cast<std::uint32_t>(i));
        }
    }
    std::vector<std::size_t> chosen;
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < evidence.found.tables.size(); ++i) {
        const FoundTable& table = evidence.found.tables[i];
        const auto use = evidence.snapshotUses.find(table.at);
        const auto known = inTop.find(table.at);
        const bool isNamed = use != evidence.snapshotUses.end() || known != inTop.end();
        if (table.kind != FoundTable::Kind::L2 && !isNamed)
            continue;
        Candidate candidate;
        candidate.table = i;
        candidate.at = table.at;
        candidate.hasCopied = table.copied != 0;
        if (use != evidence.snapshotUses.end())
            candidate.use = &use->second;
        if (known != inTop.end())
            candidate.inTop = known->second;
        if (const auto count = evidence.countOf(table.at)) {
            const std::uint64_t snapshots = candidate.use ? candidate.use->snapshots : 0;
            if (*count == 0 && !isNamed)
                continue;
            candidate.isCounted = *count > snapshots;
            candidate.isRuledOut = *count <= snapshots;
        }
        chosen.push_back(i);
        candidates.push_back(candidate);
    }
    Groups groups = groupsOf(evidence, chosen, job);
    struct Group {
        const Candidate* present = nullptr;
        std::optional<std::uint32_t> position;
        ActiveTable::Source source = ActiveTable::Source::None;
        std::uint64_t firstAt = ~std::uint64_t{0};
    };
    std::unordered_map<std::uint32_t, Group> byGroup;
    for (std::uint32_t i = 0; i < candidates.size(); ++i) {
        const Candidate& candidate = candidates[i];
        Group& group = byGroup[groups.of(i)];
        group.firstAt = std::min(group.firstAt, candidate.at);
        if (!group.present || isNewer(candidate, *group.present))
            group.present = &candidate;
        if (candidate.inTop) {
            group.position = candidate.inTop;
            group.source = ActiveTable::Source::Top;
        } else if (candidate.use && group.source != ActiveTable::Source::Top) {
            group.position = candidate.use->position;
            group.source = ActiveTable::Source::SnapshotTable;
        }
    }
    std::vector<ActiveTable> tables;
    std::unordered_map<std::uint32_t, Group> byPosition;
    for (const auto& [id, group] : byGroup) {
        // Snapshots alone have it: the present state has nothing there.
        if (group.present->isRuledOut && !group.present->inTop)
            continue;
        if (!group.position) {
            tables.push_back(
                {group.present->table, std::nullopt, ActiveTable::Source::None, group.firstAt});
            continue;
        }
        // Tables of several snapshots may have one position and nothing in common.
        auto [place, isNew] = byPosition.try_emplace(*group.position, group);
        const bool isTop = group.source == ActiveTable::Source::Top;
        const bool wasTop = place->second.source == ActiveTable::Source::Top;
        if (!isNew && (isTop != wasTop ? isTop : isNewer(*group.present, *place->second.present)))
            place->second = group;
    }
    for (const auto& [position, group] : byPosition) {
        ActiveTable table{group.present->table, position, group.source, group.firstAt};
        if (group.source == ActiveTable::Source::SnapshotTable && !group.present->use)
            table.source = ActiveTable::Source::SnapshotCopy;
        tables.push_back(table);
    }
    std::sort(tables.begin(), tables.end(),
        [](const ActiveTable& a, const ActiveTable& b) { return a.firstAt < b.firstAt; });
    return tables;
}

} // namespace platter::qcow2
