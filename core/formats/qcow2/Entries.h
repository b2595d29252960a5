// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/Bitmaps.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/layout/Field.h"

#include <span>
#include <vector>

namespace platter::qcow2 {

/// Where an entry lies and what its words are.
struct EntryPlace {
    HostOffset table{};
    std::uint64_t index = 0;
    Bytes fileSize{}; ///< of the image file: an entry that leads past its end gets a verdict
};

/// An L1 entry as a field; it maps the guest from `guest` on.
FieldMark describeL1Entry(
    const Geometry& geometry, const EntryPlace& place, std::uint64_t word, GuestOffset guest);

/// An L2 entry as a field, or with extended L2 as two: the word and the subclusters.
std::vector<FieldMark> describeL2Entry(const Geometry& geometry, const EntryPlace& place,
    std::uint64_t word, std::uint64_t bitmap, GuestOffset guest);

FieldMark describeRefcountTableEntry(
    const Geometry& geometry, const EntryPlace& place, std::uint64_t word);

/// An entry of the table of `bitmap`.
FieldMark describeBitmapTableEntry(const Geometry& geometry, const EntryPlace& place,
    const BitmapEntry& bitmap, std::uint64_t word);

/// The counts that begin in the bytes [from, from + length) of a refcount block at `place.table`;
/// `place.index` is the entry of the refcount table. Counts of less than a byte share a field.
std::vector<FieldMark> describeRefcounts(const Geometry& geometry, const EntryPlace& place,
    Bytes from, std::span<const std::byte> bytes);

} // namespace platter::qcow2
