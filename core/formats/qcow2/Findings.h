// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/HeaderFindings.h"

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

inline constexpr FindingKind refcountPastEnd{"qcow2.refcount.past-end", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "Clusters past the end of the file have a refcount: %1, the first at %2."),
    PLATTER_TEXT("Finding",
        "The file was longer once, or was to become longer. If something referred to these "
        "clusters, other findings name it."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Nothing, unless other findings say so."),
    PLATTER_TEXT("Finding",
        "The file was cut, or a program was stopped after it had counted clusters and before it "
        "wrote them.")};
inline constexpr FindingKind tableCut{"qcow2.table.cut", Severity::Corruption,
    PLATTER_TEXT("Finding", "The file ends inside the %1 at %2."),
    PLATTER_TEXT(
        "Finding", "Missing entries read as 0: what they named is lost or reads as never written."),
    Basis::Presumed,
    PLATTER_TEXT("Finding",
        "What the backing file holds there, or zeros without one, in the ranges behind the missing "
        "entries."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};
inline constexpr FindingKind overlapMetadata{"qcow2.overlap.metadata", Severity::Corruption,
    PLATTER_TEXT("Finding", "The cluster at %1 belongs to two structures: %2 and %3."),
    PLATTER_TEXT(
        "Finding", "At most one of the two can be right; a write to one destroys the other."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Anything, from nothing to wrong data everywhere, depending on which of the two is "
        "intact."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or wrong counts that let a used cluster be "
        "given out again.")};
inline constexpr FindingKind overlapData{"qcow2.overlap.data", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The cluster at %1 belongs to the structure %2 and also holds guest data (%3)."),
    PLATTER_TEXT("Finding",
        "A write of the guest to this range destroys the structure. With matching refcounts "
        "qemu-img check does not notice it."),
    Basis::Counted, PLATTER_TEXT("Finding", "Bytes of a table where its data should be."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or wrong counts that let a used cluster be "
        "given out again.")};
inline constexpr FindingKind overlapCompressed{"qcow2.overlap.compressed", Severity::Corruption,
    PLATTER_TEXT("Finding", "The cluster at %1 holds %2 and parts of %3 clusters."),
    PLATTER_TEXT("Finding",
        "A write of the guest to the plain cluster destroys compressed ones. With matching "
        "refcounts qemu-img check does not notice it."),
    Basis::Counted,
    PLATTER_TEXT("Finding",
        "Wrong data in one of the two ranges, or an input/output error where a stream does not "
        "decode."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or wrong counts that let a used cluster be "
        "given out again.")};
inline constexpr FindingKind sharedData{"qcow2.reference.twice", Severity::Warning,
    PLATTER_TEXT("Finding", "The one cluster at %1 stores %2 guest clusters of the present state."),
    PLATTER_TEXT("Finding",
        "At most one of them can hold what was written to it. With matching refcounts a write "
        "copies the cluster first, and qemu-img check does not notice it."),
    Basis::Presumed,
    PLATTER_TEXT(
        "Finding", "The same data at two places, of which at least one is probably wrong."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or wrong counts that let a used cluster be "
        "given out again.")};
inline constexpr FindingKind l1SharedTable{"qcow2.l1.shared-table", Severity::Warning,
    PLATTER_TEXT("Finding", "The one L2 table at %1 serves %2 L1 entries of the present state."),
    PLATTER_TEXT(
        "Finding", "At most one of the guest ranges can be right. No program writes such tables."),
    Basis::Presumed, PLATTER_TEXT("Finding", "The same data at several places."),
    PLATTER_TEXT("Finding",
        "Bytes of the L1 table were overwritten, or the image was made to look larger than it "
        "is.")};
inline constexpr FindingKind l2ZeroInExtended{"qcow2.l2.zero-in-extended", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The extended L2 entry at %1 has bit 0 set (%2), which must be 0 there."),
    PLATTER_TEXT("Finding", "QEMU ignores the bit when it reads; other programs may not."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing: QEMU reads the range as usual."),
    PLATTER_TEXT("Finding",
        "A program wrote a plain L2 entry into an image with extended ones, or the entry was "
        "overwritten.")};
inline constexpr FindingKind l2CopiedWithoutCluster{"qcow2.l2.copied-without-cluster",
    Severity::Warning,
    PLATTER_TEXT("Finding", "The L2 entry at %1 has the COPIED flag but names no cluster (%2)."),
    PLATTER_TEXT("Finding",
        "QEMU takes it for an entry without the flag. If a cluster was named there once, it is "
        "lost."),
    Basis::Presumed,
    PLATTER_TEXT("Finding", "What the backing file holds there, or zeros without one."),
    PLATTER_TEXT("Finding",
        "Bytes of the table were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};

inline constexpr FindingKind compressedBroken{"qcow2.compressed.broken", Severity::Corruption,
    PLATTER_TEXT("Finding",
        "The compressed cluster of the L2 entry at %1 does not decode: its stream at %2 gives less "
        "than a whole cluster."),
    PLATTER_TEXT("Finding",
        "The data of this guest cluster is lost. qemu-img check does not decode and does not "
        "notice it."),
    Basis::Bytes, PLATTER_TEXT("Finding", "An input/output error when it reads this range."),
    PLATTER_TEXT("Finding",
        "The stream was overwritten or never fully written: by a crash, a second writer, or a "
        "failing disk.")};
inline constexpr FindingKind leakLooksLike{"qcow2.leak.looks-like", Severity::Warning,
    PLATTER_TEXT("Finding", "The leaked cluster at %1 looks like a lost %2 (sure to %3 percent)."),
    PLATTER_TEXT("Finding",
        "It may hold the only way to guest data that nothing refers to now. Freeing the leaks "
        "would give it up."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Nothing of what this structure led to."),
    PLATTER_TEXT("Finding",
        "The entry that led here was overwritten or lost in a crash. Or the structure was "
        "replaced, and only its count was left behind.")};
inline constexpr FindingKind leakFillsRange{"qcow2.leak.fills-range", Severity::Warning,
    PLATTER_TEXT("Finding",
        "The leaked cluster at %1 looks like a lost L2 table (sure to %2 percent); it would fill "
        "L1 entry "
        "%3 (sure to %4 percent)."),
    PLATTER_TEXT("Finding",
        "It may hold the only way to the data of this guest range. Freeing the leaks would give it "
        "up."),
    Basis::Presumed,
    PLATTER_TEXT(
        "Finding", "What the backing file holds there, or zeros without one, instead of its data."),
    PLATTER_TEXT("Finding", "The L1 entry that led here was overwritten or lost in a crash.")};

} // namespace platter::qcow2
