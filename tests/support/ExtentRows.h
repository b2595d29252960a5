// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/Extent.h"
#include "core/formats/Image.h"

#include <QString>
#include <QStringList>

#include <cstddef>
#include <vector>

namespace platter::tests {

/// The bytes of a file.
std::vector<std::byte> fileBytes(const QString& path);

/// What `qemu-img map` says of a lone image, one line for each range: "0+65536 data at 4096", "…
/// data", "… zero", "… zero at …".
QStringList qemuMapRows(const QString& path, const QString& format);

/// The same of Platter, from one scan of the whole disk.
QStringList mapRows(const Image& image);

/// The same by asking for one extent after the other, with at most `atMost` bytes each.
QStringList mapRowsByLookup(const Image& image, Bytes atMost);

/// The host map of an image, one line for each range: "0+512 header", "… data guest 0". Throws
/// std::runtime_error if the ranges do not cover the file without gaps.
QStringList hostRows(const Image& image);

/// The guest bytes of a lone image, decoded and decrypted by its extents alone; throws what its
/// codec and cipher throw. Meant for disks of a few MiB.
std::vector<std::byte> guestBytes(const Image& image);

/// The guest bytes of an image as `qemu-img convert -O raw` gives them; `source` are its arguments
/// for the source. The raw file is made in `folder` and removed.
std::vector<std::byte> qemuGuestBytes(const QStringList& source, const QString& folder);

/// The ids of findings, in their order.
QStringList findingIds(const std::vector<Finding>& findings);

} // namespace platter::tests
