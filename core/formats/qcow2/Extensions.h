// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/formats/qcow2/Header.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace platter::qcow2 {

/// Type and length in front of every header extension.
struct ExtensionHead {
    std::uint32_t type = 0;
    std::uint32_t length = 0;
};

/// The bitmaps extension.
struct BitmapsExtension {
    std::uint32_t bitmapCount = 0;
    std::uint32_t reserved = 0;
    Bytes directorySize{};
    HostOffset directoryOffset{};
};

/// The full disk encryption extension.
struct EncryptionExtension {
    HostOffset offset{};
    Bytes length{};
};

namespace extension {
    inline constexpr std::uint32_t end = 0;
    inline constexpr std::uint32_t backingFormat = 0xe2792aca;
    inline constexpr std::uint32_t featureNames = 0x6803f857;
    inline constexpr std::uint32_t bitmaps = 0x23852875;
    inline constexpr std::uint32_t encryption = 0x0537be77;
    inline constexpr std::uint32_t dataFile = 0x44415441;
} // namespace extension

/// Everything between the header and the end of the first cluster.
struct Extensions {
    std::optional<std::string> backingFormat;
    std::optional<std::string> dataFile;
    std::optional<BitmapsExtension> bitmaps;
    std::optional<EncryptionExtension> encryption;
    HostOffset directoryOffsetAt{}; ///< of the field that points at the bitmap directory
    HostOffset encryptionOffsetAt{}; ///< of the field that points at the encryption header
    /// The image's own names of feature bits: (set 0 incompatible, 1 compatible, 2 autoclear; bit)
    /// -> name.
    std::map<std::pair<unsigned, unsigned>, std::string> featureNames;
    std::vector<Finding> findings;
    std::vector<StructureMark> marks; ///< one per extension, in file order
};

/// Reads all extensions out of the first cluster (zero padded to a whole one).
/// Throws FormatError for an extension that QEMU refuses.
Extensions parseExtensions(std::span<const std::byte> firstCluster, const Header& header);

/// The same for inspection: stops at the first extension that cannot be read and says so in its
/// verdict.
Extensions inspectExtensions(std::span<const std::byte> firstCluster, const Header& header);

/// The content of a bitmaps extension, without type and length.
std::vector<std::byte> bitmapsExtensionImage(const BitmapsExtension& extension);
/// The same of an encryption extension.
std::vector<std::byte> encryptionExtensionImage(const EncryptionExtension& extension);

} // namespace platter::qcow2
