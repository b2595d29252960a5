// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Json.h"

#include "core/base/Text.h"

#include <array>
#include <cstdio>

namespace platter {

namespace {

    void appendEscape(std::string& text, unsigned unit)
    {
        std::array<char, 16> escape{};
        std::snprintf(escape.data(), escape.size(), "\\u%04X", unit);
        text += escape.data();
    }

    /// Takes one character off `utf8`, which must be valid.
    unsigned takeCodePoint(std::string_view& utf8)
    {
        const auto first = static_cast<unsigned char>(utf8.front());
        const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        unsigned codePoint = length == 1 ? first : first & (0xffU >> (length + 1));
        for (std::size_t i = 1; i < length; ++i)
            codePoint = codePoint << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3fU);
        utf8.remove_prefix(length);
        return codePoint;
    }

    void appendLine(std::string& text, unsigned level)
    {
        text += '\n';
        text.append(level * 4U, ' ');
    }

    struct Appender {
        std::string& text;
        unsigned level;

        void operator()(bool value) const { text += value ? "true" : "false"; }
        void operator()(std::uint64_t value) const { text += std::to_string(value); }
        void operator()(const std::string& value) const { text += jsonString(value); }
        void operator()(const PropertyObject& object) const
        {
            text += '{';
            for (const Property& property : object) {
                if (&property != &object.front())
                    text += ',';
                appendLine(text, level + 1);
                text += jsonString(property.key);
                text += ": ";
                appendJson(text, property.value, level + 1);
            }
            appendLine(text, level);
            text += '}';
        }
        void operator()(const PropertyList& list) const
        {
            text += '[';
            for (const PropertyValue& value : list) {
                if (&value != &list.front())
                    text += ',';
                appendLine(text, level + 1);
                appendJson(text, value, level + 1);
            }
            appendLine(text, level);
            text += ']';
        }
    };

} // namespace

std::string jsonString(std::string_view untrusted)
{
    const std::string valid = validUtf8(untrusted);
    std::string text = "\"";
    for (std::string_view rest = valid; !rest.empty();) {
        const unsigned codePoint = takeCodePoint(rest);
        switch (codePoint) {
        case '"': text += "\\\""; break;
        case '\\': text += "\\\\"; break;
        case '\b': text += "\\b"; break;
        case '\f': text += "\\f"; break;
        case '\n': text += "\\n"; break;
        case '\r': text += "\\r"; break;
        case '\t': text += "\\t"; break;
        default:
            if (codePoint >= 0x20 && codePoint < 0x7f) {
                text += static_cast<char>(codePoint);
            } else if (codePoint < 0x10000) {
                appendEscape(text, codePoint);
            } else {
                appendEscape(text, 0xd800U + ((codePoint - 0x10000U) >> 10));
                appendEscape(text, 0xdc00U + ((codePoint - 0x10000U) & 0x3ffU));
            }
        }
    }
    text += '"';
    return text;
}

void appendJson(std::string& text, const PropertyValue& value, unsigned level)
{
    std::visit(Appender{text, level}, value.value);
}

} // namespace platter
