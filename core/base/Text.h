// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Marks an English text of the core for translation under `context`; yields the text itself.
/// lupdate finds it by -tr-function-alias QT_TRANSLATE_NOOP+=PLATTER_TEXT.
#define PLATTER_TEXT(context, text) text

namespace platter {

/// "0x1a0000": plain hexadecimal, as copied and as printed by the command line.
std::string hexText(std::uint64_t value);

/// "0x1_4000_0000": hexadecimal grouped by four digits, as shown.
std::string groupedHexText(std::uint64_t value);

/// Three significant digits in binary units: "0 B", "4 KiB", "1.33 GiB" (the form that qemu-img
/// prints).
std::string sizeText(Bytes size);

/// Text from an image made harmless for a terminal: control characters, bidirectional controls and
/// bytes that are not UTF-8 appear as \xNN or \u{NNNN}; a backslash is doubled only where it would
/// look like an escape.
std::string escapedText(std::string_view untrusted);

/// The same bytes as valid UTF-8: each invalid byte becomes U+FFFD. For JSON and for the window.
std::string validUtf8(std::string_view untrusted);

/// Whether the bytes are strict UTF-8.
bool isUtf8(std::string_view bytes);

/// `text` cut after `most` characters, never inside one, with "..." behind what was cut.
std::string shortened(std::string_view text, std::size_t most);

/// Replaces %1 … %9 by `arguments` in order.
std::string fillText(std::string_view pattern, const std::string* arguments, std::size_t count);

} // namespace platter
