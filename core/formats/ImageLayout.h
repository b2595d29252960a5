// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/ImageWriter.h"

#include <optional>
#include <span>

namespace platter {

/// What of a disk a new image stores, counted in the terms of its format.
struct ContentCount {
    std::uint64_t units = 0; ///< that get a place of their own and are not compressed
    std::uint64_t parts = 0; ///< of those units that are written; see ImageLayout::part()
    std::uint64_t streams = 0; ///< units that are stored compressed
    Bytes streamBytes{}; ///< that they take
    std::uint64_t others = 0; ///< units that are no guest data: those of bitmaps
    std::uint64_t tables = 0; ///< stretches of tableCoverage() in which something may come
    std::uint64_t usedTables = 0; ///< those of them in which something comes
};

/// How large a new image becomes.
struct LayoutSize {
    Bytes length{}; ///< of the file
    Bytes onDisk{}; ///< bytes in blocks of 4 KiB that are written
    /// How much less of both it can be, because the counts do not say how things lie together.
    Bytes slack{};
};

/// The arithmetic of a new image: what its ImageWriter makes of so much content, without making it.
class ImageLayout {
public:
    ImageLayout() = default;
    ImageLayout(const ImageLayout&) = delete;
    ImageLayout& operator=(const ImageLayout&) = delete;
    virtual ~ImageLayout() = default;

    /// As of the writer.
    virtual Bytes unit() const = 0;
    /// The smallest stretch of a unit that is left out of the file if it holds zeros.
    virtual Bytes part() const { return unit(); }
    /// Guest bytes behind one table that is made when something comes behind it; at least unit().
    virtual Bytes tableCoverage() const { return unit(); }
    virtual bool marksZeros() const { return false; }
    /// Whether zeros that hide a backing file are stored like data.
    virtual bool storesZeros() const { return false; }
    /// Whether all units have a place, whatever they hold.
    virtual bool storesEverything() const { return false; }
    virtual LayoutSize sizeFor(const ContentCount& count) const = 0;

    /// What `qemu-img measure` says for so many clusters with data; nothing: it does not know the
    /// format.
    struct QemuFigures {
        Bytes required{};
        Bytes fullyAllocated{};
    };
    virtual std::optional<QemuFigures> asQemuMeasures(std::uint64_t /*unitsWithData*/) const
    {
        return std::nullopt;
    }
    /// What `qemu-img measure` says that these bitmaps of a disk of `diskSize` bytes take; nothing:
    /// the format has none.
    virtual std::optional<Bytes> bitmapBytes(
        std::span<const BitmapInfo> /*bitmaps*/, Bytes /*diskSize*/) const
    {
        return std::nullopt;
    }
};

} // namespace platter
