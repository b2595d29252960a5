// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/raw/RawImage.h"

#include "core/formats/Signatures.h"
#include "core/formats/raw/Findings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace platter {

namespace raw {

    namespace {

        using namespace std::string_view_literals;

        constexpr std::uint64_t sector = 512;

        Bytes roundedToSectors(Bytes length)
        {
            if (length.value > (~std::uint64_t{0} >> 1))
                throw FormatError("Raw image", "length", 0, "the file passes 2^63 bytes.");
            return Bytes{(length.value + sector - 1) / sector * sector};
        }

        /// Bytes that tell people what a disk may hold. Never used to decide anything.
        struct Landmark {
            std::uint64_t at;
            std::string_view bytes;
            const char* name;
            const char* meaning;
        };
        constexpr auto landmarks = std::to_array<Landmark>({
            {510, "\x55\xaa"sv, "boot signature",
                PLATTER_TEXT("Field", "Ends a master boot record or a boot sector.")},
            {512, "EFI PART"sv, "GPT header",
                PLATTER_TEXT("Field", "Begins a GUID partition table on 512-byte sectors.")},
            {4096, "EFI PART"sv, "GPT header",
                PLATTER_TEXT("Field", "Begins a GUID partition table on 4096-byte sectors.")},
            {3, "NTFS    "sv, "NTFS boot sector",
                PLATTER_TEXT("Field", "Begins an NTFS file system without partitions.")},
            {54, "FAT1"sv, "FAT boot sector",
                PLATTER_TEXT("Field", "Begins a FAT file system without partitions.")},
            {82, "FAT32"sv, "FAT32 boot sector",
                PLATTER_TEXT("Field", "Begins a FAT32 file system without partitions.")},
            {0, "XFSB"sv, "XFS superblock",
                PLATTER_TEXT("Field", "Begins an XFS file system without partitions.")},
            {0x438, "\x53\xef"sv, "ext superblock",
                PLATTER_TEXT("Field", "Marks an ext2, ext3 or ext4 file system.")},
            {0x8001, "CD001"sv, "ISO 9660 descriptor",
                PLATTER_TEXT("Field", "Marks the file system of a CD or DVD.")},
            {0x10040, "_BHRfS_M"sv, "Btrfs superblock",
                PLATTER_TEXT("Field", "Marks a Btrfs file system.")},
        });

    } // namespace

    class RawImage::Mapping final : public GuestMapping {
    public:
        explicit Mapping(const ByteFile& file)
            : m_file(file)
            , m_length(file.size())
            , m_size(roundedToSectors(m_length))
        {
        }

        Bytes length() const { return m_length; } ///< of the file when it was opened

        Bytes size() const override { return m_size; }

        Extent extentAt(GuestOffset at, Bytes atMost) const override
        {
            const std::uint64_t limit = at.value + std::min(atMost.value, m_size.value - at.value);
            Extent extent;
            extent.start = at;
            extent.host = HostOffset{at.value};
            const FileRegion region
                = at.value < m_length.value ? m_file.regionAt(HostOffset{at.value}) : FileRegion{};
            if (region.end.value <= at.value) {
                // The rest of the last sector; or the file has become shorter since it was opened.
                extent.kind = ExtentKind::ZeroAllocated;
                extent.length = Bytes{limit - at.value};
                return extent;
            }
            // Kept, not merely zero: the place of the bytes in the file is known, and QEMU shows
            // it.
            extent.kind = region.kind == FileRegion::Kind::Hole ? ExtentKind::ZeroAllocated
                                                                : ExtentKind::Data;
            extent.length = Bytes{std::min({region.end.value, m_length.value, limit}) - at.value};
            return extent;
        }

    private:
        const ByteFile& m_file;
        Bytes m_length;
        Bytes m_size;
    };

    RawImage::RawImage(std::shared_ptr<const ByteFile> opened)
        : Image(std::move(opened))
        , m_mapping(std::make_unique<Mapping>(file()))
    {
    }

