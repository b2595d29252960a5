// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::qcow1 {

inline constexpr FindingKind sizeRounded{"qcow.header.size", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The virtual size of %1 bytes is not a multiple of 512; QEMU ignores the rest."),
    PLATTER_TEXT("Finding", "The last bytes of the disk cannot be reached."), Basis::Bytes,
    PLATTER_TEXT("Finding", "A disk that is a few bytes shorter than the header says."),
    PLATTER_TEXT("Finding", "Another program made the image, or its header was edited.")};
inline constexpr FindingKind nameInHeader{"qcow.header.backing-name", Severity::Warning,
    PLATTER_TEXT("Finding", "The backing file name at %1 overlaps the header."),
    PLATTER_TEXT("Finding", "QEMU accepts it; no writer would put it there."), Basis::Presumed,
    PLATTER_TEXT("Finding", "Nothing, if the name is what it should be."),
    PLATTER_TEXT("Finding", "A faulty program, or an image made to confuse other programs.")};
inline constexpr FindingKind l1PastEnd{"qcow.l1.file-ends", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table at %1 reaches past the end of the file."),
    PLATTER_TEXT(
        "Finding", "The guest ranges behind the missing entries read as if never written."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "What the backing file holds there, or zeros without one: as if the range had never been "
        "written."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};
inline constexpr FindingKind l2TablePastEnd{"qcow.l1.past-end", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2; the L2 table there passes the file's end."),
    PLATTER_TEXT("Finding",
        "The guest ranges behind the missing entries read as if never written. A program that was "
        "stopped while it added a table leaves this behind."),
    Basis::Presumed,
    PLATTER_TEXT("Finding",
        "What the backing file holds there, or zeros without one: as if the range had never been "
        "written."),
    PLATTER_TEXT("Finding", "A program was stopped while it added a table, or the file was cut.")};
inline constexpr FindingKind l1Unusable{"qcow.l1.unusable", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2, a place that no file has."),
    PLATTER_TEXT("Finding", "The guest range behind this entry cannot be read."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind l2Unaligned{"qcow.l2.unaligned", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 points at %2, which is not a multiple of 512."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};

} // namespace platter::qcow1
