// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/LostData.h"

#include <map>

namespace platter {

std::optional<LostData> findLostData(const VirtualDisk& disk, const JobControl& job)
{
    const auto& layers = disk.chain().layers;
    std::vector<std::uint64_t> ends; // of the files with data, in bytes
    for (const OpenedImage& layer : layers)
        ends.push_back(layer.image->guestDataFile().size().value);
    std::map<std::size_t, LostData> lost; // by layer
    disk.scan(
        GuestOffset{0}, disk.size(),
        [&](const LayeredExtent& layered) {
            const Extent& extent = layered.extent;
            const Image& image = *layers[layered.layer].image;
            // Of a raw file that is shorter than its last sector nothing is missing.
            if (extent.kind != ExtentKind::Data || image.formatId() == "raw"
                || extent.host.value + extent.length.value <= ends[layered.layer])
                return;
            const std::uint64_t end = ends[layered.layer];
            const std::uint64_t cluster = image.clusterSize().value_or(Bytes{1}).value;
            // A file may end inside its last cluster: what follows was never written.
            const std::uint64_t inside = end > extent.host.value
                ? (end - extent.host.value + cluster - 1) / cluster * cluster
                : 0;
            if (inside >= extent.length.value)
                return;
            LostData& entry = lost[layered.layer];
            if (entry.length.value == 0)
                entry = {layered.layer, extent.start + Bytes{inside}, {}};
            entry.length += extent.length - Bytes{inside};
        },
        JobControl{job.stop, {}});
    if (lost.empty())
        return {};
    return lost.begin()->second;
}

} // namespace platter
