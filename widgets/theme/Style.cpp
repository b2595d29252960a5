// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/Style.h"

#include "widgets/theme/Theme.h"

#include <QPainter>
#include <QPainterPath>
#include <QStyleOption>

#include <algorithm>

namespace platter {

namespace {

    constexpr qreal corner = 4; ///< radius of controls, pixels
    constexpr qreal boxCorner = 3; ///< radius of a check box, pixels
    constexpr qreal grooveHeight = 4; ///< pixels
    constexpr qreal handleSize = 16; ///< pixels
    constexpr int leastSize = 24; ///< of what can be pressed, pixels
    constexpr int fieldHeight = 30; ///< of buttons and fields, pixels

    Token edgeOf(const QStyleOption& option)
    {
        return option.state & QStyle::State_Enabled ? Token::ControlEdge : Token::Divider;
    }

    QRectF squareIn(const QRect& rect)
    {
        const int side = std::min(rect.width(), rect.height());
        return QRectF(
            rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
            .adjusted(0.5, 0.5, -0.5, -0.5);
    }

    void drawCheckBox(const QStyleOption& option, QPainter& painter)
    {
        const QRectF box = squareIn(option.rect);
        const bool partly = option.state & QStyle::State_NoChange;
        const bool filled = partly || option.state & QStyle::State_On;
        const bool enabled = option.state & QStyle::State_Enabled;
        painter.setPen(QPen{Theme::color(filled && enabled ? Token::Accent : edgeOf(option)), 1});
        painter.setBrush(
            Theme::color(filled ? enabled ? Token::Accent : Token::Divider : Token::Surface));
        painter.drawRoundedRect(box, boxCorner, boxCorner);
        if (!filled)
            return;
        QPen pen{enabled ? QColor{Qt::white} : Theme::color(Token::TextSecond), 1.8};
        pen.setCapStyle(Qt::RoundCap);
        pen.setJoinStyle(Qt::RoundJoin);
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        const auto at = [&](qreal x, qreal y) {
            return QPointF{box.left() + box.width() * x, box.top() + box.height() * y};
        };
        if (partly) {
            painter.drawLine(at(0.25, 0.5), at(0.75, 0.5));
            return;
        }
        QPainterPath tick{at(0.23, 0.53)};
        tick.lineTo(at(0.42, 0.72));
        tick.lineTo(at(0.77, 0.3));
        painter.drawPath(tick);
    }

    void drawRadioButton(const QStyleOption& option, QPainter& painter)
    {
        const QRectF box = squareIn(option.rect);
        const bool chosen = option.state & QStyle::State_On;
        const bool enabled = option.state & QStyle::State_Enabled;
        painter.setPen(QPen{Theme::color(chosen && enabled ? Token::Accent : edgeOf(option)), 1});
        painter.setBrush(Theme::color(chosen && enabled ? Token::Accent : Token::Surface));
        painter.drawEllipse(box);
        if (!chosen)
            return;
        painter.setPen(Qt::NoPen);
        painter.setBrush(enabled ? QColor{Qt::white} : Theme::color(Token::TextSecond));
        const qreal inset = box.width() * 0.3;
        painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset));
    }

    void drawLineEditFrame(const QStyleOption& option, QPainter& painter, const QBrush& ground)
    {
        const bool focused = option.state & QStyle::State_HasFocus;
        const qreal width = focused ? 2 : 1;
        painter.setPen(QPen{Theme::color(focused ? Token::Link : edgeOf(option)), width});
        painter.setBrush(ground);
        const qreal inset = width / 2;
        painter.drawRoundedRect(
            QRectF{option.rect}.adjusted(inset, inset, -inset, -inset), corner, corner);
    }

    void drawFocusRing(const QStyleOption& option, QPainter& painter)
    {
        painter.setPen(QPen{Theme::color(Token::Link), 2});
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF{option.rect}.adjusted(1, 1, -1, -1), corner, corner);
    }

} // namespace

Style::Style()
    : QProxyStyle(QStringLiteral("Fusion"))
{
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
    const QWidget* widget) const
{
    const auto ours = [&](auto draw) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        draw();
        painter->restore();
    };
    switch (element) {
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: ours([&] { drawCheckBox(*option, *painter); }); return;
    case PE_IndicatorRadioButton: ours([&] { drawRadioButton(*option, *painter); }); return;
    case PE_FrameFocusRect: ours([&] { drawFocusRing(*option, *painter); }); return;
    case PE_FrameLineEdit: ours([&] { drawLineEditFrame(*option, *painter, Qt::NoBrush); }); return;
    case PE_PanelLineEdit: {
        const auto* const frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (!frame || frame->lineWidth <= 0)
            break; // the field of a spin box or combo box: it has the frame
        ours([&] { drawLineEditFrame(*option, *painter, option->palette.brush(QPalette::Base)); });
        return;
    }
    default: break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
    QPainter* painter, const QWidget* widget) const
{
    const auto* const slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (control != CC_Slider || !slider || slider->orientation != Qt::Horizontal) {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        return;
    }
    const QRectF all{option->rect};
    const QPointF handle
        = QRectF{subControlRect(CC_Slider, option, SC_SliderHandle, widget)}.center();
    const bool enabled = option->state & State_Enabled;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    QRectF groove{
        all.left() + 2, all.center().y() - grooveHeight / 2, all.width() - 4, grooveHeight};
    painter->setBrush(Theme::color(edgeOf(*option)));
    painter->drawRoundedRect(groove, grooveHeight / 2, grooveHeight / 2);
    const bool leftToRight = option->direction == Qt::LeftToRight;
    if (leftToRight)
        groove.setRight(handle.x());
    else
        groove.setLeft(handle.x());
    painter->setBrush(Theme::color(enabled ? Token::Accent : Token::Divider));
    painter->drawRoundedRect(groove, grooveHeight / 2, grooveHeight / 2);
    const bool focused = option->state & State_HasFocus;
    painter->setPen(
        QPen{Theme::color(focused ? Token::Link : edgeOf(*option)), focused ? 2.0 : 1.0});
    painter->setBrush(Theme::color(Token::Surface));
    const QRectF knob{
        std::clamp(handle.x() - handleSize / 2, all.left() + 1, all.right() - handleSize - 1),
        all.center().y() - handleSize / 2, handleSize, handleSize};
    painter->drawEllipse(knob.adjusted(0.5, 0.5, -0.5, -0.5));
    painter->restore();
}

QSize Style::sizeFromContents(
    ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
    case CT_PushButton:
    case CT_ComboBox:
    case CT_LineEdit:
    case CT_SpinBox: return result.expandedTo({leastSize, fieldHeight});
    case CT_CheckBox:
    case CT_RadioButton:
    case CT_ToolButton: return result.expandedTo({leastSize, leastSize});
    default: return result;
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
    QStyleHintReturn* answer) const
{
    // A click on the groove goes there: nobody wants to page a zoom.
    if (hint == SH_Slider_AbsoluteSetButtons)
        return Qt::LeftButton;
    return QProxyStyle::styleHint(hint, option, widget, answer);
}

} // namespace platter
