// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ActionButton.h"

#include "app/window/Look.h"

#include <QPainter>

#include <algorithm>

namespace platter::app {

ActionButton::ActionButton(QWidget* parent)
    : QPushButton(parent)
{
    setAttribute(Qt::WA_Hover);
}

ActionButton::ActionButton(const QString& text, QWidget* parent)
    : ActionButton(parent)
{
    setText(text);
    setAccessibleName(text);
}

void ActionButton::setAction(QAction* action, const QString& label)
{
    if (m_action)
        disconnect(m_action, nullptr, this, nullptr);
    disconnect(this, &QPushButton::clicked, nullptr, nullptr);
    m_action = action;
    m_label = label;
    setVisible(action != nullptr);
    if (!action)
        return;
    connect(action, &QAction::changed, this, &ActionButton::follow);
    connect(this, &QPushButton::clicked, action, &QAction::trigger);
    follow();
}

void ActionButton::setLook(Look look)
{
    m_look = look;
    updateGeometry();
    update();
}

void ActionButton::follow()
{
    setText(m_label.isEmpty() ? m_action->text().remove(QLatin1Char('&')) : m_label);
    setEnabled(m_action->isEnabled());
    setToolTip(m_action->toolTip());
    setStatusTip(m_action->statusTip());
    updateGeometry();
    setAccessibleName(text());
    setAccessibleDescription(m_action->isEnabled() ? QString() : m_action->toolTip());
}

QSize ActionButton::sizeHint() const
{
    const int wide = m_look == Look::Link ? gap : wideGap;
    const int high = m_look == Look::Link ? 24 : 32;
    return {fontMetrics().horizontalAdvance(text()) + 2 * wide,
        std::max(high, fontMetrics().height() + gap)};
}

void ActionButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    const bool near = underMouse() && isEnabled();
    QColor ground = color(Token::Surface);
    QColor edge = color(Token::ControlEdge);
    QColor words = color(isEnabled() ? Token::Text : Token::TextSecond);
    if (m_look == Look::Primary && isEnabled()) {
        ground = edge = color(Token::Accent);
        words = Qt::white;
    } else if (m_look == Look::Link) {
        ground = edge = Qt::transparent;
        words = color(isEnabled() ? Token::Link : Token::TextSecond);
    }
    if (near && m_look != Look::Primary)
        ground = color(Token::NoteGround);
    if (isDown())
        ground = m_look == Look::Primary ? ground.darker(115) : color(Token::Divider);
    painter.setPen(
        isEnabled() || m_look == Look::Link ? QPen(edge, 1) : QPen(color(Token::Divider), 1));
    painter.setBrush(ground);
    painter.drawRoundedRect(frame, smallGap, smallGap);
    if (hasFocus()) {
        // Inside a filled button the ring would vanish, so it stands off by the width of the edge.
        const bool filled = m_look == Look::Primary && isEnabled();
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(filled ? QColor(Qt::white) : color(Token::Link), 2));
        const qreal inset = filled ? 2.5 : 0.5;
        painter.drawRoundedRect(frame.adjusted(inset, inset, -inset, -inset), 3, 3);
    }
    painter.setPen(words);
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextHideMnemonic, text());
}

void allow(QAction& action, const QString& reasonAgainst)
{
    action.setEnabled(reasonAgainst.isEmpty());
    const QString name = action.text().remove(QLatin1Char('&'));
    const QString key = action.shortcut().toString(QKeySequence::NativeText);
    QString tip = key.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, key);
    if (!reasonAgainst.isEmpty())
        tip = reasonAgainst;
    action.setToolTip(tip);
    action.setStatusTip(reasonAgainst);
    action.setWhatsThis(reasonAgainst); // what a screen reader says of a menu's entry
}

} // namespace platter::app
