// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/SettingsDialog.h"
#include "app/document/ProblemWalk.h"
#include "app/jobs/JobQueue.h"
#include "app/models/KeysModel.h"
#include "app/pages/FindBar.h"
#include "app/pages/MapPage.h"
#include "app/palette/CommandPalette.h"
#include "app/session/ImageMemory.h"
#include "app/session/KeyMap.h"
#include "app/session/OpenImages.h"
#include "app/session/Preferences.h"
#include "app/text/SelectionText.h"
#include "app/window/ActionSet.h"
#include "app/window/Look.h"
#include "app/window/SelectionCopier.h"
#include "app/window/StartPage.h"
#include "app/window/WindowSet.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

/// What the window can be told, what it remembers, and what it must not.
class TestSession final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();

    void everyActionIsInAMenu();
    void noTwoActionsHaveOneKey();
    void aKeyCanBeChanged();
    void aTakenKeyIsSaidAndMovedOnlyIfWanted();
    void aLetterAloneIsNoKey();
    void keysOfTheSettingsAreModelRows();

    void historyReturnsToPageAndSelection();
    void historyForgetsWhatWasAhead();
    void escapeClearsTheSelection();
    void walksProblems();
    void findsInThePageInView();

    void copiesTheSelection_data();
    void copiesTheSelection();
    void copiesRowsOfATable();

    void remembersPageAndCheck();
    void saysThatTheFileChangedSinceTheCheck();
    void remembersNothingWhenToldSo();
    void keepsNoPassphrase();
    void forgetsTheOldestImages();
    void offersWhatWasOpenAfterACrash();
    void opensTheLastImagesIfWanted();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void openReady(const QString& name);
    void makeWindow();
    QAction* action(const char* id) { return m_window->actionSet().find(QString::fromLatin1(id)); }
    QString storedSettings() const;
    QString shownText(const QString& part) const;
    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    std::unique_ptr<RecentImages> m_recent;
    JobQueue m_jobs;
    std::unique_ptr<MainWindow> m_window;
};

void TestSession::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    qemuImg({"create", "-f", "qcow2", path("image.qcow2"), "64M"});
    qemuIo(path("image.qcow2"), {"write -P 1 0 1M"});
    qemuImg({"snapshot", "-c", "clean", path("image.qcow2")});
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=key,data=right horse", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "16M"});
}

void TestSession::init()
{
    QSettings().clear();
    makeWindow();
}

