// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace platter {

namespace {

    struct Decoded {
        std::uint32_t codePoint = 0;
        std::size_t length = 0; ///< bytes taken; 0: the first byte starts no valid sequence
    };

    /// One code point of strict UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
    Decoded decodeUtf8(std::string_view text)
    {
        const auto byteAt = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const unsigned lead = byteAt(0);
        if (lead < 0x80)
            return {lead, 1};
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
            return {};
        std::uint32_t value = lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            if ((byteAt(i) & 0xc0U) != 0x80)
                return {};
            value = value << 6 | (byteAt(i) & 0x3fU);
        }
        constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
        if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
            return {};
        return {value, length};
    }

    bool harmful(std::uint32_t codePoint)
    {
        return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) || codePoint == 0x61c
            || (codePoint >= 0x200b && codePoint <= 0x200f)
            || (codePoint >= 0x2028 && codePoint <= 0x202e)
            || (codePoint >= 0x2060 && codePoint <= 0x206f) || codePoint == 0xfeff
            || (codePoint >= 0xfff9 && codePoint <= 0xfffb);
    }

    std::string bareHex(std::uint64_t value)
    {
        std::array<char, 16> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
        return {digits.data(), end};
    }

} // namespace

std::string hexText(std::uint64_t value)
{
    return "0x" + bareHex(value);
}

std::string groupedHexText(std::uint64_t value)
{
    std::string digits = bareHex(value);
    for (std::size_t at = digits.size(); at > 4;) {
        at -= 4;
        digits.insert(at, "_");
    }
    return "0x" + digits;
}

std::string sizeText(Bytes size)
{
    constexpr std::array<const char*, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    // A unit is taken from 1000 of the smaller one on, so that three digits are always enough.
    std::size_t unit = 0;
    double shown = static_cast<double>(size.value);
    while (unit + 1 < units.size() && shown >= 1000) {
        shown /= 1024;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%0.3g %s", shown, units[unit]);
    return text.data();
}

std::string escapedText(std::string_view untrusted)
{
    std::string result;
    while (!untrusted.empty()) {
        const Decoded decoded = decodeUtf8(untrusted);
        if (decoded.length == 0) {
            std::array<char, 8> text{};
            std::snprintf(
                text.data(), text.size(), "\\x%02x", static_cast<unsigned char>(untrusted[0]));
            result += text.data();
        } else if (decoded.codePoint < 0x80 && harmful(decoded.codePoint)) {
            std::array<char, 8> text{};
            std::snprintf(text.data(), text.size(), "\\x%02x", decoded.codePoint);
            result += text.data();
        } else if (harmful(decoded.codePoint)) {
            result += "\\u{" + bareHex(decoded.codePoint) + "}";
        } else if (untrusted[0] == '\\' && untrusted.size() > 1
            && (untrusted[1] == 'x' || untrusted[1] == 'u')) {
            result += "\\\\";
        } else {
            result += untrusted.substr(0, decoded.length);
        }
        untrusted.remove_prefix(decoded.length ? decoded.length : 1);
    }
    return result;
}

std::string validUtf8(std::string_view untrusted)
{
    std::string result;
    while (!untrusted.empty()) {
        const Decoded decoded = decodeUtf8(untrusted);
        if (decoded.length == 0)
            result += "\xef\xbf\xbd";
        else
            result += untrusted.substr(0, decoded.length);
        untrusted.remove_prefix(decoded.length ? decoded.length : 1);
    }
    return result;
}

bool isUtf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const Decoded decoded = decodeUtf8(bytes);
        if (decoded.length == 0)
            return false;
        bytes.remove_prefix(decoded.length);
    }
    return true;
}

std::string shortened(std::string_view text, std::size_t most)
{
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
        if (starts && ++characters > most)
            return std::string{text.substr(0, i)} + "...";
    }
    return std::string{text};
}

std::string fillText(std::string_view pattern, const std::string* arguments, std::size_t count)
{
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool place = pattern[i] == '%' && i + 1 < pattern.size() && pattern[i + 1] >= '1'
            && pattern[i + 1] <= '9';
        const std::size_t index = place ? static_cast<std::size_t>(pattern[i + 1] - '1') : 0;
        if (place && index < count) {
            result += arguments[index];
            ++i;
        } else {
            result += pattern[i];
        }
    }
    return result;
}

} // namespace platter
