// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::vdi {

inline constexpr FindingKind headerField{"vdi.header.field", Severity::Warning,
    PLATTER_TEXT("Finding", "Header field %1: %2"),
    PLATTER_TEXT("Finding",
        "Reading does not depend on it. VirtualBox may refuse the image, or a program may write "
        "to it wrongly."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing, as long as its program opens the image."),
    PLATTER_TEXT("Finding",
        "Another program than VirtualBox or QEMU made the image, or the header was overwritten.")};
inline constexpr FindingKind partialSector{"vdi.header.disk-size", Severity::Note,
    PLATTER_TEXT(
        "Finding", "The disk has %1 bytes, which is not a whole number of 512-byte sectors."),
    PLATTER_TEXT("Finding", "QEMU rounds the size up, VirtualBox down."), Basis::Bytes,
    PLATTER_TEXT("Finding", "The last bytes depend on the program that runs the machine."),
    PLATTER_TEXT("Finding", "Another program made the image, or its header was edited.")};
inline constexpr FindingKind parentMissing{"vdi.header.no-parent", Severity::Warning,
    PLATTER_TEXT("Finding", "The image calls itself differencing but names no parent."),
    PLATTER_TEXT("Finding", "Blocks that it does not hold read as zeros, as in QEMU."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Zeros, where the parent's data should be."),
    PLATTER_TEXT(
        "Finding", "The image was detached from its parent, or its header was overwritten.")};
inline constexpr FindingKind parentUnexpected{"vdi.header.unexpected-parent", Severity::Warning,
    PLATTER_TEXT("Finding", "The image names a parent but does not call itself differencing."),
    PLATTER_TEXT("Finding",
        "Blocks that it does not hold read as zeros. QEMU refuses such an image; if it should "
        "rest on a parent, its type is wrong."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Zeros, where the parent's data should be."),
    PLATTER_TEXT("Finding",
        "The type in the header was changed, or a copy of a differencing image was edited to stand "
        "alone.")};
inline constexpr FindingKind ownParent{"vdi.header.own-parent", Severity::Corruption,
    PLATTER_TEXT("Finding", "The image names itself as its parent."),
    PLATTER_TEXT("Finding",
        "What it does not hold itself can be read nowhere. Which image is its parent cannot be "
        "known from this file."),
    Basis::Bytes, PLATTER_TEXT("Finding", "No program runs a machine with this image."),
    PLATTER_TEXT(
        "Finding", "The header was edited, or UUIDs were copied from one image to another.")};
inline constexpr FindingKind parentUnversioned{"vdi.header.parent-version", Severity::Warning,
    PLATTER_TEXT("Finding", "The image names a parent but not in which state the parent was."),
    PLATTER_TEXT("Finding",
        "Whether the parent was changed since cannot be told. VirtualBox refuses the pair."),
    Basis::Presumed,
    PLATTER_TEXT("Finding", "Nothing, if the parent is as it was; else data of two times."),
    PLATTER_TEXT("Finding", "The header was edited, or another program made the image.")};
inline constexpr FindingKind tooManyBlocks{"vdi.header.blocks", Severity::Warning,
    PLATTER_TEXT("Finding", "The image has %1 blocks, but its disk needs only %2."),
    PLATTER_TEXT("Finding", "Blocks behind the end of the disk can never be read."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Nothing, or a disk that is shorter than it was."),
    PLATTER_TEXT("Finding", "The size of the disk, or the number of blocks, was overwritten.")};
inline constexpr FindingKind fixedUnstored{"vdi.header.fixed", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "The image calls itself fixed, but %1 of its %2 blocks are not stored."),
    PLATTER_TEXT("Finding",
        "Reading goes by the block map. A program that reckons with a fixed image may read other "
        "bytes."),
    Basis::Presumed, PLATTER_TEXT("Finding", "Zeros in these blocks, as in a dynamic image."),
    PLATTER_TEXT("Finding", "The type or the block map was overwritten.")};
inline constexpr FindingKind dataInMap{"vdi.header.data-in-map", Severity::Corruption,
    PLATTER_TEXT("Finding", "The first block begins at %1, inside the header or the block map."),
    PLATTER_TEXT("Finding",
        "Writing to the disk would destroy the block map. qemu-img check does not notice it."),
    Basis::Bytes,
    PLATTER_TEXT(
        "Finding", "Nothing while it only reads. A write can destroy the map of the whole disk."),
    PLATTER_TEXT("Finding", "The header was overwritten or edited.")};
inline constexpr FindingKind fileTooShort{"vdi.file.too-short", Severity::Corruption,
    PLATTER_TEXT("Finding", "The file ends at %1, but its %2 blocks need %3 bytes."),
    PLATTER_TEXT("Finding", "Blocks are missing. qemu-img check does not notice it."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Zeros, where data may have been."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};

inline constexpr FindingKind entryTooLarge{"vdi.map.too-large", Severity::Corruption,
    PLATTER_TEXT("Finding", "Block %1 is stored as number %2, but the image has only %3 blocks."),
    PLATTER_TEXT("Finding", "The entry is wrong; the data of this block is lost."), Basis::Bytes,
    PLATTER_TEXT("Finding", "An input/output error, or zeros, depending on the program."),
    PLATTER_TEXT("Finding",
        "Bytes of the block map were overwritten: by a torn write, a second writer, or a failing "
        "disk.")};
inline constexpr FindingKind entryTwice{"vdi.map.twice", Severity::Corruption,
    PLATTER_TEXT("Finding", "Block %1 is stored as number %2, which another block uses as well."),
    PLATTER_TEXT("Finding", "At most one of the two can be right; writing one changes the other."),
    Basis::Bytes,
    PLATTER_TEXT("Finding", "The same data at two places, of which at least one is wrong."),
    PLATTER_TEXT("Finding",
        "Two programs that wrote the image at once, or a crash while a block was added.")};
inline constexpr FindingKind entryPastEnd{"vdi.map.past-end", Severity::Corruption,
    PLATTER_TEXT("Finding", "Block %1 should lie at %2, past the end of the file."),
    PLATTER_TEXT("Finding",
        "QEMU reads zeros there without a word, and qemu-img check does not notice it; what was "
        "stored is lost."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Zeros, where data may have been."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};
inline constexpr FindingKind entryCut{"vdi.map.cut", Severity::Corruption,
    PLATTER_TEXT("Finding", "The file ends inside block %1, which begins at %2."),
    PLATTER_TEXT("Finding", "The missing part reads as zeros. qemu-img check does not notice it."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Zeros in the missing part."),
    PLATTER_TEXT("Finding",
        "The file was cut: by an interrupted copy or download, a full disk, or a repair of the "
        "file system.")};
inline constexpr FindingKind allocatedCount{"vdi.map.count", Severity::Corruption,
    PLATTER_TEXT("Finding", "The header counts %1 stored blocks, the block map %2."),
    PLATTER_TEXT("Finding",
        "A program that appends a block at the counted place could overwrite a stored one."),
    Basis::Bytes,
    PLATTER_TEXT(
        "Finding", "Nothing while it only reads. A new block may be put over a stored one."),
    PLATTER_TEXT("Finding", "A program was stopped while it added a block.")};
inline constexpr FindingKind countTooLow{"vdi.map.count-low", Severity::Corruption,
    PLATTER_TEXT(
        "Finding", "The header counts %1 stored blocks, but block numbers reach up to %2."),
    PLATTER_TEXT("Finding",
        "The next new block is put at the counted place, over a stored one. qemu-img check does "
        "not notice it."),
    Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing while it only reads. A new block destroys another one."),
    PLATTER_TEXT("Finding",
        "Entries of the block map were overwritten, or a program corrected the count alone.")};
inline constexpr FindingKind blockLeaked{"vdi.block.leaked", Severity::Leak,
    PLATTER_TEXT("Finding", "%1 stored blocks from number %2 on are used by no entry."),
    PLATTER_TEXT("Finding",
        "Space is wasted. If entries of the block map are wrong, these may be the blocks that they "
        "named."),
    Basis::Counted, PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT("Finding",
        "A program was stopped while it added a block, or entries of the block map were "
        "overwritten.")};
inline constexpr FindingKind fileTooLong{"vdi.file.too-long", Severity::Leak,
    PLATTER_TEXT("Finding", "The file goes on for %1 bytes behind its last block."),
    PLATTER_TEXT("Finding", "Space is wasted; nothing counts these bytes or refers to them."),
    Basis::Counted, PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT("Finding", "A program was stopped while it added a block.")};

} // namespace platter::vdi
