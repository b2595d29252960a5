// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace platter::tests {

/// A kind of QCOW2 image that edits are tried on.
struct ImageLayout {
    const char* name; ///< a sentence for a test row
    QStringList createOptions; ///< of qemu-img create, without file and size
    enum class Extra { Nothing, Snapshots, Compressed, Backing, LongBackingName, Bitmap };
    Extra extra = Extra::Nothing;
    bool encrypted = false;
    bool isOld = false; ///< version 2
};

/// At least twelve layouts: cluster sizes, widths of refcounts, extended L2, snapshots, compressed
/// data, LUKS, an external data file, bitmaps, version 2 with and without backing files.
const std::vector<ImageLayout>& imageLayouts();

/// Makes the image `folder`/image.qcow2 with some guest data by qemu-img and qemu-io. @returns its
/// path
QString makeImage(const ImageLayout& layout, const QString& folder);

} // namespace platter::tests
