// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::qcow2 {

// The kinds of Findings.h that concern the header, its extensions, snapshots and bitmaps.

inline constexpr FindingKind snapshotsWithDataFile{"qcow2.snapshot.data-file", Severity::Corruption,
    PLATTER_TEXT("Finding", "The image has %1 snapshots although it has an external data file."),
    PLATTER_TEXT(
        "Finding", "Their data is overwritten by the guest: such snapshots are worthless."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "The present state is not affected. Rolling back would give the present data under old "
        "tables."),
    PLATTER_TEXT("Finding", "A faulty program: QEMU refuses to take a snapshot of such an image.")};
inline constexpr FindingKind snapshotL1Unaligned{"qcow2.snapshot.l1-unaligned",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L1 table of snapshot \"%1\" is at %2, which is not the start of a cluster."),
    PLATTER_TEXT(
        "Finding", "The snapshot cannot be used. Repairing with qemu-img would free its data."),
    Basis::Bytes,
    PLATTER_TEXT("Finding", "The present state is not affected. The snapshot cannot be read."),
    PLATTER_TEXT("Finding",
        "The snapshot table was overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind snapshotL1TooLarge{"qcow2.snapshot.l1-too-large", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table of snapshot \"%1\" has %2 entries; QEMU allows 4194304."),
    PLATTER_TEXT(
        "Finding", "The snapshot cannot be used. Repairing with qemu-img would free its data."),
    Basis::Bytes,
    PLATTER_TEXT("Finding", "The present state is not affected. The snapshot cannot be read."),
    PLATTER_TEXT(
        "Finding", "The snapshot table was overwritten, or the image was made to look like this.")};
inline constexpr FindingKind snapshotIncomplete{"qcow2.snapshot.incomplete", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "Entry %1 of the snapshot table has %2 bytes of extra data; version 3 needs 16."),
    PLATTER_TEXT("Finding", "VM state size and disk size of the snapshot are missing."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "The present state is not affected. Rolling back may restore a wrong disk size."),
    PLATTER_TEXT("Finding",
        "An old program took the snapshot, or raised the image to version 3 without completing the "
        "table.")};
inline constexpr FindingKind snapshotTablePastEnd{"qcow2.snapshot.file-ends", Severity::Corruption,
    PLATTER_TEXT("Finding", "The snapshot table ends after %1 of %2 entries: the file ends at %3."),
    PLATTER_TEXT(
        "Finding", "The other snapshots are lost from the table; their data may still be there."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "The present state is not affected. The missing snapshots cannot be chosen any more."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};

inline constexpr FindingKind bitmapsStale{"qcow2.bitmap.stale", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The image has bitmaps, but a program without knowledge of them wrote it."),
    PLATTER_TEXT("Finding", "All bitmaps are invalid; QEMU drops them at the next write."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing. An incremental backup by the bitmap is not possible; the next one must be a full "
        "one."),
    PLATTER_TEXT(
        "Finding", "An old QEMU, or another program that does not know bitmaps, wrote the image.")};
inline constexpr FindingKind bitmapDirectoryBroken{"qcow2.bitmap.directory", Severity::Corruption,
    PLATTER_TEXT("Finding", "The bitmap directory at %1 cannot be used: %2"),
    PLATTER_TEXT("Finding", "QEMU refuses all bitmaps of the image."), Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing. An incremental backup by the bitmap is not possible; the next one must be a full "
        "one."),
    PLATTER_TEXT("Finding", "The directory was overwritten, or the file was cut.")};
inline constexpr FindingKind bitmapTableEntry{"qcow2.bitmap.table-entry", Severity::Corruption,
    PLATTER_TEXT("Finding", "Entry %1 of the table of bitmap \"%2\" is not valid (%3)."),
    PLATTER_TEXT("Finding", "The bitmap cannot be read."), Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing. An incremental backup by the bitmap is not possible; the next one must be a full "
        "one."),
    PLATTER_TEXT("Finding", "The table was overwritten, or the file was cut.")};
