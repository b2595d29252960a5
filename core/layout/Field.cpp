// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layout/Field.h"

#include "core/base/Text.h"

#include <cstdio>
#include <ctime>

namespace platter {

namespace {

    std::string bytesAsHex(std::span<const std::byte> bytes)
    {
        constexpr const char* digits = "0123456789abcdef";
        std::string text;
        for (const std::byte byte : bytes) {
            text += digits[std::to_integer<unsigned>(byte) >> 4];
            text += digits[std::to_integer<unsigned>(byte) & 15];
        }
        return text;
    }

    std::string guid(std::span<const std::byte> b)
    {
        const std::array<std::byte, 8> head{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]};
        const std::string first = bytesAsHex(head);
        const std::string last = bytesAsHex(b.subspan(8));
        return first.substr(0, 8) + "-" + first.substr(8, 4) + "-" + first.substr(12, 4) + "-"
            + last.substr(0, 4) + "-" + last.substr(4);
    }

    std::string utcText(std::uint64_t seconds)
    {
        const auto when = static_cast<std::time_t>(seconds);
        std::tm parts{};
        std::array<char, 40> text{};
        if (!gmtime_r(&when, &parts)
            || !std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts))
            return std::to_string(seconds);
        return text.data();
    }

} // namespace

std::string displayText(Display display, std::optional<std::uint64_t> number,
    std::span<const std::byte> bytes, std::span<const ValueName> values)
{
    std::string name;
    if (number) {
        for (const ValueName& candidate : values) {
            if (candidate.value == *number)
                name = std::string{" = "} + candidate.name;
        }
    }
    switch (display) {
    case Display::Text: {
        std::string text;
        for (const std::byte byte : bytes) {
            if (byte == std::byte{0})
                break;
            text += static_cast<char>(byte);
        }
        return text;
    }
    case Display::Uuid: return bytes.size() == 16 ? guid(bytes) : bytesAsHex(bytes);
    case Display::Raw: return bytesAsHex(bytes);
    case Display::Hex:
    case Display::Position: return hexText(number.value_or(0)) + name;
    case Display::Length:
        return std::to_string(number.value_or(0))
            + (*number >= 1024 ? " = " + sizeText(Bytes{*number}) : "") + name;
    case Display::PowerOfTwo:
        if (name.empty() && number && *number < 63)
            name = " = " + sizeText(Bytes{std::uint64_t{1} << *number});
        return std::to_string(number.value_or(0)) + name;
    case Display::Seconds:
        return std::to_string(number.value_or(0)) + " = " + utcText(number.value_or(0));
    case Display::Number: break;
    }
    return std::to_string(number.value_or(0)) + name;
}

std::vector<FieldMark::Bit> describeBits(
    std::uint64_t value, std::span<const BitName> names, std::uint32_t width)
{
    std::vector<FieldMark::Bit> bits;
    if (names.empty())
        return bits;
    for (unsigned bit = 0; bit < width * 8; ++bit) {
        const bool set = (value >> bit & 1U) != 0;
        const BitName* known = nullptr;
        for (const BitName& name : names) {
            if (name.bit == bit)
                known = &name;
        }
        if (known)
            bits.push_back({bit, set, known->name, known->meaning});
        else if (set)
            bits.push_back({bit, set, "unknown", "The specification gives this bit no meaning."});
    }
    return bits;
}

} // namespace platter
