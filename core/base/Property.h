// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace platter {

struct Property;
struct PropertyValue;

using PropertyObject = std::vector<Property>; ///< in the order they are shown
using PropertyList = std::vector<PropertyValue>;

/// A value of a tree of facts about an image: what `platter-cli info` prints and the window shows.
struct PropertyValue {
    std::variant<bool, std::uint64_t, std::string, PropertyObject, PropertyList> value;
};

/// A named fact; the key is the one that qemu-img uses in its JSON where it has one.
struct Property {
    std::string key;
    PropertyValue value;
};

/// The value of a fact; nothing: there is none of this kind.
template <class Value>
std::optional<Value> property(const PropertyObject& facts, std::string_view key)
{
    for (const Property& fact : facts) {
        if (fact.key == key) {
            if (const Value* found = std::get_if<Value>(&fact.value.value))
                return *found;
        }
    }
    return {};
}

} // namespace platter
