// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/QuitDialog.h"
#include "app/jobs/ConversionJob.h"
#include "app/window/JobsDrawer.h"
#include "app/window/Look.h"
#include "app/window/StartPage.h"
#include "app/window/UnfinishedCard.h"
#include "app/window/WindowJobs.h"
#include "app/window/WindowSet.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "tests/support/ScriptedIo.h"

#include <QAbstractButton>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using State = QueuedJob::State;

/// Shows notifications as a desktop does.
class Desktop final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    QStringList shown;
    int reached = 0;

public slots:
    uint Notify(const QString&, uint, const QString&, const QString& title, const QString& text,
        const QStringList&, const QVariantMap&, int)
    {
        shown << title + QLatin1Char('|') + text;
        return 7;
    }
    void Reach() { ++reached; }

signals:
    void ActionInvoked(uint id, const QString& action);
};

namespace {

QAbstractButton* button(QWidget& parent, const QString& words)
{
    for (QAbstractButton* candidate : parent.findChildren<QAbstractButton*>()) {
        if (candidate->text().remove(QLatin1Char('&')) == words)
            return candidate;
    }
    return nullptr;
}

bool shows(const QWidget& parent, const QString& part)
{
    for (const QLabel* label : parent.findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains(part))
            return true;
    }
    return false;
}

QuitDialog* quitDialog()
{
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        if (auto* dialog = qobject_cast<QuitDialog*>(widget); dialog && dialog->isVisible())
            return dialog;
    }
    return nullptr;
}

} // namespace

/// Leaving the program with jobs, what is offered at the next start, and what the desktop is told.
class TestQuit final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();
    void init();
    void cleanup();
    void asksOnlyForTheLastWindow();
    void staysWhereItWas();
    void finishesFirst();
    void stopsAndOffersAgain();
    void forgetsWhatWasOffered();
    void offersAfterACrash();
    void leavesARunningProgramsJobsAlone();
    void survivesDamagedFiles();
    void whatIsFinishedIsNotKept();
    void whatAFailedJobLeftIsOffered();
    void tellsTheDesktopOnce();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QStringList kept() const;
    QueuedJob* convert(WindowSet& windows, const QString& target) const;

    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    std::unique_ptr<QTemporaryDir> m_state;
    QProcess m_daemon;
    std::unique_ptr<Desktop> m_desktop;
};

