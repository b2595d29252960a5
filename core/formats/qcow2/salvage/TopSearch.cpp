// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/salvage/Evidence.h"

#include <algorithm>
#include <unordered_set>

namespace platter::qcow2 {

namespace {

    constexpr std::uint64_t widestGap = 64; ///< clusters of zeros inside an L1 table

    /// Whether a table may belong to the present state.
    bool mayBePresent(const Evidence& evidence, const FoundTable& table)
    {
        if (table.kind != FoundTable::Kind::L2)
            return false;
        const auto use = evidence.snapshotUses.find(table.at);
        const std::uint64_t snapshots
            = use == evidence.snapshotUses.end() ? 0 : use->second.snapshots;
        if (const auto count = evidence.countOf(table.at))
            return *count > snapshots;
        return snapshots == 0;
    }

    /// Whether a table ought to be reached from the present L1 table. Making a snapshot clears the
    /// flags, so that not all that are in use have one.
    bool oughtToBeReached(const Evidence& evidence, const FoundTable& table)
    {
        return (table.copied != 0 || table.streams != 0) && mayBePresent(evidence, table);
    }

    struct Reach {
        std::uint64_t words = 0; ///< not 0
        std::uint64_t sound = 0; ///< that can be entries
        std::uint64_t tables = 0; ///< lead to something with the shape of a table
        std::uint64_t due = 0; ///< lead to a table that ought to be reached
        std::uint64_t missing = 0; ///< tables that ought to be reached and are not
    };

    Reach reachOf(const Evidence& evidence, const std::vector<std::uint64_t>& words)
    {
        Reach reach;
        const std::uint64_t size = evidence.file->size().value;
        std::unordered_set<std::uint64_t> reached;
        for (const std::uint64_t word : words) {
            if (word == 0)
                continue;
            ++reach.words;
            const HostOffset at{word & entry::offset};
            if ((word & entry::l1Reserved) != 0 || at.value == 0 || at.value >= size
                || !evidence.geometry.cluster.aligned(at) || !reached.insert(at.value).second)
                continue;
            ++reach.sound;
            const FoundTable* const table = evidence.found.find(at.value);
            reach.tables += table != nullptr;
            reach.due += table && oughtToBeReached(evidence, *table);
        }
        for (const FoundTable& table : evidence.found.tables)
            reach.missing += oughtToBeReached(evidence, table) && !reached.contains(table.at);
        return reach;
    }

    bool isZeroFrom(const ByteFile& file, std::uint64_t from, std::uint64_t end)
    {
        std::vector<std::byte> bytes(end - from);
        file.readPadded(HostOffset{from}, bytes);
        return isZero(bytes);
    }

    /// Clusters that follow each other and make up one L1 table.
    struct Run {
        std::uint64_t at = 0;
        std::uint64_t end = 0;
    };

    std::vector<Run> runsOf(const Evidence& evidence, const JobControl& job)
    {
        const std::uint64_t cluster = evidence.geometry.cluster.bytes().value;
        std::unordered_set<std::uint64_t> snapshotTables;
        for (const SnapshotInfo& snapshot : evidence.snapshots)
            snapshotTables.insert(snapshot.l1TableOffset.value);
        std::vector<Run> runs;
        std::unordered_set<std::uint64_t> targets;
        std::vector<std::byte> words(cluster);
        bool ofSnapshot = false;
        for (const FoundTable& table : evidence.found.tables) {
            if (table.kind != FoundTable::Kind::L1 || table.at == 0
                || (evidence.refcounts && evidence.refcounts->at().value == table.at))
                continue;
            job.checkStop();
            evidence.file->readPadded(HostOffset{table.at}, words);
            std::vector<std::uint64_t> places;
            for (std::size_t at = 0; at < cluster; at += 8) {
                if (const auto word = loadBig<std::uint64_t>(words.data() + at); word != 0)
                    places.push_back(word & entry::offset);
            }
            const bool isSnapshot = snapshotTables.contains(table.at);
            const bool repeats = std::any_of(places.begin(), places.end(),
                [&](std::uint64_t place) { return targets.contains(place); });
            const bool follows = !runs.empty() && !isSnapshot && !repeats
                && (table.at == runs.back().end
                    || (table.at - runs.back().end <= widestGap * cluster
                        && isZeroFrom(*evidence.file, runs.back().end, table.at)));
            if (follows && ofSnapshot)
                continue; // the rest of a snapshot's table
            if (!follows) {
                ofSnapshot = isSnapshot;
                targets.clear();
                if (!isSnapshot)
                    runs.push_back({table.at, table.at});
                else
                    runs.push_back({0, table.at}); // left out below
            }
            runs.back().end = table.at + cluster;
            targets.insert(places.begin(), places.end());
        }
        std::erase_if(runs, [&](const Run& run) {
            return run.at == 0 || evidence.isFree(run.at)
                || (run.end - run.at) / 8 > limit::l1Entries;
        });
        return runs;
    }

} // namespace

std::optional<TopTable> judgeTop(const Evidence& evidence, const L1Table& l1)
{
    const Reach reach = reachOf(evidence, l1.entries);
    TopTable top{l1.at, l1.entries, false, 0, {}};
    if (reach.words == 0) {
        // Nobody is left to lead to them: a disk without content has no tables.
        if (std::any_of(evidence.found.tables.begin(), evidence.found.tables.end(),
                [&](const FoundTable& table) { return mayBePresent(evidence, table); }))
            return std::nullopt;
        top.isComplete = true;
        top.percent = 70;
        return top;
    }
    if (reach.sound * 2 < reach.words)
        return std::nullopt;
    // A table whose entries are all 0 has no shape, so not all have to be found.
    if (reach.tables * 2 < reach.sound)
        return std::nullopt;
    for (std::uint64_t& word : top.words) {
        const HostOffset at{word & entry::offset};
        if ((word & entry::l1Reserved) != 0 || at.value >= evidence.file->size().value
            || !evidence.geometry.cluster.aligned(at))
            word = 0;
    }
    // Without counts, tables that are out of use look like lost ones.
    top.isComplete = evidence.refcounts ? reach.missing == 0 && reach.sound == reach.words
                                        : reach.due >= reach.missing * 2;
    top.percent = static_cast<unsigned>(std::min<std::uint64_t>(
        99, 50 + 49 * reach.tables / std::max<std::uint64_t>(1, reach.words)));
    return top;
}

std::optional<TopTable> searchTop(const Evidence& evidence, const JobControl& job)
{
    std::optional<TopTable> best;
    Reach bestReach;
    std::vector<HostOffset> all;
    constexpr std::size_t mostRuns = 256;
    const std::vector<Run> runs = runsOf(evidence, job);
    for (std::size_t i = 0; i < std::min(runs.size(), mostRuns); ++i) {
        job.checkStop();
        const L1Table l1 = readL1(*evidence.file, evidence.geometry, HostOffset{runs[i].at},
            (runs[i].end - runs[i].at) / 8);
        auto top = judgeTop(evidence, l1);
        if (!top)
            continue;
        all.push_back(top->at);
        const Reach reach = reachOf(evidence, top->words);
        // The present one leads to what was written last; older copies lead to as many tables.
        if (!best || reach.due > bestReach.due
            || (reach.due == bestReach.due && reach.tables > bestReach.tables)) {
            best = std::move(top);
            bestReach = reach;
        }
    }
    if (best) {
        best->percent = std::min(best->percent, all.size() == 1 ? 95U : 85U);
        for (const HostOffset at : all) {
            if (at != best->at && best->others.size() < 4)
                best->others.push_back(at);
        }
    }
    return best;
}

} // namespace platter::qcow2
