// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"

#include "core/base/Error.h"
#include "core/base/Text.h"
#include "core/formats/Signatures.h"
#include "core/formats/qcow1/Qcow1Image.h"
#include "core/formats/qcow1/Qcow1Writer.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Qcow2Layout.h"
#include "core/formats/qcow2/Qcow2StatesWriter.h"
#include "core/formats/qcow2/Qcow2Writer.h"
#include "core/formats/raw/RawImage.h"
#include "core/formats/raw/RawLayout.h"
#include "core/formats/vdi/VdiImage.h"
#include "core/formats/vdi/VdiWriter.h"

#include <array>
#include <string>

namespace platter {

namespace {

    constexpr std::array formats{
        FormatEntry{"qcow2", "QCOW2", looksLikeQcow2, openQcow2, qcow2::makeQcow2Writer,
            qcow2::makeQcow2Layout, qcow2::makeQcow2StatesWriter},
        FormatEntry{"qcow", "QCOW", looksLikeQcow1, openQcow1, qcow1::makeQcow1Writer,
            qcow1::makeQcow1Layout},
        FormatEntry{"vdi", "VDI", looksLikeVdi, openVdi, vdi::makeVdiWriter, vdi::makeVdiLayout},
        FormatEntry{"raw", "Raw", [](std::span<const std::byte>) { return true; }, openRaw, nullptr,
            raw::makeRawLayout},
    };

} // namespace

std::span<const FormatEntry> knownFormats()
{
    return formats;
}

const FormatEntry& formatCalled(std::string_view id)
{
    std::string existing;
    for (const FormatEntry& entry : formats) {
        if (entry.id == id)
            return entry;
        existing += existing.empty() ? "" : ", ";
        existing += entry.id;
    }
    throw UnsupportedError("format",
        "There is no format \"" + escapedText(id) + "\" here; there are: " + existing + ".");
}

const FormatEntry& probeFormat(const ByteFile& file)
{
    std::array<std::byte, signatureBytes> buffer;
    const auto first = std::span{buffer}.first(file.read(HostOffset{0}, buffer));
    if (const char* name = unsupportedFormat(first))
        throw UnsupportedError("format",
            std::string{"This is an image of the format "} + name
                + ", which Platter does not read. To open it byte for byte as a raw disk, state "
                  "the format raw (-f raw).");
    for (const FormatEntry& entry : formats) {
        if (entry.matches(first))
            return entry;
    }
    return formats.back(); // not reached: raw matches everything
}

} // namespace platter
