// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"

namespace platter {

// What can be said of a file that an image names without opening it.

/// The external data file that `top` names, as a link of its chain. @param problem why it could not
/// be attached; empty: it is attached, or nobody has agreed to it
/// @param standIn   the file that was attached in place of the one that the image names
ChainLink dataFileLink(const OpenedImage& top, const NamedFile& named, const std::string& problem,
    const std::optional<std::filesystem::path>& standIn = std::nullopt);

/// A link that waits for consent although there is no such file becomes a missing one.
void tellIfMissing(ChainLink& link);

} // namespace platter
