// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/QueueStrip.h"

#include "app/text/JobText.h"
#include "app/window/Look.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QToolButton>

namespace platter::app {

QueueStrip::QueueStrip(JobQueue& queue, QWidget* parent)
    : QWidget(parent)
    , m_queue(queue)
    , m_bar(new QProgressBar)
    , m_button(new QToolButton)
{
    m_bar->setRange(0, 1000);
    m_bar->setFixedSize(80, gap);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress of all jobs"));
    m_button->setAutoRaise(true);
    m_button->setMinimumHeight(hugeGap);
    m_button->setFocusPolicy(Qt::TabFocus);
    m_button->setToolTip(tr("Show or hide the jobs"));
    connect(m_button, &QToolButton::clicked, this, &QueueStrip::clicked);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, gap, 0);
    row->setSpacing(gap);
    row->addWidget(m_bar);
    row->addWidget(m_button);

    // What is over sooner is not shown at all.
    m_delay.setSingleShot(true);
    m_delay.setInterval(QueuedJob::shortWork);
    connect(&m_delay, &QTimer::timeout, this, &QueueStrip::refresh);
    connect(&queue, &JobQueue::changed, this, [this] {
        if (!m_delay.isActive())
            m_delay.start();
    });
    connect(&queue, &JobQueue::progressed, this, [this] {
        if (!m_delay.isActive())
            refresh();
    });
    refresh();
}

void QueueStrip::announce(const QString& words)
{
    m_announced = words;
    m_button->setAccessibleDescription(words);
    // Qt before 6.8 knows no announcement: an alert whose description is new is what is read.
    QAccessibleEvent described(m_button, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&described);
    QAccessibleEvent alert(m_button, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void QueueStrip::refresh()
{
    const QString words = queueText(m_queue);
    setVisible(!words.isEmpty());
    if (words != m_button->text()) {
        m_button->setText(words);
        m_button->setAccessibleName(words);
    }
    const JobQueue::Sum sum = m_queue.sum();
    m_bar->setVisible(sum.running > 0);
    m_bar->setValue(sum.permille);
}

} // namespace platter::app
