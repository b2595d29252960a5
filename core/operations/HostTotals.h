// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <array>
#include <cstddef>

namespace platter {

/// What the uses of a file are summed up to where its space is told.
enum class SpaceKind {
    Data,
    OnlyInSnapshots,
    Compressed,
    KeptForZeros,
    MachineState,
    Metadata,
    Leaked,
    Problem,
    Free,
};

inline constexpr std::size_t spaceKinds = 9;

SpaceKind spaceKindOf(HostUse use);

/// What each use takes of the image file, summed over one scan of the whole file.
struct HostTotals {
    std::array<Bytes, static_cast<std::size_t>(HostUse::Problem) + 1> bytes{};
    /// Of what is free or leaked, the part that the file system stores: what compacting would give
    /// back.
    Bytes reclaimable{};
    bool changedMeanwhile = false; ///< the file was written while it was read

    Bytes of(HostUse use) const { return bytes[static_cast<std::size_t>(use)]; }
    Bytes of(SpaceKind kind) const;
    Bytes ofGuest() const; ///< what the present state of the disk uses
    Bytes onlyOfSnapshots() const; ///< what it does not use and a snapshot does
    Bytes all() const; ///< the length of the file
};

/// Reads the whole structure of the image, for a worker. `sink` is told every range as well; may be
/// empty. Throws IoError, Cancelled.
HostTotals scanTotals(const Image& image, const JobControl& job, const HostSink& sink = {});

} // namespace platter
