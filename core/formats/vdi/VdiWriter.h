// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"

namespace platter::vdi {

/// A writer of VDI images, dynamic or fixed, as both VirtualBox and QEMU take them. Throws
/// UnsupportedError (feature "new-image") for what VDI cannot have.
std::unique_ptr<ImageWriter> makeVdiWriter(ByteFile& file, const NewImage& image);

/// The layout of such an image. Throws as the writer does.
std::unique_ptr<ImageLayout> makeVdiLayout(const NewImage& image);

} // namespace platter::vdi
