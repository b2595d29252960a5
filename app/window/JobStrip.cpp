// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/JobStrip.h"

#include "app/window/Look.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QToolButton>

#include <algorithm>
#include <chrono>

namespace platter::app {

namespace {

    constexpr std::chrono::milliseconds shortWork{300};

} // namespace

JobStrip::JobStrip(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_text(new TextLabel(TextLabel::Rank::Second, this))
    , m_bar(new QProgressBar(this))
    , m_cancel(new QToolButton(this))
{
    m_bar->setRange(0, 1000);
    m_bar->setFixedWidth(120);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(gap);
    m_cancel->setIcon(lineIcon(QStringLiteral("x")));
    m_cancel->setAutoRaise(true);
    m_cancel->setToolTip(tr("Stop"));
    connect(m_cancel, &QToolButton::clicked, this, [this] {
        if (m_shown)
            m_shown->cancel();
    });
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(gap);
    row->addWidget(m_text);
    row->addWidget(m_bar);
    row->addWidget(m_cancel);

    m_delay.setSingleShot(true);
    m_delay.setInterval(shortWork);
    connect(&m_delay, &QTimer::timeout, this, &JobStrip::choose);
    connect(&document, &ImageDocument::runnerAdded, this, &JobStrip::watch);
    for (JobRunner* runner : document.runners())
        watch(runner);
    hide();
}

void JobStrip::watch(JobRunner* runner)
{
    connect(runner, &JobRunner::started, this, [this] {
        if (!m_delay.isActive())
            m_delay.start();
    });
    connect(runner, &JobRunner::ended, this, [this] {
        if (!m_delay.isActive())
            choose();
    });
    connect(runner, &JobRunner::progressed, this, [this, runner](int permille) {
        if (runner == m_shown) {
            m_bar->setRange(0, permille == 0 ? 0 : 1000);
            m_bar->setValue(permille);
        }
    });
}

void JobStrip::choose()
{
    const auto& runners = m_document.runners();
    const auto running = std::find_if(runners.begin(), runners.end(),
        [](const JobRunner* runner) { return runner->isRunning(); });
    m_shown = running == runners.end() ? nullptr : *running;
    setVisible(m_shown != nullptr);
    if (!m_shown)
        return;
    m_text->setText(m_shown->title());
    m_bar->setRange(0, m_shown->permille() == 0 ? 0 : 1000);
    m_bar->setValue(m_shown->permille());
    m_bar->setAccessibleName(tr("Progress: %1").arg(m_shown->title()));
    m_cancel->setAccessibleName(tr("Stop: %1").arg(m_shown->title()));
}

} // namespace platter::app
