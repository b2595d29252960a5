// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::qcow2 {

// Every kind of damage or peculiarity that Platter knows of QCOW2. Source of the rules: QCOW2
// specification; where QEMU is laxer, the meaning says so.

inline constexpr FindingKind refcountLeak{"qcow2.refcount.leak", Severity::Leak,
    PLATTER_TEXT("Finding", "The refcount of the cluster at %1 is %2; it should be %3."),
    PLATTER_TEXT("Finding", "Space that nothing uses. No data is in danger."), Basis::Counted,
    PLATTER_TEXT("Finding", "Nothing. Only the file is larger than it has to be."),
    PLATTER_TEXT("Finding",
        "A program was stopped between counting a cluster and using it: power loss, a killed "
        "machine, an interrupted snapshot. Common after a crash.")};
inline constexpr FindingKind refcountTooLow{"qcow2.refcount.too-low", Severity::Corruption,
    PLATTER_TEXT("Finding", "The refcount of the cluster at %1 is %2; it should be %3."),
    PLATTER_TEXT("Finding",
        "A writer would think the cluster free, or its own, and overwrite what "
        "another user keeps there."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. After a write, two owners can change each other's data: "
        "files, or a snapshot, then read wrong."),
    PLATTER_TEXT("Finding",
        "Writes that a crash lost or reordered, two programs that wrote the image at once, or a "
        "faulty program.")};
inline constexpr FindingKind refcountOverflow{"qcow2.refcount.overflow", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The cluster at %1 is used %2 times, more than a refcount of %3 bits holds."),
    PLATTER_TEXT(
        "Finding", "The count cannot be right; a writer would free the cluster too early."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. After a snapshot is deleted, data that is still used can be "
        "overwritten."),
    PLATTER_TEXT("Finding",
        "A faulty program, or an image made to look like this: QEMU refuses to count further than "
        "the width allows.")};
