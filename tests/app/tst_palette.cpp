// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/JobQueue.h"
#include "app/pages/MapPage.h"
#include "app/palette/CommandPalette.h"
#include "app/palette/FuzzyMatch.h"
#include "app/window/ActionSet.h"
#include "app/window/Look.h"
#include "app/window/MainWindow.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/hexview/HexView.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLineEdit>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <ctime>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

/// The palette finds actions, places and names by a few letters.
class TestPalette final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();
    void betterMatchesWin_data();
    void betterMatchesWin();
    void whatDoesNotFitIsLeftOut();
    void keysOpenItAndEscapeClosesIt();
    void listsEveryActionWithItsKey();
    void saysWhyAnActionCannotBeDone();
    void doesWhatWasChosen();
    void whatWasUsedLatelyComesFirst();
    void goesToAnAddress();
    void anL2EntryIsItsBytesInHexAndItsClusterOnTheMap();
    void goesToASnapshotByName();
    void goesToAField();
    void goToHasNoActions();
    void searchesManyNames();

private:
    PaletteModel& typed(const QString& words);
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void openReady(const QString& name);
    QTemporaryDir m_folder;
    QTemporaryDir m_settings;
    std::unique_ptr<RecentImages> m_recent;
    JobQueue m_jobs;
    std::unique_ptr<MainWindow> m_window;
};

void TestPalette::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    qemuImg({"create", "-f", "qcow2", path("image.qcow2"), "64M"});
    qemuImg({"snapshot", "-c", "before upgrade", path("image.qcow2")});
    qemuImg({"snapshot", "-c", "clean", path("image.qcow2")});
    qemuImg({"create", "-f", "vdi", path("image.vdi"), "16M"});
    qemuImg({"create", "-f", "qcow2", path("entries.qcow2"), "64M"});
    qemuIo(path("entries.qcow2"), {"write -P 1 1M 64k"});
}

void TestPalette::init()
{
    QSettings().clear();
    m_recent = std::make_unique<RecentImages>();
    m_window = std::make_unique<MainWindow>(*m_recent, m_jobs);
    m_window->setAttribute(Qt::WA_DeleteOnClose, false);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestPalette::cleanup()
{
    m_window.reset();
    m_recent.reset();
}

void TestPalette::openReady(const QString& name)
{
    m_window->openHere(path(name));
    QTRY_COMPARE_WITH_TIMEOUT(m_window->document().state(), ImageDocument::State::Ready, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->document().isBusy(), 10000);
}

PaletteModel& TestPalette::typed(const QString& words)
{
    CommandPalette& palette = m_window->commandPalette();
    palette.open(PaletteModel::Scope::Everything);
    QTest::keyClicks(&palette.field(), words);
    return palette.model();
}

void TestPalette::betterMatchesWin_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("better");
    QTest::addColumn<QString>("worse");
    QTest::newRow("the beginning before the middle") << "check"
                                                     << "check again"
                                                     << "recheck";
    QTest::newRow("the start of a word before the middle of one") << "map"
                                                                  << "show on the map"
                                                                  << "unmapped things";
    QTest::newRow("whole letters before scattered ones") << "copy"
                                                         << "copy offset"
                                                         << "cool pony";
    QTest::newRow("few gaps before many") << "cop"
                                          << "co pq"
                                          << "c o p";
    QTest::newRow("the shorter of two alike") << "open"
                                              << "open"
                                              << "open named files";
    QTest::newRow("words in any order") << "files open"
                                        << "open named files"
                                        << "open";
}

void TestPalette::betterMatchesWin()
{
    QFETCH(const QString, query);
    QFETCH(const QString, better);
    QFETCH(const QString, worse);
    QVERIFY(matchScore(query, better).value_or(-1000) > matchScore(query, worse).value_or(-1000));
}

void TestPalette::whatDoesNotFitIsLeftOut()
{
    QVERIFY(!matchScore(u"xyz", u"check"));
    QVERIFY(!matchScore(u"check zebra", u"check"));
    QVERIFY(!matchScore(u"kc", u"check"));
    QVERIFY(matchScore(u"", u"check"));
    QCOMPARE(folded(QStringLiteral("ÄöÜ")), folded(QStringLiteral("äÖü")));
}

