// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/VdiImage.h"

#include "core/base/Text.h"
#include "core/formats/vdi/BlockMap.h"
#include "core/formats/vdi/Findings.h"
#include "core/formats/vdi/HostScan.h"

#include <string>

namespace platter {

namespace vdi {

    VdiImage::VdiImage(std::shared_ptr<const ByteFile> opened)
        : Image(std::move(opened))
        , m_header(readHeader(file()))
        , m_map(std::make_unique<BlockMap>(sharedFile(), m_header))
    {
    }

    VdiImage::~VdiImage() = default;

    std::string VdiImage::formatName() const
    {
        switch (m_header.imageType) {
        case type::dynamic: return "VDI, dynamic";
        case type::fixed: return "VDI, fixed";
        case type::undo: return "VDI, undo";
        case type::differencing: return "VDI, differencing";
        default: return "VDI";
        }
    }

    Bytes VdiImage::virtualSize() const
    {
        return m_map->size();
    }

    PropertyObject VdiImage::formatProperties() const
    {
        // qemu-img tells nothing of its own about VDI, and cannot open an image with a parent.
        if (!m_header.isDifferencing())
            return {};
        const auto text = [](const Uuid& uuid) { return displayText(Display::Uuid, {}, uuid, {}); };
        return {
            {"image-type",
                {std::string{m_header.imageType == type::undo ? "undo" : "differencing"}}},
            {"uuid", {text(m_header.uuid)}},
            {"modification-uuid", {text(m_header.modificationUuid)}},
            {"parent-uuid", {text(m_header.linkUuid)}},
            {"parent-modification-uuid", {text(m_header.parentModificationUuid)}},
        };
    }

    QuickLook VdiImage::quickLook() const
    {
        QuickLook look{peculiarities(m_header)};
        const Bytes fileSize = file().size();
        const Bytes needed
            = Bytes{m_header.dataOffset} + m_header.stride() * m_header.blocksAllocated;
        if (m_header.blocksAllocated != 0 && fileSize < needed)
            look.findings.push_back({&fileTooShort, HostOffset{fileSize.value}, {}, {},
                {hexText(fileSize.value), std::to_string(m_header.blocksAllocated),
                    std::to_string(needed.value)}});
        return look;
    }

    std::optional<NamedFile> VdiImage::backingFile() const
    {
        if (!m_header.isDifferencing())
            return {};
        return NamedFile{NamedFile::Role::VdiParent,
            displayText(Display::Uuid, {}, m_header.linkUuid, {}), "vdi"};
    }

    const GuestMapping& VdiImage::activeState() const
    {
        return *m_map;
    }

    std::vector<StructureMark> VdiImage::describe() const
    {
        StructureMark map;
        map.name = "Block map";
        map.at = HostOffset{m_header.blockMapOffset};
        map.length = m_header.blockMapBytes();
        map.note = PLATTER_TEXT("Field", "Says for each block of the disk where it is stored.");
        return {describeHeader(file()), std::move(map)};
    }

    std::vector<HostRange> VdiImage::fileOutline() const
    {
        return orderedOutline({{HostOffset{0}, m_header.headerEnd(), HostUse::Header, {}},
                                  {HostOffset{m_header.blockMapOffset}, m_header.blockMapBytes(),
                                      HostUse::BlockMap, {}}},
            Bytes{1}, file().size()); // they are not aligned to blocks
    }

    void VdiImage::scanHost(const HostSink& sink, const JobControl& job) const
    {
        scanHostRanges(file(), m_header, *m_map, sink, job);
    }

} // namespace vdi

std::unique_ptr<Image> openVdi(std::shared_ptr<const ByteFile> file)
{
    return std::make_unique<vdi::VdiImage>(std::move(file));
}

} // namespace platter
