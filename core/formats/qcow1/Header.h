// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/layout/Field.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace platter::qcow1 {

/// Bytes of the header.
inline constexpr Bytes headerLength{48};

/// The header of QCOW version 1, all numbers big endian.
struct Header {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;
    HostOffset backingFileOffset{};
    std::uint32_t backingFileSize = 0; ///< bytes
    std::uint32_t backingTime = 0; ///< seconds since 1970 UTC
    Bytes size{};
    std::uint8_t clusterBits = 0;
    std::uint8_t l2Bits = 0;
    std::uint16_t padding = 0;
    std::uint32_t cryptMethod = 0;
    HostOffset l1TableOffset{};

    // The rest needs a header that has passed readHeader().

    ClusterSize cluster() const { return ClusterSize::ofBits(clusterBits); }
    /// What one L2 table covers, in bytes of the guest disk.
    ClusterSize tableCoverage() const
    {
        return ClusterSize::ofBits(unsigned{clusterBits} + unsigned{l2Bits});
    }
    std::uint64_t tableEntries() const { return ClusterSize::ofBits(l2Bits).bytes().value; }
    Bytes tableBytes() const { return Bytes{8} * tableEntries(); }
    std::uint64_t l1Entries() const { return tableCoverage().clustersFor(size); }
    Bytes l1Bytes() const { return Bytes{8} * l1Entries(); }
    /// The size of the disk in whole sectors.
    Bytes diskSize() const { return Bytes{size.value / 512 * 512}; }
};

/// Reads and checks the header. Throws FormatError, IoError.
Header readHeader(const ByteFile& file);

/// The backing file's name as stored, up to its first NUL; empty: no backing file. `header` has
/// passed readHeader().
std::string readBackingName(const ByteFile& file, const Header& header);

/// The host offset of the field called `name`, as in the header's table; it must exist.
HostOffset placeOfField(std::string_view name);

/// The bytes of a header.
std::vector<std::byte> headerImage(const Header& header);

/// Every field of the header that begins the file.
StructureMark describeHeader(const ByteFile& file);

} // namespace platter::qcow1
