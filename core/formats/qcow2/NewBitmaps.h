// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"
#include "core/formats/qcow2/Allocator.h"
#include "core/formats/qcow2/Extensions.h"

#include <optional>
#include <vector>

namespace platter::qcow2 {

/// The persistent bitmaps of an image that is being written.
class NewBitmaps {
public:
    NewBitmaps(const Geometry& geometry, Bytes diskSize);

    bool isEmpty() const { return m_bitmaps.empty(); }
    /// Throws UnsupportedError (feature "new-image") for one that QCOW2 or QEMU cannot have.
    void add(NewBitmap bitmap);
    /// Writes bits, tables and directory into clusters of `allocator`; of the bits, about a MiB is
    /// in memory at once. @returns what the header says of them; nothing: there are none. Throws
    /// what reading the source of the bits throws; IoError.
    std::optional<BitmapsExtension> write(ByteFile& file, Allocator& allocator) const;

private:
    std::uint64_t bitsOf(const NewBitmap& bitmap) const;
    std::vector<std::uint64_t> writeBits(
        const NewBitmap& bitmap, ByteFile& file, Allocator& allocator) const;

    Geometry m_geometry;
    Bytes m_diskSize;
    std::vector<NewBitmap> m_bitmaps;
};

} // namespace platter::qcow2
