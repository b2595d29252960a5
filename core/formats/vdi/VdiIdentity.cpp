// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/VdiIdentity.h"

#include "core/base/Error.h"
#include "core/formats/vdi/Header.h"

namespace {

/// Nothing if the file is not a VDI image that can be opened.
std::optional<platter::vdi::Header> headerOf(const platter::ByteFile& file)
{
    try {
        return platter::vdi::readHeader(file);
    } catch (const platter::FormatError&) {
        return {};
    } catch (const platter::UnsupportedError&) {
        return {};
    }
}

} // namespace

namespace platter {

std::optional<VdiIdentity> readVdiIdentity(const ByteFile& file)
{
    const auto header = headerOf(file);
    if (!header)
        return {};
    const auto text
        = [](const vdi::Uuid& uuid) { return displayText(Display::Uuid, {}, uuid, {}); };
    return VdiIdentity{text(header->uuid), text(header->modificationUuid), text(header->linkUuid),
        text(header->parentModificationUuid)};
}

std::optional<VdiOrigin> readVdiOrigin(const ByteFile& file)
{
    const auto header = headerOf(file);
    if (!header)
        return {};
    VdiOrigin origin;
    origin.uuid = header->uuid;
    origin.modificationUuid = header->modificationUuid;
    origin.comment = header->comment;
    origin.legacyGeometry = {header->legacyCylinders, header->legacyHeads, header->legacySectors};
    if (header->hasGeometry())
        origin.geometry = {header->cylinders, header->heads, header->sectors};
    origin.diskSize = header->diskSize;
    origin.fixed = header->imageType == vdi::type::fixed;
    return origin;
}

} // namespace platter
