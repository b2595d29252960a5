// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/VirtualDisk.h"

#include "core/base/Text.h"
#include "core/disk/ClusterCache.h"
#include "core/io/IoBytes.h"

#include <algorithm>
#include <cstring>

namespace platter {

namespace {

    /// One image of the chain as a source of bytes.
    struct Layer {
        std::shared_ptr<const Image> image;
        std::shared_ptr<const GuestMapping> state;
    };

    /// Keeps the image alive together with its active state, which is a part of it.
    std::shared_ptr<const GuestMapping> activeStateOf(const std::shared_ptr<const Image>& image)
    {
        return {image, &image->activeState()};
    }

    [[noreturn]] void failDamaged(const Extent& extent)
    {
        throw FormatError("Mapping table", "entry", extent.entry.value,
            "guest bytes from " + hexText(extent.start.value)
                + " on cannot be read: " + extent.problem->meaning);
    }

} // namespace

struct VirtualDisk::Parts {
    BackingChain chain;
    std::optional<std::size_t> snapshot;
    std::vector<Layer> layers;
    mutable ClusterCache cache;

    void readLayers(std::uint64_t at, std::span<std::byte> buffer) const;
    void readExtent(std::size_t layer, const Extent& extent, std::uint64_t at,
        std::span<std::byte> buffer) const;
    void readStored(const Layer& layer, const Extent& extent, std::uint64_t at,
        std::span<std::byte> buffer) const;
    void readCompressed(std::size_t layer, const Extent& extent, std::uint64_t at,
        std::span<std::byte> buffer) const;
    static void decode(const Image& image, const Extent& extent, std::span<std::byte> cluster);
};

VirtualDisk::VirtualDisk(BackingChain chain, std::optional<std::size_t> snapshot)
    : m_parts(std::make_unique<Parts>())
{
    m_parts->chain = std::move(chain);
    m_parts->snapshot = snapshot;
    for (const OpenedImage& opened : m_parts->chain.layers) {
        const bool top = m_parts->layers.empty();
        m_parts->layers.push_back({opened.image,
            top && snapshot ? opened.image->snapshotState(*snapshot)
                            : activeStateOf(opened.image)});
    }
}

VirtualDisk::VirtualDisk(
    std::shared_ptr<const Image> image, std::shared_ptr<const GuestMapping> state)
    : m_parts(std::make_unique<Parts>())
{
    m_parts->layers.push_back({std::move(image), std::move(state)});
}

VirtualDisk::~VirtualDisk() = default;
VirtualDisk::VirtualDisk(VirtualDisk&&) noexcept = default;
VirtualDisk& VirtualDisk::operator=(VirtualDisk&&) noexcept = default;

std::optional<std::size_t> VirtualDisk::snapshot() const
{
    return m_parts->snapshot;
}

Bytes VirtualDisk::size() const
{
    return m_parts->layers.front().state->size();
}

const BackingChain& VirtualDisk::chain() const
{
    return m_parts->chain;
}

void VirtualDisk::read(GuestOffset at, std::span<std::byte> buffer) const
{
    const std::uint64_t size = this->size().value;
    const std::uint64_t inside
        = at.value < size ? std::min<std::uint64_t>(buffer.size(), size - at.value) : 0;
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(inside), buffer.end(), std::byte{0});
    if (inside)
        m_parts->readLayers(at.value, buffer.first(inside));
}

/// Fills `buffer`, which lies inside the top layer, going down the chain for what a layer does not
/// have.
void VirtualDisk::Parts::readLayers(std::uint64_t at, std::span<std::byte> buffer) const
{
    for (std::size_t done = 0; done < buffer.size();) {
        const std::uint64_t place = at + done;
        std::uint64_t most = buffer.size() - done;
        for (std::size_t layer = 0;; ++layer) {
            const GuestMapping* state = layer < layers.size() ? layers[layer].state.get() : nullptr;
            const std::uint64_t layerSize = state ? state->size().value : 0;
            if (place >= layerSize) { // below the last layer, or behind the end of a shorter one
                std::memset(buffer.data() + done, 0, most);
                break;
            }
            most = std::min(most, layerSize - place);
            const Extent extent = state->extentAt(GuestOffset{place}, Bytes{most});
            most = std::min(most, extent.end().value - place);
            if (extent.kind == ExtentKind::Unallocated)
                continue;
            readExtent(layer, extent, place, buffer.subspan(done, most));
            break;
        }
        done += most;
    }
}

void VirtualDisk::Parts::readExtent(
    std::size_t layer, const Extent& extent, std::uint64_t at, std::span<std::byte> buffer) const
{
    switch (extent.kind) {
    case ExtentKind::Unallocated:
    case ExtentKind::Zero:
    case ExtentKind::ZeroAllocated: std::memset(buffer.data(), 0, buffer.size()); return;
    case ExtentKind::Data: readStored(layers[layer], extent, at, buffer); return;
    case ExtentKind::Compressed: readCompressed(layer, extent, at, buffer); return;
    case ExtentKind::Damaged: failDamaged(extent);
    }
}

