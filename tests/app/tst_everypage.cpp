// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/AboutDialog.h"
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/JobPassphraseDialog.h"
#include "app/dialogs/KeysDialog.h"
#include "app/dialogs/LocateDialog.h"
#include "app/dialogs/NewPassphraseDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/dialogs/QuitDialog.h"
#include "app/dialogs/SettingsDialog.h"
#include "app/document/ImageRepair.h"
#include "app/jobs/JobQueue.h"
#include "app/pages/MapExporter.h"
#include "app/palette/CommandPalette.h"
#include "app/window/JobsDrawer.h"
#include "app/window/JobsView.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"
#include "app/window/StartPage.h"
#include "app/window/WindowJobs.h"
#include "tests/app/LayoutRules.h"
#include "tests/app/ScriptedTask.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/theme/Theme.h"

#include <QAccessible>
#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace platter;
using namespace platter::app;
using platter::tests::layoutFaults;
using platter::tests::LongerWords;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::Script;
using platter::tests::ScriptedTask;

/// Every page and every dialog: can it be read, reached and named, in every theme, at twice the
/// size of text, and in a language that needs more room?
class TestEveryPage final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanup();
    void findsPlantedFaults_data();
    void findsPlantedFaults();
    void pages_data();
    void pages();
    void dialogs_data();
    void dialogs();
    void states_data();
    void states();
    void jobs_data();
    void jobs();

private:
    void addLooks();
    void dress();
    static void settle();
    void showLocate(MainWindow& window);
    static void showMapTable(MainWindow& window);
    QString path(const QString& name) const { return m_folder.filePath(name); }
    std::unique_ptr<MainWindow> makeWindow();
    void openReady(MainWindow& window, const QString& name);

    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    QFont m_font;
    LongerWords m_longer;
    std::unique_ptr<RecentImages> m_recent;
    JobQueue m_jobs;
};

