// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/OverviewParts.h"

#include "app/text/CoreText.h"
#include "widgets/theme/Pattern.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <QVBoxLayout>

namespace platter::app {

HealthCard::HealthCard(QWidget* parent)
    : GroundFrame(Token::NoteGround, Edge::None, parent)
    , m_icon(new IconLabel(QStringLiteral("circle-check"), Token::Text, 28, this))
    , m_title(new TextLabel(TextLabel::Rank::Heading, this))
    , m_text(new TextLabel(TextLabel::Rank::Body, this))
{
    QFont larger = m_title->font();
    larger.setPointSizeF(larger.pointSizeF() * 1.2);
    m_title->setFont(larger);
    m_text->setWordWrap(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(smallGap);
    words->addWidget(m_title);
    words->addWidget(m_text);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(wideGap, wideGap, wideGap, wideGap);
    row->setSpacing(wideGap);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addLayout(words, 1);
}

void HealthCard::setOverview(const Overview& overview)
{
    const HealthLook appearance = healthLook(overview.health);
    setGround(appearance.ground);
    m_icon->setIcon(appearance.icon, appearance.text);
    m_title->setToken(appearance.text);
    m_title->setText(overview.healthTitle);
    m_text->setText(overview.healthHint.isEmpty()
            ? overview.healthText
            : QStringLiteral("%1 %2").arg(overview.healthText, overview.healthHint));
}

NumberTile::NumberTile(QWidget* parent)
    : GroundFrame(Token::Surface, Edge::Line, parent)
    , m_caption(new TextLabel(TextLabel::Rank::Second, this))
    , m_value(new TextLabel(TextLabel::Rank::Number, this))
    , m_note(new TextLabel(TextLabel::Rank::Second, this))
{
    m_note->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(wideGap, 12, wideGap, 12);
    column->setSpacing(smallGap);
    column->addWidget(m_caption);
    column->addWidget(m_value);
    column->addWidget(m_note);
    column->addStretch();
}

void NumberTile::setNumber(const Overview::Number& number)
{
    m_caption->setText(number.caption);
    m_value->setText(number.value);
    m_note->setText(number.note);
    setToolTip(number.exact);
}

SpaceBar::SpaceBar(QWidget* parent)
    : QWidget(parent)
{
    setFixedHeight(hugeGap);
    setAccessibleName(tr("Where the space goes"));
}

void SpaceBar::setRows(std::vector<Overview::SpaceRow> rows)
{
    m_rows = std::move(rows);
    update();
}

std::vector<SpaceBar::Part> SpaceBar::parts() const
{
    constexpr int leastWidth = 3; // what is there must be seen
    double whole = 0;
    for (const auto& row : m_rows)
        whole += static_cast<double>(row.bytes.value);
    std::vector<Part> result;
    if (whole <= 0)
        return result;
    const int spare = std::max(0, QWidget::width() - leastWidth * static_cast<int>(m_rows.size()));
    int left = 0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const int own = leastWidth
            + static_cast<int>(spare * (static_cast<double>(m_rows[i].bytes.value) / whole));
        const int width = i + 1 == m_rows.size() ? QWidget::width() - left : own;
        result.push_back({left, width});
        left += width;
    }
    return result;
}

void SpaceBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath edge;
    edge.addRoundedRect(QRectF(rect()), smallGap, smallGap);
    painter.setClipPath(edge);
    painter.fillRect(rect(), color(Token::Divider));
    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto all = parts();
    for (std::size_t i = 0; i < all.size(); ++i) {
        // One pixel of the ground stays between two parts.
        fillKind(painter, {all[i].left, 0, all[i].width - (i + 1 < all.size() ? 1 : 0), height()},
            spaceToken(m_rows[i].kind));
    }
}

bool SpaceBar::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto all = parts();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Part& part = all[i];
            if (help->x() >= part.left && help->x() < part.left + part.width) {
                QToolTip::showText(help->globalPos(),
                    QStringLiteral("%1: %2").arg(m_rows[i].name, shownSize(m_rows[i].bytes)), this);
                return true;
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace platter::app
