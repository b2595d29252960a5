// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ChoiceChip.h"

#include "app/window/Look.h"

#include <QPainter>

#include <algorithm>

namespace platter::app {

ChoiceChip::ChoiceChip(const QString& text, QWidget* parent)
    : QAbstractButton(parent)
{
    setText(text);
    setAccessibleName(text);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
}

QSize ChoiceChip::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(text()) + 2 * wideGap,
        std::max(32, fontMetrics().height() + gap)};
}

void ChoiceChip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(color(isChecked() ? Token::Accent : Token::ControlEdge), 1));
    painter.setBrush(color(isChecked() ? Token::Accent
            : underMouse()             ? Token::NoteGround
                                       : Token::Surface));
    painter.drawRoundedRect(frame, smallGap, smallGap);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(isChecked() ? QColor(Qt::white) : color(Token::Link), 2));
        painter.drawRoundedRect(frame.adjusted(2, 2, -2, -2), 3, 3);
    }
    painter.setPen(isChecked() ? QColor(Qt::white) : color(Token::Text));
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextHideMnemonic, text());
}

} // namespace platter::app
