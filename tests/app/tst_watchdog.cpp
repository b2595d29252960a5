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

QTEST_MAIN(TestWatchdog)
#include "tst_watchdog.moc"
