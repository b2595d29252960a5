// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Property.h"
#include "core/formats/Image.h"

namespace platter {

/// What an image says of a snapshot, with the keys of qemu-img and `virtual-size`.
PropertyObject snapshotFacts(const SnapshotInfo& snapshot);

} // namespace platter