inline constexpr FindingKind refcountTableReserved{"qcow2.refcount-table.reserved-bits",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "Refcount table entry %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "The counts of the clusters behind this entry cannot be trusted."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. A write can then land on clusters that are in use."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind refcountBlockUnaligned{"qcow2.refcount-table.unaligned",
    Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "Refcount table entry %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The counts of the clusters behind this entry cannot be read."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. QEMU marks the image as corrupt at the first write that "
        "needs these counts."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind refcountBlockUnread{"qcow2.refcount-block.unread", Severity::Unchecked,
    PLATTER_TEXT("Finding", "The counts of %1 clusters from %2 on cannot be read."),
    PLATTER_TEXT("Finding", "Leaks and missing counts among these clusters stay unknown."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Not known: what could not be read is not judged."),
    PLATTER_TEXT("Finding",
        "The disk below reports read errors, or the entry that leads to the counts is damaged "
        "itself.")};
inline constexpr FindingKind refcountBlockPastEnd{"qcow2.refcount-table.past-end",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "Refcount table entry %1 points at %2, past the end of the file."),
    PLATTER_TEXT(
        "Finding", "The counts of the clusters behind this entry are lost and read as zero."),
    Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. A write can then land on clusters that are in use."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};
inline constexpr FindingKind refcountBlockShared{"qcow2.refcount-block.shared",
    Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The refcount block of table entry %1 at %2 is used %3 times instead of once."),
    PLATTER_TEXT(
        "Finding", "Something else lies in the same cluster; writing one destroys the other."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. A write that changes the counts destroys what else lies "
        "there."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or wrong counts that let a used cluster be "
        "given out again.")};
inline constexpr FindingKind refcountTablePastEnd{"qcow2.refcount-table.file-ends",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "The refcount table at %1 reaches past the end of the file."),
    PLATTER_TEXT("Finding", "Counts behind the missing part read as zero."), Basis::Bytes,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. A write can then land on clusters that are in use."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};

inline constexpr FindingKind l1Reserved{"qcow2.l1.reserved-bits", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "QEMU ignores these bits when it reads; other programs may not."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing: QEMU reads the range as usual."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind l1Unaligned{"qcow2.l1.unaligned", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The guest range behind this entry cannot be read."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind l1PastEnd{"qcow2.l1.file-ends", Severity::Corruption,
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
inline constexpr FindingKind pastEnd{"qcow2.reference.past-end", Severity::Corruption,
    PLATTER_TEXT("Finding", "The %1 at %2 refers to %3, past the end of the file."),
    PLATTER_TEXT("Finding",
        "QEMU reads zeros there without a word; what was stored is lost or was "
        "never written."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Zeros, where data may have been."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, or a full disk. Or a crash kept the "
        "entry and lost the data; then the data was never complete.")};

inline constexpr FindingKind l2Reserved{"qcow2.l2.reserved-bits", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "QEMU ignores these bits when it reads; other programs may not."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing: QEMU reads the range as usual."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind l2Unaligned{"qcow2.l2.unaligned", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The L2 entry at %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster."), Basis::Bytes,
    PLATTER_TEXT("Finding",
        "An input/output error when it reads this range; QEMU then marks the image as corrupt if "
        "it may write it."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind l2ZeroInVersion2{"qcow2.l2.zero-in-version-2", Severity::Warning,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has the zero flag, which version 2 does not have."),
    PLATTER_TEXT(
        "Finding", "The guest cannot read this cluster. qemu-img check does not notice it."),
    Basis::Bytes, PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "A program wrote entries of version 3 into an image of version 2, or the entry was "
        "overwritten.")};
inline constexpr FindingKind l2CompressedCopied{"qcow2.l2.compressed-copied", Severity::Corruption,
    PLATTER_TEXT("Finding", "The compressed L2 entry at %1 has the COPIED flag."),
    PLATTER_TEXT(
        "Finding", "Compressed clusters are always rewritten elsewhere and never have the flag."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing: QEMU reads the range as usual."),
    PLATTER_TEXT("Finding", "A faulty program wrote the entry, or its bytes were overwritten.")};
inline constexpr FindingKind l2CompressedDataFile{"qcow2.l2.compressed-data-file",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 is compressed although the image has an external data file."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "A data file was attached to an image that held compressed clusters, or the entry was "
        "overwritten.")};
inline constexpr FindingKind l2DataFileOffset{"qcow2.l2.data-file-offset", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 points at %2 of the external data file instead of the same "
        "offset as in the guest."),
    PLATTER_TEXT(
        "Finding", "The guest cannot read this cluster. qemu-img check does not notice it."),
    Basis::Bytes, PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "The raw bit was set although the data file does not hold the data in the guest's order, "
        "or the entry was overwritten.")};
inline constexpr FindingKind l2CompressedBitmap{"qcow2.l2.compressed-bitmap", Severity::Corruption,
    PLATTER_TEXT("Finding", "The compressed L2 entry at %1 has a subcluster bitmap (%2)."),
    PLATTER_TEXT("Finding", "The bitmap must be zero. QEMU still decodes the cluster."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing: QEMU reads the range as usual."),
    PLATTER_TEXT("Finding", "A faulty program wrote the entry, or its bytes were overwritten.")};
inline constexpr FindingKind l2BitmapContradiction{"qcow2.l2.bitmap-contradiction",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 says of a subcluster that it is stored and reads as zero (%2)."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding", "A faulty program wrote the entry, or its bytes were overwritten.")};
inline constexpr FindingKind l2BitmapWithoutCluster{"qcow2.l2.bitmap-without-cluster",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has stored subclusters but no cluster (%2)."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding", "A faulty program wrote the entry, or its bytes were overwritten.")};
inline constexpr FindingKind copiedL1{"qcow2.copied.l1", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The COPIED flag of L1 entry %1 is %2 but the refcount of its table is %3."),
    PLATTER_TEXT("Finding",
        "A writer relies on the flag: set wrongly, it changes a table that a snapshot "
        "shares."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. If the flag is set wrongly, a write also changes a "
        "snapshot."),
    PLATTER_TEXT("Finding",
        "A program was stopped between changing the count and the flag, or counts were repaired "
        "without the flags.")};
inline constexpr FindingKind copiedL2{"qcow2.copied.l2", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The COPIED flag of the L2 entry at %1 is %2 but the refcount of its cluster is %3."),
    PLATTER_TEXT("Finding",
        "A writer relies on the flag: set wrongly, it changes data that a snapshot "
        "shares."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Nothing while it only reads. If the flag is set wrongly, a write also changes a snapshot; "
        "if it is missing, a write only copies needlessly."),
    PLATTER_TEXT("Finding",
        "A program was stopped between changing the count and the flag, or counts were repaired "
        "without the flags.")};

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
    Severity::Warning,
    PLATTER_TEXT("Finding",
        "The bit for a raw external data file is set, but there is no external data file."),
    PLATTER_TEXT("Finding", "QEMU refuses to read such an image."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing: the machine does not start, because QEMU refuses the image."),
    PLATTER_TEXT(
        "Finding", "The bit for the data file was cleared by hand or by a faulty program.")};

} // namespace platter::qcow2
