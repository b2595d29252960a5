// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/EmptyHint.h"

#include "app/window/Look.h"

#include <QVBoxLayout>

namespace platter::app {

EmptyHint::EmptyHint(
    const QString& icon, const QString& title, const QString& text, QWidget* parent)
    : QWidget(parent)
{
    auto* heading = new TextLabel(TextLabel::Rank::Heading, title);
    heading->setAlignment(Qt::AlignCenter);
    auto* words = new TextLabel(TextLabel::Rank::Second, text);
    words->setAlignment(Qt::AlignCenter);
    words->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(gap);
    column->addStretch(2);
    column->addWidget(new IconLabel(icon, Token::TextSecond, 40), 0, Qt::AlignHCenter);
    column->addSpacing(gap);
    column->addWidget(heading);
    column->addWidget(words);
    column->addStretch(3);
}

} // namespace platter::app
