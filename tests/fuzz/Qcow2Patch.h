// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/fuzz/Targets.h"

#include <vector>

namespace platter::fuzz {

/// A valid QCOW2 image with the changes that `input` describes; Qcow2Patch.cpp tells the form.
/// Empty input: nothing.
std::vector<std::byte> patchedImage(Input input);

} // namespace platter::fuzz
