// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::qcow2 {

// Every kind of damage or peculiarity that Platter knows of QCOW2. Source of the rules: QCOW2
// specification; where QEMU is laxer, the meaning says so.

inline constexpr FindingKind refcountLeak{"qcow2.refcount.leak", Severity::Leak,
    PLATTER_TEXT("Finding", "The cluster at %1 is counted %2 times but used %3 times."),
    PLATTER_TEXT("Finding", "Space that nothing uses. No data is in danger.")};
inline constexpr FindingKind refcountTooLow{"qcow2.refcount.too-low", Severity::Corruption,
    PLATTER_TEXT("Finding", "The cluster at %1 is counted %2 times but used %3 times."),
    PLATTER_TEXT("Finding",
        "A writer would think the cluster free, or its own, and overwrite what "
        "another user keeps there.")};
inline constexpr FindingKind refcountOverflow{"qcow2.refcount.overflow", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The cluster at %1 is used %2 times, more than a refcount of %3 bits holds."),
    PLATTER_TEXT(
        "Finding", "The count cannot be right; a writer would free the cluster too early.")};
inline constexpr FindingKind refcountTableReserved{"qcow2.refcount-table.reserved-bits",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "Refcount table entry %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "The counts of the clusters behind this entry cannot be trusted.")};
inline constexpr FindingKind refcountBlockUnaligned{"qcow2.refcount-table.unaligned",
    Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "Refcount table entry %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The counts of the clusters behind this entry cannot be read.")};
inline constexpr FindingKind refcountBlockUnread{"qcow2.refcount-block.unread", Severity::Unchecked,
    PLATTER_TEXT("Finding", "The counts of %1 clusters from %2 on cannot be read."),
    PLATTER_TEXT("Finding", "Leaks and missing counts among these clusters stay unknown.")};
inline constexpr FindingKind refcountBlockPastEnd{"qcow2.refcount-table.past-end",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "Refcount table entry %1 points at %2, past the end of the file."),
    PLATTER_TEXT(
        "Finding", "The counts of the clusters behind this entry are lost and read as zero.")};
inline constexpr FindingKind refcountBlockShared{"qcow2.refcount-block.shared",
    Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The refcount block of table entry %1 at %2 is used %3 times instead of once."),
    PLATTER_TEXT(
        "Finding", "Something else lies in the same cluster; writing one destroys the other.")};
inline constexpr FindingKind refcountTablePastEnd{"qcow2.refcount-table.file-ends",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "The refcount table at %1 reaches past the end of the file."),
    PLATTER_TEXT("Finding", "Counts behind the missing part read as zero.")};

inline constexpr FindingKind l1Reserved{"qcow2.l1.reserved-bits", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "QEMU ignores these bits when it reads; other programs may not.")};
inline constexpr FindingKind l1Unaligned{"qcow2.l1.unaligned", Severity::Corruption,
    PLATTER_TEXT("Finding", "L1 entry %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The guest range behind this entry cannot be read.")};
inline constexpr FindingKind l1PastEnd{"qcow2.l1.file-ends", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table at %1 reaches past the end of the file."),
    PLATTER_TEXT(
        "Finding", "The guest ranges behind the missing entries read as if never written.")};
inline constexpr FindingKind pastEnd{"qcow2.reference.past-end", Severity::Corruption,
    PLATTER_TEXT("Finding", "%1 at %2 refers to %3, past the end of the file."),
    PLATTER_TEXT("Finding",
        "QEMU reads zeros there without a word; what was stored is lost or was "
        "never written.")};

inline constexpr FindingKind l2Reserved{"qcow2.l2.reserved-bits", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has reserved bits set (%2)."),
    PLATTER_TEXT("Finding", "QEMU ignores these bits when it reads; other programs may not.")};
