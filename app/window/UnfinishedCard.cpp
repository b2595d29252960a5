// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/UnfinishedCard.h"

#include "app/text/JobText.h"
#include "app/window/ActionButton.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mostListed = 3;

} // namespace

UnfinishedCard::UnfinishedCard(JobQueue& queue, QWidget* parent)
    : GroundFrame(Token::NoteGround, Edge::None, parent)
    , m_queue(queue)
    , m_heading(new TextLabel(TextLabel::Rank::Heading))
    , m_list(new TextLabel(TextLabel::Rank::Body))
    , m_words(new TextLabel(TextLabel::Rank::Body))
    , m_start(new ActionButton(tr("Start again")))
    , m_forget(new ActionButton(tr("Forget")))
{
    for (TextLabel* label : {m_heading, m_words})
        label->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(m_words, 1);
    row->addWidget(m_forget);
    row->addWidget(m_start);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(wideGap, 12, wideGap, 12);
    column->setSpacing(smallGap);
    column->addWidget(m_heading);
    column->addWidget(m_list);
    column->addLayout(row);
    connect(m_start, &ActionButton::clicked, &queue, &JobQueue::retryAllOffered);
    connect(m_forget, &ActionButton::clicked, &queue, &JobQueue::forgetAllOffered);
    connect(&queue, &JobQueue::changed, this, &UnfinishedCard::refresh);
    refresh();
}

void UnfinishedCard::refresh()
{
    QStringList titles;
    int offered = 0;
    bool asks = false;
    for (const QueuedJob* job : m_queue.jobs()) {
        if (job->state() != QueuedJob::State::Offered)
            continue;
        asks = asks || job->needsPassphrase();
        if (++offered <= mostListed)
            titles << titleLine(*job, m_list->fontMetrics());
    }
    setVisible(offered > 0);
    if (offered == 0)
        return;
    if (offered > mostListed)
        titles << tr("and %n more", nullptr, offered - mostListed);
    m_heading->setText(
        tr("%n conversion(s) were not finished when Platter ended", nullptr, offered));
    m_list->setText(titles.join(QLatin1Char('\n')));
    QString words = tr("They go on about where they were.");
    if (asks)
        words += QLatin1Char(' ') + tr("Passphrases are not stored: the jobs ask for them.");
    m_words->setText(words);
    m_start->setAccessibleName(tr("Start unfinished conversions again"));
    m_forget->setAccessibleName(tr("Forget unfinished conversions"));
}

} // namespace platter::app
