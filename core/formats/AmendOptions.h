// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace platter {

/// What somebody wants changed of an image as a whole; nothing: it stays as it is.
struct AmendOptions {
    std::optional<unsigned> version; ///< QCOW2: 2 or 3
    std::optional<bool> lazyRefcounts; ///< QCOW2 version 3
};

} // namespace platter
