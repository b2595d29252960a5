// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// A file of a set, which has one state of a disk.
struct SetMember {
    std::optional<std::size_t> snapshot; ///< index; nothing: the present state
    std::string file; ///< a plain name of letters, digits, '.', '-' and '_', unlike all others
};

/// The files of a set: one for each snapshot of `image`, called by its id and name, then one for
/// the present state.
std::vector<SetMember> setOf(const Image& image, const std::string& format);

/// Whether a set can get this name: there is nothing, or an empty folder.
bool isFreeForSet(const std::filesystem::path& folder);

/// Writes each state of the chain's top image to a file of its own, and `manifest.json`, which says
/// what each file is; where verification is asked for, also the hash of its content and the SHA-256
/// of its bytes. The folder appears under its name when all of it is complete and on stable
/// storage; nothing is ever replaced. Chains are flattened, saved memory is left out, bitmaps are
/// kept with the present state.
///
/// @param job  told in bytes of all states together
/// @throws     as convert() does; UnsupportedError (feature "new-image") also for options that do
///             not fit a set; IoError if something has got the folder's name
void convertToSet(const BackingChain& chain, const std::filesystem::path& folder,
    const ConvertOptions& options, const JobControl& job);

} // namespace platter
