// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/qcow2/Extensions.h"
#include "core/formats/qcow2/Geometry.h"

#include <functional>
#include <vector>

namespace platter::qcow2 {

/// One entry of the bitmap directory.
struct BitmapEntry {
    HostOffset at{}; ///< of the entry itself
    HostOffset tableOffset{};
    std::uint32_t tableEntries = 0;
    std::uint32_t flags = 0;
    std::uint8_t type = 0;
    unsigned granularityBits = 0;
    std::string name;
    HostOffset tableOffsetAt{}; ///< of the field that points at the table
};

/// Reads the bitmap directory. Throws FormatError, naming the field, where QEMU refuses the whole
/// directory.
std::vector<BitmapEntry> readBitmapDirectory(const ByteFile& file, const Geometry& geometry,
    const BitmapsExtension& extension, Bytes diskSize);

/// Bits of BitmapEntry::flags.
namespace bitmapFlag {
    inline constexpr std::uint32_t inUse = 1;
    inline constexpr std::uint32_t autoLoad = 2;
} // namespace bitmapFlag

/// The bytes of a bitmap directory. Throws UnsupportedError (feature "new-image") past 65535 KiB.
std::vector<std::byte> bitmapDirectoryImage(std::span<const BitmapEntry> entries);

/// The fields of at most `most` directory entries, beginning with entry `first`, which lies at
/// `at`; up to the first that cannot be read.
std::vector<StructureMark> describeBitmaps(const ByteFile& file, const BitmapsExtension& extension,
    HostOffset at, std::size_t first, std::size_t most);

/// What an entry of a bitmap's table says.
struct BitmapTableEntry {
    enum class Kind { AllZeros, AllOnes, Stored, Invalid };
    Kind kind = Kind::AllZeros;
    HostOffset data{};
    std::uint64_t word = 0;
};

/// What the word of an entry says.
BitmapTableEntry readBitmapTableEntry(const Geometry& geometry, std::uint64_t word);

/// Visits the table of `bitmap` entry by entry, reading it in pieces. Throws IoError.
void walkBitmapTable(const ByteFile& file, const Geometry& geometry, const BitmapEntry& bitmap,
    const std::function<void(std::uint32_t index, const BitmapTableEntry&)>& visit);

/// The dirty guest ranges of `bitmap` on a disk of `size` bytes, in rising order, joined.
void scanBitmapBits(const ByteFile& file, const Geometry& geometry, const BitmapEntry& bitmap,
    Bytes size, const ExtentSink& sink, const JobControl& job);

} // namespace platter::qcow2
