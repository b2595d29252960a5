// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/Extensions.h"
#include "core/formats/qcow2/Header.h"

#include <optional>
#include <vector>

namespace platter::qcow2 {

/// The header of an image as it is wanted, without offsets. Throws UnsupportedError (feature
/// "new-image") for what QCOW2 or QEMU cannot have.
Header headerFor(const NewImage& image);

/// What the header says of structures elsewhere in the file.
struct Whereabouts {
    std::optional<BitmapsExtension> bitmaps;
    std::optional<EncryptionExtension> encryption;
};

/// The names of feature bits, for programs that do not know them: the content of an extension.
std::vector<std::byte> featureNameTable();

/// The first cluster: header, extensions and the name of the backing file. Throws UnsupportedError
/// (feature "new-image") if they do not fit.
std::vector<std::byte> firstClusterOf(
    Header header, const NewImage& image, const Whereabouts& whereabouts);

} // namespace platter::qcow2
