// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/ByteSpace.h"

#include <optional>
#include <string_view>
#include <vector>

namespace platter {

/// Bytes to look for: a byte matches where it equals `bytes` in the bits of `mask`.
struct FindPattern {
    std::vector<std::byte> bytes; ///< bits outside the mask are 0
    std::vector<std::byte> mask; ///< as many

    std::size_t size() const { return bytes.size(); }
    /// Whether it matches at the start of `data`, which is at least as long.
    bool matches(const std::byte* data) const;
    /// Whether it matches where all bytes are zero.
    bool matchesZeros() const;
};

/// The longest pattern in bytes. Platter's own limit: reads overlap by so much.
inline constexpr std::size_t longestPattern = 65536;

/// Bytes in hexadecimal, spaces allowed, "?" for any digit: "51 46 49 fb", "4? 00 ??". Throws Error
/// saying what is wrong.
FindPattern hexPattern(std::string_view text);

enum class TextEncoding { Utf8, Utf16LittleEndian, Utf16BigEndian };
enum class LetterCase { Same, Any }; ///< Any: of the letters A to Z

/// A text as a pattern. Throws Error if it is empty or not UTF-8.
FindPattern textPattern(std::string_view utf8, TextEncoding encoding, LetterCase letters);

enum class FindDirection { Forward, Backward };

/// Where `pattern` next begins in `space`: at or behind `from`; backward: the last place before
/// `from`. Holes are jumped over. Nothing: it is not there.
///
/// @param job  told in bytes of the space
/// @throws     what reading throws; Cancelled
std::optional<std::uint64_t> find(const ByteSpace& space, const FindPattern& pattern,
    std::uint64_t from, FindDirection direction, const JobControl& job);

} // namespace platter
