// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/HostTotals.h"

#include <algorithm>
#include <numeric>

namespace platter {

namespace {

    /// Bytes of a host range that the file system stores.
    Bytes storedBytes(const ByteFile& file, const HostRange& range)
    {
        Bytes stored;
        const HostOffset end = std::min(range.start + range.length, HostOffset{file.size().value});
        for (HostOffset at = range.start; at < end;) {
            const FileRegion region = file.regionAt(at);
            const HostOffset regionEnd = std::min(region.end, end);
            if (regionEnd <= at) // the file shrank meanwhile
                break;
            if (region.kind == FileRegion::Kind::Data)
                stored += regionEnd - at;
            at = regionEnd;
        }
        return stored;
    }

} // namespace

Bytes HostTotals::all() const
{
    return std::accumulate(bytes.begin(), bytes.end(), Bytes{});
}

SpaceKind spaceKindOf(HostUse use)
{
    switch (use) {
    case HostUse::Free: return SpaceKind::Free;
    case HostUse::Data:
    case HostUse::DataShared: return SpaceKind::Data;
    case HostUse::DataSnapshot:
    case HostUse::CompressedSnapshot: return SpaceKind::OnlyInSnapshots;
    case HostUse::Compressed: return SpaceKind::Compressed;
    case HostUse::ZeroAllocated: return SpaceKind::KeptForZeros;
    case HostUse::VmState: return SpaceKind::MachineState;
    case HostUse::Leaked: return SpaceKind::Leaked;
    case HostUse::Problem: return SpaceKind::Problem;
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
    case HostUse::BlockMap: return SpaceKind::Metadata;
    }
    return SpaceKind::Problem;
}

Bytes HostTotals::of(SpaceKind kind) const
{
    Bytes sum;
    for (std::size_t use = 0; use < bytes.size(); ++use) {
        if (spaceKindOf(static_cast<HostUse>(use)) == kind)
            sum += bytes[use];
    }
    return sum;
}

Bytes HostTotals::ofGuest() const
{
    return of(SpaceKind::Data) + of(SpaceKind::Compressed) + of(SpaceKind::KeptForZeros);
}

Bytes HostTotals::onlyOfSnapshots() const
{
    return of(SpaceKind::OnlyInSnapshots) + of(SpaceKind::MachineState);
}

HostTotals scanTotals(const Image& image, const JobControl& job, const HostSink& sink)
{
    // Asking the file system is slow next to the scan; past so many ranges the rest is taken as
    // stored.
    constexpr std::size_t mostRangesAsked = 20'000;
    const bool holesAreTheFormat = image.formatId() == "raw";
    HostTotals totals;
    std::size_t asked = 0;
    image.scanHost(
        [&](const HostRange& range) {
            if (sink)
                sink(range);
            totals.bytes[static_cast<std::size_t>(range.use)] += range.length;
            if (holesAreTheFormat || (range.use != HostUse::Free && range.use != HostUse::Leaked))
                return;
            totals.reclaimable
                += ++asked <= mostRangesAsked ? storedBytes(image.file(), range) : range.length;
        },
        job);
    return totals;
}

} // namespace platter
