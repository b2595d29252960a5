// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/DropOverlay.h"

#include "app/window/Look.h"

#include <QAccessible>
#include <QPainter>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int veilOpacity = 235;
    constexpr qreal largerText = 1.5;

    void paintZone(
        QPainter& painter, const QRect& zone, const QString& words, const QString& why, bool marked)
    {
        const bool refused = !why.isEmpty();
        const Token textToken = refused ? Token::WarningText : Token::Text;
        painter.setPen(QPen(color(refused ? Token::WarningText : Token::Link), marked ? 3 : 2,
            marked ? Qt::SolidLine : Qt::DashLine));
        QColor ground = color(refused ? Token::WarningGround
                : marked              ? Token::Surface
                                      : Token::NoteGround);
        painter.setBrush(ground);
        painter.drawRoundedRect(QRectF(zone).adjusted(1, 1, -1, -1), gap, gap);
        painter.setPen(color(textToken));
        painter.drawText(zone.adjusted(wideGap, wideGap, -wideGap, -wideGap),
            Qt::AlignCenter | Qt::TextWordWrap,
            refused && !words.isEmpty() ? words + QStringLiteral("\n\n") + why : words + why);
    }

} // namespace

DropOverlay::DropOverlay(QWidget* window)
    : QWidget(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showPlan(const DropPlan& plan)
{
    m_plan = plan;
    m_marked.reset();
    setGeometry(parentWidget()->rect());
    raise();
    show();
    sayWords();
    update();
}

void DropOverlay::pointAt(QPoint place)
{
    const auto zone = zoneAt(place);
    if (zone == m_marked)
        return;
    m_marked = zone;
    sayWords();
    update();
}

std::optional<DropAct> DropOverlay::actAt(QPoint place) const
{
    const auto zone = zoneAt(place);
    if (!zone || !m_plan.zones[*zone].refusal.isEmpty())
        return std::nullopt;
    return m_plan.zones[*zone].act;
}

QRect DropOverlay::zoneRect(std::size_t zone) const
{
    const auto count = static_cast<int>(std::max<std::size_t>(m_plan.zones.size(), 1));
    const QRect inside = parentWidget()->rect().adjusted(wideGap, wideGap, -wideGap, -wideGap);
    const int width = (inside.width() - (count - 1) * wideGap) / count;
    const int column
        = isRightToLeft() ? count - 1 - static_cast<int>(zone) : static_cast<int>(zone);
    return {inside.left() + column * (width + wideGap), inside.top(), width, inside.height()};
}

std::optional<std::size_t> DropOverlay::zoneAt(QPoint place) const
{
    // The gaps belong to the zone that is nearest, so that nothing falls between.
    std::optional<std::size_t> nearest;
    int least = 0;
    for (std::size_t i = 0; i < m_plan.zones.size(); ++i) {
        const int distance = std::abs(zoneRect(i).center().x() - place.x());
        if (!nearest || distance < least) {
            nearest = i;
            least = distance;
        }
    }
    return nearest;
}

/// What a screen reader is told.
void DropOverlay::sayWords()
{
    QString words = m_plan.refusal;
    if (m_marked) {
        const DropPlan::Zone& zone = m_plan.zones[*m_marked];
        words = zone.refusal.isEmpty() ? zone.words
                                       : zone.words + QStringLiteral(". ") + zone.refusal;
    }
    if (words == accessibleName())
        return;
    setAccessibleName(words);
    QAccessibleEvent changed(this, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&changed);
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = color(m_plan.isAccepted() ? Token::NoteGround : Token::WarningGround);
    veil.setAlpha(veilOpacity);
    painter.fillRect(rect(), veil);
    QFont larger = font();
    larger.setPointSizeF(larger.pointSizeF() * largerText);
    painter.setFont(larger);
    if (!m_plan.isAccepted())
        paintZone(painter, zoneRect(0), {}, m_plan.refusal, false);
    for (std::size_t i = 0; i < m_plan.zones.size(); ++i)
        paintZone(
            painter, zoneRect(i), m_plan.zones[i].words, m_plan.zones[i].refusal, i == m_marked);
}

} // namespace platter::app
