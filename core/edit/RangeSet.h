// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <cstdint>
#include <map>

namespace platter {

/// A set of bytes of a file, kept as ranges.
class RangeSet {
public:
    /// Adds [start, start + length).
    void add(HostOffset start, Bytes length);
    /// Whether any byte of [start, start + length) is in the set.
    bool touches(HostOffset start, Bytes length) const;
    Bytes total() const; ///< bytes in the set
    std::size_t count() const { return m_ends.size(); } ///< ranges, none touching another

private:
    std::map<std::uint64_t, std::uint64_t> m_ends; ///< start -> end, apart
};

} // namespace platter
