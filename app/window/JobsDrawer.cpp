// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/JobsDrawer.h"

#include "app/models/JobsModel.h"
#include "app/text/JobText.h"
#include "app/window/ActionButton.h"
#include "app/window/JobsView.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int usualHeight = 210;

} // namespace

JobsDrawer::JobsDrawer(JobQueue& queue, const Actions& actions, QWidget* parent)
    : GroundFrame(Token::Surface, Edge::None, parent)
    , m_queue(queue)
    , m_model(new JobsModel(queue, this))
    , m_view(new JobsView(*m_model))
    , m_stack(new QStackedWidget)
    , m_summary(new TextLabel(TextLabel::Rank::Second))
{
    auto* heading = new TextLabel(TextLabel::Rank::Heading, tr("Jobs"));
    m_summary->setElide(Qt::ElideRight);
    auto* retry = new ActionButton;
    retry->setAction(actions.retryFailed);
    auto* clear = new ActionButton;
    clear->setAction(actions.clearFinished);
    auto* close = new QToolButton;
    close->setIcon(lineIcon(QStringLiteral("x")));
    close->setAutoRaise(true);
    close->setMinimumSize(hugeGap, hugeGap);
    close->setToolTip(tr("Hide jobs"));
    close->setAccessibleName(tr("Hide jobs"));
    connect(close, &QToolButton::clicked, actions.hide, &QAction::trigger);

    auto* head = new QHBoxLayout;
    head->setContentsMargins(wideGap, gap, gap, smallGap);
    head->setSpacing(gap);
    head->addWidget(heading);
    head->addWidget(m_summary, 1);
    head->addWidget(retry);
    head->addWidget(clear);
    head->addWidget(close);
    auto* hint = new TextLabel(TextLabel::Rank::Second,
        tr("No jobs. Conversions run here, and go on while you look at something else."));
    hint->setWordWrap(true);
    hint->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    hint->setContentsMargins(wideGap, 0, wideGap, gap);
    m_stack->addWidget(hint);
    m_stack->addWidget(m_view);
    auto* divider = new GroundFrame(Token::Divider, Edge::None);
    divider->setFixedHeight(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(divider);
    column->addLayout(head);
    column->addWidget(m_stack, 1);
    setAccessibleName(tr("Jobs"));

    connect(&queue, &JobQueue::changed, this, &JobsDrawer::refresh);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, [this] {
        // Something can be done by key as soon as there is something.
        if (!m_view->currentIndex().isValid())
            m_view->setCurrentIndex(m_model->index(0));
    });
    if (m_model->rowCount() > 0)
        m_view->setCurrentIndex(m_model->index(0));
    refresh();
}

QSize JobsDrawer::sizeHint() const
{
    return {GroundFrame::sizeHint().width(), usualHeight};
}

void JobsDrawer::refresh()
{
    m_stack->setCurrentIndex(m_queue.jobs().isEmpty() ? 0 : 1);
    const QString summary = countsText(m_queue);
    m_summary->setText(summary);
    m_summary->setToolTip(summary);
}

} // namespace platter::app