void VirtualDisk::Parts::readStored(
    const Layer& layer, const Extent& extent, std::uint64_t at, std::span<std::byte> buffer) const
{
    const ByteFile& file = layer.image->guestDataFile();
    const HostOffset host = extent.host + Bytes{at - extent.start.value};
    const SectorCipher* const cipher = layer.image->cipher();
    if (!cipher) {
        file.readPadded(host, buffer);
        return;
    }
    // Only whole sectors can be decrypted: what is asked for is widened to them.
    constexpr std::uint64_t sector = SectorCipher::sectorSize;
    const std::uint64_t skipped = at % sector;
    const std::uint64_t number
        = (layer.image->sectorNumbering() == Image::SectorNumbering::Host ? host.value - skipped
                                                                          : at - skipped)
        / sector;
    if (skipped == 0 && buffer.size() % sector == 0) {
        file.readPadded(host, buffer);
        cipher->decrypt(number, buffer);
        return;
    }
    std::vector<std::byte> whole((skipped + buffer.size() + sector - 1) / sector * sector);
    file.readPadded(host - Bytes{skipped}, whole);
    cipher->decrypt(number, whole);
    std::memcpy(buffer.data(), whole.data() + skipped, buffer.size());
}

/// Reads the stream of a compressed cluster and decodes it into `cluster`, which has its size.
void VirtualDisk::Parts::decode(
    const Image& image, const Extent& extent, std::span<std::byte> cluster)
{
    thread_local IoBytes kept; // grows to the longest stream, at most a cluster and some sectors
    if (kept.size() < extent.stored.value)
        kept.resize(extent.stored.value);
    const auto stream = std::span{kept}.first(extent.stored.value);
    image.guestDataFile().readPadded(extent.host, stream);
    try {
        decompress(image.compression(), stream, cluster);
    } catch (const CodecError& error) {
        throw CodecError("The compressed cluster at " + hexText(extent.host.value) + " (guest "
            + hexText(extent.start.value) + ") cannot be decoded: " + error.what());
    }
}

void VirtualDisk::Parts::readCompressed(
    std::size_t layer, const Extent& extent, std::uint64_t at, std::span<std::byte> buffer) const
{
    const Image& image = *layers[layer].image;
    const std::uint64_t clusterBytes = image.clusterSize().value().value;
    if (at == extent.start.value && buffer.size() == clusterBytes) {
        decode(image, extent, buffer); // whoever takes all of it does not come back for a part
        return;
    }
    const ClusterCache::Key key{layer, extent.host.value, extent.start.value};
    auto cluster = cache.find(key);
    if (!cluster) {
        auto decoded = std::make_shared<std::vector<std::byte>>(clusterBytes);
        decode(image, extent, *decoded);
        cluster = decoded;
        cache.insert(key, cluster);
    }
    std::memcpy(buffer.data(), cluster->data() + (at - extent.start.value), buffer.size());
}

void VirtualDisk::scan(
    GuestOffset from, Bytes length, const LayeredExtentSink& sink, const JobControl& job) const
{
    const auto& layers = m_parts->layers;
    const std::uint64_t end = std::min(size().value, (from + length).value);
    LayeredExtent pending;
    const auto flush = [&] {
        if (pending.extent.length.value)
            sink(pending);
        pending = {};
    };
    const auto add
        = [&](const Extent& extent, std::size_t layer, std::size_t endedAt, bool beyond) {
              LayeredExtent next{
                  extent, extent.kind == ExtentKind::Unallocated ? endedAt : layer, beyond};
              if (pending.layer == next.layer && pending.beyondBacking == next.beyondBacking
                  && pending.extent.goesOnWith(extent)) {
                  pending.extent.length += extent.length;
                  return;
              }
              flush();
              pending = next;
          };
    // Each layer's scan hands what it does not have to the next one. A chain has at most
    // maximumChainLength layers. `above` is what the layer before said of [start, stop).
    std::function<void(std::size_t, std::uint64_t, std::uint64_t, const Extent&)> scanLayer
        = [&](std::size_t layer, std::uint64_t start, std::uint64_t stop, const Extent& above) {
              const std::uint64_t layerEnd = std::min(stop, layers[layer].state->size().value);
              if (start < layerEnd) {
                  const JobControl quiet{job.stop, layer == 0 ? job.report : nullptr};
                  layers[layer].state->scan(
                      GuestOffset{start}, Bytes{layerEnd - start},
                      [&](const Extent& extent) {
                          if (extent.kind != ExtentKind::Unallocated)
                              add(extent, layer, layer, false);
                          else if (layer + 1 < layers.size())
                              scanLayer(layer + 1, extent.start.value, extent.end().value, extent);
                          else
                              add(extent, layer, layer, false);
                      },
                      quiet);
              }
              if (layerEnd < stop)
                  add(above.from(GuestOffset{std::max(start, layerEnd)}), layer, layer - 1, true);
          };
    if (from.value < end)
        scanLayer(0, from.value, end, {});
    flush();
}

std::size_t findSnapshot(const Image& image, std::string_view idOrName)
{
    const auto& snapshots = image.snapshots();
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        if (snapshots[i].id == idOrName)
            return i;
    }
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        if (snapshots[i].name == idOrName)
            return i;
    }
    std::string known;
    for (std::size_t i = 0; i < std::min<std::size_t>(snapshots.size(), 10); ++i)
        known += (i ? ", \"" : "\"") + escapedText(snapshots[i].name) + "\"";
    throw Error("There is no snapshot with the id or name \"" + escapedText(idOrName) + "\"; "
        + (snapshots.empty() ? "the image has none."
                : snapshots.size() > 10
                ? "there are " + std::to_string(snapshots.size()) + ", the first are " + known + "."
                : "there are: " + known + "."));
}

} // namespace platter
