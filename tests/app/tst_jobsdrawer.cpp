// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/JobPassphraseDialog.h"
#include "app/jobs/ConversionJob.h"
#include "app/models/JobsModel.h"
#include "app/text/JobText.h"
#include "app/window/ActionSet.h"
#include "app/window/JobRow.h"
#include "app/window/JobsDrawer.h"
#include "app/window/JobsView.h"
#include "app/window/QueueStrip.h"
#include "app/window/WindowJobs.h"
#include "tests/app/ScriptedTask.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QSignalSpy>
#include <QToolButton>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::Script;
using platter::tests::ScriptedTask;
using platter::tests::WindowBench;
using State = QueuedJob::State;

namespace {

/// A window whose jobs do what their scripts say.
struct Bench : WindowBench {
    std::vector<std::shared_ptr<Script>> scripts;

    Bench() { static_cast<void>(QTest::qWaitForWindowActive(&window())); }

    QueuedJob* add(const QString& name)
    {
        scripts.push_back(std::make_shared<Script>());
        return jobs().add(std::make_shared<ScriptedTask>(name, scripts.back()));
    }
    Script& script(std::size_t index) { return *scripts[index]; }
    JobsDrawer& drawer() { return window().windowJobs().drawer(); }
    JobsView& view() { return drawer().view(); }
    QueueStrip& strip() { return window().windowJobs().strip(); }
    QAction* action(const char* id) const
    {
        return const_cast<Bench*>(this)->window().actionSet().find(QString::fromLatin1(id));
    }
    JobRow* row(const QueuedJob* job)
    {
        QTest::qWait(1); // the list is laid out
        return view().rowOf(*job);
    }
    QString subjects()
    {
        QString all;
        for (const QueuedJob* job : jobs().jobs())
            all += job->subject().right(1);
        return all;
    }
};

bool shows(const QWidget& parent, const QString& part)
{
    for (const QLabel* label : parent.findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains(part))
            return true;
    }
    return false;
}

} // namespace

/// The drawer of the jobs, with real keys and clicks.
class TestJobsDrawer final : public QObject {
    Q_OBJECT

private slots:
    void opensByKeyAndByTheStrip();
    void pausesResumesAndCancelsByItsButtons();
    void worksByKeys();
    void ordersByKeys();
    void ordersByDragging();
    void saysWhatFailedAndTriesAgain();
    void actionsSayWhyNot();
    void shortWorkShowsNothing();
    void theStripShowsTheSum();
    void announcesStartQuartersAndEnd();
    void clearsFinished();
    void onlyWhatIsInViewHasWidgets();
    void threeConversions();
    void asksForAPassphrase();
    void modelValues();
};

void TestJobsDrawer::opensByKeyAndByTheStrip()
{
    Bench bench;
    QVERIFY(!bench.drawer().isVisible());
    QVERIFY(!bench.strip().isVisible()); // nothing to tell
    QTest::keyClick(&bench.window(), Qt::Key_J, Qt::ControlModifier);
    QVERIFY(bench.drawer().isVisible());
    QVERIFY(shows(bench.drawer(), QStringLiteral("No jobs.")));
    QTest::keyClick(&bench.window(), Qt::Key_J, Qt::ControlModifier);
    QVERIFY(!bench.drawer().isVisible());
    bench.add("a");
    QTRY_VERIFY(bench.strip().isVisible());
    QTest::mouseClick(bench.strip().findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(bench.drawer().isVisible());
    QVERIFY(bench.view().hasFocus());
    QTRY_VERIFY(shows(bench.drawer(), QStringLiteral("Copy a")));
    QVERIFY(WindowBench::click(bench.drawer(), QString())); // its cross
    QVERIFY(!bench.drawer().isVisible());
}

void TestJobsDrawer::pausesResumesAndCancelsByItsButtons()
{
    Bench bench;
    QueuedJob* job = bench.add("a");
    bench.script(0).steps = 1;
    bench.window().windowJobs().show();
    JobRow* row = bench.row(job);
    QVERIFY(row);
    QVERIFY(WindowBench::click(*row, QStringLiteral("Pause")));
    QCOMPARE(job->state(), State::Paused);
    QTRY_VERIFY(shows(*row, QStringLiteral("Paused")));
    QVERIFY(!WindowBench::button(*row, QStringLiteral("Pause")));
    QVERIFY(WindowBench::click(*row, QStringLiteral("Resume")));
    QCOMPARE(job->state(), State::Running);
    QTRY_VERIFY(row->findChild<QProgressBar*>()->isVisible());
    QCOMPARE(row->findChild<QProgressBar*>()->value(), 250);
    QVERIFY(shows(*row, QStringLiteral("25 %")));
    QVERIFY(WindowBench::click(*row, QStringLiteral("Cancel")));
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Cancelled, 1000);
    QVERIFY(shows(*row, QStringLiteral("Cancelled. Nothing was written.")));
    QVERIFY(!row->findChild<QProgressBar*>()->isVisible());
    QVERIFY(WindowBench::click(*row, QStringLiteral("Remove")));
    QVERIFY(bench.jobs().jobs().isEmpty());
    QTRY_VERIFY(shows(bench.drawer(), QStringLiteral("No jobs.")));
}

