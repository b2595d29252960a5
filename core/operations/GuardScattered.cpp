// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/GuardScattered.h"

#include "core/operations/GuardImage.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace platter {

namespace {

    /// What the writes of a plan do with the places of guest data.
    class Writes {
    public:
        explicit Writes(const RepairPlan& plan)
            : m_dropped(plan.dropped.begin(), plan.dropped.end())
        {
            for (std::size_t epoch = 0; epoch < plan.epochs.size(); ++epoch) {
                for (const RepairPlan::Change& change : plan.epochs[epoch].changes) {
                    if (change.copyOf) {
                        m_copies.emplace(change.copyOf->value, Range{change.copied, epoch});
                        m_longest = std::max(m_longest, change.copied);
                    } else {
                        m_writes.emplace(change.at.value, Range{change.length(), epoch});
                    }
                }
            }
        }

        /// Changed entries of [first, end), rising.
        std::pair<std::set<HostOffset>::const_iterator, std::set<HostOffset>::const_iterator>
        changedEntries(HostOffset first, HostOffset end) const
        {
            return {m_dropped.lower_bound(first), m_dropped.lower_bound(end)};
        }

        /// Whether a copy of all of [start, start + length) is made before `entry` is written.
        bool isCopied(HostOffset start, Bytes length, HostOffset entry) const
        {
            auto write = m_writes.upper_bound(entry.value);
            if (write == m_writes.begin())
                return false;
            --write;
            if (write->first + write->second.length.value <= entry.value)
                return false;
            for (auto copy = m_copies.upper_bound(start.value); copy != m_copies.begin();) {
                --copy;
                const std::uint64_t end = copy->first + copy->second.length.value;
                if (end >= (start + length).value && copy->second.epoch < write->second.epoch)
                    return true;
                if (copy->first + m_longest.value <= start.value)
                    break; // none of those before reaches so far
            }
            return false;
        }

    private:
        struct Range {
            Bytes length;
            std::size_t epoch = 0;
        };

        std::set<HostOffset> m_dropped;
        std::multimap<std::uint64_t, Range> m_copies; ///< by the place they are made of
        std::multimap<std::uint64_t, Range> m_writes;
        Bytes m_longest; ///< of the copies
    };

    /// Calls use(start, length) for the parts of guest data that stay in use after the plan.
    void forEachUse(const HostOwner& owner, Bytes cluster, Bytes fileSize, const Writes& writes,
        const std::function<void(HostOffset, Bytes)>& use)
    {
        const Bytes length = std::max(owner.length, owner.room);
        const bool isRun
            = owner.guest && owner.entryStep.value != 0 && length.value > cluster.value;
        if (!isRun) {
            const auto [entry, none] = writes.changedEntries(owner.entry, owner.entry + Bytes{1});
            const bool goes = entry != none
                && (owner.start.value >= fileSize.value
                    || writes.isCopied(owner.start, length, owner.entry));
            if (!goes)
                use(owner.start, length);
            return;
        }
        // A run: its clusters lie one behind the other, as do their entries.
        const std::uint64_t count = length.value / cluster.value;
        HostOffset from = owner.start;
        const auto [first, last]
            = writes.changedEntries(owner.entry, owner.entry + owner.entryStep * count);
        for (auto entry = first; entry != last; ++entry) {
            const std::uint64_t index = (*entry - owner.entry).value / owner.entryStep.value;
            const HostOffset at = owner.start + cluster * index;
            if (at.value < fileSize.value && !writes.isCopied(at, cluster, *entry))
                continue;
            if (from < at)
                use(from, at - from);
            from = at + cluster;
        }
        const HostOffset end = owner.start + length;
        if (from < end)
            use(from, end - from);
    }

} // namespace

WriteGuard scatteredGuardOf(const Image& image, const RepairPlan& plan, const JobControl& job)
{
    const Bytes cluster = image.clusterSize().value_or(Bytes{1});
    const Bytes size = image.file().size();
    const Writes writes{plan};
    WriteGuard guard;
    std::uint64_t usedEnd = 0;
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (!isStructure(owner.use))
                return;
            const auto [entry, none] = writes.changedEntries(owner.entry, owner.entry + Bytes{1});
            if (owner.entry.value != 0 && entry != none && owner.start.value >= size.value)
                return;
            GuardedRange range{owner.start, owner.length, owner.use};
            if (guard.hitBy(range.start, range.length, range.use))
                range.use = HostUse::Problem;
            guard.protect(range);
            if (range.start.value < size.value)
                usedEnd = std::max(usedEnd, (range.start + range.length).value);
        },
        job);
    std::map<std::uint64_t, std::uint64_t> filled; // places in the file that get copies
    for (const RepairPlan::Epoch& epoch : plan.epochs) {
        for (const RepairPlan::Change& change : epoch.changes) {
            const HostOffset end = change.at + change.length();
            if (change.copyOf && change.at.value < size.value
                && !guard.hitBy(change.at, change.length(), HostUse::Free))
                filled.emplace(change.at.value, end.value);
        }
    }
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (isStructure(owner.use))
                return;
            forEachUse(owner, cluster, size, writes, [&](HostOffset start, Bytes length) {
                guard.changeUse(start, length, HostUse::Problem);
                if (start.value < size.value)
                    usedEnd = std::max(usedEnd, (start + length).value);
            });
            // Not even where data goes away: copies come before entries.
            const std::uint64_t start = owner.start.value;
            const std::uint64_t end = start + std::max(owner.length, owner.room).value;
            auto place = filled.lower_bound(start);
            if (place != filled.begin() && std::prev(place)->second > start)
                --place;
            while (place != filled.end() && place->first < end)
                place = filled.erase(place);
        },
        job);
    guard.protectRest(HostOffset{std::min(usedEnd, size.value)}, HostUse::Data);
    guard.protectRest(HostOffset{size.value}, HostUse::Leaked);
    for (const auto& [start, end] : filled)
        guard.release(HostOffset{start}, Bytes{std::min(end, size.value) - start});
    return guard;
}

} // namespace platter
