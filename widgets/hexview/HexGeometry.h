// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>
#include <QRect>

#include <optional>
#include <vector>

namespace platter {

/// One row of a hex view: bytes, or a long stretch of zeros folded into a line.
struct HexRow {
    quint64 start = 0;
    quint64 end = 0; ///< behind the last byte
    enum class Kind { Bytes, Zeros };
    Kind kind = Kind::Bytes;
};

/// Where the bytes of a hex view stand: offsets to pixels and back. A plain value, tested without a
/// window.
struct HexGeometry {
    int charWidth = 8; ///< of the fixed font, pixels
    int rowHeight = 18; ///< pixels
    int margin = 8; ///< left of the offset column and between the columns, pixels
    int bytesPerRow = 16;
    int offsetDigits = 9; ///< characters of the offset column, "0000_0000"
    quint64 size = 0; ///< bytes to show
    quint64 firstRow = 0; ///< row at the top of the view, counted as if nothing was folded
    std::vector<HexRow> shown; ///< the rows in view; empty: nothing is folded

    /// 16 bytes a row where they fit into `width` pixels, else 8, else 4.
    static int bytesPerRowFor(int width, int charWidth, int margin, int offsetDigits);
    /// Characters of the offset column for a file of `size` bytes: eight or more digits, grouped by
    /// four.
    static int offsetDigitsFor(quint64 size);

    quint64 rows() const
    {
        return size / static_cast<quint64>(bytesPerRow)
            + (size % static_cast<quint64>(bytesPerRow) != 0);
    }
    int hexLeft() const { return margin * 2 + offsetDigits * charWidth; }
    int textLeft() const { return hexLeft() + hexColumns() * charWidth + margin; }
    int width() const { return textLeft() + bytesPerRow * charWidth + margin; }
    /// Columns of the hexadecimal part: two digits and a gap a byte, one gap more after each eight.
    int hexColumns() const { return bytesPerRow * 3 + (bytesPerRow - 1) / 8; }

    quint64 rowOf(quint64 offset) const { return offset / static_cast<quint64>(bytesPerRow); }
    /// The pixels of a byte's two digits, of its character; `offset` must be at or behind the first
    /// row.
    QRect hexRect(quint64 offset) const;
    QRect textRect(quint64 offset) const;
    /// The byte under a point: over its digits, its character or the gap that follows; of folded
    /// zeros the first.
    std::optional<quint64> offsetAt(QPoint point) const;

    /// The row in view that holds a byte; -1: none.
    int shownRowOf(quint64 offset) const;

private:
    int topOf(quint64 offset) const;
};

} // namespace platter
