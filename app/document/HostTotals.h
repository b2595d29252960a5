// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"

#include <array>

namespace platter::app {

/// What each use takes of the image file, summed over one scan of the whole file.
struct HostTotals {
    std::array<Bytes, static_cast<std::size_t>(HostUse::Problem) + 1> bytes{};
    /// Of what is free or leaked, the part that the file system stores: what compacting would give
    /// back.
    Bytes reclaimable{};
    bool changedMeanwhile = false; ///< the file was written while it was read

    Bytes of(HostUse use) const { return bytes[static_cast<std::size_t>(use)]; }
    Bytes all() const; ///< the length of the file
};

/// Reads the whole structure of the image. For workers. Throws IoError, Cancelled.
HostTotals scanTotals(const Image& image, const JobControl& job);

} // namespace platter::app