void TestQuit::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    QGuiApplication::setQuitOnLastWindowClosed(false);
    qemuImg({"create", "-f", "qcow2", path("image.qcow2"), "512M"});
    qemuIo(path("image.qcow2"), {"write -P 5 0 256M"});
    // A bus of its own, so that the desktop of whoever runs the test is not told.
    m_daemon.start("dbus-daemon", {"--session", "--nofork", "--print-address"});
    QVERIFY(m_daemon.waitForStarted());
    QVERIFY(m_daemon.waitForReadyRead());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_daemon.readLine().trimmed());
    m_desktop = std::make_unique<Desktop>();
    QDBusConnection desktop = QDBusConnection::connectToBus(
        qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), "desktop");
    QVERIFY(desktop.isConnected());
    QVERIFY(desktop.registerObject("/org/freedesktop/Notifications", m_desktop.get(),
        QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    QVERIFY(desktop.registerService("org.freedesktop.Notifications"));
}

void TestQuit::cleanupTestCase()
{
    QDBusConnection::disconnectFromBus("desktop");
    m_desktop.reset();
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void TestQuit::init()
{
    QSettings().clear();
    m_state = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", m_state->path().toUtf8());
    for (const char* name : {"out.vdi", "more.vdi"})
        QFile::remove(path(name));
    m_desktop->shown.clear();
}

/// What a test told the desktop is not taken for what the next one tells it.
void TestQuit::cleanup()
{
    const int before = m_desktop->reached;
    const QString name = QStringLiteral("org.freedesktop.Notifications");
    QDBusConnection::sessionBus().send(QDBusMessage::createMethodCall(
        name, QStringLiteral("/org/freedesktop/Notifications"), name, QStringLiteral("Reach")));
    QTRY_COMPARE(m_desktop->reached, before + 1); // messages of one sender arrive in their order
}

/// The lists of unfinished jobs.
QStringList TestQuit::kept() const
{
    return QDir(m_state->filePath("platter")).entryList({"*.json"}, QDir::Files);
}

QueuedJob* TestQuit::convert(WindowSet& windows, const QString& target) const
{
    ConversionOrder order;
    order.request.source = fromQtPath(path("image.qcow2"));
    order.request.target = fromQtPath(path(target));
    order.request.options.format = "vdi";
    return windows.jobs().add(std::make_shared<const ConversionJob>(std::move(order)));
}

void TestQuit::asksOnlyForTheLastWindow()
{
    WindowSet windows;
    QPointer<MainWindow> first = windows.createWindow();
    QPointer<MainWindow> second = windows.createWindow();
    first->show();
    second->show();
    windows.jobs().pause(*convert(windows, "out.vdi"));
    first->close();
    QTRY_VERIFY(!first);
    QVERIFY(!quitDialog());
    second->close();
    QTRY_VERIFY(quitDialog());
    QVERIFY(second->isVisible());
    QVERIFY(shows(*quitDialog(), QStringLiteral("Convert image.qcow2 to VDI")));
    QVERIFY(shows(*quitDialog(), QStringLiteral("Paused jobs go on too.")));
    QTest::mouseClick(button(*quitDialog(), "Stay"), Qt::LeftButton);
    windows.jobs().cancel(*windows.jobs().jobs()[0]);
    QTRY_VERIFY(!windows.jobs().hasUnfinished());
    second->close(); // nothing to ask any more
    QTRY_VERIFY(!second);
}

void TestQuit::staysWhereItWas()
{
    WindowSet windows;
    QPointer<MainWindow> window = windows.createWindow();
    QPointer<MainWindow> other = windows.createWindow();
    window->show();
    other->show();
    window->activateWindow();
    QueuedJob* job = convert(windows, "out.vdi");
    QVERIFY(QTest::qWaitForWindowActive(window));
    QTest::keyClick(window, Qt::Key_Q, Qt::ControlModifier);
    QTRY_VERIFY(quitDialog());
    QTest::keyClick(quitDialog(), Qt::Key_Escape);
    QTRY_VERIFY(!quitDialog());
    QVERIFY(window && window->isVisible() && other && other->isVisible());
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 60000);
    QVERIFY(QFile::exists(path("out.vdi")));
}

void TestQuit::finishesFirst()
{
    WindowSet windows;
    QPointer<MainWindow> window = windows.createWindow();
    window->show();
    QueuedJob* job = convert(windows, "out.vdi");
    windows.jobs().pause(*job);
    QVERIFY(QTest::qWaitForWindowActive(window));
    QTest::keyClick(window, Qt::Key_Q, Qt::ControlModifier);
    QTRY_VERIFY(quitDialog());
    QTest::mouseClick(button(*quitDialog(), "Finish first"), Qt::LeftButton);
    QTRY_VERIFY(!window);
    QVERIFY(job->isUnfinished());
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), State::Done, 60000);
    qemuImg({"compare", path("image.qcow2"), path("out.vdi")});
    QTRY_COMPARE(m_desktop->shown, QStringList{"All jobs are done|1 job(s) done."});
    QTRY_COMPARE(kept(), QStringList());
}

void TestQuit::stopsAndOffersAgain()
{
    {
        WindowSet windows;
        QPointer<MainWindow> window = windows.createWindow();
        window->show();
        QueuedJob* job = convert(windows, "out.vdi");
        QueuedJob* more = convert(windows, "more.vdi");
        windows.jobs().pause(*job);
        windows.jobs().pause(*more); // else it may be done before it is stopped
        window->close();
        QTRY_VERIFY(quitDialog());
        QTest::mouseClick(button(*quitDialog(), "Stop and quit"), Qt::LeftButton);
        QTRY_VERIFY(!window);
    }
    QVERIFY(!QFile::exists(path("out.vdi")));
    QVERIFY(!QFile::exists(path("more.vdi")));
    QCOMPARE(kept().size(), 1);
    QVERIFY(m_desktop->shown.isEmpty());

    WindowSet windows;
    windows.offerUnfinished();
    windows.start({});
    MainWindow* window = nullptr;
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        if (auto* found = qobject_cast<MainWindow*>(widget); found && found->isVisible())
            window = found;
    }
    QVERIFY(window);
    auto* card = window->startPage().findChild<UnfinishedCard*>();
    QTRY_VERIFY(card->isVisible());
    QVERIFY(shows(*card, QStringLiteral("2 conversion(s) were not finished")));
    QVERIFY(shows(*card, QStringLiteral("Convert image.qcow2 to VDI")));
    QCOMPARE(windows.jobs().count(State::Offered), 2);
    QTest::mouseClick(button(*card, "Start again"), Qt::LeftButton);
    QVERIFY(!card->isVisible());
    QTRY_COMPARE_WITH_TIMEOUT(windows.jobs().count(State::Done), 2, 60000);
    qemuImg({"compare", path("image.qcow2"), path("more.vdi")});
    QTRY_COMPARE(kept(), QStringList());
    window->close();
}