inline constexpr FindingKind l2Unaligned{"qcow2.l2.unaligned", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The L2 entry at %1 points at %2, which is not the start of a cluster."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster.")};
inline constexpr FindingKind l2ZeroInVersion2{"qcow2.l2.zero-in-version-2", Severity::Warning,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has the zero flag, which version 2 does not have."),
    PLATTER_TEXT(
        "Finding", "The guest cannot read this cluster. qemu-img check does not notice it.")};
inline constexpr FindingKind l2CompressedCopied{"qcow2.l2.compressed-copied", Severity::Corruption,
    PLATTER_TEXT("Finding", "The compressed L2 entry at %1 has the COPIED flag."),
    PLATTER_TEXT(
        "Finding", "Compressed clusters are always rewritten elsewhere and never have the flag.")};
inline constexpr FindingKind l2CompressedDataFile{"qcow2.l2.compressed-data-file",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 is compressed although the image has an external data file."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster.")};
inline constexpr FindingKind l2DataFileOffset{"qcow2.l2.data-file-offset", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 points at %2 of the external data file instead of the same "
        "offset as in the guest."),
    PLATTER_TEXT(
        "Finding", "The guest cannot read this cluster. qemu-img check does not notice it.")};
inline constexpr FindingKind l2CompressedBitmap{"qcow2.l2.compressed-bitmap", Severity::Corruption,
    PLATTER_TEXT("Finding", "The compressed L2 entry at %1 has a subcluster bitmap (%2)."),
    PLATTER_TEXT("Finding", "The bitmap must be zero. QEMU still decodes the cluster.")};
inline constexpr FindingKind l2BitmapContradiction{"qcow2.l2.bitmap-contradiction",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L2 entry at %1 says of a subcluster that it is stored and reads as zero (%2)."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster.")};
inline constexpr FindingKind l2BitmapWithoutCluster{"qcow2.l2.bitmap-without-cluster",
    Severity::Corruption,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has stored subclusters but no cluster (%2)."),
    PLATTER_TEXT("Finding", "The guest cannot read this cluster.")};
inline constexpr FindingKind copiedL1{"qcow2.copied.l1", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The COPIED flag of L1 entry %1 is %2 but the refcount of its table is %3."),
    PLATTER_TEXT("Finding",
        "A writer relies on the flag: set wrongly, it changes a table that a snapshot "
        "shares.")};
inline constexpr FindingKind copiedL2{"qcow2.copied.l2", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The COPIED flag of the L2 entry at %1 is %2 but the refcount of its cluster is %3."),
    PLATTER_TEXT("Finding",
        "A writer relies on the flag: set wrongly, it changes data that a snapshot "
        "shares.")};

inline constexpr FindingKind snapshotsWithDataFile{"qcow2.snapshot.data-file", Severity::Corruption,
    PLATTER_TEXT("Finding", "The image has %1 snapshots although it has an external data file."),
    PLATTER_TEXT(
        "Finding", "Their data is overwritten by the guest: such snapshots are worthless.")};
inline constexpr FindingKind snapshotL1Unaligned{"qcow2.snapshot.l1-unaligned",
    Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The L1 table of snapshot \"%1\" is at %2, which is not the start of a cluster."),
    PLATTER_TEXT(
        "Finding", "The snapshot cannot be used. Repairing with qemu-img would free its data.")};
inline constexpr FindingKind snapshotL1TooLarge{"qcow2.snapshot.l1-too-large", Severity::Corruption,
    PLATTER_TEXT("Finding", "The L1 table of snapshot \"%1\" has %2 entries; QEMU allows 4194304."),
    PLATTER_TEXT(
        "Finding", "The snapshot cannot be used. Repairing with qemu-img would free its data.")};
inline constexpr FindingKind snapshotIncomplete{"qcow2.snapshot.incomplete", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "Entry %1 of the snapshot table has %2 bytes of extra data; version 3 needs 16."),
    PLATTER_TEXT("Finding", "VM state size and disk size of the snapshot are missing.")};