    RawImage::~RawImage() = default;

    Bytes RawImage::virtualSize() const
    {
        return m_mapping->size();
    }

    const GuestMapping& RawImage::activeState() const
    {
        return *m_mapping;
    }

    QuickLook RawImage::quickLook() const
    {
        QuickLook look;
        const Bytes length = m_mapping->length();
        if (length.value % sector)
            look.findings.push_back({&partialSector, HostOffset{length.value / sector * sector}, {},
                Bytes{length.value % sector}, {std::to_string(length.value)}});
        std::array<std::byte, signatureBytes> buffer;
        const auto first = std::span{buffer}.first(file().read(HostOffset{0}, buffer));
        if (const char* name = formatBySignature(first))
            look.findings.push_back({&otherSignature, HostOffset{0}, {}, {}, {name}});
        return look;
    }

    std::vector<StructureMark> RawImage::describe() const
    {
        StructureMark mark;
        mark.name = "Landmarks";
        mark.note = PLATTER_TEXT("Field",
            "A raw image has no header; these are signs of what the guest keeps on the disk.");
        for (const Landmark& landmark : landmarks) {
            std::array<std::byte, 16> buffer;
            const auto found = std::span{buffer}.first(landmark.bytes.size());
            if (file().read(HostOffset{landmark.at}, found) < found.size()
                || !std::equal(found.begin(), found.end(), landmark.bytes.begin(),
                    [](std::byte byte, char expected) {
                        return byte == static_cast<std::byte>(expected);
                    }))
                continue;
            FieldMark field;
            field.name = landmark.name;
            field.at = HostOffset{landmark.at};
            field.length = Bytes{found.size()};
            field.display = Display::Raw;
            field.value = displayText(Display::Raw, {}, found, {});
            field.meaning = landmark.meaning;
            mark.fields.push_back(std::move(field));
        }
        if (mark.fields.empty())
            return {};
        std::sort(mark.fields.begin(), mark.fields.end(),
            [](const FieldMark& a, const FieldMark& b) { return a.at < b.at; });
        mark.at = mark.fields.front().at;
        mark.length = mark.fields.back().at + mark.fields.back().length - mark.at;
        return {std::move(mark)};
    }

    void RawImage::scanHost(const HostSink& sink, const JobControl& job) const
    {
        const Bytes length = m_mapping->length();
        m_mapping->scan(
            GuestOffset{0}, length,
            [&](const Extent& extent) {
                HostRange range;
                range.start = extent.host;
                range.length = extent.length;
                if (extent.kind == ExtentKind::Data) {
                    range.use = HostUse::Data;
                    range.guest = extent.start;
                }
                sink(range);
            },
            job);
    }

    void RawImage::scanOwners(const OwnerSink& sink, const JobControl&) const
    {
        const Bytes length = m_mapping->length();
        if (length.value)
            sink({HostOffset{0}, length, length, HostUse::Data, 0, GuestOffset{0}, {}, {}});
    }

    std::vector<StructureMark> RawImage::describeOwner(
        const HostOwner& owner, HostOffset from, Bytes length) const
    {
        std::vector<StructureMark> marks{{"Guest data", owner.start, owner.length, {},
            PLATTER_TEXT("Field", "A raw image is the disk itself.")}};
        for (StructureMark& mark : describe()) {
            if (mark.at < from + length && from < mark.at + mark.length)
                marks.push_back(std::move(mark));
        }
        return marks;
    }

    UnownedRange RawImage::unownedAt(HostOffset, HostOffset, HostOffset gapEnd) const
    {
        return {HostUse::Free, gapEnd}; // what was added to the file since it was opened
    }

} // namespace raw

std::unique_ptr<Image> openRaw(std::shared_ptr<const ByteFile> file)
{
    return std::make_unique<raw::RawImage>(std::move(file));
}

} // namespace platter
