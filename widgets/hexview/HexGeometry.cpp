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

int HexGeometry::topOf(quint64 offset) const
{
    const quint64 row = rowOf(offset);
    const quint64 shown = row > firstRow ? row - firstRow : 0;
    // Far below every screen is as good as exact.
    constexpr quint64 most = std::numeric_limits<int>::max() / 2;
    return static_cast<int>(std::min(shown * static_cast<quint64>(rowHeight), most));
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
    const quint64 row = firstRow + static_cast<quint64>(point.y() / rowHeight);
    int column = 0;
    if (point.x() >= textLeft()) {
        column = (point.x() - textLeft()) / charWidth;
    } else {
        const int characters = std::max(0, point.x() - hexLeft()) / charWidth;
        column = (characters - characters / 25) / 3; // eight bytes and their gap take 25 characters
    }
    column = std::clamp(column, 0, bytesPerRow - 1);
    const quint64 offset = row * static_cast<quint64>(bytesPerRow) + static_cast<quint64>(column);
    if (offset >= size)
        return {};
    return offset;
}

} // namespace platter