inline constexpr FindingKind bitmapWithoutExtension{"qcow2.bitmap.missing-extension",
    Severity::Warning,
    PLATTER_TEXT("Finding", "The bitmaps bit is set, but there is no bitmaps extension."),
    PLATTER_TEXT("Finding", "The specification calls this an error; QEMU opens the image."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT("Finding", "A program took the extension away and left the bit.")};

inline constexpr FindingKind dirty{"qcow2.header.dirty", Severity::Note,
    PLATTER_TEXT("Finding", "The image was not closed properly; its refcounts may be stale."),
    PLATTER_TEXT("Finding",
        "Reading is safe. QEMU repairs the refcounts when it next opens the image for "
        "writing."),
    Basis::Presumed,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. Counts may be stale until QEMU has repaired them."),
    PLATTER_TEXT("Finding",
        "The machine was killed or lost power while it ran with lazy refcounts. Or it is running "
        "now.")};
inline constexpr FindingKind corrupt{"qcow2.header.corrupt", Severity::Warning,
    PLATTER_TEXT("Finding", "The image is marked as corrupt."),
    PLATTER_TEXT(
        "Finding", "A program met damage that it could not write around. QEMU opens it read-only."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "What the tables still say. A machine may not start, because QEMU opens the image "
        "read-only."),
    PLATTER_TEXT("Finding",
        "QEMU met an overlap or an invalid entry while writing. If the damage is still there, "
        "another finding names it.")};
inline constexpr FindingKind headerLength{"qcow2.header.length", Severity::Warning,
    PLATTER_TEXT("Finding", "header_length is %1, not a multiple of 8."),
    PLATTER_TEXT("Finding", "The specification forbids it; QEMU opens the image."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT("Finding", "Another program than QEMU wrote the header.")};
inline constexpr FindingKind sizeRounded{"qcow2.header.size", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The virtual size of %1 bytes is not a multiple of 512; QEMU ignores the rest."),
    PLATTER_TEXT("Finding", "The last bytes of the disk cannot be reached."), Basis::Bytes,
    PLATTER_TEXT("Finding", "A disk that is a few bytes shorter than the header says."),
    PLATTER_TEXT("Finding", "Another program made the image, or its header was edited.")};
inline constexpr FindingKind backingNameOverHeader{"qcow2.header.backing-name", Severity::Warning,
    PLATTER_TEXT("Finding", "The backing file name at %1 overlaps the header or an extension."),
    PLATTER_TEXT("Finding", "QEMU accepts it; no writer would put it there."), Basis::Presumed,
    PLATTER_TEXT("Finding", "Nothing, if the name is what it should be."),
    PLATTER_TEXT("Finding", "A faulty program, or an image made to confuse other programs.")};
inline constexpr FindingKind extensionTwice{"qcow2.extension.twice", Severity::Warning,
    PLATTER_TEXT("Finding", "Header extension %1 occurs more than once."),
    PLATTER_TEXT("Finding", "Programs disagree about which one counts."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Depends on the program that opens the image."),
    PLATTER_TEXT("Finding", "A faulty program added an extension instead of replacing it.")};
inline constexpr FindingKind unknownAutoclear{"qcow2.header.autoclear", Severity::Note,
    PLATTER_TEXT("Finding", "Unknown autoclear feature bits are set (%1)."),
    PLATTER_TEXT("Finding", "Reading is safe; a program that writes the image must clear them."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT(
        "Finding", "A newer program uses a feature that this release of Platter does not know.")};
inline constexpr FindingKind dataFileRawWithoutDataFile{"qcow2.header.data-file-raw",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The bit for a raw external data file is set, but there is no external data file."),
    PLATTER_TEXT("Finding", "QEMU refuses to read such an image."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing: the machine does not start, because QEMU refuses the image."),
    PLATTER_TEXT(
        "Finding", "The bit for the data file was cleared by hand or by a faulty program.")};

inline constexpr FindingKind snapshotIdTwice{"qcow2.snapshot.id-twice", Severity::Warning,
    PLATTER_TEXT("Finding",
        "Entry %1 of the snapshot table has the id \"%2\", which another snapshot has as well."),
    PLATTER_TEXT("Finding", "A program that is told the id finds only the first of the two."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "The present state is not affected. Rolling back by the id takes the first snapshot."),
    PLATTER_TEXT("Finding", "A faulty program took the snapshot, or the table was edited.")};
inline constexpr FindingKind snapshotL1TooSmall{"qcow2.snapshot.l1-too-small", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table of snapshot \"%1\" has %2 entries; its disk needs %3."),
    PLATTER_TEXT("Finding", "The end of the snapshot's disk cannot be reached."), Basis::Bytes,
    PLATTER_TEXT(
        "Finding", "The present state is not affected. Rolling back loses the end of the disk."),
    PLATTER_TEXT("Finding",
        "The snapshot table was overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind snapshotStateTooLong{"qcow2.snapshot.vm-state", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The saved memory of snapshot \"%1\" is %2 bytes, more than its L1 table reaches."),
    PLATTER_TEXT("Finding",
        "The machine cannot be started from this snapshot as it was; its disk is not affected."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "The present state is not affected. Loading the snapshot into a running machine fails."),
    PLATTER_TEXT("Finding",
        "The snapshot table was overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind snapshotSize{"qcow2.snapshot.size", Severity::Warning,
    PLATTER_TEXT("Finding", "The disk of snapshot \"%1\" has %2 bytes, not a multiple of 512."),
    PLATTER_TEXT(
        "Finding", "Rolling back to it gives a disk of another size than the snapshot says."),
    Basis::Bytes, PLATTER_TEXT("Finding", "The present state is not affected."),
    PLATTER_TEXT("Finding", "The snapshot table was overwritten, or another program wrote it.")};
inline constexpr FindingKind bitmapInUse{"qcow2.bitmap.in-use", Severity::Note,
    PLATTER_TEXT("Finding", "Bitmap \"%1\" was not saved when its program ended."),
    PLATTER_TEXT("Finding",
        "Its bits are out of date; it can only be deleted. Or a machine uses the image now."),
    Basis::Presumed,
    PLATTER_TEXT("Finding",
        "Nothing. An incremental backup by the bitmap is not possible; the next one must be a full "
        "one."),
    PLATTER_TEXT("Finding",
        "The machine was killed or lost power while the bitmap recorded writes. Or it is running "
        "now.")};
inline constexpr FindingKind rawDataFileWithBacking{"qcow2.header.raw-with-backing",
    Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The image has a backing file although its data file is marked as raw."),
    PLATTER_TEXT("Finding",
        "The data file is not the whole disk: who reads it as a raw image misses what the backing "
        "file holds."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing, as long as the image itself is opened."),
    PLATTER_TEXT("Finding",
        "The mark was set by hand or by a faulty program: QEMU refuses to make such an image.")};
inline constexpr FindingKind bitmapTableSize{"qcow2.bitmap.table-size", Severity::Corruption,
    PLATTER_TEXT("Finding", "The table of bitmap \"%1\" has %2 entries; the disk needs %3."),
    PLATTER_TEXT("Finding", "QEMU does not open an image with such a bitmap."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing: the machine does not start, because QEMU refuses the image."),
    PLATTER_TEXT("Finding",
        "The bitmap directory was overwritten: by a torn write, a second writer, or a failing "
        "disk.")};

} // namespace platter::qcow2
