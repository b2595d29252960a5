// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"
#include "core/formats/HostMap.h"

#include <functional>
#include <optional>

namespace platter {

/// One reference to a range of the image file: a structure, a table, or a run of clusters that
/// serves guest bytes.
struct HostOwner {
    HostOffset start{};
    Bytes length{}; ///< of the structure itself
    Bytes room{}; ///< kept for it in whole clusters; at least `length`
    HostUse use = HostUse::Free;
    /// Which one of its kind: of an L2 table its L1 entry, of a refcount block its table entry, of
    /// what belongs to a snapshot or bitmap that one's index; else 0.
    std::uint64_t index = 0;
    std::optional<GuestOffset> guest; ///< the first guest byte that it holds or speaks of
    HostOffset entry{}; ///< the table entry that names its first byte; 0: not named by an entry
    Bytes entryStep{}; ///< of a run of clusters: from the entry of one to that of the next
};

/// Takes references.
using OwnerSink = std::function<void(const HostOwner&)>;

/// What lies between two owners.
struct UnownedRange {
    HostUse use = HostUse::Free; ///< Free, Leaked, or the use of the cluster whose rest it is
    HostOffset end{}; ///< up to where
};

} // namespace platter
