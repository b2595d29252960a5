// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/Theme.h"

#include <QRect>
#include <QVariant>

class QPainter;

namespace platter {

/// What is drawn over a colour of the map where more contrast is wanted, so that no kind is told by
/// its colour alone.
enum class Pattern { None, Dots, Horizontal, Vertical, Rising, Falling, Grid, Cross };

Pattern patternOf(Token token);

/// Whether a pixel belongs to the lines of a pattern. Positions are those of one surface, so that
/// neighbouring areas go on without a seam. Any thread.
bool isInked(Pattern pattern, int x, int y);

/// The colour of the lines over a ground: that of text or of surfaces, whichever is further from
/// it.
QRgb inkOver(QRgb ground);

/// Fills an area with a colour of the map as it is shown now: with its pattern under more contrast.
void fillKind(QPainter& painter, const QRect& area, Token token);

/// The decoration of a legend's row: the colour, under more contrast a small picture of it with its
/// pattern.
QVariant kindSwatch(Token token);

} // namespace platter
