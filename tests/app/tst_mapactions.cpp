// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/MapTableDialog.h"
#include "app/pages/MapColourBox.h"
#include "app/pages/MapExporter.h"
#include "app/pages/MapPage.h"
#include "app/pages/MapThumbnail.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/clustermap/ClusterStrip.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using Colour = MapAspect::Colour;

namespace {

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

QAction* actionOf(const QMenu& menu, const QString& text)
{
    for (QAction* action : menu.actions()) {
        if (action->text() == text)
            return action;
    }
    return nullptr;
}

} // namespace

/// What can be done on the Map page, with real events.
class TestMapActions final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void otherViewKeepsTheMiddle();
    void otherLayoutKeepsTheMiddle();
    void keysSwitchViewAndLayout();
    void keysGoFromExtentToExtent();
    void coloursFollowTheBox();
    void coloursThatDoNotFitTheViewEnd();
    void menuLeadsToTheEntry();
    void menuLeadsToTableAndHeader();
    void menuCopiesTheOffset();
    void menuSaysWhyNot();
    void savesThePicture();
    void savesTheTable();
    void saysWhyNothingWasSaved();
    void listsTheCells();
    void screenReadersHearTheCells();
    void emptyDiskIsTrueAtOnce();
    void damageIsMarkedAndCounted();
    void hugeDiskIsShownWhole();
    void thumbnailOpensTheMap();
    void showsWhatAnotherPageReveals();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void open(const QString& name);
    QPoint place(quint64 offset) const { return m_map->mapGeometry().rectOf(offset).center(); }
    QString legend(const QString& name) const;
    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<MapPage> m_page;
    ClusterMap* m_map = nullptr;
};

void TestMapActions::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    Theme::show(Theme::Shade::Light);

    qemuImg({"create", "-q", "-f", "qcow2", path("plain.qcow2"), "1G"});
    qemuIo(path("plain.qcow2"),
        {"write -P 1 1M 192k", "write -P 2 300M 40M", "write -z 600M 64k", "write -P 3 900M 8M"});
    qemuImg({"create", "-q", "-f", "qcow2", path("history.qcow2"), "64M"});
    qemuIo(path("history.qcow2"), {"write -P 1 0 2M"});
    qemuImg({"snapshot", "-c", "one", path("history.qcow2")});
    qemuIo(path("history.qcow2"), {"write -P 2 1M 1M"});
    qemuImg({"create", "-q", "-f", "qcow2", path("huge.qcow2"), "64T"});
    qemuIo(path("huge.qcow2"), {"write -P 1 50T 1M"});
    // An L2 entry that leads behind the end of any file.
    qemuImg({"create", "-q", "-f", "qcow2", path("broken.qcow2"), "64M"});
    qemuIo(path("broken.qcow2"), {"write -P 1 0 4M"});
    QFile broken{path("broken.qcow2")};
    QVERIFY(broken.open(QIODevice::ReadWrite));
    QVERIFY(broken.seek(0x40000 + 8 * 20));
    QCOMPARE(broken.write(QByteArray::fromHex("80ff000000000200")), qint64{8});
}

void TestMapActions::open(const QString& name)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<MapPage>(*m_document);
    m_page->resize(1100, 700);
    m_page->show();
    m_map = m_page->findChild<ClusterMap*>();
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
    QTest::qWait(300); // the close up and the legend follow after a moment
    QTRY_VERIFY(m_map->isQuiet());
}

QString TestMapActions::legend(const QString& name) const
{
    const auto* model = m_page->findChild<PlainTable*>()->model();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->index(row, 0).data() == name)
            return model->index(row, 1).data().toString();
    }
    return {};
}

void TestMapActions::otherViewKeepsTheMiddle()
{
    open(QStringLiteral("plain.qcow2"));
    const quint64 middle = (320_MiB).value;
    m_map->showAround(middle, 4096.0);
    const auto host
        = m_document->image()->activeState().extentAt(GuestOffset{middle}, 64_KiB).host.value;
    m_page->setView(MapView::File);
    const auto inTheMiddle = [&](quint64 offset) {
        const QRect there = m_map->mapGeometry().rectOf(offset);
        return !there.isEmpty()
            && (there.center() - m_map->rect().center()).manhattanLength() < 120;
    };
    QTRY_VERIFY(inTheMiddle(host));
    m_page->setView(MapView::Guest);
    QTRY_VERIFY(inTheMiddle(middle));
}