void TestPalette::keysOpenItAndEscapeClosesIt()
{
    openReady("image.qcow2");
    QWidget* before = m_window->view().pageWidget(PageId::Overview);
    before->setFocus();
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    CommandPalette& palette = m_window->commandPalette();
    QVERIFY(palette.isVisible());
    QVERIFY(palette.field().hasFocus());
    QTest::keyClick(&palette.field(), Qt::Key_Escape);
    QVERIFY(!palette.isVisible());
    QVERIFY(before->hasFocus());
    QTest::keyClick(m_window.get(), Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(palette.isVisible());
}

void TestPalette::listsEveryActionWithItsKey()
{
    PaletteModel& model = typed(QString());
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QStringList shown;
    for (int row = 0; row < model.rowCount(); ++row)
        shown << model.index(row).data().toString();
    for (const ActionSet::Entry& entry : m_window->actionSet().entries())
        QVERIFY2(shown.contains(plainText(*entry.action)), qPrintable(entry.spec.id));
    QCOMPARE(shown.size(), qsizetype(m_window->actionSet().entries().size()));
    typed(QStringLiteral("reload"));
    QCOMPARE(model.index(0).data(PaletteModel::KeyRole).toString(), QStringLiteral("F5"));
}

void TestPalette::saysWhyAnActionCannotBeDone()
{
    openReady("image.vdi");
    PaletteModel& model = typed(QStringLiteral("snapshots"));
    QVERIFY(model.index(0).data(PaletteModel::ReasonRole).toString().contains("Only QCOW2"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QVERIFY(m_window->commandPalette().isVisible()); // and the reason stays to be read
    QCOMPARE(m_window->view().currentPage(), PageId::Overview);
}

void TestPalette::doesWhatWasChosen()
{
    openReady("image.qcow2");
    typed(QStringLiteral("chain"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QVERIFY(!m_window->commandPalette().isVisible());
    QCOMPARE(m_window->view().currentPage(), PageId::Chain);
}

void TestPalette::whatWasUsedLatelyComesFirst()
{
    openReady("image.qcow2");
    typed(QStringLiteral("copy overview"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    PaletteModel& model = typed(QString());
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("Copy overview"));
    QVERIFY(QSettings().value("palette/latest").toStringList().contains("edit.copyOverview"));
}

void TestPalette::goesToAnAddress()
{
    openReady("image.qcow2");
    PaletteModel& model = typed(QStringLiteral("guest 1M"));
    QVERIFY(model.index(0).data().toString().contains("Guest"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QCOMPARE(m_window->view().currentPage(), PageId::Map);
    QCOMPARE(m_window->document().selection().guest, GuestOffset{1 << 20});
    typed(QStringLiteral("guest 1T"));
    QVERIFY(model.index(0).data(PaletteModel::ReasonRole).toString().contains("The disk ends"));
}

void TestPalette::anL2EntryIsItsBytesInHexAndItsClusterOnTheMap()
{
    openReady("entries.qcow2");
    const ImageDocument& document = m_window->document();
    const auto entry
        = document.image()->entriesOf(GuestOffset{1 << 20}, {}).back().fields.front().at;
    m_window->view().showPage(PageId::Hex);
    typed(QStringLiteral("l2 0/16"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QCOMPARE(m_window->view().currentPage(), PageId::Hex);
    const auto* hex = m_window->view().pageWidget(PageId::Hex)->findChild<HexView*>();
    QCOMPARE(hex->selectionStart(), entry.value);
    QCOMPARE(hex->selectionLength(), quint64{8});
    auto* map = qobject_cast<MapPage*>(m_window->view().pageWidget(PageId::Map));
    for (const MapView view : {MapView::Guest, MapView::File}) {
        m_window->view().showPage(PageId::Map);
        map->setView(view);
        QTRY_VERIFY(!document.isBusy());
        typed(QStringLiteral("l2 0/16"));
        QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
        QCOMPARE(m_window->view().currentPage(), PageId::Map);
        QCOMPARE(map->view(), MapView::Guest);
        QCOMPARE(document.selection().guest, GuestOffset{1 << 20});
        QCOMPARE(document.selection().guestLength, Bytes{65536});
    }
}

void TestPalette::goesToASnapshotByName()
{
    openReady("image.qcow2");
    PaletteModel& model = typed(QStringLiteral("befupg"));
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("before upgrade"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QCOMPARE(m_window->view().currentPage(), PageId::Snapshots);
    QCOMPARE(m_window->document().selection().snapshot, std::size_t{0});
}

void TestPalette::goesToAField()
{
    openReady("image.qcow2");
    typed(QStringLiteral("cluster_bits"));
    QTest::keyClick(&m_window->commandPalette().field(), Qt::Key_Return);
    QCOMPARE(m_window->view().currentPage(), PageId::Header);
    QCOMPARE(m_window->document().selection().host, HostOffset{20});
    QCOMPARE(m_window->document().selection().field, QStringLiteral("cluster_bits"));
}

void TestPalette::goToHasNoActions()
{
    openReady("image.qcow2");
    QTest::keyClick(m_window.get(), Qt::Key_G, Qt::ControlModifier);
    PaletteModel& model = m_window->commandPalette().model();
    QCOMPARE(model.rowCount(), 0);
    QTest::keyClicks(&m_window->commandPalette().field(), QStringLiteral("clean"));
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("clean"));
    m_window->commandPalette().field().setText(QStringLiteral("reload"));
    QCOMPARE(model.rowCount(), 0);
}

void TestPalette::searchesManyNames()
{
    constexpr std::size_t count = 65'536;
    auto names = std::make_shared<PaletteNames>();
    for (std::size_t i = 0; i < count; ++i) {
        const QString text = QStringLiteral("nightly backup %1").arg(i);
        names->push_back({PaletteName::Kind::Snapshot, i, 0, text, folded(text)});
    }
    PaletteModel& model = m_window->commandPalette().model();
    model.setNames(names);
    QString words;
    std::clock_t longest = 0;
    for (const QChar letter : QStringLiteral("backup 65000")) {
        words += letter;
        const std::clock_t start = std::clock(); // of this program, whatever else runs
        model.setQuery(words);
        longest = std::max(longest, std::clock() - start);
    }
    qInfo("at most %.1f ms for a key among %zu names",
        1000.0 * static_cast<double>(longest) / CLOCKS_PER_SEC, count);
    QCOMPARE(model.index(0).data().toString(), QStringLiteral("nightly backup 65000"));
    model.setQuery(QStringLiteral("backup 6500")); // a letter taken back: more fit again
    QVERIFY(model.rowCount() > 10);
    QVERIFY(model.rowCount() <= static_cast<int>(PaletteModel::mostRows) + 1);
}

PLATTER_GUI_MAIN(TestPalette)
#include "tst_palette.moc"
