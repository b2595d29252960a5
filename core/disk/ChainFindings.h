// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"

namespace platter {

// What can be said of a file below another one in a chain, beyond whether it opens.

inline constexpr FindingKind baseNewer{"chain.base.newer", Severity::Warning,
    PLATTER_TEXT("Finding", "It was changed at %1, after the image above, last changed at %2."),
    PLATTER_TEXT("Finding",
        "If its content changed after the overlay was made, the two no longer fit: the guest reads "
        "a mixture of old and new."),
    Basis::Presumed,
    PLATTER_TEXT("Finding", "Possibly damaged file systems, wherever overlay and base mix."),
    PLATTER_TEXT("Finding",
        "A machine was started from the base, or the base was edited or replaced. Copying and "
        "restoring files changes times as well, and does no harm.")};
inline constexpr FindingKind baseShorter{"chain.base.shorter", Severity::Note,
    PLATTER_TEXT("Finding", "Its disk has %1, that of the image above %2."),
    PLATTER_TEXT("Finding", "Behind its end, what the overlay does not hold reads as zeros."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Zeros in the part that the base does not have."),
    PLATTER_TEXT("Finding",
        "The overlay was enlarged. Or this is another file than the one that "
        "it was made over.")};
inline constexpr FindingKind baseLonger{"chain.base.longer", Severity::Warning,
    PLATTER_TEXT("Finding", "Its disk has %1, that of the image above only %2."),
    PLATTER_TEXT(
        "Finding", "What lies behind the end of the overlay cannot be reached through it."),
    Basis::Bytes, PLATTER_TEXT("Finding", "A disk that ends earlier than the base."),
    PLATTER_TEXT("Finding",
        "The base was enlarged, or the overlay made smaller. Or this is another "
        "file than the one that the overlay was made over.")};
inline constexpr FindingKind baseFormatGuessed{"chain.base.format-guessed", Severity::Warning,
    PLATTER_TEXT("Finding", "The image above does not store its format; its signature says %1."),
    PLATTER_TEXT("Finding", "A program that guesses can be led astray by what a guest writes."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Nothing, as long as the guess is right."),
    PLATTER_TEXT("Finding", "An old program made the overlay.")};
inline constexpr FindingKind baseOtherSignature{"chain.base.signature", Severity::Warning,
    PLATTER_TEXT("Finding", "It is used as raw, as stored above, but it begins like %1."),
    PLATTER_TEXT("Finding",
        "Either the overlay stores the wrong format and the guest sees tables instead of a disk, "
        "or a guest wrote this beginning into its disk."),
    Basis::Presumed,
    PLATTER_TEXT("Finding", "Possibly the bytes of an image file instead of a disk."),
    PLATTER_TEXT("Finding",
        "The overlay was made with a wrong format, or the base was converted "
        "after that.")};
inline constexpr FindingKind baseInUse{"chain.base.in-use", Severity::Warning,
    PLATTER_TEXT("Finding", "Another program may write it now: %1."),
    PLATTER_TEXT("Finding",
        "A base that changes spoils every image that rests on it. What is shown may change."),
    Basis::Counted,
    PLATTER_TEXT("Finding", "A mixture of old and new, as soon as the base changes."),
    PLATTER_TEXT(
        "Finding", "A machine runs from the base, or changes are being committed into it.")};
inline constexpr FindingKind baseIsDevice{"chain.base.device", Severity::Note,
    PLATTER_TEXT("Finding", "It is a block device."),
    PLATTER_TEXT("Finding", "Its times and its space on disk say nothing."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing."),
    PLATTER_TEXT("Finding", "The overlay was made over a disk or a volume.")};
inline constexpr FindingKind baseLocked{"chain.base.locked", Severity::Note,
    PLATTER_TEXT("Finding", "It is encrypted, and no passphrase was given for it."),
    PLATTER_TEXT("Finding", "Its structure can be seen, its data cannot."), Basis::Bytes,
    PLATTER_TEXT("Finding", "Nothing, when the machine has the passphrase."),
    PLATTER_TEXT("Finding", "Encryption, as intended.")};
inline constexpr FindingKind parentOtherUuid{"chain.parent.uuid", Severity::Corruption,
    PLATTER_TEXT("Finding", "Its UUID is %1, but the image above names the parent %2."),
    PLATTER_TEXT("Finding", "By its identity this is not the parent of the image above."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Most probably a mixture of two different disks."),
    PLATTER_TEXT(
        "Finding", "Another file was chosen, or the parent was copied and given a new UUID.")};
inline constexpr FindingKind parentModified{"chain.parent.modified", Severity::Warning,
    PLATTER_TEXT(
        "Finding", "Its modification UUID is %1; when the image above was made, it was %2."),
    PLATTER_TEXT("Finding",
        "The parent was written since. VirtualBox refuses such a chain; what is read may be a "
        "mixture of old and new."),
    Basis::Bytes, PLATTER_TEXT("Finding", "Possibly damaged file systems, if the content changed."),
    PLATTER_TEXT("Finding",
        "A machine was started from the parent, or another program opened it "
        "for writing.")};

/// How `lower`, opened as what `upper` names, fits below it: sizes, times, identities, use. Reads
/// headers only. Throws nothing: what cannot be asked is left out.
std::vector<Finding> judgeLink(
    const OpenedImage& upper, const OpenedImage& lower, const NamedFile& named);

} // namespace platter
