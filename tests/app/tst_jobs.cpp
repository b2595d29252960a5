// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/JobQueue.h"
#include "app/text/JobText.h"
#include "tests/app/ScriptedTask.h"
#include "tests/app/WatchedTest.h"

#include <QElapsedTimer>
#include <QLocale>
#include <QSignalSpy>

using namespace platter;
using namespace platter::app;
using namespace std::chrono_literals;
using platter::tests::Script;
using platter::tests::ScriptedTask;
using State = QueuedJob::State;

namespace {

/// A queue with jobs that do what their scripts say.
struct Bench {
    JobQueue queue;
    std::vector<std::shared_ptr<Script>> scripts;

    QueuedJob* add(const QString& name, QStringList writes = {}, QStringList reads = {})
    {
        scripts.push_back(std::make_shared<Script>());
        auto task = std::make_shared<ScriptedTask>(name, scripts.back());
        task->written = std::move(writes);
        task->read = std::move(reads);
        return queue.add(task);
    }
    Script& script(std::size_t index) { return *scripts[index]; }
    /// Lets a job do all its steps.
    void let(std::size_t index) { scripts[index]->steps = 4; }
};

QString states(const JobQueue& queue)
{
    QString letters;
    for (const QueuedJob* job : queue.jobs())
        letters += QLatin1Char("OWRPSDFC"[static_cast<int>(job->state())]);
    return letters;
}

} // namespace

/// The order, the places and the ends of jobs, whatever they do.
class TestJobs final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void runsTwoAtOnceInOrder();
    void morePlacesStartMore();
    void writesAFileByOneJobAtATime();
    void waitsForAnEarlierWriterOfItsSource();
    void pausedWorkStandsStillAndGivesItsPlaceAway();
    void cancelsWhatWaitsRunsOrStandsStill_data();
    void cancelsWhatWaitsRunsOrStandsStill();
    void failsAndTriesAgain();
    void whatNobodyWantsLeavesNothing();
    void movesWhatWaits();
    void clearsWhatIsFinishedOnly();
    void tellsOnceHowAllEnded();
    void countsAnImageByItsLastJob();
    void tellsQuarters();
    void offersWithoutStarting();
    void stopsAllWhenItGoes();
    void ratesAndTimes();
    void texts_data();
    void texts();
};

void TestJobs::runsTwoAtOnceInOrder()
{
    Bench bench;
    for (const char* name : {"a", "b", "c", "d"})
        bench.add(QString::fromLatin1(name));
    QCOMPARE(states(bench.queue), QStringLiteral("RRWW"));
    bench.let(1);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("RDRW"));
    bench.let(0);
    bench.let(2);
    bench.let(3);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DDDD"));
    QCOMPARE(bench.queue.jobs()[0]->outcome().resultLength, 4 * ScriptedTask::step);
    QCOMPARE(bench.queue.jobs()[0]->permille(), 1000);
}

void TestJobs::morePlacesStartMore()
{
    Bench bench;
    for (const char* name : {"a", "b", "c", "d"})
        bench.add(QString::fromLatin1(name));
    bench.queue.setMostAtOnce(3);
    QCOMPARE(states(bench.queue), QStringLiteral("RRRW"));
    bench.queue.setMostAtOnce(1); // stops nothing
    QCOMPARE(states(bench.queue), QStringLiteral("RRRW"));
    bench.let(0);
    bench.let(1);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DDRW"));
    bench.queue.setMostAtOnce(100);
    QCOMPARE(bench.queue.mostAtOnce(), JobQueue::mostEver);
}

void TestJobs::writesAFileByOneJobAtATime()
{
    Bench bench;
    bench.add("a", {"/x"});
    bench.add("b", {"/x"});
    bench.add("c", {"/y"});
    QCOMPARE(states(bench.queue), QStringLiteral("RWR"));
    bench.let(2);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("RWD"));
    bench.let(0);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DRD"));
    // Reading what is written, or writing what is read, is no better.
    bench.add("d", {"/z"}, {"/x"});
    QCOMPARE(states(bench.queue), QStringLiteral("DRDW"));
    bench.let(1);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DDDR"));
    bench.add("e", {"/x"});
    QCOMPARE(states(bench.queue), QStringLiteral("DDDRW"));
}

void TestJobs::waitsForAnEarlierWriterOfItsSource()
{
    Bench bench;
    bench.add("a", {"/a"});
    bench.add("b", {"/b"});
    bench.add("c", {"/c"}, {"/a"});
    bench.add("d", {"/d"}, {"/c"}); // must not overtake the job that makes its source
    bench.let(1);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("RDWW"));
    bench.let(0);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DDRW"));
    bench.let(2);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DDDR"));
}

