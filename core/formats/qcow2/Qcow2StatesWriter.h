// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"

namespace platter::qcow2 {

/// A writer of QCOW2 images with internal snapshots: `states` in the order of the snapshot table,
/// the last is the present one. Throws UnsupportedError (feature "new-image") for what QCOW2 or
/// QEMU cannot have.
std::unique_ptr<StatesWriter> makeQcow2StatesWriter(
    ByteFile& file, const NewImage& image, std::vector<NewState> states);

} // namespace platter::qcow2
