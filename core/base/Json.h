// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Property.h"

#include <string>
#include <string_view>

namespace platter {

/// A JSON string with its quotes. Everything but printable ASCII is escaped, so it is harmless on a
/// terminal and the same as qemu-img's; a byte that is not UTF-8 becomes U+FFFD.
std::string jsonString(std::string_view untrusted);

/// Appends a tree as JSON in the layout of qemu-img: one value a line, four spaces a level, no line
/// break at the end.
void appendJson(std::string& text, const PropertyValue& value, unsigned level = 0);

/// A list of strings, numbers or objects grows by one.
template <class Value>
void append(PropertyList& list, Value value)
{
    list.push_back(PropertyValue{std::move(value)});
}

} // namespace platter
