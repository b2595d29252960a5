// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace platter {

/// How many bytes from the start of a file signatures are looked for in, as QEMU does.
inline constexpr std::size_t signatureBytes = 512;

// Each takes the first 512 bytes of a file, fewer if it is shorter. Source of the rules: what QEMU
// recognises.

bool looksLikeQcow2(std::span<const std::byte> firstBytes); ///< any version from 2 on
bool looksLikeQcow1(std::span<const std::byte> firstBytes);
bool looksLikeVdi(std::span<const std::byte> firstBytes);

/// The name of a format that Platter knows by its signature and does not read ("VMDK"); nullptr:
/// none.
const char* unsupportedFormat(std::span<const std::byte> firstBytes);

/// The name of any format whose signature is there ("QCOW2", "VMDK"); nullptr: none.
const char* formatBySignature(std::span<const std::byte> firstBytes);

} // namespace platter
