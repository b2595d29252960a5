// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/SamplePlaces.h"

namespace platter {

std::vector<GuestOffset> samplePlaces(const GuestMapping& state, Bytes cluster, std::size_t most,
    const std::function<bool(ExtentKind)>& wanted, const JobControl& job)
{
    std::vector<GuestOffset> places;
    std::uint64_t stride = 1;
    std::uint64_t seen = 0;
    const JobControl quiet{job.stop, nullptr};
    state.scan(
        GuestOffset{0}, state.size(),
        [&](const Extent& extent) {
            if (!wanted(extent.kind))
                return;
            const std::uint64_t clusters
                = (extent.length.value + cluster.value - 1) / cluster.value;
            // The first cluster of the extent whose number is a multiple of the stride.
            std::uint64_t next = (stride - seen % stride) % stride;
            while (next < clusters) {
                places.push_back(extent.start + Bytes{next * cluster.value});
                if (places.size() == 2 * most) {
                    for (std::size_t i = 0; i < most; ++i)
                        places[i] = places[2 * i];
                    places.resize(most);
                    stride *= 2;
                    next = next - (seen + next) % stride;
                }
                next += stride;
            }
            seen += clusters;
        },
        quiet);
    return places;
}

} // namespace platter
