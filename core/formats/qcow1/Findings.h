// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::qcow1 {

inline constexpr FindingKind sizeRounded{"qcow.header.size", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The virtual size of %1 bytes is not a multiple of 512; QEMU ignores the rest."),
    PLATTER_TEXT("Finding", "The last bytes of the disk cannot be reached.")};
inline constexpr FindingKind nameInHeader{"qcow.header.backing-name", Severity::Warning,
    PLATTER_TEXT("Finding", "The backing file name at %1 overlaps the header."),
    PLATTER_TEXT("Finding", "QEMU accepts it; no writer would put it there.")};
inline constexpr FindingKind l1PastEnd{"qcow.l1.file-ends", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table at %1 reaches past the end of the file."),
    PLATTER_TEXT(
        "Finding", "The guest ranges behind the missing entries read as if never written.")};
inline constexpr FindingKind l2TablePastEnd{"qcow.l1.past-end", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2; the L2 table there passes the file's end."),
    PLATTER_TEXT("Finding",
        "The guest ranges behind the missing entries read as if never written. A program that was "
        "stopped while it added a table leaves this behind.")};
inline constexpr FindingKind l1Unusable{"qcow.l1.unusable", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2, a place that no file has."),
    PLATTER_TEXT("Finding", "The guest range behind this entry cannot be read.")};
inline constexpr FindingKind l2Unaligned{"qcow.l2.unaligned", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 points at %2, which is not a multiple of 512."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster.")};

} // namespace platter::qcow1
