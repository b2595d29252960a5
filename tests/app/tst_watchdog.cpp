// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/GuiWatchdog.h"

#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <vector>

using namespace platter::app;
using namespace std::chrono_literals;

namespace {

/// Uses the processor for that long.
void work(std::chrono::milliseconds time)
{
    const std::clock_t start = std::clock();
    const auto clocks = static_cast<std::clock_t>(CLOCKS_PER_SEC * time.count() / 1000);
    while (std::clock() - start < clocks) { }
}

class Worker final : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;
    std::function<void()> deed;

protected:
    bool event(QEvent* event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        deed();
        return true;
    }
};

} // namespace

/// The watchdog tells what held the GUI thread.
class TestWatchdog final : public QObject {
    Q_OBJECT

private slots:
    void namesTheCulprit();
    void isSilentBelowTheThreshold();
    void doesNotCountWhatOthersUse();
    void aWallClockSeesWaiting();
    void canCountEventsAlone();

private:
    std::vector<GuiWatchdog::Block> blocksOf(
        GuiWatchdog::Clock clock, std::chrono::milliseconds threshold, std::function<void()> deed);
};

std::vector<GuiWatchdog::Block> TestWatchdog::blocksOf(
    GuiWatchdog::Clock clock, std::chrono::milliseconds threshold, std::function<void()> deed)
{
    std::vector<GuiWatchdog::Block> blocks;
    Worker worker;
    worker.setObjectName(QStringLiteral("idler"));
    bool done = false;
    worker.deed = [&] {
        deed();
        done = true;
    };
    GuiWatchdog watchdog(
        clock, threshold, [&](const GuiWatchdog::Block& block) { blocks.push_back(block); });
    QTimer::singleShot(
        0, &worker, [&] { QCoreApplication::postEvent(&worker, new QEvent(QEvent::User)); });
    [&] { QTRY_VERIFY(done); }();
    QTest::qWait(20);
    return blocks;
}

void TestWatchdog::namesTheCulprit()
{
    const auto blocks = blocksOf(GuiWatchdog::Clock::Processor, 50ms, [] { work(120ms); });
    QCOMPARE(blocks.size(), std::size_t{1});
    QVERIFY(blocks[0].busy >= 100ms);
    QVERIFY(blocks[0].longest >= 100ms);
    QVERIFY2(blocks[0].culprit.contains("Worker (idler)"), qPrintable(blocks[0].culprit));
    QVERIFY(blocks[0].culprit.startsWith("User"));
}

void TestWatchdog::isSilentBelowTheThreshold()
{
    QVERIFY(blocksOf(GuiWatchdog::Clock::Processor, 10s, [] { work(60ms); }).empty());
}

void TestWatchdog::doesNotCountWhatOthersUse()
{
    QVERIFY(blocksOf(GuiWatchdog::Clock::Processor, 100ms, [] { QThread::msleep(150); }).empty());
}

void TestWatchdog::aWallClockSeesWaiting()
{
    const auto blocks = blocksOf(GuiWatchdog::Clock::Wall, 100ms, [] { QThread::msleep(150); });
    QVERIFY(!blocks.empty());
}

/// As tests of the window are timed: what they do themselves, between events, does not count.
void TestWatchdog::canCountEventsAlone()
{
    std::vector<GuiWatchdog::Block> blocks;
    GuiWatchdog watchdog(
        GuiWatchdog::Clock::Processor, 100ms,
        [&](const GuiWatchdog::Block& block) { blocks.push_back(block); }, nullptr,
        GuiWatchdog::Counting::EventsOnly);
    Worker worker;
    const auto deliver = [&](std::chrono::milliseconds time) {
        worker.deed = [time] { work(time); };
        QEvent event(QEvent::User);
        QCoreApplication::sendEvent(&worker, &event);
        watchdog.leave();
    };
    watchdog.endStretch();
    watchdog.reset();
    deliver(30ms);
    work(200ms); // of the test
    deliver(30ms);
    watchdog.endStretch();
    QVERIFY(blocks.empty());
    QVERIFY(watchdog.worst().busy >= 50ms); // both events, for there was no break between them
    QVERIFY(watchdog.worst().busy < 100ms);
    deliver(70ms);
    deliver(70ms);
    watchdog.endStretch();
    QCOMPARE(blocks.size(), std::size_t{1});
    QVERIFY(blocks[0].busy >= 130ms);
    // A break lies between them.
    deliver(70ms);
    watchdog.endStretch();
    deliver(70ms);
    watchdog.endStretch();
    QCOMPARE(blocks.size(), std::size_t{1});
}

QTEST_MAIN(TestWatchdog)
#include "tst_watchdog.moc"
