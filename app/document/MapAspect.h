// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/MapPyramid.h"

#include <optional>
#include <vector>

namespace platter::app {

/// What the colours of a map tell.
struct MapAspect {
    enum class Colour {
        Kind, ///< what a place is
        Snapshot, ///< which states of the disk use it
        Refcount, ///< how often the file counts it as used
        Fragmentation, ///< how far one has to jump for it
        Bitmap, ///< whether a dirty bitmap has it
        Changed, ///< whether it differs from a snapshot
    };
    Colour colour = Colour::Kind;
    /// Index of the snapshot or bitmap; nothing: all snapshots.
    std::optional<std::size_t> choice;

    auto operator<=>(const MapAspect&) const = default;
};

/// Categories of Colour::Snapshot for all snapshots.
namespace bySnapshot {
    enum : std::uint8_t { NowOnly, Shared, SnapshotsOnly, Untold, Below, Metadata };
}
/// Categories of Colour::Snapshot for one snapshot.
namespace byOneSnapshot {
    enum : std::uint8_t { HeldAndNow, Held, NotHeld, Below = 4, Metadata = 5 };
}
/// Categories of Colour::Refcount. A count of 0 is the ground.
namespace byRefcount {
    enum : std::uint8_t { One, Two, Few, Many, Below = 4 };
    /// The category of a stored count.
    MapCategory of(std::uint64_t count);
}
/// Categories of Colour::Fragmentation: the distance from the end of what lies before.
namespace byFragmentation {
    enum : std::uint8_t { InOrder, Near, Middling, Far, Below = 4, Metadata = 5, Untold = 6 };
    inline constexpr std::uint64_t near = std::uint64_t{1} << 20; ///< bytes
    inline constexpr std::uint64_t middling = std::uint64_t{64} << 20; ///< bytes
    MapCategory ofJump(std::uint64_t distance);
}
/// Categories of Colour::Bitmap. What is clean is the ground.
namespace byBitmap {
    enum : std::uint8_t { Dirty };
}
/// Categories of Colour::Changed. What is the same is the ground.
namespace byChange {
    enum : std::uint8_t { Changed, New, Gone };
}

/// Categories of the clusters of an image file, as runs in bounded memory.
class HostCategories {
public:
    /// Appends the next run; none may begin before the end of the one before. Throws Error if there
    /// are more than can be kept.
    void add(HostOffset start, Bytes length, MapCategory category);

    /// Calls `visit(length, category)` for the parts of [start, start + length).
    template <class Visit>
    void forEach(HostOffset start, Bytes length, const Visit& visit) const;

private:
    struct Run {
        std::uint64_t start;
        std::uint64_t end;
        std::uint8_t category;
    };
    std::size_t firstBehind(std::uint64_t at) const;
    std::vector<Run> m_runs;
};

template <class Visit>
void HostCategories::forEach(HostOffset start, Bytes length, const Visit& visit) const
{
    std::uint64_t at = start.value;
    const std::uint64_t end = at + length.value;
    for (std::size_t i = firstBehind(at); i < m_runs.size() && at < end; ++i) {
        const Run& run = m_runs[i];
        if (run.start > at) {
            const std::uint64_t gapEnd = run.start < end ? run.start : end;
            visit(Bytes{gapEnd - at}, MapCategory{});
            at = gapEnd;
        }
        const std::uint64_t stop = run.end < end ? run.end : end;
        if (at < stop) {
            visit(Bytes{stop - at}, MapCategory{run.category});
            at = stop;
        }
    }
    if (at < end)
        visit(Bytes{end - at}, MapCategory{});
}

} // namespace platter::app
