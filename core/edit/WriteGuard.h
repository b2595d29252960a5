// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"
#include "core/base/HostUse.h"
#include "core/base/Units.h"

#include <cstdint>
#include <map>
#include <optional>

namespace platter {

/// A write would hit bytes of the image that belong to something else.
class OverlapError : public Error {
public:
    OverlapError(HostOffset at, Bytes length, HostUse meant, HostUse hit);

    HostOffset at() const { return m_at; } ///< of the write
    HostUse hit() const { return m_hit; } ///< what it would have damaged

private:
    HostOffset m_at;
    HostUse m_hit;
};

/// A range of the image file and what it is for.
struct GuardedRange {
    HostOffset start{};
    Bytes length{};
    HostUse use = HostUse::Free;
};

/// What of an image file may not be written by mistake: its structures, each with its use.
///
/// A write says what use its bytes have. It may touch protected ranges of that very use, and ranges
/// that nobody protects.
class WriteGuard {
public:
    /// From now on only writes of this use may touch the range.
    void protect(const GuardedRange& range);
    /// From now on every write may touch the range.
    void release(HostOffset start, Bytes length);

    /// From now on only writes of this use may touch what nobody protects below `end`.
    void protectRest(HostOffset end, HostUse use);
    /// Where [start, start + length) is protected, its use is `use` from now on.
    void changeUse(HostOffset start, Bytes length, HostUse use);

    /// Throws OverlapError if a write declared as `use` touches a range of another use.
    void check(HostOffset at, Bytes length, HostUse use) const;
    /// The use that check() would find to be another one; nothing: it would not throw.
    std::optional<HostUse> hitBy(HostOffset at, Bytes length, HostUse use) const;
    /// What is protected at this place; nothing: nobody protects it.
    std::optional<HostUse> useAt(HostOffset at) const;

    bool isEmpty() const { return m_ranges.empty(); }

private:
    struct Rest {
        std::uint64_t end = 0;
        HostUse use = HostUse::Free;
    };
    std::map<std::uint64_t, Rest> m_ranges; ///< by start, apart
};

} // namespace platter
