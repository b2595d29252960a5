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

/// What a place is in the terms of one colouring: an index below mapKinds, of which that of
/// MapKind::Problem means a problem in every colouring; nothing: the empty ground.
using MapCategory = std::optional<std::uint8_t>;

/// A part of an address space.
struct MapRange {
    std::uint64_t from = 0;
    std::uint64_t end = 0;
    bool operator==(const MapRange&) const = default;
};

/// A summary of an address space of any size, in bounded memory: at most 4 194 304 leaves with a
/// share of a byte for each category, and levels above that join four nodes each (about 43 MiB in
/// all).
///
/// One thread fills it from the start to the end; any thread may ask at the same time. What lies
/// behind known() has not been read yet, unless it is known to be empty.
class MapPyramid {
public:
    /// Shares of a range, 255 for the whole of it.
    struct Shares {
        std::array<std::uint8_t, mapKinds> of{}; ///< by category
        bool known = false; ///< false: at least a part has not been read
        bool problem = false; ///< a problem lies inside, however small
    };

    /// `unit` is what one leaf should stand for where there is room: the cluster size. `empty` is
    /// what is known beforehand to be ground: rising ranges that do not touch.
    MapPyramid(Bytes size, Bytes unit, std::vector<MapRange> empty = {});

    Bytes size() const { return m_size; }
    /// The finest step that is kept apart, a power of two.
    Bytes leaf() const { return m_leaf; }
    /// Bytes that the summary takes.
    Bytes memory() const;
    /// Everything before it has been read.
    Bytes known() const { return {m_known.load(std::memory_order_acquire)}; }

    /// What [from, from + length) is made of, averaged; looks at a few nodes only.
    Shares shares(std::uint64_t from, Bytes length) const;
    /// Bytes of a category in all that has been read.
    Bytes total(std::size_t category) const;
    Bytes total(MapKind kind) const { return total(static_cast<std::size_t>(kind)); }
    /// Bytes of which nothing is known.
    Bytes unread() const;
    /// The first place at or after `from` that holds a problem; size() if there is none.
    std::uint64_t nextProblem(std::uint64_t from) const;

    /// Adds the next range. Only one thread may fill.
    void append(Bytes length, MapCategory category);
    /// Closes the last leaf.
    void finish();

private:
    using Node = std::array<std::uint8_t, mapKinds>;

    void closeLeaf();
    bool isKnown(std::uint64_t from, std::uint64_t end, std::uint64_t read) const;

    Bytes m_size;
    Bytes m_leaf;
    std::vector<MapRange> m_empty; ///< known beforehand to be ground
    std::vector<std::vector<Node>> m_levels; ///< [0]: leaves
    std::atomic<std::uint64_t> m_known{0};
    std::array<std::atomic<std::uint64_t>, mapKinds> m_totals{};
    std::uint64_t m_at = 0; ///< where the next range begins
    std::array<std::uint64_t, mapKinds> m_open{}; ///< bytes in the leaf at hand
};

/// Told about a pyramid at the start and about every 50 ms while it fills, on the thread that fills
/// it.
using PyramidSink = std::function<void(const std::shared_ptr<const MapPyramid>&)>;

/// Takes neighbouring ranges from the start to the end of an address space.
using MapCategorySink = std::function<void(Bytes length, MapCategory category)>;

/// Fills a pyramid with what `scan` tells and publishes it while it grows. Throws what `scan`
/// throws.
std::shared_ptr<const MapPyramid> buildPyramid(std::shared_ptr<MapPyramid> empty,
    const std::function<void(const MapCategorySink&)>& scan, const PyramidSink& publish);

/// How the map shows a use; nothing: free.
std::optional<MapKind> mapKindOf(HostUse use);
/// How the map shows a guest range; nothing: no layer has anything.
std::optional<MapKind> mapKindOf(const LayeredExtent& layered);

} // namespace platter