void TestMapActions::otherLayoutKeepsTheMiddle()
{
    open(QStringLiteral("plain.qcow2"));
    const quint64 middle = (320_MiB).value;
    m_map->showAround(middle, 65536.0);
    m_page->setMapLayout(ClusterLayout::Regions);
    QCOMPARE(m_map->mapGeometry().layout, ClusterLayout::Regions);
    QVERIFY((place(middle) - m_map->rect().center()).manhattanLength() < 60);
}

void TestMapActions::keysSwitchViewAndLayout()
{
    open(QStringLiteral("plain.qcow2"));
    m_map->setFocus();
    QTest::keyClick(m_map, Qt::Key_G);
    QCOMPARE(m_page->view(), MapView::File);
    QTest::keyClick(m_map, Qt::Key_V);
    QCOMPARE(m_map->mapGeometry().layout, ClusterLayout::Regions);
    QTest::keyClick(m_map, Qt::Key_V);
    QTest::keyClick(m_map, Qt::Key_G);
    QCOMPARE(m_page->view(), MapView::Guest);
    QCOMPARE(m_map->mapGeometry().layout, ClusterLayout::Rows);
}

void TestMapActions::keysGoFromExtentToExtent()
{
    open(QStringLiteral("plain.qcow2"));
    m_map->choose(m_map->mapGeometry().cellOf(0));
    const auto holds = [&](Bytes offset) {
        const auto chosen = m_map->chosen();
        return chosen.from <= offset.value && offset.value - chosen.from < chosen.length;
    };
    m_map->setZoom(1); // a cell is a cluster
    m_map->choose({0, 65536});
    QTest::keyClick(m_map, Qt::Key_BracketRight);
    QTRY_VERIFY(holds(1_MiB));
    QTest::keyClick(m_map, Qt::Key_BracketRight);
    QTRY_VERIFY(holds(1_MiB + 192_KiB));
    QTest::keyClick(m_map, Qt::Key_BracketRight);
    QTRY_VERIFY(holds(300_MiB));
    QVERIFY(!m_map->mapGeometry().rectOf((300_MiB).value).isEmpty()); // it is in view
    QCOMPARE(m_document->selection().guest, GuestOffset{(300_MiB).value});
    QTest::keyClick(m_map, Qt::Key_BracketLeft);
    QTRY_VERIFY(holds(1_MiB + 192_KiB));
}

void TestMapActions::coloursFollowTheBox()
{
    open(QStringLiteral("history.qcow2"));
    m_page->setView(MapView::File);
    auto* const box = m_page->findChild<MapColourBox*>();
    auto* const colour = box->findChildren<QComboBox*>().first();
    auto* const choice = box->findChildren<QComboBox*>().last();
    QVERIFY(!choice->isVisibleTo(box));
    colour->setFocus();
    QTest::keyClicks(colour, QStringLiteral("Sn")); // Snapshot
    QTRY_COMPARE(m_page->aspect(), (MapAspect{Colour::Snapshot, {}}));
    QVERIFY(choice->isVisibleTo(box));
    QTRY_COMPARE(legend(QStringLiteral("Shared")), QStringLiteral("1\u00a0MiB"));
    QCOMPARE(legend(QStringLiteral("Only now")), QStringLiteral("1\u00a0MiB"));
    QCOMPARE(legend(QStringLiteral("Only in snapshots")), QStringLiteral("1\u00a0MiB"));
    choice->setFocus();
    QTest::keyClicks(choice, QStringLiteral("one"));
    QTRY_COMPARE(m_page->aspect(), (MapAspect{Colour::Snapshot, 0}));
    QTRY_COMPARE(legend(QStringLiteral("In it, not now")), QStringLiteral("1\u00a0MiB"));
}

void TestMapActions::coloursThatDoNotFitTheViewEnd()
{
    open(QStringLiteral("history.qcow2"));
    m_page->setAspect({Colour::Changed, 0});
    QTRY_COMPARE(legend(QStringLiteral("Changed")), QStringLiteral("1\u00a0MiB"));
    m_page->setView(MapView::File);
    QCOMPARE(m_page->aspect(), MapAspect{});
    QTRY_COMPARE(legend(QStringLiteral("In snapshots")), QStringLiteral("2\u00a0MiB"));
    m_document->open(path("plain.qcow2").toStdString()); // has no snapshot to be chosen
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QCOMPARE(m_page->aspect(), MapAspect{});
}

