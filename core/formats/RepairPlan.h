// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/HostUse.h"
#include "core/formats/CheckReport.h"
#include "core/io/PatchedFile.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace platter {

struct RepairOptions {
    enum class Scope {
        Leaks, ///< only free what nothing uses
        All,
    };
    Scope scope = Scope::All;
    /// Entries that lead nowhere (past the end of the file, unaligned) are taken from a snapshot
    /// that has the range, or cleared. The range then reads as older data, or as never written.
    bool clearUnreadable = false;
    /// Leaked clusters are freed also where they look like lost tables that could not be put back,
    /// or belong to a snapshot that cannot be read.
    bool freeLost = false;
    /// Ids of steps that are left out; steps that rely on one of them are left out with it.
    std::set<std::string> without;
    unsigned threads = 0; ///< 0: all processors
};

/// One step of a repair.
struct RepairStep {
    std::string id; ///< stable: "relink"
    std::string text; ///< an English sentence
    unsigned confidence = 100; ///< percent
    std::uint64_t count = 0; ///< entries, clusters or bits that it changes
    Bytes bytesChanged{};
    Bytes guestGained{}; ///< guest data of the present state that can be read again, at most
    Bytes guestLost{}; ///< guest data that can no longer be got at, at most
    std::vector<std::string> needs; ///< ids of steps that come first
    bool chosen = true; ///< false: somebody has to ask for it
    std::string whyNot; ///< if it is not chosen
};

/// What a repair would do, and what it would leave: both are known before anything is written,
/// because the repaired image has been checked in memory.
struct RepairPlan {
    std::vector<RepairStep> steps; ///< in order; those not chosen have not been done
    std::vector<std::string> remains; ///< what cannot be repaired, and why; English sentences
    CheckReport before;
    CheckReport after; ///< of the image with all chosen steps
    Bytes newLength{};
    /// A change of the file, and what the bytes belong to as the plan has it. Free: they lie where
    /// the file has nothing yet.
    struct Change : PatchedFile::Change {
        HostUse use = HostUse::Free;
        /// Set: not `after` is written but the `copied` bytes that lie at this place of the file,
        /// which no change of this epoch or an earlier one touches. Copies lie where nothing is
        /// stored that anybody uses.
        std::optional<HostOffset> copyOf{};
        Bytes copied{};

        Bytes length() const { return copyOf ? copied : Bytes{after.size()}; }
    };
    /// Changes in the order in which they must reach the file: all of one epoch before any of the
    /// next.
    struct Epoch {
        std::string purpose; ///< an English sentence
        std::vector<Change> changes;
        std::optional<Bytes> lengthAfter{}; ///< of the file, if the epoch sets it
    };
    std::vector<Epoch> epochs;
    /// Clusters that nothing referred to and that become L2 tables.
    std::vector<HostOffset> relinked;
    /// Clusters that were both guest data and a structure, by their start: the guest data has
    /// copies of its own before the structure is written.
    std::vector<HostOffset> copiedApart;
    /// Places of entries that are cleared, or led to a copy: what they name is no structure.
    std::vector<HostOffset> dropped;

    bool isEmpty() const { return epochs.empty(); }
    Bytes bytesWritten() const;
};

} // namespace platter