void TestSession::makeWindow()
{
    m_window.reset();
    m_recent = std::make_unique<RecentImages>();
    m_window = std::make_unique<MainWindow>(*m_recent, m_jobs);
    m_window->setAttribute(Qt::WA_DeleteOnClose, false);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestSession::cleanup()
{
    m_window.reset();
    m_recent.reset();
}

void TestSession::openReady(const QString& name)
{
    m_window->openHere(path(name));
    QTRY_COMPARE_WITH_TIMEOUT(m_window->document().state(), ImageDocument::State::Ready, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->document().isBusy(), 10000);
}

QString TestSession::storedSettings() const
{
    QSettings().sync();
    QFile file(QSettings().fileName());
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QString TestSession::shownText(const QString& part) const
{
    for (const QLabel* label : m_window->findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains(part))
            return label->text();
    }
    return {};
}

void TestSession::everyActionIsInAMenu()
{
    QSet<const QAction*> inMenus;
    const std::function<void(const QMenu&)> collect = [&](const QMenu& menu) {
        for (const QAction* entry : menu.actions()) {
            inMenus << entry;
            if (entry->menu())
                collect(*entry->menu());
        }
    };
    for (const QAction* entry : m_window->menuBar()->actions())
        collect(*entry->menu());
    for (const ActionSet::Entry& entry : m_window->actionSet().entries())
        QVERIFY2(inMenus.contains(entry.action), qPrintable(entry.spec.id));
}

void TestSession::noTwoActionsHaveOneKey()
{
    QHash<QKeySequence, QString> owner;
    for (const ActionSet::Entry& entry : m_window->actionSet().entries()) {
        for (const QKeySequence& key : entry.action->shortcuts()) {
            QVERIFY2(!owner.contains(key), qPrintable(entry.spec.id + ' ' + owner.value(key)));
            QCOMPARE(KeyMap::refusal(key), QString());
            owner[key] = entry.spec.id;
        }
    }
}

void TestSession::aKeyCanBeChanged()
{
    openReady("image.qcow2");
    KeyMap::set(QStringLiteral("page.chain"), QKeySequence(Qt::CTRL | Qt::Key_L));
    makeWindow();
    openReady("image.qcow2");
    QTest::keyClick(m_window.get(), Qt::Key_6, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Overview);
    QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(m_window->view().currentPage(), PageId::Chain);
}

void TestSession::aTakenKeyIsSaidAndMovedOnlyIfWanted()
{
    m_window->showSettings();
    auto* dialog = m_window->findChild<SettingsDialog*>();
    QVERIFY(dialog);
    auto* table = dialog->findChild<QTableView*>();
    auto* model = qobject_cast<KeysModel*>(table->model());
    QVERIFY(model);
    const auto rowOf = [&](const char* id) {
        for (int row = 0; row < model->rowCount(); ++row) {
            if (model->rows()[static_cast<std::size_t>(row)].id == QLatin1String(id))
                return row;
        }
        return -1;
    };
    table->selectRow(rowOf("file.reload"));
    auto* field = dialog->findChild<QKeySequenceEdit*>();
    QCOMPARE(field->keySequence(), QKeySequence(Qt::Key_F5));
    field->setKeySequence(QKeySequence(Qt::CTRL | Qt::Key_G));
    const auto said = [&](const QString& part) {
        for (const QLabel* label : dialog->findChildren<QLabel*>()) {
            if (label->text().contains(part))
                return true;
        }
        return false;
    };
    QVERIFY(said(QStringLiteral("has this key")));
    QCOMPARE(action("go.place")->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_G));
    for (QPushButton* button : dialog->findChildren<QPushButton*>()) {
        if (button->text() == QLatin1String("Use this key"))
            button->click();
    }
    QCOMPARE(action("file.reload")->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_G));
    QVERIFY(action("go.place")->shortcut().isEmpty());
    for (QPushButton* button : dialog->findChildren<QPushButton*>()) {
        if (button->text() == QLatin1String("All standard keys"))
            button->click();
    }
    QCOMPARE(action("file.reload")->shortcut(), QKeySequence(Qt::Key_F5));
    QCOMPARE(action("go.place")->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_G));
}

void TestSession::aLetterAloneIsNoKey()
{
    QVERIFY(!KeyMap::refusal(QKeySequence(Qt::Key_G)).isEmpty());
    QVERIFY(!KeyMap::refusal(QKeySequence(Qt::SHIFT | Qt::Key_G)).isEmpty());
    QVERIFY(!KeyMap::refusal(QKeySequence(Qt::CTRL | Qt::Key_Tab)).isEmpty());
    QCOMPARE(KeyMap::refusal(QKeySequence(Qt::Key_F9)), QString());
    QCOMPARE(KeyMap::refusal(QKeySequence(Qt::ALT | Qt::Key_G)), QString());
    // Written by hand into the settings, it is not taken either.
    QSettings().setValue(QStringLiteral("keys/x"), QStringLiteral("G"));
    QVERIFY(KeyMap::keysOf(QStringLiteral("x"), {Qt::Key_F5}).isEmpty());
}

void TestSession::keysOfTheSettingsAreModelRows()
{
    KeysModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRows({{"a", "First", {QKeySequence("Ctrl+K"), QKeySequence("Ctrl+Shift+P")}},
        {"b", "Second", {QKeySequence("F5")}}});
    QCOMPARE(model.index(0, 1).data().toString(), QStringLiteral("Ctrl+K, Ctrl+Shift+P"));
    QCOMPARE(model.ownerOf(QKeySequence("Ctrl+Shift+P"), 1), 0);
    // A key that begins like another would make that one impossible to type.
    QCOMPARE(model.ownerOf(QKeySequence("Ctrl+K, Ctrl+X"), 1), 0);
    model.setKey(1, QKeySequence("Ctrl+K"));
    QCOMPARE(model.keysOf(1), QList{QKeySequence("Ctrl+K")});
    QCOMPARE(model.keysOf(0), QList{QKeySequence("Ctrl+Shift+P")});
    QVERIFY(model.isChanged(0));
    model.resetAll();
    QVERIFY(!model.isChanged(0) && !model.isChanged(1));
}

