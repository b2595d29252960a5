// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"

namespace platter::raw {

/// The layout of a raw file, in which zeros are holes.
std::unique_ptr<ImageLayout> makeRawLayout(const NewImage& image);

} // namespace platter::raw
