// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"
#include "core/formats/HostMap.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace platter {

/// Consecutive host clusters whose stored reference count is the same.
struct RefcountRun {
    HostOffset start{};
    Bytes length{}; ///< whole clusters, but not past the end of the file
    std::optional<std::uint64_t> count; ///< nothing: the place of the count cannot be read

    HostOffset end() const { return start + length; }
};

/// Takes runs by rising host offset, without gaps. Called on the thread that started the scan.
using RefcountSink = std::function<void(const RefcountRun&)>;

/// Consecutive host clusters whose stored count is not what a check counted.
struct CountDifference {
    HostOffset start{};
    Bytes length{}; ///< whole clusters
    std::uint64_t stored = 0;
    std::uint64_t found = 0; ///< references that the check counted

    HostOffset end() const { return start + length; }
};

/// Takes differences by rising host offset. Called on the thread that started the check.
using CountDifferenceSink = std::function<void(const CountDifference&)>;

/// One place of an image's metadata that refers to host clusters.
struct HostReference {
    /// Owners that are named one by one; more are only counted.
    static constexpr std::size_t namedSnapshots = 16;

    HostUse use = HostUse::Data; ///< what the clusters serve, as this reference has it
    std::optional<HostOffset> place; ///< of the entry or field that points there; nothing: the
                                     ///< header, which nothing points at
    HostOffset target{}; ///< the first byte that it points at
    Bytes length{};
    std::optional<GuestOffset> guest; ///< what the guest, or the first owner, sees there
    std::optional<std::uint64_t> l1Index; ///< of the L1 entry, or of the first that leads here
    std::optional<std::uint64_t> entryIndex; ///< in the L2, refcount or bitmap table at `place`
    std::optional<bool> copied; ///< the COPIED flag, where there is one
    bool active = false; ///< the present state of the disk is an owner
    std::uint64_t snapshotCount = 0; ///< snapshots that are owners, each as often as it leads here
    std::vector<std::uint32_t> snapshots; ///< indices of the first of them
    std::optional<std::uint32_t> bitmap; ///< index of the bitmap that is the owner
    std::uint64_t times
        = 1; ///< how often this place counts: once for each L1 entry that leads here
};

/// Who refers to a range of host clusters.
struct HostReferences {
    std::vector<HostReference> list; ///< by rising place
    std::uint64_t places = 0; ///< all there are, listed or not
    std::uint64_t times = 0; ///< the sum of HostReference::times over all of them
};

} // namespace platter