void TestQuit::forgetsWhatWasOffered()
{
    {
        WindowSet windows;
        convert(windows, "out.vdi");
    }
    QCOMPARE(kept().size(), 1);
    {
        WindowSet windows;
        windows.offerUnfinished();
        QTRY_COMPARE(windows.jobs().count(State::Offered), 1);
        // An image in view gets a notice that leads to the jobs.
        MainWindow* window = windows.createWindow();
        window->show();
        window->openHere(path("image.qcow2"));
        QTRY_VERIFY(window->hasImage());
        QTRY_VERIFY(shows(window->view().noticeBar(), QStringLiteral("were not finished")));
        QTest::mouseClick(button(window->view().noticeBar(), "Show jobs"), Qt::LeftButton);
        JobsDrawer& drawer = window->windowJobs().drawer();
        QVERIFY(drawer.isVisible());
        QTRY_VERIFY(shows(drawer, QStringLiteral("Not finished when Platter ended")));
        QTest::mouseClick(button(drawer, "Forget"), Qt::LeftButton);
        QVERIFY(windows.jobs().jobs().isEmpty());
        QVERIFY(!shows(window->view().noticeBar(), QStringLiteral("were not finished")));
        window->close();
    }
    QCOMPARE(kept(), QStringList());
}

void TestQuit::offersAfterACrash()
{
    WindowSet windows;
    QueuedJob* job = convert(windows, "out.vdi");
    windows.jobs().pause(*job);
    QTRY_COMPARE(kept().size(), 1);
    // A program that was killed leaves its list, and nobody holds it any more.
    QTemporaryDir crashed;
    QVERIFY(QDir(crashed.path()).mkpath("platter"));
    QVERIFY(QFile::copy(
        m_state->filePath("platter/") + kept().front(), crashed.filePath("platter/gone.json")));
    qputenv("XDG_STATE_HOME", crashed.path().toUtf8());
    {
        WindowSet next;
        next.offerUnfinished();
        QTRY_COMPARE(next.jobs().count(State::Offered), 1);
        QCOMPARE(next.jobs().jobs()[0]->resultPath(), path("out.vdi"));
    }
    // It was not answered: it is offered again.
    WindowSet later;
    later.offerUnfinished();
    QTRY_COMPARE(later.jobs().count(State::Offered), 1);
    windows.jobs().cancel(*job);
}

void TestQuit::leavesARunningProgramsJobsAlone()
{
    WindowSet running;
    QueuedJob* job = convert(running, "out.vdi");
    running.jobs().pause(*job);
    QTRY_COMPARE(kept().size(), 1);
    {
        WindowSet second;
        second.offerUnfinished();
        QTest::qWait(200);
        QCOMPARE(second.jobs().count(State::Offered), 0);
    }
    QCOMPARE(kept().size(), 1);
}

