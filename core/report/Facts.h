// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Property.h"
#include "core/disk/BackingChain.h"
#include "core/formats/CheckReport.h"
#include "core/formats/SnapshotFacts.h"

#include <span>
#include <string>

namespace platter {

// The facts of an image as trees with stable keys: what `--output json` prints and what a report
// holds. What qemu-img has a key for has that key, type and value here. Pure functions of what they
// are given, except where reading is mentioned.

/// Objects with id, severity, text, and where known offset, guest-offset, length.
PropertyList findingFacts(std::span<const Finding> findings);

/// The backing name as QEMU completes it; a name that is no plain path stays as it is.
std::string fullBackingName(const OpenedImage& opened, const NamedFile& backing);

/// `info`: what an image says of itself. Asks the file system how much the file takes. Throws
/// IoError.
PropertyObject imageFacts(const OpenedImage& opened);

/// `header`: a structure with all its fields and their bytes, read from `file`. Throws IoError.
PropertyObject structureFacts(const ByteFile& file, const StructureMark& structure);
/// The bytes of a field in hexadecimal, at most `atMost` of them. Throws IoError.
std::string fieldBytes(const ByteFile& file, const FieldMark& field, std::size_t atMost);

/// `check`: the counts and the findings that were kept.
PropertyObject checkFacts(const OpenedImage& opened, const CheckReport& report);

/// `snapshot`: one snapshot as snapshotFacts() has it, behind it what was found out about it.
PropertyObject snapshotFacts(const Image& image, const SnapshotReport& report, std::size_t index);
/// The same of the present state.
PropertyObject presentStateFacts(const Image& image, const SnapshotReport& report);

} // namespace platter
