// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"

namespace platter::qcow2 {

/// The layout of a QCOW2 image. Throws UnsupportedError (feature "new-image") for what QCOW2 or
/// QEMU cannot have.
std::unique_ptr<ImageLayout> makeQcow2Layout(const NewImage& image);

} // namespace platter::qcow2