void TestQuit::survivesDamagedFiles()
{
    {
        WindowSet windows;
        convert(windows, "out.vdi");
    }
    const QString folder = m_state->filePath("platter/");
    QFile whole(folder + kept().front());
    QVERIFY(whole.open(QIODevice::ReadWrite));
    const QByteArray text = whole.readAll();
    QJsonArray jobs = QJsonDocument::fromJson(text).object()["jobs"].toArray();
    QCOMPARE(jobs.size(), 1);
    jobs.prepend(QJsonObject{{"kind", "convert"}, {"version", 1}}); // without all that matters
    jobs.prepend(QJsonValue("nonsense"));
    whole.resize(0);
    whole.seek(0);
    whole.write(QJsonDocument(QJsonObject{{"jobs", jobs}}).toJson());
    whole.close();
    const auto put = [&](const char* name, const QByteArray& bytes) {
        QFile file(folder + QString::fromLatin1(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    };
    put("cut.json", text.left(text.size() / 2));
    put("empty.json", {});
    put("other.json", "[1, 2, 3]");
    put("bytes.json", QByteArray(1000, '\xff'));
    WindowSet windows;
    windows.offerUnfinished();
    QTRY_COMPARE(windows.jobs().count(State::Offered), 1);
    QCOMPARE(windows.jobs().jobs().size(), 1);
    QTRY_COMPARE(kept().size(), 1);
}

void TestQuit::whatIsFinishedIsNotKept()
{
    WindowSet windows;
    QueuedJob* cancelled = convert(windows, "out.vdi");
    QTRY_COMPARE(kept().size(), 1);
    windows.jobs().cancel(*cancelled);
    QTRY_COMPARE(cancelled->state(), State::Cancelled);
    QTRY_COMPARE(kept(), QStringList());
    QFile taken(path("out.vdi"));
    QVERIFY(taken.open(QIODevice::WriteOnly));
    QueuedJob* failed = convert(windows, "out.vdi");
    QTRY_COMPARE(failed->state(), State::Failed);
    QTRY_COMPARE(kept(), QStringList());
}

/// No hidden file stays that nobody knows of.
void TestQuit::whatAFailedJobLeftIsOffered()
{
    qemuImg({"create", "-f", "qcow2", path("small.qcow2"), "8M"});
    qemuIo(path("small.qcow2"), {"write -P 5 0 6M"});
    QTest::qWait(150); // what has just been changed is not gone on with
    const QString part = path(".out.vdi.platter-part");
    const auto failAndQuit = [&] {
        using Failure = platter::tests::ScriptedIo::Failure;
        platter::tests::ScriptedIo io{
            {}, Failure{12, Failure::Kind::NoSpace, Failure::Lasting::FromThenOn}};
        WindowSet windows;
        QPointer<MainWindow> window = windows.createWindow();
        window->show();
        ConversionOrder order;
        order.request.source = fromQtPath(path("small.qcow2"));
        order.request.target = fromQtPath(path("out.vdi"));
        order.request.options.format = "vdi";
        order.request.options.threads = 1;
        order.request.options.resume.interval = std::chrono::milliseconds{0};
        order.request.options.resume.io = &io;
        QueuedJob* job
            = windows.jobs().add(std::make_shared<const ConversionJob>(std::move(order)));
        QTRY_COMPARE(job->state(), State::Failed);
        QVERIFY(job->hasLeftovers());
        window->close();
        QTRY_VERIFY(!window);
        QVERIFY(!quitDialog());
    };
    failAndQuit();
    QVERIFY(QFile::exists(part));
    QCOMPARE(kept().size(), 1);
    {
        WindowSet windows;
        windows.offerUnfinished();
        QTRY_COMPARE(windows.jobs().count(State::Offered), 1);
        windows.jobs().retryAllOffered();
        QTRY_COMPARE_WITH_TIMEOUT(windows.jobs().count(State::Done), 1, 60000);
    }
    QVERIFY(!QFile::exists(part));
    QCOMPARE(kept(), QStringList());
    qemuImg({"compare", path("small.qcow2"), path("out.vdi")});
    QVERIFY(QFile::remove(path("out.vdi")));
    failAndQuit();
    {
        WindowSet windows;
        windows.offerUnfinished();
        QTRY_COMPARE(windows.jobs().count(State::Offered), 1);
        windows.jobs().forgetAllOffered();
    }
    QCOMPARE(QDir(m_folder.path()).entryList({".out*"}, QDir::Files | QDir::Hidden), QStringList());
    QCOMPARE(kept(), QStringList());
}

void TestQuit::tellsTheDesktopOnce()
{
    WindowSet windows;
    MainWindow* window = windows.createWindow();
    window->show();
    QVERIFY(QTest::qWaitForWindowActive(window));
    QueuedJob* seen = convert(windows, "out.vdi");
    QTRY_COMPARE_WITH_TIMEOUT(seen->state(), State::Done, 60000);
    QTest::qWait(100);
    QVERIFY(m_desktop->shown.isEmpty()); // the user looks at it
    // Another program has the keyboard.
    QT_WARNING_PUSH
    QT_WARNING_DISABLE_DEPRECATED
    QApplication::setActiveWindow(nullptr);
    QT_WARNING_POP
    QVERIFY(!QApplication::activeWindow());
    convert(windows, "out.vdi"); // exists: it fails
    convert(windows, "more.vdi");
    QTRY_VERIFY_WITH_TIMEOUT(!windows.jobs().hasUnfinished(), 60000);
    QTRY_COMPARE(m_desktop->shown.size(), 1);
    // The last job of the image went well, so that its failure before is no news.
    QCOMPARE(m_desktop->shown[0], QStringLiteral("All jobs are done|1 job(s) done."));
    emit m_desktop->ActionInvoked(6, "default"); // of another program
    QTest::qWait(50);
    QVERIFY(!window->windowJobs().isShown());
    emit m_desktop->ActionInvoked(7, "default");
    QTRY_VERIFY(window->windowJobs().isShown());
    window->close();
}

PLATTER_GUI_MAIN(TestQuit)
#include "tst_quit.moc"