void TestJobs::pausedWorkStandsStillAndGivesItsPlaceAway()
{
    Bench bench;
    bench.queue.setMostAtOnce(1);
    QueuedJob* first = bench.add("a");
    QueuedJob* second = bench.add("b");
    bench.script(0).steps = 1;
    QTRY_COMPARE(bench.script(0).stepsDone.load(), 1);
    bench.queue.pause(*first);
    QCOMPARE(first->state(), State::Paused);
    QCOMPARE(jobDetail(*first), QStringLiteral("Pausing"));
    QCOMPARE(second->state(), State::Running);
    QTRY_VERIFY(first->isHeld());
    QCOMPARE(jobDetail(*first), QStringLiteral("Paused"));
    bench.let(0);
    QTest::qWait(50);
    QCOMPARE(bench.script(0).stepsDone.load(), 1);
    // The place is taken: it goes on when there is one.
    bench.queue.resume(*first);
    QCOMPARE(first->state(), State::Waiting);
    QTest::qWait(50);
    QCOMPARE(bench.script(0).stepsDone.load(), 1);
    bench.let(1);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DD"));
    QCOMPARE(bench.script(0).starts.load(), 1);
}

void TestJobs::cancelsWhatWaitsRunsOrStandsStill_data()
{
    QTest::addColumn<QString>("before");
    for (const char* before : {"waiting", "running", "paused", "paused and asked to go on"})
        QTest::newRow(before) << QString::fromLatin1(before);
}

void TestJobs::cancelsWhatWaitsRunsOrStandsStill()
{
    QFETCH(const QString, before);
    Bench bench;
    bench.queue.setMostAtOnce(1);
    QueuedJob* job = bench.add("a");
    if (before == QLatin1String("waiting")) {
        job = bench.add("b");
        QCOMPARE(job->state(), State::Waiting);
    } else {
        bench.script(0).endless = true;
        if (before != QLatin1String("running")) {
            bench.queue.pause(*job);
            QTRY_VERIFY(job->isHeld());
        }
        if (before == QLatin1String("paused and asked to go on")) {
            bench.add("b");
            bench.queue.resume(*job);
            QCOMPARE(job->state(), State::Waiting);
        }
    }
    QElapsedTimer clock;
    clock.start();
    bench.queue.cancel(*job);
    QVERIFY(job->state() == State::Cancelled || job->state() == State::Stopping);
    QVERIFY(clock.elapsed() < 100);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Cancelled, 1000);
    QCOMPARE(jobDetail(*job), QStringLiteral("Cancelled. Nothing was written."));
    QTRY_COMPARE(bench.script(before == QLatin1String("waiting") ? 1 : 0).drops.load(), 1);
}

void TestJobs::failsAndTriesAgain()
{
    Bench bench;
    QueuedJob* job = bench.add("a");
    QueuedJob* other = bench.add("b");
    bench.script(0).fails = true;
    bench.let(0);
    QTRY_COMPARE(job->state(), State::Failed);
    QCOMPARE(jobDetail(*job), QStringLiteral("The disk is full."));
    QVERIFY(jobSpoken(*job).contains(QStringLiteral("failed")));
    QCOMPARE(queueText(bench.queue), QStringLiteral("Jobs: %n failed").replace("%n", "1"));
    QCOMPARE(other->state(), State::Running);
    bench.queue.retry(*other); // what runs is not started twice
    QCOMPARE(bench.script(1).starts.load(), 1);
    bench.script(0).fails = false;
    bench.queue.retryAllFailed();
    QTRY_COMPARE(job->state(), State::Done);
    QCOMPARE(bench.script(0).starts.load(), 2);
    QVERIFY(job->error().why.isEmpty());
    QCOMPARE(bench.script(0).drops.load(), 0); // the second try may have gone on with the first
}

void TestJobs::whatNobodyWantsLeavesNothing()
{
    Bench bench;
    QueuedJob* failed = bench.add("a");
    bench.script(0).fails = true;
    bench.let(0);
    QTRY_COMPARE(failed->state(), State::Failed);
    bench.queue.forget(*failed);
    QTRY_COMPARE(bench.script(0).drops.load(), 1);
    QueuedJob* done = bench.add("b");
    bench.let(1);
    QTRY_COMPARE(done->state(), State::Done);
    bench.queue.forget(*done);
    const auto script = std::make_shared<Script>();
    QueuedJob* offered = bench.queue.offer(std::make_shared<ScriptedTask>("c", script));
    bench.queue.forget(*offered);
    QTRY_COMPARE(script->drops.load(), 1);
    QCOMPARE(bench.script(1).drops.load(), 0);
}

