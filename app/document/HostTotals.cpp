// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/HostTotals.h"

#include <algorithm>
#include <numeric>

namespace platter::app {

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

HostTotals scanTotals(const Image& image, const JobControl& job)
{
    // Asking the file system is slow next to the scan; past so many ranges the rest is taken as
    // stored.
    constexpr std::size_t mostRangesAsked = 20'000;
    const bool holesAreTheFormat = image.formatId() == "raw";
    HostTotals totals;
    std::size_t asked = 0;
    image.scanHost(
        [&](const HostRange& range) {
            totals.bytes[static_cast<std::size_t>(range.use)] += range.length;
            if (holesAreTheFormat || (range.use != HostUse::Free && range.use != HostUse::Leaked))
                return;
            totals.reclaimable
                += ++asked <= mostRangesAsked ? storedBytes(image.file(), range) : range.length;
        },
        job);
    return totals;
}

} // namespace platter::app
