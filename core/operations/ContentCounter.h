// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageLayout.h"

#include <optional>
#include <utility>
#include <vector>

namespace platter {

/// A random choice among numbers that are told one by one or in runs: the same for the same
/// numbers, in whatever order and from however many choices they come together.
class RandomChoice {
public:
    explicit RandomChoice(std::size_t most)
        : m_most(most)
    {
    }
    void add(std::uint64_t first, std::uint64_t count);
    void add(const RandomChoice& other);
    /// At most `most` of the numbers, rising.
    std::vector<std::uint64_t> chosen() const;

private:
    using Ranked = std::pair<std::uint64_t, std::uint64_t>; ///< rank by a hash, number
    void offer(const Ranked& ranked);

    std::size_t m_most;
    std::vector<Ranked> m_lowest; ///< a heap, the highest rank first
};

/// Counts what a new image would store of ranges of a disk.
class ContentCounter {
public:
    struct Grain {
        std::uint64_t part = 0; ///< bytes; see ImageLayout, of which the rest is too
        std::uint64_t unit = 0; ///< bytes, a multiple of a part
        std::uint64_t table = 0; ///< bytes, a multiple of a unit
        bool storesZeros = false;
        bool marksZeros = false; ///< zeros hide a backing file and get an entry
    };
    ContentCounter(const Grain& grain, std::size_t samples)
        : m_grain(grain)
        , m_choice(samples)
    {
    }

    /// Ranges rise; between two calls of finish() they have no gaps.
    void add(GuestOffset start, Bytes length, GuestPiece::Content content);
    /// Ends a stretch that ends with a table or the disk.
    void finish();
    void add(const ContentCounter& other);

    const ContentCount& count() const { return m_count; }
    /// Units that are counted in count().units.
    const RandomChoice& choice() const { return m_choice; }

private:
    using Content = GuestPiece::Content;
    /// What a range that is told in parts consists of.
    struct Open {
        std::uint64_t index = ~std::uint64_t{0};
        bool absent = false;
        bool zero = false;
        std::uint64_t data = 0; ///< parts
        void note(Content content, std::uint64_t parts)
        {
            absent = absent || content == Content::Absent;
            zero = zero || content == Content::Zero;
            data += content == Content::Data ? parts : 0;
        }
    };

    void closePart();
    void addParts(std::uint64_t first, std::uint64_t count, Content content);
    void closeUnit();
    void addUnits(std::uint64_t first, std::uint64_t count, Content content, std::uint64_t parts);
    std::uint64_t tablesOf(std::uint64_t start, std::uint64_t end, std::uint64_t& next) const;

    Grain m_grain;
    RandomChoice m_choice;
    ContentCount m_count;
    Open m_part;
    Open m_unit;
    std::uint64_t m_nextTable = 0; ///< first that was not counted yet
    std::uint64_t m_nextUsedTable = 0;
};

} // namespace platter
