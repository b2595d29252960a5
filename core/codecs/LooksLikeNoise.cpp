// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/LooksLikeNoise.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace platter {

namespace {

    constexpr std::size_t windowSize = 1024; ///< bytes whose values are counted together
    constexpr std::size_t windowEvery = 8192; ///< bytes from one window to the next

    /// Pairs of equal bytes among n random ones: n * (n - 1) / 256, ordered, is to be expected, and
    /// sqrt(2) * n / 16 is the standard deviation. Five of those are allowed either way: fewer
    /// pairs than chance gives are as regular as more.
    constexpr std::uint64_t expectedPairs = windowSize * (windowSize - 1) / 256;
    constexpr std::uint64_t allowedPairs = 5 * windowSize * 1414 / 16'000;

    constexpr std::size_t stretchSize = 4096; ///< bytes in which repetitions are looked for
    constexpr std::size_t stretchEvery = 32'768; ///< bytes from one stretch to the next
    constexpr unsigned hashBits = 12;

    bool hasEvenBytes(std::span<const std::byte> window)
    {
        // Four tables, so that equal neighbours do not wait for each other.
        std::array<std::array<std::uint16_t, 256>, 4> counts{};
        for (std::size_t i = 0; i < window.size(); i += 4) {
            for (std::size_t k = 0; k < 4; ++k)
                ++counts[k][static_cast<std::uint8_t>(window[i + k])];
        }
        std::uint64_t pairs = 0;
        for (std::size_t value = 0; value < 256; ++value) {
            std::uint64_t count = 0;
            for (const auto& table : counts)
                count += table[value];
            pairs += count * (count - 1); // of none: 0 times something
        }
        return pairs + allowedPairs >= expectedPairs && pairs <= expectedPairs + allowedPairs;
    }

    /// Whether four bytes come twice; among random ones that happens to one stretch of 500.
    bool repeats(std::span<const std::byte> stretch)
    {
        std::array<std::uint16_t, std::size_t{1} << hashBits> lastAt{}; // index + 1
        for (std::size_t i = 0; i + 4 <= stretch.size(); ++i) {
            std::uint32_t word = 0;
            std::memcpy(&word, &stretch[i], sizeof word);
            std::uint16_t& last = lastAt[word * 0x9e3779b1U >> (32 - hashBits)];
            if (last != 0 && std::memcmp(&stretch[last - 1U], &word, sizeof word) == 0)
                return true;
            last = static_cast<std::uint16_t>(i + 1);
        }
        return false;
    }

} // namespace

bool looksLikeNoise(std::span<const std::byte> bytes)
{
    if (bytes.size() < windowEvery)
        return false;
    for (std::size_t at = 0; at + windowSize <= bytes.size(); at += windowEvery) {
        if (!hasEvenBytes(bytes.subspan(at, windowSize)))
            return false;
    }
    for (std::size_t at = 0; at + stretchSize <= bytes.size(); at += stretchEvery) {
        if (repeats(bytes.subspan(at, stretchSize)))
            return false;
    }
    return true;
}

} // namespace platter