void TestJobsDrawer::worksByKeys()
{
    Bench bench;
    QueuedJob* job = bench.add("a");
    QTest::keyClick(&bench.window(), Qt::Key_J, Qt::ControlModifier);
    QTRY_VERIFY(bench.view().hasFocus());
    QCOMPARE(bench.view().current(), job);
    QTest::keyClick(&bench.view(), Qt::Key_Space);
    QCOMPARE(job->state(), State::Paused);
    QTest::keyClick(&bench.view(), Qt::Key_Space);
    QCOMPARE(job->state(), State::Running);
    QTest::keyClick(&bench.view(), Qt::Key_Delete);
    QTRY_COMPARE(job->state(), State::Cancelled);
    QTest::keyClick(&bench.view(), Qt::Key_Return); // tries again
    QCOMPARE(job->state(), State::Running);
    // Tab leads to the buttons of the row.
    QTest::qWait(1);
    QTest::keyClick(&bench.view(), Qt::Key_Tab);
    auto* button = qobject_cast<QAbstractButton*>(QApplication::focusWidget());
    QVERIFY(button);
    QCOMPARE(button->text(), QStringLiteral("Pause"));
    QTest::keyClick(button, Qt::Key_Space);
    QCOMPARE(job->state(), State::Paused);
    // The menu of a row.
    QContextMenuEvent menu(QContextMenuEvent::Keyboard, QPoint(), QPoint());
    QApplication::sendEvent(&bench.view(), &menu);
    auto* shown = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(shown);
    QStringList texts;
    for (QAction* action : shown->actions())
        texts << action->text().remove(QLatin1Char('&'));
    QCOMPARE(texts, QStringList({"Resume job", "Cancel job"}));
    shown->close();
}

