// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/Image.h"
#include "core/formats/ImageLayout.h"

#include <memory>
#include <span>
#include <string_view>

namespace platter {

/// How a format is recognised and opened: one line per format in Registry.cpp.
struct FormatEntry {
    const char* id; ///< qemu-img's name
    const char* name; ///< as shown: "QCOW2"
    /// Whether the first 512 bytes (fewer if the file is shorter) carry the format's signature.
    bool (*matches)(std::span<const std::byte> firstBytes);
    /// Throws FormatError, UnsupportedError, IoError.
    std::unique_ptr<Image> (*open)(std::shared_ptr<const ByteFile> file);
    /// Begins a new image in an empty file. Throws UnsupportedError (feature "new-image") for what
    /// the format cannot have. nullptr: what the guest sees is the file.
    std::unique_ptr<ImageWriter> (*makeWriter)(ByteFile& file, const NewImage& image);
    /// How large a new image becomes. Throws as makeWriter does.
    std::unique_ptr<ImageLayout> (*makeLayout)(const NewImage& image);
    /// Begins a new image that holds snapshots; the last state is the present one. nullptr: the
    /// format has no snapshots.
    std::unique_ptr<StatesWriter> (*makeStatesWriter)(
        ByteFile& file, const NewImage& image, std::vector<NewState> states)
        = nullptr;
};

/// All formats, raw last.
std::span<const FormatEntry> knownFormats();

/// The entry called `id`; throws UnsupportedError (feature "format") naming those that exist.
const FormatEntry& formatCalled(std::string_view id);

/// The format whose signature the file carries; raw if there is none. Reads at most 512 bytes.
/// Throws UnsupportedError (feature "format") for the signature of a format that Platter does not
/// read; IoError.
const FormatEntry& probeFormat(const ByteFile& file);

} // namespace platter
