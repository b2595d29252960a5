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

/// The ids of findings, in their order.
QStringList findingIds(const std::vector<Finding>& findings);

} // namespace platter::tests
