// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"

namespace platter::raw {

inline constexpr FindingKind partialSector{"raw.size.partial-sector", Severity::Note,
    PLATTER_TEXT(
        "Finding", "The file has %1 bytes, which is not a whole number of 512-byte sectors."),
    PLATTER_TEXT("Finding", "The disk is shown as in QEMU: its last sector is filled with zeros."),
    Basis::Bytes, PLATTER_TEXT("Finding", "A last sector that is filled with zeros."),
    PLATTER_TEXT("Finding", "The file was cut, or it is no disk but some other file.")};
inline constexpr FindingKind otherSignature{"raw.signature", Severity::Warning,
    PLATTER_TEXT("Finding", "The file begins like an image of the format %1 but is opened as raw."),
    PLATTER_TEXT("Finding",
        "A guest can write such a beginning into its disk. Programs that guess the format would "
        "take the file for something else."),
    Basis::Presumed, PLATTER_TEXT("Finding", "What the file holds, byte for byte."),
    PLATTER_TEXT("Finding",
        "The wrong format was chosen, or a guest wrote the beginning of an image into its disk.")};

} // namespace platter::raw
