// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/NewHeader.h"

#include "core/formats/qcow2/Extensions.h"
#include "core/formats/qcow2/Geometry.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace platter::qcow2 {

namespace {

    constexpr unsigned smallestClusterBits = 9;
    constexpr unsigned largestClusterBits = 21;
    constexpr unsigned defaultClusterBits = 16;
    constexpr unsigned smallestExtendedBits = 14;
    constexpr std::uint32_t magic = 0x514649fb;
    constexpr std::uint32_t oldHeaderLength = 72;
    constexpr std::uint32_t newHeaderLength = 112;

    [[noreturn]] void refuse(const std::string& what)
    {
        throw UnsupportedError("new-image", what);
    }

    /// crypt_method for the wanted encryption.
    std::uint32_t methodOf(const NewImage& image)
    {
        if (image.compress)
            refuse("Compressed clusters cannot be encrypted.");
        if (!image.key)
            requireUsable(*image.encryption);
        return *image.encryption->format == NewEncryption::Format::Aes ? 1 : 2;
    }

    void requireDataFilePossible(const NewImage& image, const Header& header)
    {
        if (header.version < 3)
            refuse("An external data file needs version 3 (compat=1.1).");
        if (image.compress)
            refuse("An external data file cannot hold compressed clusters.");
        if (image.dataFileRaw && !image.backingName.empty())
            refuse("An image with a backing file cannot have a raw data file, which would hide "
                   "what lies below.");
        if (header.size.value > entry::offset)
            refuse("The disk is too large for an external data file.");
    }

} // namespace

std::vector<std::byte> featureNameTable()
{
    struct Name {
        std::uint8_t set;
        std::uint8_t bit;
        std::string_view name;
    };
    constexpr std::array names{Name{0, 0, "dirty bit"}, Name{0, 1, "corrupt bit"},
        Name{0, 2, "external data file"}, Name{0, 3, "compression type"},
        Name{0, 4, "extended L2 entries"}, Name{1, 0, "lazy refcounts"}, Name{2, 0, "bitmaps"},
        Name{2, 1, "raw external data"}};
    constexpr std::size_t entryBytes = 48;
    std::vector<std::byte> table(names.size() * entryBytes);
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::byte* const at = table.data() + i * entryBytes;
        at[0] = std::byte{names[i].set};
        at[1] = std::byte{names[i].bit};
        std::memcpy(at + 2, names[i].name.data(), names[i].name.size());
    }
    return table;
}

