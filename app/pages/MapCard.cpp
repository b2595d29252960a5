// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapCard.h"

#include <QVBoxLayout>

namespace platter::app {

MapCard::MapCard(QWidget* parent)
    : GroundFrame(Token::Surface, Edge::Line, parent)
    , m_caption(new TextLabel(TextLabel::Rank::Second, this))
    , m_title(new TextLabel(TextLabel::Rank::Heading, this))
    , m_range(new TextLabel(TextLabel::Rank::Second, this))
    , m_kinds(new TextLabel(TextLabel::Rank::Body, this))
    , m_entry(new TextLabel(TextLabel::Rank::Body, this))
    , m_places(new TextLabel(TextLabel::Rank::Body, this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(smallGap);
    for (TextLabel* label : {m_caption, m_title, m_range, m_kinds, m_entry, m_places}) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        column->addWidget(label);
    }
}

void MapCard::setWords(Of of, const MapWords& words)
{
    switch (of) {
    case Of::Nothing: m_caption->setText({}); break;
    case Of::Pointer: m_caption->setText(tr("Under the pointer")); break;
    case Of::Chosen: m_caption->setText(tr("Chosen")); break;
    case Of::View: m_caption->setText(tr("In view")); break;
    }
    m_title->setText(words.title);
    m_range->setText(words.range);
    m_kinds->setText(words.kinds.join(QLatin1Char('\n')));
    m_kinds->setVisible(!words.kinds.isEmpty());
    QStringList tables{words.counts, words.entry};
    tables.removeAll(QString());
    m_entry->setText(tables.join(QStringLiteral(" · ")));
    m_entry->setVisible(!tables.isEmpty());
    m_places->setText(words.places.join(QLatin1Char('\n')));
    m_places->setVisible(!words.places.isEmpty());
}

} // namespace platter::app
