// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/QuitDialog.h"

#include "app/text/JobText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mostListed = 4;

} // namespace

QuitDialog::QuitDialog(JobQueue& queue, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Quit Platter"));
    QStringList titles;
    int unfinished = 0;
    bool standsStill = false;
    for (const QueuedJob* job : queue.jobs()) {
        if (!job->isUnfinished())
            continue;
        standsStill = standsStill || job->state() == QueuedJob::State::Paused;
        if (++unfinished <= mostListed)
            titles << titleLine(*job, fontMetrics());
    }
    if (unfinished > mostListed)
        titles << tr("and %n more", nullptr, unfinished - mostListed);

    auto* heading = new TextLabel(
        TextLabel::Rank::Heading, tr("%n job(s) are not finished", nullptr, unfinished));
    heading->setWordWrap(true);
    auto* list = new TextLabel(TextLabel::Rank::Body, titles.join(QLatin1Char('\n')));
    QString words = tr("Finish first: the windows close, the jobs go on, then Platter ends.");
    if (standsStill)
        words += QLatin1Char(' ') + tr("Paused jobs go on too.");
    words += QLatin1Char('\n')
        + tr("Stop and quit: conversions are offered again at the next start, and go on about "
             "where they were.");
    auto* explained = new TextLabel(TextLabel::Rank::Second, words);
    explained->setWordWrap(true);

    auto* stay = new ActionButton(tr("Stay"));
    auto* stop = new ActionButton(tr("Stop and quit"));
    auto* finish = new ActionButton(tr("Finish first"));
    finish->setLook(ActionButton::Look::Primary);
    finish->setDefault(true);
    for (ActionButton* button : {stay, stop})
        button->setAutoDefault(false);
    connect(stay, &ActionButton::clicked, this, &QDialog::reject);
    connect(stop, &ActionButton::clicked, this, [this] { give(Answer::StopAndQuit); });
    connect(finish, &ActionButton::clicked, this, [this] { give(Answer::FinishFirst); });
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addStretch();
    row->addWidget(stay);
    row->addWidget(stop);
    row->addWidget(finish);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(list);
    column->addSpacing(gap);
    column->addWidget(explained);
    column->addSpacing(gap);
    column->addLayout(row);
    resize(480, 0);
    fitToText(*this);
    finish->setFocus();
    // Then there is nothing to finish and nothing to stop.
    connect(&queue, &JobQueue::ranOut, this, [this] { give(Answer::StopAndQuit); });
}

void QuitDialog::give(Answer answer)
{
    m_answer = answer;
    accept();
}

} // namespace platter::app
