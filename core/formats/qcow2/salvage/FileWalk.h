// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <functional>
#include <span>

namespace platter::qcow2 {

/// Bytes of one piece of a walk; a multiple of every cluster size.
inline constexpr Bytes walkedPiece = 2_MiB;

using PieceVisit
    = std::function<void(unsigned worker, HostOffset at, std::span<const std::byte> bytes)>;

/// Reads what the file system stores of `file` in aligned pieces of walkedPiece, the last one
/// padded with zeros, and calls `visit` on `threads` threads at once. Holes cost nothing. Told in
/// bytes. Throws IoError, Cancelled.
void walkStored(
    const ByteFile& file, unsigned threads, const JobControl& job, const PieceVisit& visit);

} // namespace platter::qcow2
