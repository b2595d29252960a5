// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/WriteGuard.h"
#include "core/formats/Image.h"

namespace platter {

/// Every structure of an image that a write must not hit by mistake: header, L1 and L2 tables of
/// the present state and of snapshots, refcount table and blocks, snapshot table, bitmap directory,
/// tables and data, encryption header, block map. Guest data is not among them.
///
/// Reads all tables, on all processors; memory grows with the number of places where structures
/// lie. Throws IoError, Cancelled.
WriteGuard guardOf(const Image& image, const JobControl& job);

} // namespace platter