void TestJobsDrawer::ordersByKeys()
{
    Bench bench;
    for (const char* name : {"a", "b", "c", "d", "e"})
        bench.add(QString::fromLatin1(name));
    bench.window().windowJobs().show();
    QTRY_VERIFY(bench.view().hasFocus());
    QTest::keyClick(&bench.view(), Qt::Key_End);
    QTRY_VERIFY(bench.action("jobs.up")->isEnabled());
    QTest::keyClick(&bench.window(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(bench.subjects(), QStringLiteral("abced"));
    QCOMPARE(bench.view().currentIndex().row(), 3); // goes with it
    QTest::keyClick(&bench.window(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(bench.subjects(), QStringLiteral("abecd"));
    QTRY_VERIFY(!bench.action("jobs.up")->isEnabled());
    QTest::keyClick(&bench.window(), Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(bench.subjects(), QStringLiteral("abced"));
}

void TestJobsDrawer::ordersByDragging()
{
    Bench bench;
    for (const char* name : {"a", "b", "c", "d", "e"})
        bench.add(QString::fromLatin1(name));
    JobsModel& model = bench.drawer().model();
    const QAbstractItemModelTester tester(
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    // What a list does with a row that was dropped.
    QVERIFY(model.moveRow({}, 4, {}, 2));
    QCOMPARE(bench.subjects(), QStringLiteral("abecd"));
    QVERIFY(model.moveRow({}, 2, {}, 5));
    QCOMPARE(bench.subjects(), QStringLiteral("abcde"));
    QVERIFY(!model.moveRow({}, 0, {}, 3)); // it runs
    QVERIFY(!model.flags(model.index(0)).testFlag(Qt::ItemIsDragEnabled));
    QVERIFY(model.flags(model.index(3)).testFlag(Qt::ItemIsDragEnabled));
    QCOMPARE(bench.view().dragDropMode(), QAbstractItemView::InternalMove);
}

void TestJobsDrawer::saysWhatFailedAndTriesAgain()
{
    Bench bench;
    QueuedJob* job = bench.add("a");
    bench.script(0).fails = true;
    bench.script(0).steps = 4;
    bench.window().windowJobs().show();
    QTRY_COMPARE(job->state(), State::Failed);
    JobRow* row = bench.row(job);
    QVERIFY(shows(*row, QStringLiteral("The disk is full.")));
    QVERIFY(shows(bench.drawer(), QStringLiteral("1 failed")));
    bench.script(0).fails = false;
    QVERIFY(WindowBench::click(*row, QStringLiteral("Try again")));
    QTRY_COMPARE(job->state(), State::Done);
    QVERIFY(shows(*row, QStringLiteral("Done in less than 1 s")));
    for (int i = 1; i < 3; ++i) {
        bench.add("b");
        bench.script(static_cast<std::size_t>(i)).fails = true;
        bench.script(static_cast<std::size_t>(i)).steps = 4;
    }
    QTRY_COMPARE(bench.jobs().count(State::Failed), 2);
    bench.script(1).fails = bench.script(2).fails = false;
    QTRY_VERIFY(bench.action("jobs.retryFailed")->isEnabled());
    QVERIFY(WindowBench::click(bench.drawer(), QStringLiteral("Retry all failed")));
    QTRY_COMPARE(bench.jobs().count(State::Done), 3);
}

void TestJobsDrawer::actionsSayWhyNot()
{
    Bench bench;
    QCOMPARE(bench.action("jobs.pause")->toolTip(), QStringLiteral("There are no jobs"));
    QCOMPARE(bench.action("jobs.clearFinished")->toolTip(), QStringLiteral("No job is finished"));
    bench.add("a");
    QTRY_COMPARE(bench.action("jobs.pause")->toolTip(),
        QStringLiteral("Select a job in the list of jobs first"));
    bench.window().windowJobs().show();
    QTRY_VERIFY(bench.action("jobs.pause")->isEnabled());
    QCOMPARE(bench.action("jobs.resume")->toolTip(), QStringLiteral("This job is not paused"));
    QCOMPARE(bench.action("jobs.open")->toolTip(), QStringLiteral("This job is not done"));
    QCOMPARE(
        bench.action("jobs.up")->toolTip(), QStringLiteral("Only a job that waits can be moved"));
    bench.action("jobs.pause")->trigger();
    QTRY_VERIFY(bench.action("jobs.resume")->isEnabled());
    QVERIFY(!bench.action("jobs.pause")->isEnabled());
}

void TestJobsDrawer::shortWorkShowsNothing()
{
    Bench bench;
    bench.window().windowJobs().show();
    QueuedJob* job = bench.add("a");
    bool barWasSeen = false;
    JobRow* row = bench.row(job);
    bench.script(0).steps = 4;
    while (job->isUnfinished()) {
        barWasSeen = barWasSeen || row->findChild<QProgressBar*>()->isVisible()
            || bench.strip().findChild<QProgressBar*>()->isVisible();
        QTest::qWait(5);
    }
    QVERIFY(job->ranFor() < QueuedJob::shortWork);
    QVERIFY(!barWasSeen);
}

void TestJobsDrawer::theStripShowsTheSum()
{
    Bench bench;
    auto* button = bench.strip().findChild<QToolButton*>();
    bench.add("a");
    bench.script(0).steps = 1;
    QTRY_COMPARE(button->text(), QStringLiteral("Jobs: Copy 25 %"));
    bench.add("b");
    bench.script(1).steps = 3;
    QTRY_COMPARE(button->text(), QStringLiteral("Jobs: 2 running, 50 %"));
    QCOMPARE(bench.strip().findChild<QProgressBar*>()->value(), 500);
    bench.script(0).steps = bench.script(1).steps = 4;
    QTRY_COMPARE(button->text(), QStringLiteral("Jobs: 2 done"));
    QVERIFY(!bench.strip().findChild<QProgressBar*>()->isVisible());
    QCOMPARE(button->accessibleName(), button->text());
}

void TestJobsDrawer::announcesStartQuartersAndEnd()
{
    Bench bench;
    // The platform of the test has no screen reader that events would reach: this is what they say.
    const auto* button = bench.strip().findChild<QToolButton*>();
    QueuedJob* job = bench.add("a");
    QCOMPARE(bench.strip().announced(), QStringLiteral("Copy a, Starting"));
    QTest::qWait(350);
    for (int step = 1; step < 4; ++step) {
        bench.script(0).steps = step;
        QTRY_VERIFY(bench.strip().announced().startsWith(
            QStringLiteral("Copy a, %1 %, Copying").arg(step * 25)));
        QCOMPARE(button->accessibleDescription(), bench.strip().announced());
    }
    bench.script(0).steps = 4;
    QTRY_COMPARE(job->state(), State::Done);
    QVERIFY(bench.strip().announced().startsWith(QStringLiteral("Copy a, Done in")));
}

void TestJobsDrawer::clearsFinished()
{
    Bench bench;
    bench.add("a");
    bench.add("b");
    bench.window().windowJobs().show();
    bench.script(0).steps = 4;
    QTRY_COMPARE(bench.jobs().count(State::Done), 1);
    QTRY_VERIFY(bench.action("jobs.clearFinished")->isEnabled());
    QVERIFY(WindowBench::click(bench.drawer(), QStringLiteral("Clear finished")));
    QCOMPARE(bench.subjects(), QStringLiteral("b"));
    QVERIFY(shows(bench.drawer(), QStringLiteral("1 running")));
}

void TestJobsDrawer::onlyWhatIsInViewHasWidgets()
{
    Bench bench;
    bench.window().windowJobs().show();
    for (int i = 0; i < 300; ++i)
        bench.add(QStringLiteral("%1").arg(i));
    QTest::qWait(50);
    QCOMPARE(bench.drawer().model().rowCount(), 300);
    QVERIFY(bench.drawer().findChildren<JobRow*>().size() < 20);
    QVERIFY(bench.view().rowOf(*bench.jobs().jobs()[0]));
    QTest::keyClick(&bench.view(), Qt::Key_End);
    QTest::qWait(50);
    QVERIFY(bench.view().rowOf(*bench.jobs().jobs()[299]));
    QVERIFY(!bench.view().rowOf(*bench.jobs().jobs()[0]));
    QVERIFY(bench.drawer().findChildren<JobRow*>().size() < 20);
}

void TestJobsDrawer::threeConversions()
{
    Bench bench;
    for (const char* name : {"one", "two", "three"}) {
        const QString image = bench.path(QString::fromLatin1(name) + ".qcow2");
        qemuImg({"create", "-f", "qcow2", image, "512M"});
        qemuIo(image, {"write -P 5 0 256M"});
    }
    const auto convert = [&](const char* from, const char* to) {
        ConversionOrder order;
        order.request.source = fromQtPath(bench.path(from));
        order.request.target = fromQtPath(bench.path(to));
        order.request.options.format = "vdi";
        return bench.jobs().add(std::make_shared<const ConversionJob>(std::move(order)));
    };
    bench.window().windowJobs().show();
    QueuedJob* one = convert("one.qcow2", "one.vdi");
    QueuedJob* two = convert("two.qcow2", "two.vdi");
    QueuedJob* three = convert("three.qcow2", "three.vdi");
    QCOMPARE(three->state(), State::Waiting);
    QVERIFY(WindowBench::click(*bench.row(one), QStringLiteral("Pause")));
    QCOMPARE(three->state(), State::Running); // took its place
    QVERIFY(WindowBench::click(*bench.row(two), QStringLiteral("Cancel")));
    QTRY_COMPARE_WITH_TIMEOUT(two->state(), State::Cancelled, 1000);
    QTRY_COMPARE_WITH_TIMEOUT(three->state(), State::Done, 60000);
    QVERIFY(!QFile::exists(bench.path("two.vdi")));
    QVERIFY(!QFile::exists(bench.path("one.vdi")));
    QVERIFY(WindowBench::click(*bench.row(one), QStringLiteral("Resume")));
    QTRY_COMPARE_WITH_TIMEOUT(one->state(), State::Done, 60000);
    qemuImg({"compare", bench.path("one.qcow2"), bench.path("one.vdi")});
    QVERIFY(shows(*bench.row(one), QStringLiteral("MiB"))); // how large it is
    QVERIFY(WindowBench::button(*bench.row(one), QStringLiteral("Show in folder")));
    QVERIFY(WindowBench::click(*bench.row(one), QStringLiteral("Open")));
    QTRY_COMPARE_WITH_TIMEOUT(bench.document().state(), ImageDocument::State::Ready, 20000);
    QCOMPARE(bench.document().name(), QStringLiteral("one.vdi"));
}

void TestJobsDrawer::asksForAPassphrase()
{
    Bench bench;
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10",
        bench.path("locked.qcow2"), "16M"});
    ConversionOrder order;
    order.request.source = fromQtPath(bench.path("locked.qcow2"));
    order.request.target = fromQtPath(bench.path("open.raw"));
    order.request.options.format = "raw";
    order.request.decrypt = true;
    QueuedJob* job = bench.jobs().add(std::make_shared<const ConversionJob>(std::move(order)));
    bench.window().windowJobs().show();
    QTRY_COMPARE(job->state(), State::Failed);
    const auto give = [&](const QString& passphrase) {
        if (!WindowBench::click(*bench.row(job), QStringLiteral("Passphrase…")))
            return false;
        auto* dialog = bench.window().findChild<JobPassphraseDialog*>();
        if (!dialog || WindowBench::button(*dialog, QStringLiteral("Start"))->isEnabled())
            return false;
        QTest::keyClicks(dialog->findChild<QLineEdit*>(), passphrase);
        const bool started = WindowBench::click(*dialog, QStringLiteral("Start"));
        QCoreApplication::sendPostedEvents(dialog, QEvent::DeferredDelete);
        return started;
    };
    QVERIFY(give(QStringLiteral("cow")));
    QTRY_COMPARE(job->state(), State::Failed);
    QTest::qWait(10);
    QVERIFY(give(QStringLiteral("horse")));
    QTRY_COMPARE(job->state(), State::Done);
    QVERIFY(QFile::exists(bench.path("open.raw")));
}

void TestJobsDrawer::modelValues()
{
    Bench bench;
    JobsModel& model = bench.drawer().model();
    const QAbstractItemModelTester tester(
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QueuedJob* job = bench.add("a");
    const QModelIndex index = model.index(0);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(index.data().toString(), QStringLiteral("Copy a"));
    QCOMPARE(index.data(JobsModel::JobRole).value<QueuedJob*>(), job);
    QVERIFY(!index.data(JobsModel::PermilleRole).isValid());
    bench.script(0).steps = 2;
    QTRY_COMPARE(index.data(JobsModel::PermilleRole).toInt(), 500);
    QCOMPARE(index.data(JobsModel::StateRole).value<State>(), State::Running);
    QVERIFY(index.data(JobsModel::DetailRole).toString().startsWith(QStringLiteral("Copying")));
    QVERIFY(index.data(Qt::AccessibleTextRole).toString().startsWith("Copy a, 50 %, Copying"));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    bench.jobs().pause(*job);
    QVERIFY(changed.count() > 0);
    bench.jobs().cancel(*job);
    QTRY_COMPARE(index.data(JobsModel::DetailRole).toString(),
        QStringLiteral("Cancelled. Nothing was written."));
    bench.jobs().forget(*job);
    QCOMPARE(model.rowCount(), 0);
}

PLATTER_GUI_MAIN(TestJobsDrawer)
#include "tst_jobsdrawer.moc"
