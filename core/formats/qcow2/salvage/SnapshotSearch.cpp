// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/Evidence.h"
#include "core/formats/qcow2/salvage/FileWalk.h"

#include <algorithm>
#include <array>
#include <mutex>

namespace platter::qcow2 {

namespace {

    constexpr std::uint64_t entryHead = 40; ///< bytes before extra data, id and name
    constexpr std::uint32_t longestText = 1024;
    constexpr std::uint64_t mostWords = 64'000'000; ///< of all L1 tables of snapshots

    /// How many entries of a snapshot table could begin at `at`.
    std::uint32_t entriesAt(const Evidence& evidence, std::uint64_t at)
    {
        const std::uint64_t size = evidence.file->size().value;
        std::uint32_t entries = 0;
        while (entries < limit::snapshots && at + entryHead <= size) {
            std::array<std::byte, entryHead> head{};
            evidence.file->readPadded(HostOffset{at}, head);
            const auto l1 = loadBig<std::uint64_t>(head.data());
            const auto l1Entries = loadBig<std::uint32_t>(head.data() + 8);
            const auto idLength = loadBig<std::uint16_t>(head.data() + 12);
            const auto nameLength = loadBig<std::uint16_t>(head.data() + 14);
            const auto nanoseconds = loadBig<std::uint32_t>(head.data() + 20);
            const auto extra = loadBig<std::uint32_t>(head.data() + 36);
            if (l1 == 0 || l1 >= size || !evidence.geometry.cluster.aligned(HostOffset{l1})
                || l1Entries == 0 || l1Entries > limit::l1Entries || idLength == 0
                || idLength > longestText || nameLength > longestText
                || extra > limit::snapshotExtra || nanoseconds >= 1'000'000'000)
                break;
            ++entries;
            at += (entryHead + extra + idLength + nameLength + 7) / 8 * 8;
        }
        return entries;
    }

} // namespace

std::vector<SnapshotInfo> searchSnapshots(const Evidence& evidence, const JobControl& job)
{
    const std::uint64_t cluster = evidence.geometry.cluster.bytes().value;
    std::vector<std::uint64_t> places;
    std::mutex mutex;
    walkStored(*evidence.file, evidence.threads, job,
        [&](unsigned, HostOffset start, std::span<const std::byte> bytes) {
            for (std::size_t at = 0; at < bytes.size(); at += cluster) {
                const FoundTable* const l1
                    = evidence.found.find(loadBig<std::uint64_t>(bytes.data() + at));
                if (!l1 || l1->kind != FoundTable::Kind::L1 || l1->at == 0)
                    continue;
                const std::lock_guard lock{mutex};
                if (places.size() < 4096)
                    places.push_back(start.value + at);
            }
        });
    std::sort(places.begin(), places.end());
    std::uint64_t best = 0;
    std::uint32_t most = 0;
    for (const std::uint64_t at : places) {
        job.checkStop();
        if (evidence.isFree(at))
            continue;
        // A new table is written for each new snapshot, so the longest is the newest.
        const std::uint32_t entries = entriesAt(evidence, at);
        if (entries > most || (entries == most && entries != 0)) {
            most = entries;
            best = at;
        }
    }
    if (most == 0)
        return {};
    Header header;
    header.version = evidence.geometry.version;
    header.clusterBits = evidence.geometry.cluster.bits();
    header.snapshotsOffset = HostOffset{best};
    header.snapshotCount = most;
    try {
        return readSnapshots(*evidence.file, header).snapshots;
    } catch (const FormatError&) {
        return {};
    }
}

void followSnapshots(Evidence& evidence, const JobControl& job)
{
    std::uint64_t words = 0;
    for (std::size_t i = 0; i < evidence.snapshots.size(); ++i) {
        job.checkStop();
        const SnapshotInfo& snapshot = evidence.snapshots[i];
        L1Table l1;
        try {
            l1 = readL1(
                *evidence.file, evidence.geometry, snapshot.l1TableOffset, snapshot.l1Entries);
        } catch (const FormatError&) {
            continue;
        }
        words += l1.entries.size();
        if (words > mostWords)
            return;
        for (std::size_t k = 0; k < l1.entries.size(); ++k) {
            const std::uint64_t at = l1.entries[k] & entry::offset;
            if (at == 0 || !evidence.found.find(at))
                continue;
            auto [use, isNew] = evidence.snapshotUses.try_emplace(at);
            if (isNew)
                use->second.position = static_cast<std::uint32_t>(k);
            ++use->second.snapshots;
            use->second.newest = static_cast<std::uint32_t>(i);
        }
    }
}

} // namespace platter::qcow2