void TestSession::historyReturnsToPageAndSelection()
{
    openReady("image.qcow2");
    ImageDocument& document = m_window->document();
    Selection first;
    first.host = HostOffset{0x30000};
    Selection second;
    second.guest = GuestOffset{0x10000};
    document.reveal(PageId::Map, first);
    QTest::qWait(1);
    document.reveal(PageId::Map, second); // a link within a page is a step too
    QTest::qWait(1);
    m_window->view().showPage(PageId::Chain);
    action("go.back")->trigger();
    QCOMPARE(m_window->view().currentPage(), PageId::Map);
    QCOMPARE(document.selection().guest, second.guest);
    action("go.back")->trigger();
    QCOMPARE(document.selection().host, first.host);
    action("go.back")->trigger();
    QCOMPARE(m_window->view().currentPage(), PageId::Overview);
    QVERIFY(document.selection().isEmpty());
    QVERIFY(!action("go.back")->isEnabled());
    action("go.forward")->trigger();
    QCOMPARE(m_window->view().currentPage(), PageId::Map);
    QCOMPARE(document.selection().host, first.host);
}

void TestSession::historyForgetsWhatWasAhead()
{
    PageHistory history;
    QVERIFY(!history.back() && !history.forward());
    history.visit({PageId::Overview, {}});
    history.visit({PageId::Map, {}});
    history.visit({PageId::Map, {}}); // nothing new
    history.visit({PageId::Chain, {}});
    QCOMPARE(history.back()->page, PageId::Map);
    history.visit({PageId::Check, {}});
    QVERIFY(!history.canGoForward());
    QCOMPARE(history.back()->page, PageId::Map);
    QCOMPARE(history.back()->page, PageId::Overview);
    QVERIFY(!history.canGoBack());
    for (int i = 0; i < 1000; ++i)
        history.visit({i % 2 == 0 ? PageId::Map : PageId::Header, {}});
    int steps = 0;
    while (history.back())
        ++steps;
    QVERIFY(steps < 1000);
}

void TestSession::escapeClearsTheSelection()
{
    openReady("image.qcow2");
    Selection selection;
    selection.host = HostOffset{0x10000};
    m_window->document().select(selection);
    QTest::keyClick(m_window->view().pageWidget(PageId::Overview), Qt::Key_Escape);
    QVERIFY(m_window->document().selection().isEmpty());
}

void TestSession::walksProblems()
{
    static constexpr FindingKind bad{
        "test.bad", Severity::Corruption, "bad", "bad", Basis::Bytes, "", ""};
    static constexpr FindingKind note{
        "test.note", Severity::Note, "note", "note", Basis::Bytes, "", ""};
    CheckReport report;
    report.findings
        = {{&bad, HostOffset{100}, {}, Bytes{8}, {}}, {&note, HostOffset{150}, {}, {}, {}},
            {&bad, HostOffset{200}, {}, {}, {}}, {&bad, {}, GuestOffset{5}, {}, {}}};
    Selection at;
    WalkPosition last;
    const auto step = [&](Direction direction) {
        const auto next = nextProblem(report, positionOf(report, at, last), direction);
        last = {report.findings[*next].kind, next, {}};
        at = *placeOf(report.findings[*next]);
        return at.host ? at.host->value : 1000 + at.guest->value;
    };
    QCOMPARE(step(Direction::Forward), 1005u);
    QCOMPARE(step(Direction::Forward), 100u);
    QCOMPARE(at.hostLength, Bytes{8});
    QCOMPARE(step(Direction::Forward), 200u);
    QCOMPARE(step(Direction::Forward), 1005u);
    QCOMPARE(step(Direction::Back), 200u);
    QCOMPARE(step(Direction::Back), 100u);
    at = {};
    last = {};
    QCOMPARE(step(Direction::Back), 200u);
    at.host = HostOffset{150}; // between two of them, without having been led there
    last = {};
    QCOMPARE(step(Direction::Forward), 200u);
    at.host = HostOffset{150};
    QCOMPARE(step(Direction::Back), 100u);
    QVERIFY(!nextProblem(CheckReport{}, {}, Direction::Forward));
}