void TestJobs::movesWhatWaits()
{
    Bench bench;
    for (const char* name : {"a", "b", "c", "d", "e"})
        bench.add(QString::fromLatin1(name));
    const auto names = [&] {
        QString all;
        for (const QueuedJob* job : bench.queue.jobs())
            all += job->subject().right(1);
        return all;
    };
    QueuedJob* last = bench.queue.jobs()[4];
    QCOMPARE(bench.queue.placeNextTo(*last, 1), -1);
    QCOMPARE(bench.queue.placeNextTo(*last, -1), 3);
    const QSignalSpy moved(&bench.queue, &JobQueue::moved);
    bench.queue.move(*last, 3);
    QCOMPARE(names(), QStringLiteral("abced"));
    bench.queue.move(*last, 2);
    QCOMPARE(names(), QStringLiteral("abecd"));
    QCOMPARE(moved.count(), 2);
    QCOMPARE(bench.queue.placeNextTo(*last, -1), -1); // above it nothing waits
    bench.queue.move(*bench.queue.jobs()[0], 3); // it runs
    QCOMPARE(names(), QStringLiteral("abecd"));
    bench.let(0);
    QTRY_COMPARE(last->state(), State::Running);
    QCOMPARE(states(bench.queue), QStringLiteral("DRRWW"));
}

void TestJobs::clearsWhatIsFinishedOnly()
{
    Bench bench;
    bench.queue.setMostAtOnce(8);
    for (const char* name : {"done", "failed", "cancelled", "running"})
        bench.add(QString::fromLatin1(name));
    bench.script(1).fails = true;
    bench.let(0);
    bench.let(1);
    bench.queue.cancel(*bench.queue.jobs()[2]);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("DFCR"));
    const QSignalSpy removed(&bench.queue, &JobQueue::removed);
    bench.queue.clearFinished();
    QCOMPARE(states(bench.queue), QStringLiteral("FR"));
    QCOMPARE(removed.count(), 2);
    bench.queue.forget(*bench.queue.jobs()[1]); // it runs
    bench.queue.forget(*bench.queue.jobs()[0]);
    QCOMPARE(states(bench.queue), QStringLiteral("R"));
}

void TestJobs::tellsOnceHowAllEnded()
{
    Bench bench;
    QSignalSpy ends(&bench.queue, &JobQueue::ranOut);
    for (const char* name : {"a", "b", "c", "d"})
        bench.add(QString::fromLatin1(name));
    bench.script(1).fails = true;
    bench.queue.pause(*bench.queue.jobs()[0]);
    for (std::size_t i = 1; i < 4; ++i)
        bench.let(i);
    QTRY_COMPARE(states(bench.queue), QStringLiteral("PFDD"));
    QCOMPARE(ends.count(), 0); // one can still go on
    bench.queue.resume(*bench.queue.jobs()[0]);
    bench.let(0);
    QTRY_COMPARE(ends.count(), 1);
    const auto told = ends.front().front().value<JobQueue::Ends>();
    QCOMPARE(told.done, 3);
    QCOMPARE(told.failed, 1);
    QCOMPARE(endsText(told), QStringLiteral("3 done, 1 failed."));
}

void TestJobs::countsAnImageByItsLastJob()
{
    Bench bench;
    QSignalSpy ends(&bench.queue, &JobQueue::ranOut);
    bench.queue.setMostAtOnce(1);
    for (int i = 0; i < 5; ++i) {
        bench.add(i < 3 ? "same" : i == 3 ? "other" : "third");
        bench.script(static_cast<std::size_t>(i)).fails = i != 3;
        bench.let(static_cast<std::size_t>(i));
    }
    QTRY_COMPARE(ends.count(), 1);
    const auto told = ends.front().front().value<JobQueue::Ends>();
    QCOMPARE(told.failed, 2);
    QCOMPARE(told.done, 1);
}

void TestJobs::tellsQuarters()
{
    Bench bench;
    QSignalSpy told(&bench.queue, &JobQueue::reached);
    QueuedJob* job = bench.add("a");
    QCOMPARE(told.count(), 1); // it began
    QTest::qWait(350);
    QVERIFY(job->showsProgress());
    for (int step = 1; step < 4; ++step) {
        bench.script(0).steps = step;
        QTRY_COMPARE(told.count(), step + 1);
        QCOMPARE(job->permille(), step * 250);
    }
    bench.script(0).steps = 4;
    QTRY_COMPARE(job->state(), State::Done);
    QCOMPARE(told.count(), 5);
}

