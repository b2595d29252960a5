// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/RepairPlan.h"
#include "core/io/ByteFile.h"

#include <QByteArray>
#include <QString>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace platter::tests {

/// What 512 bytes of a guest's disk read as, from what the image itself stores.
struct GuestUnit {
    std::optional<QByteArray> bytes; ///< nothing: they cannot be read
    bool stored = false; ///< the image has bytes for them
};

/// The first 4 MiB of the present state of a QCOW2 image, or of a snapshot. Of compressed clusters
/// the stream counts, of encrypted ones what is stored; data in an external file is left out.
/// Throws what opening throws.
std::vector<GuestUnit> guestUnits(
    const std::shared_ptr<const ByteFile>& file, std::optional<std::size_t> snapshot);

/// The same of one state of an image of any format, as far as `most`.
std::vector<GuestUnit> guestUnitsOf(
    const Image& image, const GuestMapping& mapping, Bytes most = 4_MiB);

/// Whether `after` has all that can be read in `before`; what was not stored may have been found.
bool keepsAll(const std::vector<GuestUnit>& before, const std::vector<GuestUnit>& after);

/// The steps of a plan with what each changes, and what it leaves, for messages and comparisons:
/// "relink 1"; a step that is not chosen is in brackets.
QString told(const RepairPlan& plan);

/// `image` after all changes of a plan.
std::vector<std::byte> repaired(const std::vector<std::byte>& image, const RepairPlan& plan);

} // namespace platter::tests
