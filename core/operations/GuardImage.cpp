// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/GuardImage.h"

#include "core/operations/GuardScattered.h"
#include "core/operations/HostTotals.h"

#include <algorithm>
#include <set>

namespace platter {

bool isStructure(HostUse use)
{
    return spaceKindOf(use) == SpaceKind::Metadata;
}

namespace {

    /// A table may be reached from snapshots alone now and from the present state afterwards.
    HostUse kindOf(HostUse use)
    {
        if (use == HostUse::SnapshotL1Table)
            return HostUse::L1Table;
        return use == HostUse::SnapshotL2Table ? HostUse::L2Table : use;
    }

} // namespace

WriteGuard guardOf(const Image& image, const JobControl& job)
{
    WriteGuard guard;
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (isStructure(owner.use))
                guard.protect({owner.start, std::max(owner.length, owner.room), owner.use});
        },
        job);
    return guard;
}

WriteGuard repairGuardOf(const Image& image, const RepairPlan& plan, const JobControl& job)
{
    if (!image.hasClusterGrid())
        return scatteredGuardOf(image, plan, job);
    const Bytes cluster = image.clusterSize().value_or(Bytes{0});
    const std::set<HostOffset> dropped{plan.dropped.begin(), plan.dropped.end()};
    WriteGuard guard;
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (!isStructure(owner.use) || dropped.contains(owner.entry))
                return;
            GuardedRange range{owner.start, std::max(owner.length, owner.room), kindOf(owner.use)};
            if (guard.hitBy(range.start, range.length, range.use))
                range.use = HostUse::Problem;
            guard.protect(range);
        },
        job);
    std::vector<GuardedRange> apart;
    for (const HostOffset place : plan.copiedApart) {
        if (const auto use = guard.useAt(place); use && *use != HostUse::Problem)
            apart.push_back({place, cluster, *use});
    }
    std::set<HostOffset> relinked{plan.relinked.begin(), plan.relinked.end()};
    image.scanOwners(
        [&](const HostOwner& owner) {
            if (isStructure(owner.use))
                return;
            guard.changeUse(owner.start, owner.length, HostUse::Problem);
            const HostOffset first{
                owner.start.value - std::min(owner.start.value, cluster.value - 1)};
            relinked.erase(
                relinked.lower_bound(first), relinked.lower_bound(owner.start + owner.length));
        },
        job);
    for (const GuardedRange& one : apart)
        guard.protect(one);
    for (const HostOffset place : relinked) {
        if (!guard.hitBy(place, cluster, HostUse::L2Table))
            guard.protect({place, cluster, HostUse::L2Table});
    }
    const std::uint64_t size = image.file().size().value;
    const std::uint64_t whole = std::max<std::uint64_t>(cluster.value, 1);
    guard.protectRest(HostOffset{(size + whole - 1) / whole * whole}, HostUse::Data);
    return guard;
}

} // namespace platter
