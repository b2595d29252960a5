// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/DiskIdentity.h"

#include "core/base/Endian.h"
#include "core/base/Text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace platter {

namespace {

    using namespace std::string_view_literals;

    constexpr std::uint64_t sector = 512;
    constexpr std::size_t mostPartitions = 128;

    /// How a structure is recognised and where its identifier lies, in bytes from its beginning.
    struct Signature {
        const char* kind;
        std::uint64_t magicAt;
        std::string_view magic;
        std::uint64_t idAt;
        std::uint64_t idLength;
        bool onlyAtStart; ///< of the disk
    };

    // Sources: UEFI specification (GPT), the on-disk formats of ext4, XFS, Btrfs, swap and LVM2 in
    // the Linux kernel's and LVM's documentation, Microsoft's FAT specification, LUKS 1 and 2.
    const std::array signatures{
        Signature{PLATTER_TEXT("DiskIdentity", "partition table (GPT)"), sector, "EFI PART"sv, 568,
            16, true},
        Signature{
            PLATTER_TEXT("DiskIdentity", "partition table (MBR)"), 510, "\x55\xaa"sv, 440, 4, true},
        Signature{
            PLATTER_TEXT("DiskIdentity", "ext file system"), 1080, "\x53\xef"sv, 1128, 16, false},
        Signature{PLATTER_TEXT("DiskIdentity", "XFS file system"), 0, "XFSB"sv, 32, 16, false},
        Signature{PLATTER_TEXT("DiskIdentity", "Btrfs file system"), 65600, "_BHRfS_M"sv, 65568, 16,
            false},
        Signature{PLATTER_TEXT("DiskIdentity", "NTFS file system"), 3, "NTFS    "sv, 72, 8, false},
        Signature{PLATTER_TEXT("DiskIdentity", "FAT file system"), 82, "FAT32   "sv, 67, 4, false},
        Signature{PLATTER_TEXT("DiskIdentity", "FAT file system"), 54, "FAT16   "sv, 39, 4, false},
        Signature{
            PLATTER_TEXT("DiskIdentity", "swap space"), 4086, "SWAPSPACE2"sv, 1036, 16, false},
        Signature{PLATTER_TEXT("DiskIdentity", "LUKS volume"), 0, "LUKS\xba\xbe"sv, 168, 40, false},
        Signature{PLATTER_TEXT("DiskIdentity", "LVM volume"), 512, "LABELONE"sv, 544, 32, false},
    };

    std::string hexOf(std::span<const std::byte> bytes)
    {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        for (const std::byte byte : bytes) {
            text += digits[std::to_integer<unsigned>(byte) >> 4];
            text += digits[std::to_integer<unsigned>(byte) & 15];
        }
        return text;
    }

    bool holds(const KnownBytes& read, GuestOffset at, std::string_view magic)
    {
        std::array<std::byte, 16> buffer{};
        const auto found = std::span{buffer}.first(magic.size());
        return read(at, found)
            && std::equal(found.begin(), found.end(), magic.begin(),
                [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
    }

    void addGpt(const KnownBytes& read, Bytes size, std::vector<GuestOffset>& starts)
    {
        constexpr std::size_t entrySize = 128;
        std::array<std::byte, entrySize> entry{};
        for (std::size_t i = 0; i < mostPartitions; ++i) {
            if (!read(GuestOffset{2 * sector + i * entrySize}, entry))
                return;
            const std::uint64_t first = load<std::uint64_t>(ByteOrder::Little, entry.data() + 32);
            if (first != 0 && first < size.value / sector)
                starts.push_back(GuestOffset{first * sector});
        }
    }

    void addMbr(const KnownBytes& read, Bytes size, std::vector<GuestOffset>& starts)
    {
        std::array<std::byte, 64> table{};
        if (!read(GuestOffset{446}, table))
            return;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::uint64_t first
                = load<std::uint32_t>(ByteOrder::Little, table.data() + i * 16 + 8);
            if (first != 0 && first < size.value / sector)
                starts.push_back(GuestOffset{first * sector});
        }
    }

} // namespace

std::vector<GuestOffset> partitionStarts(const KnownBytes& read, Bytes size)
{
    std::vector<GuestOffset> starts{GuestOffset{0}};
    if (holds(read, GuestOffset{sector}, "EFI PART"))
        addGpt(read, size, starts);
    else if (holds(read, GuestOffset{510}, "\x55\xaa"))
        addMbr(read, size, starts);
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
}

std::vector<DiskIdentity> identitiesAt(const KnownBytes& read, GuestOffset at)
{
    std::vector<DiskIdentity> found;
    for (const Signature& signature : signatures) {
        if (signature.onlyAtStart && at.value != 0)
            continue;
        std::array<std::byte, 40> buffer{};
        const auto id = std::span{buffer}.first(signature.idLength);
        if (!holds(read, at + Bytes{signature.magicAt}, signature.magic)
            || !read(at + Bytes{signature.idAt}, id))
            continue;
        // An identifier of zeros was never set and tells nothing.
        if (std::any_of(id.begin(), id.end(), [](std::byte byte) { return byte != std::byte{0}; }))
            found.push_back({signature.kind, at, hexOf(id)});
    }
    return found;
}

} // namespace platter
