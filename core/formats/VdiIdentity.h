// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/io/ByteFile.h"

#include <optional>
#include <string>

namespace platter {

/// The UUIDs by which VDI images of a chain find each other, as canonical text in lower case
/// ("0f9e…-…"). All zeros: not set.
struct VdiIdentity {
    std::string uuid; ///< of the image itself
    std::string modificationUuid; ///< changes with its content
    std::string linkUuid; ///< the parent's `uuid`
    std::string parentModificationUuid; ///< the parent's `modificationUuid` when this was made
};

/// Reads only the header. @returns nothing if the file is not a VDI image that can be opened.
/// Throws IoError.
std::optional<VdiIdentity> readVdiIdentity(const ByteFile& file);

/// The same of what an image made from this one has too.
std::optional<VdiOrigin> readVdiOrigin(const ByteFile& file);

} // namespace platter
