// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/hexview/HexGeometry.h"
#include "widgets/hexview/HexSource.h"

#include <QFont>
#include <QString>

#include <vector>

class QPainter;

namespace platter {

/// A coloured range of bytes.
struct HexMark {
    quint64 offset = 0;
    quint64 length = 0;
    int tint = 0; ///< 0 to 3: one of the four field tints; -1: none, the label alone
    QString label; ///< told in a tooltip; plain text
};

/// The mark that holds a byte, of marks by rising offset; nullptr: none does.
const HexMark* markAt(const std::vector<HexMark>& marks, quint64 offset);

/// All that a frame of a hex view shows beside the bytes. Bytes are counted from the start of the
/// source; a length of 0 stands for none.
struct HexPicture {
    const HexGeometry& geometry;
    const std::vector<HexMark>& marks; ///< by rising offset, not overlapping
    QFont font; ///< of one width
    quint64 selectedFrom = 0;
    quint64 selectedLength = 0;
    quint64 cursor = 0;
    enum class Cursor { Hidden, Shown } showCursor = Cursor::Hidden;
    quint64 hoverFrom = 0;
    quint64 hoverLength = 0;
};

/// Draws the rows in view: the offset, the bytes in hexadecimal and as characters. What the source
/// does not have yet is drawn as dots.
void paintHex(QPainter& painter, const HexPicture& picture, HexSource* source);

/// "0001_4000": an offset in so many characters.
QString hexOffsetText(quint64 offset, int characters);

} // namespace platter