void TestJobs::offersWithoutStarting()
{
    Bench bench;
    const auto script = std::make_shared<Script>();
    script->steps = 4;
    QueuedJob* job = bench.queue.offer(std::make_shared<ScriptedTask>("a", script));
    QueuedJob* other = bench.queue.offer(std::make_shared<ScriptedTask>("b", script));
    QTest::qWait(30);
    QCOMPARE(job->state(), State::Offered);
    QVERIFY(!bench.queue.hasUnfinished());
    bench.queue.clearFinished();
    QCOMPARE(states(bench.queue), QStringLiteral("OO"));
    bench.queue.forget(*other);
    bench.queue.retryAllOffered();
    QTRY_COMPARE(states(bench.queue), QStringLiteral("D"));
}

void TestJobs::stopsAllWhenItGoes()
{
    const auto script = std::make_shared<Script>();
    script->endless = true;
    {
        JobQueue queue;
        QueuedJob* running = queue.add(std::make_shared<ScriptedTask>("a", script, 1'000'000'000));
        QueuedJob* paused = queue.add(std::make_shared<ScriptedTask>("b", script, 1'000'000'000));
        QTRY_COMPARE(script->starts.load(), 2);
        queue.pause(*paused);
        QTRY_VERIFY(paused->isHeld());
        QCOMPARE(running->state(), State::Running);
    } // else this waits for days
    const int done = script->stepsDone;
    QTest::qWait(20);
    QCOMPARE(script->stepsDone.load(), done);
    QCOMPARE(script->drops.load(), 0); // they are offered again
}

void TestJobs::ratesAndTimes()
{
    RateMeter meter;
    constexpr quint64 mib = 1 << 20;
    QVERIFY(!meter.bytesPerSecond());
    for (int i = 0; i <= 4; ++i)
        meter.add(i * 100ms, static_cast<quint64>(i) * 10 * mib);
    QVERIFY(!meter.bytesPerSecond()); // too short to tell
    for (int i = 5; i <= 49; ++i)
        meter.add(i * 100ms, static_cast<quint64>(i) * 10 * mib);
    QCOMPARE(*meter.bytesPerSecond(), 100.0 * mib);
    QVERIFY(!meter.left(490 * mib, 1490 * mib)); // not before five seconds
    meter.add(5000ms, 500 * mib);
    QCOMPARE(*meter.left(500 * mib, 1500 * mib), 10s);
    // Five seconds later the rate is that of the last five alone.
    for (int i = 51; i <= 100; ++i)
        meter.add(i * 100ms, 500 * mib + static_cast<quint64>(i - 50) * mib);
    QCOMPARE(*meter.bytesPerSecond(), 10.0 * mib);
    // A pause says nothing of the rate.
    meter.interrupt();
    QVERIFY(!meter.bytesPerSecond());
    meter.add(100s, 550 * mib);
    meter.add(101s, 600 * mib);
    QCOMPARE(*meter.bytesPerSecond(), 50.0 * mib);
    QCOMPARE(*meter.left(600 * mib, 650 * mib), 1s);
    meter.add(107s, 600 * mib); // stands still
    meter.add(108s, 600 * mib);
    meter.add(109s, 600 * mib);
    meter.add(113s, 600 * mib);
    QVERIFY(!meter.left(600 * mib, 650 * mib));
}

void TestJobs::texts_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<QString>("left");
    QTest::addColumn<QString>("took");
    QTest::newRow("nothing") << 0 << "less than 10 s"
                             << "less than 1 s";
    QTest::newRow("seconds") << 12 << "20 s"
                             << "12 s";
    QTest::newRow("just below a minute") << 59 << "60 s"
                                         << "59 s";
    QTest::newRow("a minute and a half") << 91 << "2 min"
                                         << "2 min";
    QTest::newRow("minutes are rounded to five") << 13 * 60 << "15 min"
                                                 << "13 min";
    QTest::newRow("an hour") << 3600 << "1 h"
                             << "1 h";
    QTest::newRow("more than an hour") << 3600 + 20 * 60 << "1 h 20 min"
                                       << "1 h 20 min";
    QTest::newRow("days") << 200'000 << "more than a day"
                          << "more than a day";
}

void TestJobs::texts()
{
    QFETCH(const int, seconds);
    QTEST(timeLeftText(std::chrono::seconds{seconds}), "left");
    QTEST(durationText(std::chrono::seconds{seconds}), "took");
    QCOMPARE(rateText(310.0 * (1 << 20)), QStringLiteral("310\u00A0MiB/s"));
}

PLATTER_GUI_MAIN(TestJobs)
#include "tst_jobs.moc"
