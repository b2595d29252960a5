// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/io/ByteFile.h"
#include "core/layout/Field.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace platter::vdi {

using Uuid = std::array<std::byte, 16>;

/// Values of Header::imageType.
namespace type {
    inline constexpr std::uint32_t dynamic = 1;
    inline constexpr std::uint32_t fixed = 2;
    inline constexpr std::uint32_t undo = 3;
    inline constexpr std::uint32_t differencing = 4;
}

/// Entries of the block map that name no block.
inline constexpr std::uint32_t freeBlock = 0xffffffff;
inline constexpr std::uint32_t zeroBlock = 0xfffffffe;

/// The header of version 1.1, all numbers little endian.
struct Header {
    std::array<std::byte, 64> text{};
    std::uint32_t signature = 0;
    std::uint32_t version = 0;
    std::uint32_t headerSize = 0; ///< counted from the field itself
    std::uint32_t imageType = 0;
    std::uint32_t flags = 0;
    std::array<std::byte, 256> comment{};
    std::uint32_t blockMapOffset = 0; ///< host offset in bytes
    std::uint32_t dataOffset = 0; ///< host offset in bytes
    std::uint32_t legacyCylinders = 0;
    std::uint32_t legacyHeads = 0;
    std::uint32_t legacySectors = 0;
    std::uint32_t sectorSize = 0; ///< bytes
    std::uint32_t unused = 0;
    Bytes diskSize{};
    std::uint32_t blockSize = 0; ///< bytes
    std::uint32_t blockExtra = 0; ///< bytes in front of every block
    std::uint32_t blocksInImage = 0;
    std::uint32_t blocksAllocated = 0;
    Uuid uuid{};
    Uuid modificationUuid{};
    Uuid linkUuid{}; ///< the parent's `uuid`; zeros: no parent
    Uuid parentModificationUuid{};
    std::uint32_t cylinders = 0;
    std::uint32_t heads = 0;
    std::uint32_t sectors = 0;
    std::uint32_t geometrySectorSize = 0; ///< bytes

    /// Whether the header is long enough to have the second geometry.
    bool hasGeometry() const { return headerSize >= 400; }
    /// Whether free blocks are to be read from a parent.
    bool isDifferencing() const
    {
        return (imageType == type::differencing || imageType == type::undo) && linkUuid != Uuid{};
    }
    /// Bytes from one block to the next in the file.
    Bytes stride() const { return Bytes{blockSize} + Bytes{blockExtra}; }
    /// The host offset of the guest bytes of physical block `index`; below 2^61.
    HostOffset blockAt(std::uint32_t index) const
    {
        return HostOffset{dataOffset} + stride() * index + Bytes{blockExtra};
    }
    Bytes blockMapBytes() const { return Bytes{4} * blocksInImage; }
    /// The bytes at the start of the file that belong to the header.
    Bytes headerEnd() const;
};

/// Bytes of the file that readHeader() looks at.
inline constexpr std::size_t headerBytes = 472;

/// Reads and checks the header. Throws FormatError for what makes the image unusable (what QEMU
/// refuses, except what VirtualBox writes and QEMU does not understand); UnsupportedError (feature
/// "vdi.version") for another version; IoError.
Header readHeader(const ByteFile& file);

/// The host offset of the field called `name`, as in the header's table; it must exist.
HostOffset placeOfField(std::string_view name);

/// The fields whose values break a rule but do not hinder reading, as findings.
std::vector<Finding> peculiarities(const Header& header);

/// A UUID of random bytes, as programs give one to a new image.
Uuid randomUuid();

/// The bytes of a header.
std::vector<std::byte> headerImage(const Header& header);

/// Every field of the header that begins the file.
StructureMark describeHeader(const ByteFile& file);

} // namespace platter::vdi
