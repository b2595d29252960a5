// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"
#include "core/io/ByteFile.h"
#include "core/layout/Field.h"

#include <cstdint>
#include <functional>
#include <span>

namespace platter::qcow2 {

/// The header of version 2 and 3; the fields of version 3 have their implied values in version 2.
struct Header {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;
    HostOffset backingFileOffset{};
    std::uint32_t backingFileSize = 0;
    std::uint32_t clusterBits = 0;
    Bytes size{};
    std::uint32_t cryptMethod = 0;
    std::uint32_t l1Size = 0;
    HostOffset l1TableOffset{};
    HostOffset refcountTableOffset{};
    std::uint32_t refcountTableClusters = 0;
    std::uint32_t snapshotCount = 0;
    HostOffset snapshotsOffset{};
    std::uint64_t incompatibleFeatures = 0;
    std::uint64_t compatibleFeatures = 0;
    std::uint64_t autoclearFeatures = 0;
    std::uint32_t refcountOrder = 4;
    std::uint32_t headerLength = 72;
    std::uint8_t compressionType = 0;
    std::array<std::byte, 7> padding{};
};

namespace feature {
    inline constexpr std::uint64_t dirty = 1;
    inline constexpr std::uint64_t corrupt = 2;
    inline constexpr std::uint64_t externalDataFile = 4;
    inline constexpr std::uint64_t compressionType = 8;
    inline constexpr std::uint64_t extendedL2 = 16;
    inline constexpr std::uint64_t knownIncompatible = 31;
    inline constexpr std::uint64_t lazyRefcounts = 1; ///< compatible
    inline constexpr std::uint64_t bitmaps = 1; ///< autoclear
    inline constexpr std::uint64_t rawExternalData = 2; ///< autoclear
    inline constexpr std::uint64_t knownAutoclear = 3;
} // namespace feature

/// Limits that QEMU enforces; Platter refuses what QEMU refuses.
namespace limit {
    inline constexpr std::uint32_t l1Entries = 4'194'304; ///< 32 MiB, active or snapshot
    inline constexpr Bytes refcountTable = 8_MiB;
    inline constexpr std::uint32_t snapshots = 65'536;
    inline constexpr Bytes snapshotTable = 64_MiB;
    inline constexpr std::uint32_t snapshotExtra = 1024;
    inline constexpr std::uint32_t bitmaps = 65'535;
    inline constexpr Bytes bitmapDirectory = 65'535_KiB;
    inline constexpr std::uint32_t bitmapTableEntries = 1U << 27;
    inline constexpr Bytes bitmapData = 512_MiB;
    inline constexpr std::uint32_t bitmapName = 1023;
    inline constexpr Bytes smallestGranularity{std::uint64_t{1} << 9};
    inline constexpr Bytes largestGranularity{std::uint64_t{1} << 31};
    inline constexpr std::uint32_t backingName = 1023;
} // namespace limit

/// Tables of the header: version 2 is the first, version 3 all of them.
extern const FieldTable<Header> headerFields; ///< bytes 0 to 71
extern const FieldTable<Header> headerVersion3Fields; ///< bytes 72 to 103
extern const FieldTable<Header>
    headerLaterFields; ///< bytes 104 to 111, if header_length covers them

/// How many bytes of `header` the specification gives a meaning.
Bytes knownHeaderLength(const Header& header);

/// Reads the header at the start of `file`; throws FormatError if the file ends inside it. Checks
/// nothing else.
Header parseHeader(const ByteFile& file);

/// Throws FormatError or UnsupportedError for the first value that makes the image unusable.
/// `featureName` gives the image's own name of an unknown incompatible feature, or nothing.
void requireUsable(
    const Header& header, const std::function<std::string(unsigned bit)>& featureName);

/// The first cluster of the file, zero padded; cluster_bits must be checked.
std::vector<std::byte> readFirstCluster(const ByteFile& file, const Header& header);

/// The header's structure with every field, of the first bytes of a file.
StructureMark describeHeader(std::span<const std::byte> firstBytes);

} // namespace platter::qcow2
