// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/base/Units.h"
#include "core/jobs/JobControl.h"

#include <functional>
#include <optional>

namespace platter {

/// What an image says about a guest range.
enum class ExtentKind : std::uint8_t {
    Unallocated, ///< nothing here: ask the backing file, or read zeros where there is none
    Zero, ///< reads as zeros whatever lies below
    ZeroAllocated, ///< reads as zeros; a host range is kept for it
    Data, ///< stored byte for byte (perhaps encrypted) from `host` on
    Compressed, ///< one compressed cluster: a stream from `host` on, `stored` bytes long at most
    Damaged, ///< the entry cannot be followed: `problem` says why; reading fails
};

/// A guest range that one rule serves.
struct Extent {
    GuestOffset start{};
    Bytes length{};
    ExtentKind kind = ExtentKind::Unallocated;
    /// Data, ZeroAllocated, Compressed: place in the data file of the image. Unallocated: where the
    /// subclusters of an allocated cluster would lie that have no content of their own; 0: nowhere.
    HostOffset host{};
    Bytes stored{}; ///< Compressed: the most bytes that the stream can have
    const FindingKind* problem = nullptr; ///< Damaged
    HostOffset entry{}; ///< Damaged: where the wrong table entry lies

    GuestOffset end() const { return start + length; }
    /// Whether each byte has a place of its own, from `host` on.
    bool isPlaced() const
    {
        return kind == ExtentKind::Data || kind == ExtentKind::ZeroAllocated
            || (kind == ExtentKind::Unallocated && host.value != 0);
    }
    /// The part of an extent from `from` on, which must not lie before its start or behind its end.
    /// Not for a compressed one, whose stream has no parts.
    Extent from(GuestOffset from) const;
    /// Whether `next` follows at once and by the same rule, so that both are one extent.
    bool goesOnWith(const Extent& next) const;
};

/// Where the table entry lies that says what a guest range is.
struct TableEntry {
    HostOffset at{}; ///< of the entry in the image file
    Bytes length{}; ///< of the entry
    std::uint64_t table = 0; ///< index of its table: of the L1 entry that leads there
    std::uint64_t index = 0; ///< of the entry in its table
    /// Whether the L1 entry itself is meant, because it leads to no table.
    enum class Level { Top, Leaf };
    Level level = Level::Leaf;
};

/// Takes extents in rising guest order, without gaps. Called on the thread that started the scan.
using ExtentSink = std::function<void(const Extent&)>;

/// What two states of one image have in common from some guest offset on, told by their top tables.
struct TableSharing {
    enum class Kind {
        Same, ///< the same tables serve both: not a byte differs
        Unknown, ///< other tables, so that the entries have to be looked at
    };
    Kind kind = Kind::Unknown;
    Bytes length{}; ///< how far it holds; at least 1
};

/// One state of an image's disk (now, or a snapshot): where every guest range lies. Formats
/// implement it; reading, map, convert and compare are written once above it. All functions may be
/// called from several threads.
class GuestMapping {
public:
    GuestMapping() = default;
    GuestMapping(const GuestMapping&) = delete;
    GuestMapping& operator=(const GuestMapping&) = delete;
    virtual ~GuestMapping() = default;

    /// The size of the disk in this state; always a multiple of 512 except for raw files.
    virtual Bytes size() const = 0;

    /// The extent that begins at `at` (below size()), as long as one look can tell and at most
    /// `atMost`. A compressed cluster is never joined with its neighbours; if `at` lies inside one,
    /// the extent begins at the start of that cluster (start < at), so that its stream can be
    /// decoded. Throws IoError. Damage gives ExtentKind::Damaged.
    virtual Extent extentAt(GuestOffset at, Bytes atMost) const = 0;

    /// All extents of [from, from + length), clipped to size() and to the range (a compressed
    /// cluster at its ends is clipped too), neighbours of one kind and contiguous place joined.
    /// Streams in bounded memory. Throws IoError, Cancelled.
    virtual void scan(
        GuestOffset from, Bytes length, const ExtentSink& sink, const JobControl& job) const;

    /// Whether `other`, a state of the same image, is served by the same tables from `from` on.
    /// Looks at nothing but tables that are in memory. [from, from + atMost) must lie inside both
    /// disks, and `atMost` must not be 0.
    virtual TableSharing sharingWith(
        const GuestMapping& other, GuestOffset from, Bytes atMost) const;

    /// The ranges that are known to be Unallocated from what was read at opening, in rising order;
    /// never touches the file. Nothing known: none.
    virtual void scanOutline(const ExtentSink& sink) const;

    /// Where the entry for a guest offset (below size()) lies, from what was read at opening.
    /// Nothing: the format has no tables, or not in memory.
    virtual std::optional<TableEntry> tableEntryOf(GuestOffset at) const;
};

/// Joins neighbouring extents before they reach a sink; flush() hands out the last one.
class ExtentJoiner {
public:
    explicit ExtentJoiner(const ExtentSink& sink)
        : m_sink(sink)
    {
    }
    void add(const Extent& extent);
    void flush();

private:
    const ExtentSink& m_sink;
    Extent m_pending{};
};

} // namespace platter