void TestMapActions::menuLeadsToTheEntry()
{
    open(QStringLiteral("plain.qcow2"));
    const auto entry
        = m_document->image()->activeState().tableEntryOf(GuestOffset{(300_MiB + 640_KiB).value});
    QVERIFY(entry);
    QMenu menu;
    m_page->fillPlaceMenu(menu, (300_MiB + 640_KiB).value, 65536);
    QAction* const show = actionOf(menu, QStringLiteral("Show L2 entry"));
    QVERIFY(show);
    // The entry says where the cluster is: read it.
    QFile file{path("plain.qcow2")};
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.seek(static_cast<qint64>(entry->at.value)));
    const QByteArray bytes = file.read(8);
    const auto host = m_document->image()
                          ->activeState()
                          .extentAt(GuestOffset{(300_MiB + 640_KiB).value}, 64_KiB)
                          .host.value;
    QCOMPARE(bytes.mid(1).toHex().toULongLong(nullptr, 16), host);
    if (show->isEnabled()) {
        QSignalSpy asked{m_document.get(), &ImageDocument::pageRequested};
        show->trigger();
        QCOMPARE(asked.count(), 1);
        QCOMPARE(m_document->selection().host, entry->at);
    } else {
        QVERIFY(!show->toolTip().isEmpty());
    }
}

void TestMapActions::menuLeadsToTableAndHeader()
{
    open(QStringLiteral("plain.qcow2"));
    const GuestOffset at{(300_MiB + 640_KiB).value};
    const auto entry = m_document->image()->activeState().tableEntryOf(at);
    QVERIFY(entry);
    QMenu menu;
    m_page->fillPlaceMenu(menu, at.value, 65536);
    actionOf(menu, QStringLiteral("Copy offset of the L2 entry"))->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(),
        QStringLiteral("0x") + QString::number(entry->at.value, 16));
    actionOf(menu, QStringLiteral("Show its L2 table"))->trigger();
    const Selection& table = m_document->selection();
    QVERIFY(table.host);
    QCOMPARE(table.host->value % 65536, std::uint64_t{0});
    QVERIFY(*table.host <= entry->at && entry->at < *table.host + table.hostLength);
    // Guest data has no structure on the page Header; the header has.
    QVERIFY(!actionOf(menu, QStringLiteral("Show in Header")));
    m_page->setView(MapView::File);
    QTRY_VERIFY(!m_document->isBusy());
    QMenu ofHeader;
    m_page->fillPlaceMenu(ofHeader, 0, 65536);
    QSignalSpy asked{m_document.get(), &ImageDocument::pageRequested};
    actionOf(ofHeader, QStringLiteral("Show in Header"))->trigger();
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.front().front().value<PageId>(), PageId::Header);
}

void TestMapActions::menuCopiesTheOffset()
{
    open(QStringLiteral("plain.qcow2"));
    QMenu menu;
    m_page->fillPlaceMenu(menu, 0x12c00000, 65536);
    actionOf(menu, QStringLiteral("Copy offset"))->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("0x12c00000"));
}

void TestMapActions::menuSaysWhyNot()
{
    open(QStringLiteral("plain.qcow2"));
    QMenu menu;
    m_page->fillPlaceMenu(menu, (700_MiB).value, 65536); // nothing is stored there
    QAction* const who = actionOf(menu, QStringLiteral("Who refers to this"));
    QVERIFY(!who->isEnabled());
    QVERIFY(who->toolTip().contains(QStringLiteral("place")));
}

void TestMapActions::savesThePicture()
{
    open(QStringLiteral("plain.qcow2"));
    QSignalSpy saved{m_page->exporter(), &MapExporter::saved};
    // The line that says where it was saved makes the map smaller afterwards.
    const QSize size = m_map->size();
    const QPoint data = place((310_MiB).value);
    const QPoint nothing = place((500_MiB).value);
    m_page->exporter()->savePicture(path("map.png").toStdString());
    QTRY_COMPARE(saved.count(), 1);
    const QImage picture{path("map.png")};
    QCOMPARE(picture.size(), size);
    QCOMPARE(picture.pixelColor(data), Theme::color(Token::MapData));
    QCOMPARE(picture.pixelColor(nothing), Theme::color(Token::MapFree));
    QVERIFY(hasText(*m_page, QStringLiteral("map.png")));
}

