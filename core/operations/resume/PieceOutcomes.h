// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/ImageWriter.h"

#include <cstddef>
#include <span>
#include <vector>

namespace platter {

/// Keeps in few bytes what encode() made of pieces, without their data: with it a writer can be
/// brought to the state that it had after them.
class OutcomeWriter {
public:
    /// The units of the next piece.
    void add(std::span<const GuestPiece::Unit> units);
    /// About what take() will give, in bytes.
    std::size_t size() const { return m_bytes.size() + m_lengths.size(); }
    /// All since the last call; nothing is left.
    std::vector<std::byte> take();

private:
    void endRun();

    std::vector<std::byte> m_bytes;
    // The run that is not ended: units that differ in the length of their streams alone.
    GuestPiece::Unit m_unit;
    std::uint64_t m_count = 0;
    std::vector<std::byte> m_lengths; ///< of its streams
};

/// Gives back what an OutcomeWriter has kept. The bytes may be hostile.
class OutcomeReader {
public:
    explicit OutcomeReader(std::vector<std::byte> bytes)
        : m_bytes(std::move(bytes))
    {
    }
    /// Fills the units of the next piece, with streams one behind the other. Throws FormatError if
    /// there are not so many units left, or for one that no writer makes of `unit` bytes.
    /// @returns the length of the streams
    std::uint64_t next(std::span<GuestPiece::Unit> units, Bytes unit);
    bool atEnd() const { return m_left == 0 && m_at == m_bytes.size(); }

private:
    std::uint64_t number();

    std::vector<std::byte> m_bytes;
    std::size_t m_at = 0;
    GuestPiece::Unit m_unit; ///< of the run
    std::uint64_t m_left = 0; ///< units of the run
};

} // namespace platter
