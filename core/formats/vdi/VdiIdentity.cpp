// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/VdiIdentity.h"

#include "core/base/Error.h"
#include "core/formats/vdi/Header.h"

namespace platter {

std::optional<VdiIdentity> readVdiIdentity(const ByteFile& file)
{
    try {
        const vdi::Header header = vdi::readHeader(file);
        const auto text
            = [](const vdi::Uuid& uuid) { return displayText(Display::Uuid, {}, uuid, {}); };
        return VdiIdentity{text(header.uuid), text(header.modificationUuid), text(header.linkUuid),
            text(header.parentModificationUuid)};
    } catch (const FormatError&) {
        return {};
    } catch (const UnsupportedError&) {
        return {};
    }
}

} // namespace platter