void TestSession::findsInThePageInView()
{
    openReady("image.qcow2");
    QVERIFY(!action("edit.find")->isEnabled());
    QVERIFY(action("edit.find")->statusTip().contains("nothing to search in"));
    m_window->view().showPage(PageId::Hex);
    QVERIFY(action("edit.find")->isEnabled());
    auto* bar = m_window->view().pageWidget(PageId::Hex)->findChild<FindBar*>();
    QVERIFY(bar && !bar->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier);
    QVERIFY(bar->isVisible());
}

void TestSession::copiesTheSelection_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("expected");
    QTest::newRow("as text") << "edit.copy"
                             << "0x0 · Header → guest 0x1_0000";
    QTest::newRow("as an offset") << "edit.copyOffset"
                                  << "0x0";
    QTest::newRow("as hexadecimal bytes") << "edit.copyHex"
                                          << "51 46 49 fb 00 00";
    QTest::newRow("as an array of C")
        << "edit.copyC"
        << "const unsigned char bytes[6] = {\n    0x51, 0x46, 0x49, 0xfb, 0x00, 0x00,\n};\n";
}

void TestSession::copiesTheSelection()
{
    QFETCH(const QString, id);
    QFETCH(const QString, expected);
    openReady("image.qcow2");
    QVERIFY(!action("edit.copyOffset")->isEnabled());
    Selection selection;
    selection.host = HostOffset{0};
    selection.hostLength = Bytes{6};
    selection.guest = GuestOffset{0x10000};
    selection.structure = QStringLiteral("Header");
    m_window->document().select(selection);
    QApplication::clipboard()->clear();
    action(id.toLatin1().constData())->trigger();
    QTRY_COMPARE(QApplication::clipboard()->text(), expected);
    action("edit.copyJson")->trigger();
    const QJsonObject json
        = QJsonDocument::fromJson(QApplication::clipboard()->text().toUtf8()).array()[0].toObject();
    QCOMPARE(json["guest-offset"].toInteger(), 0x10000);
    QCOMPARE(json["length"].toInteger(), 6);
}

void TestSession::copiesRowsOfATable()
{
    KeysModel model;
    model.setRows({{"a", "First", {QKeySequence("F5")}}, {"b", "Second", {QKeySequence("F6")}}});
    QTableView view;
    view.setModel(&model);
    view.setSelectionBehavior(QAbstractItemView::SelectRows);
    QVERIFY(copiedRows(view, CopyForm::Text).isEmpty());
    view.selectAll();
    QCOMPARE(copiedRows(view, CopyForm::Text), QStringLiteral("First\tF5\nSecond\tF6"));
    const QJsonArray json
        = QJsonDocument::fromJson(copiedRows(view, CopyForm::Json).toUtf8()).array();
    QCOMPARE(json.size(), 2);
    QCOMPARE(json[1].toObject()["Keys"].toString(), QStringLiteral("F6"));
}

void TestSession::remembersPageAndCheck()
{
    openReady("image.qcow2");
    m_window->document().startCheck();
    QTRY_VERIFY(m_window->document().checkReport());
    auto* map = dynamic_cast<MapPage*>(m_window->view().pageWidget(PageId::Map));
    QVERIFY(map);
    map->setView(MapView::File);
    m_window->view().showPage(PageId::Snapshots);
    m_window->close();
    makeWindow();
    openReady("image.qcow2");
    map = dynamic_cast<MapPage*>(m_window->view().pageWidget(PageId::Map));
    QCOMPARE(map->view(), MapView::File);
    QCOMPARE(m_window->view().currentPage(), PageId::Snapshots);
    QVERIFY(m_window->document().pastCheck());
    QVERIFY(!m_window->document().pastCheck()->fileChangedSince);
    const Overview overview = describeOverview(m_window->document());
    QCOMPARE(overview.health, Health::NotChecked); // never healthy before a check
    QVERIFY(overview.healthText.contains("found nothing wrong. The file has not changed since."));
}

void TestSession::saysThatTheFileChangedSinceTheCheck()
{
    QVERIFY(QFile::copy(path("image.qcow2"), path("changes.qcow2")));
    openReady("changes.qcow2");
    m_window->document().startCheck();
    QTRY_VERIFY(m_window->document().checkReport());
    makeWindow();
    qemuIo(path("changes.qcow2"), {"write -P 9 32M 1M"});
    openReady("changes.qcow2");
    QVERIFY(m_window->document().pastCheck());
    QVERIFY(m_window->document().pastCheck()->fileChangedSince);
    QVERIFY(
        describeOverview(m_window->document()).healthText.contains("The file has changed since."));
}

