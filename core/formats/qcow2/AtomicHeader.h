// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditPlan.h"
#include "core/formats/qcow2/Header.h"

#include <cstddef>
#include <span>
#include <vector>

namespace platter::qcow2 {

/// One header extension with its type and content.
struct ExtensionBytes {
    std::uint32_t type = 0;
    std::vector<std::byte> content;
};

/// The extensions of a first cluster in their order, known or not, without the end marker; they end
/// as parseExtensions() has it.
std::vector<ExtensionBytes> splitExtensions(
    std::span<const std::byte> firstCluster, const Header& header);

/// The epochs that replace the first cluster by one with `header`, `extensions` and the same name
/// of the backing file, so that at every moment a reader finds the old header or the new one: what
/// lies behind the first sector is written first, where the old header has nothing, then the first
/// sector, which reaches the disk whole or not at all.
///
/// Places of the extensions and of the name are chosen here. Throws UnsupportedError (feature
/// "amend") if there is no room for that.
std::vector<EditEpoch> replaceHeader(std::span<const std::byte> firstCluster, const Header& old,
    Header header, const std::vector<ExtensionBytes>& extensions);

} // namespace platter::qcow2
