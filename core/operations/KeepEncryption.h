// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/BackingChain.h"
#include "core/formats/ImageWriter.h"

#include <optional>
#include <string_view>

namespace platter {

/// The encrypted image nearest to the top of those layers of `chain` that lie above `keepFrom`
/// (nothing: of all); nullptr: none is encrypted.
const Image* encryptedLayer(const BackingChain& chain, std::optional<std::size_t> keepFrom);

/// Whether images of a format can be encrypted.
bool canBeEncrypted(std::string_view format);

/// Has `image`, which is to be of `format`, encrypted by the method of `source`, which is
/// encrypted, with the same ciphers, modes and hash functions, as far as `image` leaves that open.
/// Passphrase and time for stretching it are not the source's.
///
/// @returns  false: the format cannot have this method; nothing was changed
bool keepEncryption(NewImage& image, std::string_view format, const Image& source);

} // namespace platter
