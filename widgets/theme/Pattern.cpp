// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/Pattern.h"

#include <QIcon>
#include <QPainter>

#include <algorithm>
#include <cstdlib>

namespace platter {

namespace {

    constexpr int fine = 4; ///< pixels between dots and between straight lines
    constexpr int wide = 6; ///< pixels between slanting lines, and of the grid
    constexpr int swatchSide = 16; ///< pixels

    bool isMultiple(int value, int of)
    {
        return value % of == 0; // also of negative values
    }

} // namespace

Pattern patternOf(Token token)
{
    switch (token) {
    case Token::MapZero: return Pattern::Dots;
    case Token::MapCompressed: return Pattern::Horizontal;
    case Token::MapSnapshot: return Pattern::Rising;
    case Token::MapBacking: return Pattern::Falling;
    case Token::MapMetadata: return Pattern::Grid;
    case Token::MapLeaked: return Pattern::Vertical;
    case Token::MapProblem: return Pattern::Cross;
    default: return Pattern::None;
    }
}

bool isInked(Pattern pattern, int x, int y)
{
    switch (pattern) {
    case Pattern::None: return false;
    case Pattern::Dots: return isMultiple(x, fine) && isMultiple(y, fine);
    case Pattern::Horizontal: return isMultiple(y, fine);
    case Pattern::Vertical: return isMultiple(x, fine);
    case Pattern::Rising: return isMultiple(x + y, wide);
    case Pattern::Falling: return isMultiple(x - y, wide);
    case Pattern::Grid: return isMultiple(x, wide) || isMultiple(y, wide);
    case Pattern::Cross: return isMultiple(x + y, wide) || isMultiple(x - y, wide);
    }
    return false;
}

QRgb inkOver(QRgb ground)
{
    const QRgb text = Theme::color(Token::Text).rgb();
    const QRgb surface = Theme::color(Token::Surface).rgb();
    const auto distance = [ground](QRgb colour) { return std::abs(qGray(ground) - qGray(colour)); };
    return distance(text) > distance(surface) ? text : surface;
}

void fillKind(QPainter& painter, const QRect& area, Token token)
{
    const QColor ground = Theme::color(token);
    painter.fillRect(area, ground);
    const Pattern pattern = patternOf(token);
    if (Theme::contrast() != Theme::Contrast::More || pattern == Pattern::None)
        return;
    const QColor ink = QColor::fromRgb(inkOver(ground.rgb()));
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x) {
            if (isInked(pattern, x, y))
                painter.fillRect(x, y, 1, 1, ink);
        }
    }
}

QVariant kindSwatch(Token token)
{
    if (Theme::contrast() != Theme::Contrast::More || patternOf(token) == Pattern::None)
        return Theme::color(token);
    QPixmap picture{swatchSide, swatchSide};
    QPainter painter{&picture};
    fillKind(painter, picture.rect(), token);
    painter.end();
    return QIcon{picture};
}

} // namespace platter
