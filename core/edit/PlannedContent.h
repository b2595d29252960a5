// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditPlan.h"
#include "core/edit/RangeSet.h"
#include "core/io/ByteFile.h"

#include <vector>

namespace platter {

/// The bytes that `step` writes or punches, from `from` bytes into its range on.
void newBytesOf(const EditStep& step, Bytes from, std::span<std::byte> piece);

/// What an image will hold after some steps of a plan, without writing any: what the next step will
/// meet. One thread.
class PlannedContent {
public:
    explicit PlannedContent(const ByteFile& image);

    /// Imagines that `step`, which must outlive this, was done.
    void apply(const EditStep& step);

    Bytes length() const { return m_length; }
    /// Like ByteFile::readPadded().
    void read(HostOffset at, std::span<std::byte> buffer) const;
    /// Whether a step before changed any byte of the range.
    bool isTouched(HostOffset at, Bytes length) const { return m_touched.touches(at, length); }

private:
    struct Layer {
        HostOffset start{};
        Bytes length{};
        const EditStep* step = nullptr; ///< nullptr: cut off, reads as zeros
    };
    const ByteFile& m_image;
    Bytes m_length;
    RangeSet m_touched;
    std::vector<Layer> m_layers;
};

} // namespace platter