Header headerFor(const NewImage& image)
{
    Header header;
    header.magic = magic;
    header.version = image.version.value_or(3);
    if (header.version != 2 && header.version != 3)
        refuse("A QCOW2 image has version 2 or 3.");
    const bool isOld = header.version == 2;
    const std::uint64_t cluster = image.clusterSize.value_or(Bytes{1U << defaultClusterBits}).value;
    if (!std::has_single_bit(cluster) || cluster < (1U << smallestClusterBits)
        || cluster > (1U << largestClusterBits))
        refuse("The cluster size of a QCOW2 image is a power of two from 512 bytes to 2 MiB.");
    header.clusterBits = static_cast<std::uint32_t>(std::countr_zero(cluster));
    header.size = wholeSectors(image.size);

    const unsigned refcountBits = image.refcountBits.value_or(16);
    if (!std::has_single_bit(refcountBits) || refcountBits > 64)
        refuse("The width of refcounts is a power of two from 1 to 64 bits.");
    if (isOld && refcountBits != 16)
        refuse("Refcounts of another width than 16 bits need version 3 (compat=1.1).");
    header.refcountOrder = static_cast<std::uint32_t>(std::countr_zero(refcountBits));

    if (image.lazyRefcounts.value_or(false)) {
        if (isOld)
            refuse("Lazy refcounts need version 3 (compat=1.1).");
        header.compatibleFeatures |= feature::lazyRefcounts;
    }
    if (image.extendedL2.value_or(false)) {
        if (isOld)
            refuse("Extended L2 entries need version 3 (compat=1.1).");
        if (header.clusterBits < smallestExtendedBits)
            refuse("Extended L2 entries need clusters of at least 16 KiB.");
        header.incompatibleFeatures |= feature::extendedL2;
    }
    if (image.compression == Compression::Zstd) {
        if (isOld)
            refuse("Compression with zstd needs version 3 (compat=1.1).");
        header.incompatibleFeatures |= feature::compressionType;
        header.compressionType = 1;
    }
    header.headerLength = isOld ? oldHeaderLength : newHeaderLength;
    header.backingFileSize = static_cast<std::uint32_t>(image.backingName.size());
    if (image.backingName.size() > limit::backingName)
        refuse("The name of a backing file has at most 1023 bytes.");
    if (image.fixed.value_or(false))
        refuse("Only VDI images can be fixed (static=on).");
    if (image.preallocation != NewImage::Preallocation::Off && !image.backingName.empty())
        refuse("An image with a backing file cannot be preallocated: it would hide the file.");
    if (image.preallocation != NewImage::Preallocation::Off && image.compress)
        refuse("Compressed clusters cannot be preallocated.");

    if (image.encryption)
        header.cryptMethod = methodOf(image);
    if (!image.dataFileName.empty()) {
        requireDataFilePossible(image, header);
        header.incompatibleFeatures |= feature::externalDataFile;
        if (image.dataFileRaw)
            header.autoclearFeatures |= feature::rawExternalData;
    } else if (image.dataFileRaw) {
        refuse("An external data file (data_file) is missing that could be raw.");
    }

    const Geometry geometry{header};
    const std::uint64_t tables
        = (header.size.value + geometry.tableCoverage().value - 1) / geometry.tableCoverage().value;
    if (tables > limit::l1Entries)
        refuse("A disk of this size needs larger clusters.");
    header.l1Size = static_cast<std::uint32_t>(std::max<std::uint64_t>(tables, 1));
    return header;
}

std::vector<std::byte> firstClusterOf(
    Header header, const NewImage& image, const Whereabouts& whereabouts)
{
    std::vector<std::byte> bytes(std::size_t{1} << header.clusterBits);
    std::size_t at = header.headerLength;
    const auto room = [&](std::size_t length) {
        if (at + length > bytes.size())
            refuse("The names of backing file and data file do not fit into the first cluster; "
                   "choose larger clusters.");
    };
    const auto append = [&](std::uint32_t type, std::span<const std::byte> content) {
        const std::size_t padded = (content.size() + 7) / 8 * 8;
        room(8 + padded);
        storeBig(bytes.data() + at, type);
        storeBig(bytes.data() + at + 4, static_cast<std::uint32_t>(content.size()));
        std::copy(
            content.begin(), content.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at + 8));
        at += 8 + padded;
    };
    if (!image.backingFormat.empty())
        append(extension::backingFormat, std::as_bytes(std::span{image.backingFormat}));
    if (!image.dataFileName.empty())
        append(extension::dataFile, std::as_bytes(std::span{image.dataFileName}));
    if (whereabouts.encryption)
        append(extension::encryption, encryptionExtensionImage(*whereabouts.encryption));
    if (header.version >= 3 && header.clusterBits > 12)
        append(extension::featureNames, featureNameTable());
    if (whereabouts.bitmaps) {
        append(extension::bitmaps, bitmapsExtensionImage(*whereabouts.bitmaps));
        header.autoclearFeatures |= feature::bitmaps;
    }
    append(extension::end, {});
    if (!image.backingName.empty()) {
        room(image.backingName.size());
        header.backingFileOffset = HostOffset{at};
        const auto name = std::as_bytes(std::span{image.backingName});
        std::copy(name.begin(), name.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    write(header, headerFields, bytes);
    if (header.version >= 3) {
        write(header, headerVersion3Fields, bytes);
        write(header, headerLaterFields, bytes);
    }
    return bytes;
}

} // namespace platter::qcow2