void TestEveryPage::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    QAccessible::setActive(true);
    Theme::apply();
    m_font = QApplication::font();

    qemuImg({"create", "-f", "qcow2", path("base.qcow2"), "16M"});
    qemuIo(path("base.qcow2"), {"write -P 1 0 2M"});
    qemuImg({"create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuIo(path("top.qcow2"), {"write -P 2 4M 1M"});
    qemuImg({"snapshot", "-c", "clean", path("top.qcow2")});
    qemuIo(path("top.qcow2"), {"write -P 3 4M 512k"});
    qemuImg({"bitmap", "--add", path("top.qcow2"), "backup"});
    qemuImg({"create", "-u", "-f", "qcow2", "-b", "gone.qcow2", "-F", "qcow2", path("orphan.qcow2"),
        "16M"});
    qemuImg({"create", "-f", "vdi", path("plain.vdi"), "16M"});
    qemuImg({"create", "-f", "raw", path("plain.raw"), "1M"});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
    // The first L2 entry points at a cluster that the header needs: damage.
    QVERIFY(QFile::copy(path("base.qcow2"), path("damaged.qcow2")));
    QFile file(path("damaged.qcow2"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(40); // l1_table_offset
    file.seek(static_cast<qint64>(qFromBigEndian<quint64>(file.read(8).constData())));
    const quint64 l2Table = qFromBigEndian<quint64>(file.read(8).constData()) & 0x00fffffffffffe00;
    file.seek(static_cast<qint64>(l2Table));
    file.write(QByteArray::fromHex("8000000000000000"));
    file.write(QByteArray::fromHex("8000000000000200"));
}

void TestEveryPage::cleanup()
{
    QCoreApplication::removeTranslator(&m_longer);
    QApplication::setFont(m_font);
    QSettings().clear();
    Theme::apply();
}

std::unique_ptr<MainWindow> TestEveryPage::makeWindow()
{
    m_recent = std::make_unique<RecentImages>();
    auto window = std::make_unique<MainWindow>(*m_recent, m_jobs);
    window->setAttribute(Qt::WA_DeleteOnClose, false);
    window->resize(1280, 800);
    window->show();
    return window;
}

void TestEveryPage::openReady(MainWindow& window, const QString& name)
{
    if (name.endsWith(QLatin1String(".raw")))
        window.openHereAs(path(name), "raw");
    else
        window.openHere(path(name));
    QTRY_COMPARE_WITH_TIMEOUT(window.document().state(), ImageDocument::State::Ready, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(!window.document().isBusy(), 20000);
}

void TestEveryPage::findsPlantedFaults_data()
{
    QTest::addColumn<QString>("fault");
    for (const char* fault : {"nothing", "no accessible name", "text cut off",
             "a wrapped text cut off", "a button cut off", "pixels", "contrast"})
        QTest::newRow(fault) << QString::fromLatin1(fault);
}

void TestEveryPage::findsPlantedFaults()
{
    QFETCH(const QString, fault);
    QWidget window;
    auto* row = new QHBoxLayout(&window);
    auto* label = new QLabel(QStringLiteral("Words that are read"));
    auto* button = new QPushButton(QStringLiteral("Press"));
    auto* tool = new QToolButton;
    tool->setFixedSize(32, 32);
    tool->setFocusPolicy(Qt::TabFocus);
    tool->setAccessibleName(QStringLiteral("Tool"));
    row->addWidget(label);
    row->addWidget(button);
    row->addWidget(tool);
    QString expected = fault;
    if (fault == QLatin1String("no accessible name"))
        tool->setAccessibleName({});
    if (fault == QLatin1String("text cut off"))
        label->setFixedWidth(40);
    if (fault == QLatin1String("a wrapped text cut off")) {
        label->setWordWrap(true);
        label->setFixedSize(80, 14);
        expected = QStringLiteral("text cut off");
    }
    if (fault == QLatin1String("a button cut off")) {
        button->setFixedWidth(24);
        expected = QStringLiteral("text cut off");
    }
    if (fault == QLatin1String("pixels"))
        tool->setFixedSize(32, 20);
    if (fault == QLatin1String("contrast")) {
        QPalette pale = label->palette();
        pale.setColor(QPalette::WindowText, Theme::color(Token::Divider));
        label->setPalette(pale);
    }
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    const QStringList faults = layoutFaults(window);
    if (fault == QLatin1String("nothing")) {
        QCOMPARE(faults, QStringList());
        return;
    }
    QCOMPARE(faults.size(), 1);
    QVERIFY2(faults.front().contains(expected), qPrintable(faults.front()));
}

/// Lets the window take its last shape: around a text that has changed, each widget is laid out in
/// a round of events of its own.
void TestEveryPage::settle()
{
    constexpr int deepest = 16; // widgets around a text
    QTest::qWait(1);
    for (int round = 0; round < deepest; ++round)
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
}

void TestEveryPage::addLooks()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("look");
}

void TestEveryPage::dress()
{
    QFETCH(const QString, look);
    if (look.contains(QLatin1String("dark")))
        Theme::choose(Theme::Choice::Dark);
    else
        Theme::choose(Theme::Choice::Light);
    if (look.contains(QLatin1String("contrast")))
        Theme::choose(Theme::Contrast::More);
    if (look.contains(QLatin1String("200 %"))) {
        QFont large = m_font;
        large.setPointSizeF(2 * m_font.pointSizeF());
        QApplication::setFont(large);
    }
    if (look.contains(QLatin1String("longer")))
        QCoreApplication::installTranslator(&m_longer);
}

static const char* const looks[]{"light", "dark", "more contrast", "200 %", "longer words",
    "dark, 200 %, longer words", "dark, more contrast, longer words"};
/// Pages also in the least window.
static const char* const smallLooks[]{"900 x 600", "900 x 600, longer words"};

void TestEveryPage::pages_data()
{
    addLooks();
    for (const char* name :
        {"top.qcow2", "plain.vdi", "plain.raw", "locked.qcow2", "damaged.qcow2"}) {
        for (const char* look : looks)
            QTest::addRow("%s, %s", name, look)
                << QString::fromLatin1(name) << QString::fromLatin1(look);
        for (const char* look : smallLooks)
            QTest::addRow("%s, %s", name, look)
                << QString::fromLatin1(name) << QString::fromLatin1(look);
    }
}

void TestEveryPage::pages()
{
    QFETCH(const QString, name);
    dress();
    const auto window = makeWindow();
    QFETCH(const QString, look);
    if (look.contains(QLatin1String("900 x 600")))
        window->resize(900, 600);
    openReady(*window, name);
    QStringList faults;
    const auto walk = [&](const QString& when) {
        for (const auto& entry : window->view().pageList().entries()) {
            window->view().showPage(entry.page);
            QTRY_VERIFY_WITH_TIMEOUT(!window->document().isBusy(), 20000);
            settle();
            for (const QString& fault : layoutFaults(*window))
                faults << QStringLiteral("%1, %2: %3").arg(when, entry.title, fault);
        }
    };
    walk(QStringLiteral("opened"));
    if (window->document().canCheck()) {
        window->document().startCheck();
        QTRY_VERIFY_WITH_TIMEOUT(window->document().checkReport(), 20000);
        walk(QStringLiteral("checked"));
    }
    if (name == QLatin1String("damaged.qcow2")) {
        window->document().repair().review();
        QTRY_VERIFY_WITH_TIMEOUT(window->document().repair().plan(), 20000);
        walk(QStringLiteral("repair planned"));
    }
    faults.removeDuplicates();
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

void TestEveryPage::dialogs_data()
{
    addLooks();
    for (const char* name : {"about", "keys", "settings", "consent", "passphrase", "new passphrase",
             "locate", "map table", "palette", "go to"}) {
        for (const char* look : looks)
            QTest::addRow("%s, %s", name, look)
                << QString::fromLatin1(name) << QString::fromLatin1(look);
    }
}

/// With one file judged, so that all parts of the dialog say something.
void TestEveryPage::showLocate(MainWindow& window)
{
    const auto& chain = window.document().chain();
    const auto missing = std::find_if(chain.begin(), chain.end(),
        [](const ChainLink& link) { return link.state == ChainLink::State::Missing; });
    QVERIFY(missing != chain.end());
    auto* dialog = new LocateDialog(
        window.document(), static_cast<std::size_t>(missing - chain.begin()), &window);
    dialog->open();
    dialog->judgeFile(path("base.qcow2"));
    const auto isJudged = [dialog] {
        const auto* table = dialog->findChild<QAbstractItemView*>();
        return table && table->model()->rowCount() == 1;
    };
    QTRY_VERIFY(isJudged());
}

void TestEveryPage::showMapTable(MainWindow& window)
{
    window.view().showPage(PageId::Map);
    QTRY_VERIFY(!window.document().isBusy());
    auto* exporter = window.findChild<MapExporter*>();
    QVERIFY(exporter);
    exporter->showTable();
}

void TestEveryPage::dialogs()
{
    QFETCH(const QString, name);
    dress();
    const auto window = makeWindow();
    openReady(*window,
        name == QLatin1String("passphrase")   ? "locked.qcow2"
            : name == QLatin1String("locate") ? "orphan.qcow2"
                                              : "top.qcow2");
    std::vector<QWidget*> shown;
    if (name == QLatin1String("palette") || name == QLatin1String("go to")) {
        if (name == QLatin1String("palette"))
            window->showPalette();
        else
            window->showGoTo();
        window->commandPalette().field().setText(QStringLiteral("snapshots"));
        shown = {&window->commandPalette()};
    } else {
        if (name == QLatin1String("about"))
            window->showAbout();
        else if (name == QLatin1String("keys"))
            window->showKeys();
        else if (name == QLatin1String("settings"))
            window->showSettings();
        else if (name == QLatin1String("consent"))
            window->reviewChain();
        else if (name == QLatin1String("locate"))
            showLocate(*window);
        else if (name == QLatin1String("new passphrase"))
            (new NewPassphraseDialog(2, window.get()))->open();
        else if (name == QLatin1String("map table"))
            showMapTable(*window);
        else
            window->askPassphrase();
        QTRY_VERIFY(window->findChild<QDialog*>());
        auto* dialog = window->findChild<QDialog*>();
        QVERIFY(dialog);
        shown = {dialog};
    }
    settle();
    QStringList faults = layoutFaults(*shown.front());
    if (auto* tabs = shown.front()->findChild<QTabWidget*>()) {
        for (int tab = 1; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            settle();
            faults += layoutFaults(*shown.front());
        }
    }
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

void TestEveryPage::states_data()
{
    addLooks();
    for (const char* name : {"start", "recent", "reopen", "unknown", "failed"}) {
        for (const char* look : looks)
            QTest::addRow("%s, %s", name, look)
                << QString::fromLatin1(name) << QString::fromLatin1(look);
    }
}

void TestEveryPage::states()
{
    QFETCH(const QString, name);
    dress();
    const auto window = makeWindow();
    if (name == QLatin1String("recent")) {
        for (const Health health : {Health::Clean, Health::Leaks, Health::Damaged})
            m_recent->remember(QStringLiteral("/images/%1.qcow2").arg(static_cast<int>(health)),
                QStringLiteral("QCOW2 version 3 · 20 GiB"), health);
    } else if (name == QLatin1String("reopen")) {
        window->startPage().offerReopen({path("top.qcow2")});
    } else if (name == QLatin1String("unknown")) {
        window->openHere(path("plain.raw"));
        QTRY_COMPARE(window->document().state(), ImageDocument::State::Unknown);
    } else if (name == QLatin1String("failed")) {
        window->openHere(path("nothing.qcow2"));
        QTRY_COMPARE(window->document().state(), ImageDocument::State::Failed);
    }
    settle();
    const QStringList faults = layoutFaults(*window);
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

void TestEveryPage::jobs_data()
{
    addLooks();
    for (const char* name : {"drawer", "no jobs", "offered", "quit", "passphrase"}) {
        for (const char* look : looks)
            QTest::addRow("%s, %s", name, look)
                << QString::fromLatin1(name) << QString::fromLatin1(look);
    }
    for (const char* look : smallLooks)
        QTest::addRow("drawer, %s", look) << QStringLiteral("drawer") << QString::fromLatin1(look);
}

/// The drawer with a job in every state, beside every page; the start page that offers unfinished
/// ones; what is asked about them.
void TestEveryPage::jobs()
{
    QFETCH(const QString, name);
    QFETCH(const QString, look);
    dress();
    JobQueue jobs;
    m_recent = std::make_unique<RecentImages>();
    const auto window = std::make_unique<MainWindow>(*m_recent, jobs);
    window->setAttribute(Qt::WA_DeleteOnClose, false);
    window->resize(look.contains(QLatin1String("900 x 600")) ? QSize(900, 600) : QSize(1280, 800));
    window->show();
    std::vector<std::shared_ptr<Script>> scripts;
    const auto task = [&](const char* file) {
        scripts.push_back(std::make_shared<Script>());
        return std::make_shared<ScriptedTask>(QString::fromLatin1(file), scripts.back());
    };
    if (name != QLatin1String("no jobs"))
        jobs.offer(task("offered.qcow2"));
    if (name == QLatin1String("offered")) {
        settle();
        const QStringList faults = layoutFaults(*window);
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
        openReady(*window, "top.qcow2"); // here a notice offers them
    } else if (name != QLatin1String("no jobs")) {
        jobs.setMostAtOnce(8);
        QueuedJob* failed = jobs.add(task("failed.qcow2"));
        scripts.back()->fails = true;
        scripts.back()->steps = 4;
        QueuedJob* done = jobs.add(task("done.qcow2"));
        scripts.back()->steps = 4;
        jobs.add(task("running.qcow2"));
        scripts.back()->steps = 1;
        QueuedJob* paused = jobs.add(task("a-paused-image-with-a-rather-long-name.qcow2"));
        jobs.pause(*paused);
        QTRY_VERIFY(done->hasEnded() && failed->hasEnded() && paused->isHeld());
        jobs.setMostAtOnce(1);
        jobs.add(task("waiting.qcow2"));
        QTRY_VERIFY(jobs.jobs()[3]->showsProgress());
    }
    QStringList faults;
    if (name == QLatin1String("quit")) {
        QuitDialog dialog(jobs);
        dialog.show();
        settle();
        faults = layoutFaults(dialog);
    } else if (name == QLatin1String("passphrase")) {
        JobPassphraseDialog dialog(*jobs.jobs()[1]);
        dialog.show();
        settle();
        faults = layoutFaults(dialog);
    } else if (name == QLatin1String("drawer")) {
        const QSize before = window->size();
        window->windowJobs().show();
        openReady(*window, "top.qcow2");
        JobsView& view = window->windowJobs().drawer().view();
        for (int row = 0; row < view.model()->rowCount(); ++row) {
            view.setCurrentIndex(view.model()->index(row, 0));
            settle();
            for (const QString& fault : layoutFaults(window->windowJobs().drawer()))
                faults << QStringLiteral("row %1: %2").arg(row).arg(fault);
        }
        for (const auto& entry : window->view().pageList().entries()) {
            window->view().showPage(entry.page);
            settle();
            for (const QString& fault : layoutFaults(*window))
                faults << QStringLiteral("%1: %2").arg(entry.title, fault);
        }
        if (!look.contains(QLatin1String("200 %")))
            QCOMPARE(window->size(), before); // the pages make room
    } else {
        if (name == QLatin1String("no jobs"))
            window->windowJobs().show();
        settle();
        faults = layoutFaults(*window);
    }
    faults.removeDuplicates();
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
}

PLATTER_GUI_MAIN(TestEveryPage)
#include "tst_everypage.moc"
