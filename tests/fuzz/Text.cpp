// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <algorithm>
#include <string>

namespace platter::fuzz {

void fuzzText(Input input)
{
    const std::string raw{reinterpret_cast<const char*>(input.data()), input.size()};
    const std::string shown = escapedText(raw);
    require(std::ranges::none_of(
                shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
        "escaped text has no control characters");
    require(validUtf8(shown) == shown, "escaped text is UTF-8");
    const std::string valid = validUtf8(raw);
    require(validUtf8(valid) == valid, "text made valid is valid");
    fillText(raw, &shown, 1);
}

} // namespace platter::fuzz
