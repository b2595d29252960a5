// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/NoticeBar.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>

#include <algorithm>

namespace platter::app {

namespace {

    struct Appearance {
        QString icon;
        Token text;
        Token ground;
    };

    Appearance appearanceOf(NoticeBar::Notice::Weight weight)
    {
        switch (weight) {
        case NoticeBar::Notice::Weight::Problem:
            return {QStringLiteral("circle-alert"), Token::ProblemText, Token::ProblemGround};
        case NoticeBar::Notice::Weight::Warning:
            return {QStringLiteral("triangle-alert"), Token::WarningText, Token::WarningGround};
        case NoticeBar::Notice::Weight::Note: break;
        }
        return {QStringLiteral("info"), Token::Text, Token::NoteGround};
    }

} // namespace

NoticeBar::NoticeBar(QWidget* parent)
    : GroundFrame(Token::NoteGround, Edge::None, parent)
    , m_icon(new IconLabel(QStringLiteral("info"), Token::Text, iconSize, this))
    , m_text(new TextLabel(TextLabel::Rank::Body, this))
    , m_button(new ActionButton(this))
    , m_more(new QToolButton(this))
{
    m_text->setWordWrap(true);
    m_more->setPopupMode(QToolButton::InstantPopup);
    m_more->setAutoRaise(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, smallGap, gap, smallGap);
    row->setSpacing(gap);
    row->addWidget(m_icon);
    row->addWidget(m_text, 1);
    row->addWidget(m_more);
    row->addWidget(m_button);
    setMinimumHeight(38);
    hide();
}

void NoticeBar::setNotices(std::vector<Notice> notices)
{
    std::stable_sort(notices.begin(), notices.end(),
        [](const Notice& a, const Notice& b) { return a.weight > b.weight; });
    m_notices = std::move(notices);
    setVisible(!m_notices.empty());
    if (m_notices.empty())
        return;
    const Notice& first = m_notices.front();
    const Appearance appearance = appearanceOf(first.weight);
    setGround(appearance.ground);
    m_icon->setIcon(appearance.icon, appearance.text);
    m_text->setToken(appearance.text);
    m_text->setText(first.text);
    m_button->setAction(first.action, first.label);

    delete m_more->menu();
    const auto others = static_cast<int>(m_notices.size()) - 1;
    m_more->setVisible(others > 0);
    if (others == 0)
        return;
    m_more->setText(tr("%n more", "further notices", others));
    m_more->setAccessibleName(tr("%n more notice(s)", nullptr, others));
    auto* menu = new QMenu(m_more);
    for (std::size_t i = 1; i < m_notices.size(); ++i) {
        const Notice& notice = m_notices[i];
        QString text = notice.text;
        text.replace(QLatin1Char('&'), QStringLiteral("&&"));
        QAction* entry = menu->addAction(lineIcon(appearanceOf(notice.weight).icon), text);
        if (notice.action)
            connect(entry, &QAction::triggered, notice.action, &QAction::trigger);
    }
    m_more->setMenu(menu);
}

} // namespace platter::app
