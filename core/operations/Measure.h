// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

namespace platter {

/// A size that is known, or between which bounds it lies.
struct SizeRange {
    Bytes low{};
    Bytes expected{};
    Bytes high{};
    bool isExact() const { return low == high; }
};

/// What a conversion needs, before doing it.
struct ConversionSize {
    SizeRange fileLength; ///< of the new image
    SizeRange onDisk; ///< bytes that it takes of a file system that stores blocks of 4 KiB
    std::uint64_t unitsRead = 0; ///< clusters that were read for it; 0 if nothing had to be, or all
                                 ///< was

    /// As `qemu-img measure` says it, which asks the map alone; for formats that it does not know,
    /// the high figures of this and of a full disk.
    Bytes required{};
    Bytes fullyAllocated{};
    std::optional<Bytes> bitmaps; ///< what the bitmaps of the source would take
};

struct MeasureOptions {
    enum class Reading {
        Nothing, ///< all data may be zeros, or none; compressed: may need anything between
        Samples, ///< some hundred clusters of the data, or all where that is little
        Everything, ///< the conversion is done and thrown away: exact
    };
    Reading reading = Reading::Samples;
    /// For the figures of qemu-img, where they shall not be those of ConvertOptions::image; its
    /// size is not looked at.
    std::optional<NewImage> asQemu;
};

/// Tells what convert() with these options would make on a file system that cannot share blocks.
/// The bounds of samples hold with a probability of 99.9 %. Streams the map in bounded memory, on
/// options.threads threads.
///
/// @param job  told in bytes of the guest disk, with Reading::Everything as convert() does
/// @throws     UnsupportedError (feature "new-image") for what the format cannot have; what reading
///             the disk throws; Cancelled
ConversionSize measureConversion(const VirtualDisk& disk, const ConvertOptions& options,
    const MeasureOptions& measure, const JobControl& job);

/// The same for convertWithSnapshots(). The conversion is done and thrown away, whatever
/// `measure.reading` says.
ConversionSize measureWithSnapshots(const BackingChain& chain, const ConvertOptions& options,
    const MeasureOptions& measure, const JobControl& job);

/// The same for a new image without content, as createImage() makes it. The figures of qemu-img are
/// for `image` too.
ConversionSize measureNewImage(const std::string& format, const NewImage& image);

} // namespace platter