void TestMapActions::savesTheTable()
{
    open(QStringLiteral("plain.qcow2"));
    QSignalSpy saved{m_page->exporter(), &MapExporter::saved};
    m_page->exporter()->saveTable(path("map.csv").toStdString());
    QTRY_COMPARE(saved.count(), 1);
    QFile file{path("map.csv")};
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList lines
        = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY(lines.first().startsWith(QStringLiteral("first_byte,bytes,read,\"Data\"")));
    quint64 at = 0;
    double data = 0;
    for (const QString& line : lines.mid(1)) {
        const QStringList cells = line.split(QLatin1Char(','));
        QCOMPARE(cells.size(), lines.first().count(QLatin1Char(',')) + 1);
        QCOMPARE(cells[0].toULongLong(), at); // no gap
        at += cells[1].toULongLong();
        QCOMPARE(cells[2], QStringLiteral("yes"));
        data += cells[3].toDouble() / 100 * cells[1].toDouble();
    }
    QCOMPARE(at, (1_GiB).value);
    const double truth = static_cast<double>((48_MiB + 192_KiB).value);
    QVERIFY(std::abs(data - truth) < truth / 100);
}

void TestMapActions::saysWhyNothingWasSaved()
{
    open(QStringLiteral("plain.qcow2"));
    QSignalSpy failed{m_page->exporter(), &MapExporter::failed};
    m_page->exporter()->savePicture(path("no/such/folder/map.png").toStdString());
    QTRY_COMPARE(failed.count(), 1);
    QVERIFY(hasText(*m_page, QStringLiteral("was not written")));
}

