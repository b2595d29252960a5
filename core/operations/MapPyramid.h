// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"
#include "core/formats/HostMap.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace platter {

/// What a place of the map is, as the window colours it. What is none of these is unallocated or
/// free.
enum class MapKind : std::uint8_t {
    Data,
    Zero,
    Compressed,
    Snapshot, ///< kept only for snapshots, or shared with one
    Backing, ///< served by a layer below
    Metadata,
    Leaked,
    Problem,
};
inline constexpr std::size_t mapKinds = 8;

/// A summary of an address space of any size, in bounded memory: at most 4 194 304 leaves with a
/// share of a byte for each kind, and levels above that join four nodes each (about 43 MiB in all).
///
/// One thread fills it from the start to the end; any thread may ask at the same time. What lies
/// behind known() has not been read yet.
class MapPyramid {
public:
    /// Shares of a range, 255 for the whole of it.
    struct Shares {
        std::array<std::uint8_t, mapKinds> of{}; ///< by MapKind
        bool known = false; ///< false: at least a part has not been read
        bool problem = false; ///< a problem lies inside, however small
    };

    /// `unit` is what one leaf should stand for where there is room: the cluster size.
    MapPyramid(Bytes size, Bytes unit);

    Bytes size() const { return m_size; }
    /// The finest step that is kept apart, a power of two.
    Bytes leaf() const { return m_leaf; }
    /// Everything before it has been read.
    Bytes known() const { return {m_known.load(std::memory_order_acquire)}; }

    /// What [from, from + length) is made of, averaged; looks at a few nodes only.
    Shares shares(std::uint64_t from, Bytes length) const;
    /// Bytes of a kind in all that has been read.
    Bytes total(MapKind kind) const;
    /// The first place at or after `from` that holds a problem; size() if there is none.
    std::uint64_t nextProblem(std::uint64_t from) const;

    /// Adds the next range; nothing: unallocated. Only one thread may fill.
    void append(Bytes length, const MapKind* kind);
    /// Closes the last leaf.
    void finish();

private:
    using Node = std::array<std::uint8_t, mapKinds>;

    void closeLeaf();

    Bytes m_size;
    Bytes m_leaf;
    std::vector<std::vector<Node>> m_levels; ///< [0]: leaves
    std::atomic<std::uint64_t> m_known{0};
    std::array<std::atomic<std::uint64_t>, mapKinds> m_totals{};
    std::uint64_t m_at = 0; ///< where the next range begins
    std::array<std::uint64_t, mapKinds> m_open{}; ///< bytes in the leaf at hand
};

/// Told about a pyramid at the start and about every 50 ms while it fills, on the thread that fills
/// it.
using PyramidSink = std::function<void(const std::shared_ptr<const MapPyramid>&)>;

/// What the guest sees, from the tables of the whole chain. Throws IoError, Cancelled.
std::shared_ptr<const MapPyramid> buildGuestPyramid(
    const VirtualDisk& disk, const Image& top, const PyramidSink& publish, const JobControl& job);

/// What each part of the image file is for. Throws IoError, Cancelled.
std::shared_ptr<const MapPyramid> buildHostPyramid(
    const Image& image, const PyramidSink& publish, const JobControl& job);

/// How the map shows a use; nothing: free.
std::optional<MapKind> mapKindOf(HostUse use);
/// How the map shows a guest range; nothing: no layer has anything.
std::optional<MapKind> mapKindOf(const LayeredExtent& layered);

} // namespace platter