void TestSession::remembersNothingWhenToldSo()
{
    Preferences::setRemembersImages(false);
    openReady("image.qcow2");
    m_window->document().startCheck();
    QTRY_VERIFY(m_window->document().checkReport());
    m_window->close();
    QCOMPARE(m_recent->rowCount(), 0);
    QVERIFY(!storedSettings().contains("image.qcow2"));
    QVERIFY(!storedSettings().contains("[images]"));
}

void TestSession::keepsNoPassphrase()
{
    openReady("locked.qcow2");
    m_window->document().unlock("right horse");
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->document().isLocked(), 20000);
    m_window->close();
    const QString stored = storedSettings();
    QVERIFY(stored.contains("locked.qcow2"));
    QVERIFY(!stored.contains("right horse"));
    QVERIFY(!stored.contains(QString::fromLatin1(QByteArray("right horse").toHex())));
    QVERIFY(!stored.contains(QString::fromLatin1(QByteArray("right horse").toBase64())));
}

void TestSession::forgetsTheOldestImages()
{
    for (int i = 0; i < ImageMemory::mostKept + 5; ++i)
        ImageMemory::keep(QStringLiteral("image%1").arg(i), {QStringLiteral("map"), {}, {}});
    int kept = 0;
    for (int i = 0; i < ImageMemory::mostKept + 5; ++i)
        kept += ImageMemory::recall(QStringLiteral("image%1").arg(i)) ? 1 : 0;
    QCOMPARE(kept, ImageMemory::mostKept);
    QVERIFY(ImageMemory::recall(QStringLiteral("image%1").arg(ImageMemory::mostKept + 4)));
}

void TestSession::offersWhatWasOpenAfterACrash()
{
    // A program with this number is gone: no process has it.
    QSettings().setValue(QStringLiteral("session/running/999999999"),
        QStringList{path("image.qcow2"), path("locked.qcow2")});
    const OpenImages::LastTime last = OpenImages::begin();
    QCOMPARE(last.interrupted.size(), 2);
    QVERIFY(OpenImages::begin().interrupted.isEmpty()); // offered once
    WindowSet windows;
    windows.start(last);
    const auto shown = [&] {
        QList<MainWindow*> list;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            auto* window = qobject_cast<MainWindow*>(widget);
            if (window && window != m_window.get())
                list << window;
        }
        return list;
    };
    QCOMPARE(shown().size(), 1);
    QVERIFY(shown().front()->isEmpty()); // an offer, nothing more
    QPushButton* again = nullptr;
    for (QPushButton* button : shown().front()->findChildren<QPushButton*>()) {
        if (button->text() == QLatin1String("Open again") && button->isVisible())
            again = button;
    }
    QVERIFY(again);
    again->click();
    QCOMPARE(shown().size(), 2);
    for (MainWindow* window : shown()) {
        QTRY_COMPARE(window->document().state(), ImageDocument::State::Ready);
        QTRY_VERIFY(!window->document().isBusy());
    }
    QTRY_COMPARE(QSettings().value("session/last").toStringList().size(), 2);
    qDeleteAll(shown());
    QTest::qWait(1);
    QCOMPARE(QSettings().value("session/last").toStringList().size(), 2);
}

void TestSession::opensTheLastImagesIfWanted()
{
    OpenImages::keep({path("image.qcow2")});
    OpenImages::end();
    OpenImages::LastTime last = OpenImages::begin();
    QCOMPARE(last.images, QStringList{path("image.qcow2")});
    QVERIFY(last.interrupted.isEmpty());
    Preferences::setReopensLastImages(true);
    WindowSet windows;
    windows.start(last);
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        auto* window = qobject_cast<MainWindow*>(widget);
        if (window && window != m_window.get()) {
            QTRY_COMPARE(window->document().state(), ImageDocument::State::Ready);
            delete window;
            return;
        }
    }
    QFAIL("no window was opened");
}

PLATTER_GUI_MAIN(TestSession)
#include "tst_session.moc"
