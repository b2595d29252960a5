// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/GuiWatchdog.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QEvent>
#include <QMetaEnum>
#include <QWindow>

#include <ctime>

namespace platter::app {

GuiWatchdog::GuiWatchdog(Clock clock, std::chrono::nanoseconds threshold,
    std::function<void(const Block&)> report, QObject* parent, Counting counting)
    : QObject(parent)
    , m_clock(clock)
    , m_counting(counting)
    , m_threshold(threshold)
    , m_report(std::move(report))
{
    QAbstractEventDispatcher* dispatcher = QAbstractEventDispatcher::instance();
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, &GuiWatchdog::wake);
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, &GuiWatchdog::pause);
    QCoreApplication::instance()->installEventFilter(this);
}

GuiWatchdog::~GuiWatchdog() = default;

std::chrono::nanoseconds GuiWatchdog::now() const
{
    timespec time{};
    ::clock_gettime(m_clock == Clock::Wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

void GuiWatchdog::wake()
{
    pause(); // the event loop took a break in between, however short
    m_awakeSince = m_eventSince = now();
    m_event = {};
    m_present = {};
    if (m_counting == Counting::EventsOnly)
        m_leftAt = m_awakeSince;
}

void GuiWatchdog::leave()
{
    if (!m_awakeSince || m_leftAt)
        return;
    const auto at = now();
    endEvent(at);
    m_leftAt = at;
}

void GuiWatchdog::pause()
{
    if (!m_awakeSince)
        return;
    const auto at = m_leftAt.value_or(now());
    if (!m_leftAt)
        endEvent(at);
    m_present.busy = at - *m_awakeSince;
    m_awakeSince.reset();
    m_leftAt.reset();
    if (m_present.busy > m_worst.busy)
        m_worst = m_present;
    if (m_present.busy > m_threshold && m_report)
        m_report(m_present);
}

void GuiWatchdog::endEvent(std::chrono::nanoseconds at)
{
    const auto took = at - m_eventSince;
    m_eventSince = at;
    if (took <= m_present.longest)
        return;
    m_present.longest = took;
    const char* type = QMetaEnum::fromType<QEvent::Type>().valueToKey(m_event.type);
    m_present.culprit = m_event.receiver
        ? QStringLiteral("%1 to %2 (%3)")
              .arg(type ? QString::fromLatin1(type) : QString::number(m_event.type),
                  QString::fromLatin1(m_event.receiver), m_event.name)
        : QStringLiteral("the event loop");
}

bool GuiWatchdog::eventFilter(QObject* watched, QEvent* event)
{
    const auto at = now();
    if (!m_awakeSince) {
        m_awakeSince = m_eventSince = at; // sent while nothing was waited for
        m_present = {};
    } else if (m_leftAt) {
        *m_awakeSince += at - *m_leftAt; // as if what lay between had not been
        m_eventSince = at;
        m_leftAt.reset();
    } else {
        endEvent(at);
    }
    if (event->type() == QEvent::Expose && watched->isWindowType()
        && static_cast<QWindow*>(watched)->type() == Qt::Window)
        m_present.opensWindow = true;
    m_event = {event->type(), watched->metaObject()->className(), watched->objectName()};
    return false;
}

void startLoggingWatchdog()
{
#ifdef _GLIBCXX_ASSERTIONS
    bool given = false;
    const int wanted = qEnvironmentVariableIntValue("PLATTER_WATCHDOG", &given);
    const std::chrono::milliseconds threshold{given ? wanted : 50};
    new GuiWatchdog(
        GuiWatchdog::Clock::Wall, threshold,
        [](const GuiWatchdog::Block& block) {
            using std::chrono::duration_cast;
            using std::chrono::milliseconds;
            qWarning("The window did not answer for %lld ms, %lld ms of it in: %s",
                static_cast<long long>(duration_cast<milliseconds>(block.busy).count()),
                static_cast<long long>(duration_cast<milliseconds>(block.longest).count()),
                qPrintable(block.culprit));
        },
        QCoreApplication::instance());
#endif
}

} // namespace platter::app