inline constexpr FindingKind snapshotTablePastEnd{"qcow2.snapshot.file-ends", Severity::Corruption,
    PLATTER_TEXT("Finding", "The snapshot table ends after %1 of %2 entries: the file ends at %3."),
    PLATTER_TEXT(
        "Finding", "The other snapshots are lost from the table; their data may still be there.")};

inline constexpr FindingKind bitmapsStale{"qcow2.bitmap.stale", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The image has bitmaps, but a program without knowledge of them wrote it."),
    PLATTER_TEXT("Finding", "All bitmaps are invalid; QEMU drops them at the next write.")};
inline constexpr FindingKind bitmapDirectoryBroken{"qcow2.bitmap.directory", Severity::Corruption,
    PLATTER_TEXT("Finding", "The bitmap directory at %1 cannot be used: %2"),
    PLATTER_TEXT("Finding", "QEMU refuses all bitmaps of the image.")};
inline constexpr FindingKind bitmapTableEntry{"qcow2.bitmap.table-entry", Severity::Corruption,
    PLATTER_TEXT("Finding", "Entry %1 of the table of bitmap \"%2\" is not valid (%3)."),
    PLATTER_TEXT("Finding", "The bitmap cannot be read.")};
inline constexpr FindingKind bitmapWithoutExtension{"qcow2.bitmap.missing-extension",
    Severity::Warning,
    PLATTER_TEXT("Finding", "The bitmaps bit is set, but there is no bitmaps extension."),
    PLATTER_TEXT("Finding", "The specification calls this an error; QEMU opens the image.")};

inline constexpr FindingKind dirty{"qcow2.header.dirty", Severity::Note,
    PLATTER_TEXT("Finding", "The image was not closed properly; its refcounts may be stale."),
    PLATTER_TEXT("Finding",
        "Reading is safe. QEMU repairs the refcounts when it next opens the image for "
        "writing.")};
inline constexpr FindingKind corrupt{"qcow2.header.corrupt", Severity::Warning,
    PLATTER_TEXT("Finding", "The image is marked as corrupt."),
    PLATTER_TEXT("Finding",
        "A program met damage that it could not write around. QEMU opens it read-only.")};
inline constexpr FindingKind headerLength{"qcow2.header.length", Severity::Warning,
    PLATTER_TEXT("Finding", "header_length is %1, not a multiple of 8."),
    PLATTER_TEXT("Finding", "The specification forbids it; QEMU opens the image.")};
inline constexpr FindingKind sizeRounded{"qcow2.header.size", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The virtual size of %1 bytes is not a multiple of 512; QEMU ignores the rest."),
    PLATTER_TEXT("Finding", "The last bytes of the disk cannot be reached.")};
inline constexpr FindingKind backingNameOverHeader{"qcow2.header.backing-name", Severity::Warning,
    PLATTER_TEXT("Finding", "The backing file name at %1 overlaps the header or an extension."),
    PLATTER_TEXT("Finding", "QEMU accepts it; no writer would put it there.")};
inline constexpr FindingKind extensionTwice{"qcow2.extension.twice", Severity::Warning,
    PLATTER_TEXT("Finding", "Header extension %1 occurs more than once."),
    PLATTER_TEXT("Finding", "Programs disagree about which one counts.")};
inline constexpr FindingKind unknownAutoclear{"qcow2.header.autoclear", Severity::Note,
    PLATTER_TEXT("Finding", "Unknown autoclear feature bits are set (%1)."),
    PLATTER_TEXT("Finding", "Reading is safe; a program that writes the image must clear them.")};
inline constexpr FindingKind dataFileRawWithoutDataFile{"qcow2.header.data-file-raw",
    Severity::Warning,
    PLATTER_TEXT("Finding",
        "The bit for a raw external data file is set, but there is no external data file."),
    PLATTER_TEXT("Finding", "QEMU refuses to read such an image.")};

} // namespace platter::qcow2
