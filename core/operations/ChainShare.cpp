// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ChainShare.h"

#include <chrono>

namespace platter {

namespace {

    constexpr std::chrono::milliseconds tellEvery{100};
    constexpr unsigned extentsBetweenClocks = 256;

    void add(ChainShare& share, const LayeredExtent& layered)
    {
        const Bytes length = layered.extent.length;
        LayerShare& layer = share.layers[layered.layer];
        switch (layered.extent.kind) {
        case ExtentKind::Unallocated: share.nowhere += length; break;
        case ExtentKind::Zero:
        case ExtentKind::ZeroAllocated: layer.zeros += length; break;
        case ExtentKind::Data: layer.stored += length; break;
        case ExtentKind::Compressed: layer.compressed += length; break;
        case ExtentKind::Damaged: layer.damaged += length; break;
        }
        share.examined += length;
    }

} // namespace

Bytes ChainShare::data() const
{
    Bytes sum;
    for (const LayerShare& layer : layers)
        sum += layer.data();
    return sum;
}

ChainShare shareOfLayers(
    const VirtualDisk& disk, const ChainShareSink& soFar, const JobControl& job)
{
    ChainShare share;
    share.layers.resize(disk.chain().layers.size());
    share.size = disk.size();
    auto told = std::chrono::steady_clock::now();
    unsigned untilClock = extentsBetweenClocks;
    disk.scan(
        GuestOffset{0}, share.size,
        [&](const LayeredExtent& layered) {
            add(share, layered);
            if (!soFar || --untilClock > 0)
                return;
            untilClock = extentsBetweenClocks;
            const auto now = std::chrono::steady_clock::now();
            if (now - told >= tellEvery) {
                told = now;
                soFar(share);
            }
        },
        job);
    return share;
}

} // namespace platter
