// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/HostUse.h"
#include "core/base/Units.h"

#include <functional>
#include <optional>
#include <vector>

namespace platter {

/// A range of the image file that serves one use.
struct HostRange {
    HostOffset start{};
    Bytes length{};
    HostUse use = HostUse::Free;
    std::optional<GuestOffset>
        guest; ///< of its first byte, where one active guest range is stored here in order
};

/// Takes ranges in rising host order without gaps, from 0 to the end of the file.
using HostSink = std::function<void(const HostRange&)>;

/// Makes whole clusters of ranges, puts them in order and drops what overlaps or lies behind the
/// end of a file of `fileSize`. Neighbours of one use become one.
std::vector<HostRange> orderedOutline(std::vector<HostRange> ranges, Bytes cluster, Bytes fileSize);

} // namespace platter
