// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/hexview/HexGeometry.h"

#include <algorithm>
#include <limits>

namespace platter {

int HexGeometry::offsetDigitsFor(quint64 size)
{
    int groups = 2;
    while (groups < 4 && size > (quint64{1} << (16 * groups)))
        ++groups;
    return groups * 5 - 1;
}

int HexGeometry::bytesPerRowFor(int width, int charWidth, int margin, int offsetDigits)
{
    for (const int bytes : {16, 8}) {
        HexGeometry tried;
        tried.charWidth = charWidth;
        tried.margin = margin;
        tried.offsetDigits = offsetDigits;
        tried.bytesPerRow = bytes;
        if (tried.width() <= width)
            return bytes;
    }
    return 4;
}

int HexGeometry::shownRowOf(quint64 offset) const
{
    const auto next = std::upper_bound(shown.begin(), shown.end(), offset,
        [](quint64 at, const HexRow& row) { return at < row.start; });
    if (next == shown.begin() || offset >= std::prev(next)->end)
        return -1;
    return static_cast<int>(std::prev(next) - shown.begin());
}

int HexGeometry::topOf(quint64 offset) const
{
    // Far below every screen is as good as exact.
    constexpr int most = std::numeric_limits<int>::max() / 2;
    if (!shown.empty()) {
        if (offset < shown.front().start)
            return 0;
        const int row = shownRowOf(offset);
        return row < 0 ? most : row * rowHeight;
    }
    const quint64 row = rowOf(offset);
    const quint64 below = row > firstRow ? row - firstRow : 0;
    return below > static_cast<quint64>(most / rowHeight) ? most
                                                          : static_cast<int>(below) * rowHeight;
}

QRect HexGeometry::hexRect(quint64 offset) const
{
    const int column = static_cast<int>(offset % static_cast<quint64>(bytesPerRow));
    return {
        hexLeft() + (column * 3 + column / 8) * charWidth, topOf(offset), charWidth * 2, rowHeight};
}

QRect HexGeometry::textRect(quint64 offset) const
{
    const int column = static_cast<int>(offset % static_cast<quint64>(bytesPerRow));
    return {textLeft() + column * charWidth, topOf(offset), charWidth, rowHeight};
}

std::optional<quint64> HexGeometry::offsetAt(QPoint point) const
{
    if (point.y() < 0 || point.x() < hexLeft() - charWidth / 2 || point.x() >= width() - margin)
        return {};
    const int line = point.y() / rowHeight;
    quint64 start = 0;
    if (!shown.empty()) {
        if (line >= static_cast<int>(shown.size()))
            return {};
        const HexRow& row = shown[static_cast<std::size_t>(line)];
        if (row.kind == HexRow::Kind::Zeros)
            return row.start;
        start = row.start;
    } else {
        const quint64 row = firstRow + static_cast<quint64>(line);
        if (row >= rows())
            return {};
        start = row * static_cast<quint64>(bytesPerRow);
    }
    int column = 0;
    if (point.x() >= textLeft()) {
        column = (point.x() - textLeft()) / charWidth;
    } else {
        const int characters = std::max(0, point.x() - hexLeft()) / charWidth;
        column = (characters - characters / 25) / 3; // eight bytes and their gap take 25 characters
    }
    column = std::clamp(column, 0, bytesPerRow - 1);
    if (static_cast<quint64>(column) >= size - start)
        return {};
    return start + static_cast<quint64>(column);
}

} // namespace platter
