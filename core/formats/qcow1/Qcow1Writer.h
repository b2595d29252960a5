// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"

namespace platter::qcow1 {

/// A writer of QCOW images, version 1. Throws UnsupportedError (feature "new-image") for what QCOW
/// cannot have.
std::unique_ptr<ImageWriter> makeQcow1Writer(ByteFile& file, const NewImage& image);

/// The layout of such an image. Throws as the writer does.
std::unique_ptr<ImageLayout> makeQcow1Layout(const NewImage& image);

} // namespace platter::qcow1
