// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/JobRow.h"

#include "app/text/JobText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int barWidth = 140;
    constexpr int sideMargin = wideGap;
    constexpr int buttonHeight = 32;

    using State = QueuedJob::State;

    int headHeight(const QFontMetrics& metrics)
    {
        return std::max(buttonHeight, metrics.height() + gap);
    }

} // namespace

JobRow::JobRow(QueuedJob& job, QWidget* parent)
    : QWidget(parent)
    , m_job(job)
    , m_title(new TextLabel(TextLabel::Rank::Body))
    , m_detail(new TextLabel(TextLabel::Rank::Second))
    , m_bar(new QProgressBar)
    , m_percent(new TextLabel(TextLabel::Rank::Second))
{
    // Inside a list, labels would take the colour of its text and not their own.
    for (TextLabel* label : {m_title, m_detail, m_percent})
        label->setForegroundRole(QPalette::WindowText);
    m_title->setElide(Qt::ElideMiddle);
    m_bar->setRange(0, 1000);
    m_bar->setFixedSize(barWidth, gap);
    m_bar->setTextVisible(false);
    m_percent->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_detail->setWordWrap(true);
    m_detail->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto* head = new QHBoxLayout;
    head->setSpacing(gap);
    head->addWidget(m_title, 1);
    head->addWidget(m_bar);
    head->addWidget(m_percent);
    head->addSpacing(gap);
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        m_buttons[i] = new ActionButton(QString(), this);
        head->addWidget(m_buttons[i]);
        connect(m_buttons[i], &ActionButton::clicked, this, [this, i] {
            if (const auto act = i == 0 ? m_acts.first : m_acts.second)
                emit actRequested(*act, &m_job);
        });
    }
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(sideMargin, smallGap, sideMargin, smallGap);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_detail, 1);

    connect(&job, &QueuedJob::stateChanged, this, &JobRow::refresh);
    connect(&job, &QueuedJob::progressed, this, &JobRow::refresh);
    refresh();
}

int JobRow::heightFor(const QueuedJob& job, const QFontMetrics& metrics, int width)
{
    const int lines = metrics
                          .boundingRect(QRect(0, 0, std::max(1, width - 2 * sideMargin), 10'000),
                              Qt::TextWordWrap, jobDetail(job))
                          .height();
    return smallGap + headHeight(metrics) + std::max(lines, metrics.height()) + smallGap + 2;
}

void JobRow::refresh()
{
    const QString title = m_job.title();
    const QString detail = jobDetail(m_job);
    m_title->setText(title);
    m_title->setToolTip(title);
    m_detail->setToken(m_job.state() == State::Failed ? Token::ProblemText
            : m_job.state() == State::Offered         ? Token::WarningText
                                                      : Token::TextSecond);
    m_detail->setText(detail);
    m_detail->setToolTip(m_job.state() == State::Failed ? m_job.error().details : QString());
    const bool shows = m_job.showsProgress();
    m_bar->setVisible(shows);
    m_percent->setVisible(shows);
    if (shows) {
        m_bar->setRange(0, m_job.total() == 0 ? 0 : 1000);
        m_bar->setValue(m_job.permille());
        m_bar->setAccessibleName(tr("Progress: %1").arg(title));
        m_percent->setText(m_job.total() == 0 ? QString() : percentText(m_job.permille()));
        // Wide enough for all, so that nothing moves.
        m_percent->setMinimumWidth(m_percent->fontMetrics().horizontalAdvance(percentText(1000)));
    }
    m_acts = rowActsOf(m_job);
    refreshButton(*m_buttons[0], m_acts.first);
    refreshButton(*m_buttons[1], m_acts.second);
}

void JobRow::refreshButton(ActionButton& button, const std::optional<JobAct>& act) const
{
    // What had the focus and goes gives it to the list, not to whatever comes next.
    if (!act && button.hasFocus())
        parentWidget()->parentWidget()->setFocus();
    button.setVisible(act.has_value());
    if (!act)
        return;
    const QString words = wordsFor(*act, m_job);
    if (button.text() != words) {
        button.setText(words);
        button.updateGeometry();
    }
    button.setAccessibleName(
        tr("%1: %2", "what a button does, with what").arg(words, m_job.title()));
}

} // namespace platter::app
