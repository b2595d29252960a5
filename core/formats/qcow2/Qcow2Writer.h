// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"

namespace platter::qcow2 {

/// A writer of QCOW2 images, version 2 or 3. The tables lie at the front in one piece, data follows
/// in guest order. Throws UnsupportedError (feature "new-image") for what QCOW2 or QEMU cannot
/// have.
std::unique_ptr<ImageWriter> makeQcow2Writer(ByteFile& file, const NewImage& image);

} // namespace platter::qcow2
