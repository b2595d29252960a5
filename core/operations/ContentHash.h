// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <string>

namespace platter {

/// The hash of what the guest reads: equal for equal disks, whatever images they lie in.
///
/// "platter-1:" and 64 hexadecimal digits, which anybody can compute. The disk is divided into
/// blocks of 1 MiB, the last one filled up with zeros; behind it blocks of zeros follow until their
/// number is a power of two.
///
///     leaf = SHA-256(00 | the block)
///     node = SHA-256(01 | left | right)
///     hash = SHA-256(02 | length of the disk in bytes, 8 bytes, big endian | root)
///
/// Ranges that the map knows as zeros cost one look-up each, of whatever length they are.
///
/// @param threads  0: all processors; the hash does not depend on it
/// @param job      told in bytes of the guest disk
/// @throws         what reading the disk throws; Cancelled
std::string contentHash(const VirtualDisk& disk, unsigned threads, const JobControl& job);

} // namespace platter