void TestMapActions::listsTheCells()
{
    open(QStringLiteral("plain.qcow2"));
    m_page->exporter()->showTable();
    auto* const dialog = m_page->findChild<MapTableDialog*>();
    QVERIFY(dialog);
    auto* const table = dialog->findChild<PlainTable*>();
    const QAbstractItemModelTester tester{
        table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
    quint64 all = 0;
    for (int row = 0; row < table->model()->rowCount(); ++row)
        all += table->model()->index(row, 0).data(MapCellsModel::LengthRole).toULongLong();
    QCOMPARE(all, (1_GiB).value);
    const quint64 cell = m_map->mapGeometry().bytesPerCell;
    const auto index = table->model()->index(static_cast<int>((310_MiB).value / cell), 0);
    QVERIFY(index.siblingAtColumn(MapCellsModel::MostlyColumn)
                .data()
                .toString()
                .contains(QStringLiteral("Data")));
    QVERIFY(index.siblingAtColumn(MapCellsModel::EntryColumn)
                .data()
                .toString()
                .startsWith(QStringLiteral("L2 table 0")));
    table->setCurrentIndex(index);
    emit table->activated(index);
    QCOMPARE(m_map->chosen().from, index.data(MapCellsModel::OffsetRole).toULongLong());
    dialog->close();
}

void TestMapActions::screenReadersHearTheCells()
{
    open(QStringLiteral("plain.qcow2"));
    auto* const table = QAccessible::queryAccessibleInterface(m_map);
    QStringList names;
    for (int i = 0; i < table->childCount(); ++i) {
        if (table->child(i)->isValid())
            names << table->child(i)->text(QAccessible::Name);
    }
    QVERIFY(names.first().startsWith(QStringLiteral("Guest 0")));
    const bool data = std::any_of(names.begin(), names.end(), [](const QString& name) {
        return name.contains(QStringLiteral("Guest 3")) && name.endsWith(QStringLiteral("Data"));
    });
    QVERIFY(data);
    auto* const strip = QAccessible::queryAccessibleInterface(m_page->findChild<ClusterStrip*>());
    QVERIFY(strip->text(QAccessible::Value).contains(QStringLiteral("1\u00a0GiB")));
}

void TestMapActions::emptyDiskIsTrueAtOnce()
{
    open(QStringLiteral("huge.qcow2"));
    MapSubject subject = guestSubject(*m_document);
    std::shared_ptr<const MapPyramid> first;
    std::uint64_t unread = 0;
    scanMap(subject,
        [&](const std::shared_ptr<const MapPyramid>& pyramid) {
            if (!first)
                unread = pyramid->unread().value;
            first = pyramid;
        },
        {});
    // Before an L2 table is read, all is known but what lies behind the one that there is.
    QCOMPARE(unread, (512_MiB).value);
}

void TestMapActions::damageIsMarkedAndCounted()
{
    open(QStringLiteral("broken.qcow2"));
    const quint64 damaged = 20 * 65536;
    QCOMPARE(legend(QStringLiteral("Problem")), QStringLiteral("64\u00a0KiB"));
    const QImage picture = m_map->grab().toImage();
    const QRect cell = m_map->mapGeometry().rectOf(damaged);
    int red = 0;
    for (int y = cell.top() - 9; y <= cell.bottom() + 9; ++y) {
        for (int x = std::max(0, cell.left() - 9); x <= cell.right() + 9; ++x)
            red += picture.valid(x, y)
                && picture.pixelColor(x, y) == Theme::color(Token::MapProblem);
    }
    QVERIFY(red >= 9 * 9 / 2); // the marker and its cross
    auto* const table = QAccessible::queryAccessibleInterface(m_map);
    bool heard = false;
    for (int i = 0; i < table->childCount() && !heard; ++i)
        heard = table->child(i)->isValid()
            && table->child(i)->text(QAccessible::Name).contains(QStringLiteral("1 problem"));
    QVERIFY(heard);
}

void TestMapActions::hugeDiskIsShownWhole()
{
    open(QStringLiteral("huge.qcow2"));
    QCOMPARE(m_map->mapGeometry().size, quint64{64} << 40);
    QVERIFY(m_map->mapGeometry().isWhole());
    QCOMPARE(legend(QStringLiteral("Data")), QStringLiteral("1\u00a0MiB"));
    const quint64 data = quint64{50} << 40;
    m_map->showAround(data, 65536.0);
    QTRY_COMPARE(m_map->grab().toImage().pixelColor(place(data)), Theme::color(Token::MapData));
    QVERIFY(m_map->tileMemory() <= 48 << 20);
    m_page->setMapLayout(ClusterLayout::Regions);
    QTRY_COMPARE(m_map->grab().toImage().pixelColor(place(data)), Theme::color(Token::MapData));
}

void TestMapActions::thumbnailOpensTheMap()
{
    m_page.reset(); // it holds on to the document before
    m_document = std::make_unique<ImageDocument>();
    MapThumbnail thumbnail{*m_document};
    thumbnail.resize(300, 120);
    thumbnail.show();
    m_document->open(path("plain.qcow2").toStdString());
    QTRY_VERIFY(thumbnail.accessibleDescription().contains(QStringLiteral("Data")));
    auto* const map = thumbnail.findChild<ClusterMap*>();
    const auto colourAt = [&](Bytes offset) {
        return map->grab().toImage().pixelColor(map->mapGeometry().rectOf(offset.value).center());
    };
    QTRY_COMPARE(colourAt(310_MiB), Theme::color(Token::MapData));
    QCOMPARE(colourAt(500_MiB), Theme::color(Token::MapFree));
    QSignalSpy asked{m_document.get(), &ImageDocument::pageRequested};
    QTest::mouseClick(&thumbnail, Qt::LeftButton, {}, QPoint(20, 20));
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.last().first().value<PageId>(), PageId::Map);
    thumbnail.setFocus();
    QTest::keyClick(&thumbnail, Qt::Key_Space);
    QCOMPARE(asked.count(), 2);
}

void TestMapActions::showsWhatAnotherPageReveals()
{
    open(QStringLiteral("history.qcow2"));
    m_map->setZoom(1);
    Selection inFile;
    inFile.host = HostOffset{0x30000};
    inFile.hostLength = 64_KiB;
    m_document->reveal(PageId::Map, inFile);
    QCOMPARE(m_page->view(), MapView::File);
    QTRY_COMPARE(m_map->chosen().from, quint64{0x30000});
    QVERIFY(!m_map->mapGeometry().rectOf(0x30000).isEmpty());
    Selection inGuest;
    inGuest.guest = GuestOffset{(60_MiB).value};
    inGuest.guestLength = 64_KiB;
    m_document->reveal(PageId::Map, inGuest);
    QCOMPARE(m_page->view(), MapView::Guest);
    QTRY_COMPARE(m_map->chosen().from, (60_MiB).value);
    Selection snapshot;
    snapshot.snapshot = 0;
    m_document->reveal(PageId::Map, snapshot);
    QCOMPARE(m_page->aspect(), (MapAspect{Colour::Snapshot, 0}));
}

PLATTER_GUI_MAIN(TestMapActions)
#include "tst_mapactions.moc"
