// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HexPage.h"
#include "app/window/PlaceBar.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/hexview/HexView.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonObject>
#include <QToolButton>
#include <QTreeView>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using platter::tests::WindowBench;

/// The status bar tells of what is selected in every address space.
class TestPlaceBar final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void guestOffsetsLeadWhereQemuSays();
    void saysWhyThereIsNoPlace_data();
    void saysWhyThereIsNoPlace();
    void placesOfTheFileAreNamed();
    void aDashStandsForWhatIsLookedFor();
    void followsTheMap();
    void followsTheHeader();
    void followsTheBytes();
    void aClickCopies();

private:
    ImageDocument& document() { return m_bench->document(); }
    QToolButton& part(const char* name)
    {
        return *m_bench->window().findChild<QToolButton*>(QString::fromLatin1(name));
    }
    QString host() { return part("placeInFile").text(); }
    QString structure() { return part("placeInStructure").text(); }
    QString guest() { return part("placeOnDisk").text(); }
    bool settled()
    {
        const auto* bar = m_bench->window().findChild<PlaceBar*>();
        return QTest::qWaitFor([bar] { return !bar->resolver().isReading(); });
    }
    void select(std::optional<HostOffset> host, std::optional<GuestOffset> guest,
        std::optional<std::size_t> snapshot = {})
    {
        Selection selection;
        selection.host = host;
        selection.hostLength = Bytes{1};
        selection.guest = guest;
        selection.guestLength = Bytes{1};
        selection.snapshot = snapshot;
        document().select(selection);
    }
    static quint64 number(const QString& shown)
    {
        return QString(shown)
            .remove(QStringLiteral("guest "))
            .remove(QLatin1Char('_'))
            .toULongLong(nullptr, 16);
    }
    std::unique_ptr<WindowBench> m_bench;
};

void TestPlaceBar::init()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-f", "qcow2", m_bench->path("image.qcow2"), "64M"});
    qemuIo(m_bench->path("image.qcow2"),
        {"write -P 1 1M 1M", "write -z 8M 64k", "write -c -P 2 16M 64k"});
    qemuImg({"snapshot", "-c", "before", m_bench->path("image.qcow2")});
    qemuIo(m_bench->path("image.qcow2"), {"write -P 3 1M 64k"});
    QVERIFY(m_bench->open("image.qcow2"));
}

void TestPlaceBar::cleanup()
{
    m_bench.reset();
}

void TestPlaceBar::guestOffsetsLeadWhereQemuSays()
{
    bool any = false;
    for (const auto& value :
        qemuJson({"map", "--output=json", m_bench->path("image.qcow2")}).array()) {
        const QJsonObject extent = value.toObject();
        if (!extent.contains("offset"))
            continue;
        any = true;
        const auto start = static_cast<quint64>(extent["start"].toInteger());
        select({}, GuestOffset{start + 4660});
        QVERIFY(settled());
        QCOMPARE(number(host()), static_cast<quint64>(extent["offset"].toInteger()) + 4660);
        QCOMPARE(number(guest()), start + 4660);
        QCOMPARE(structure(), QStringLiteral("L2 table 0, entry %1").arg(start / 65536));
    }
    QVERIFY(any);
    // In a snapshot the same guest offset lies elsewhere.
    select({}, GuestOffset{1 << 20});
    QVERIFY(settled());
    const quint64 now = number(host());
    select({}, GuestOffset{1 << 20}, 0);
    QVERIFY(settled());
    QVERIFY(number(host()) != now);
    QVERIFY(structure().contains(QStringLiteral("snapshot “before”")));
}

void TestPlaceBar::saysWhyThereIsNoPlace_data()
{
    QTest::addColumn<int>("mebibyte");
    QTest::addColumn<QString>("words");
    QTest::addRow("nothing is allocated") << 4 << "not allocated (L2 table 0, entry 64)";
    QTest::addRow("zeros that are not stored") << 8 << "zeros, not stored (L2 table 0, entry 128)";
}

void TestPlaceBar::saysWhyThereIsNoPlace()
{
    QFETCH(const int, mebibyte);
    QFETCH(const QString, words);
    select({}, GuestOffset{static_cast<quint64>(mebibyte) << 20});
    QVERIFY(settled());
    QVERIFY(part("placeInFile").isHidden());
    QCOMPARE(structure(), words);
}

void TestPlaceBar::placesOfTheFileAreNamed()
{
    const auto entry = document().image()->activeState().tableEntryOf(GuestOffset{1 << 20});
    QVERIFY(entry);
    select(entry->at, {});
    QVERIFY(settled());
    QCOMPARE(structure(), QStringLiteral("L2 table 0, entry 16"));
    QCOMPARE(number(guest()), quint64{1 << 20});
    const Extent extent
        = document().image()->activeState().extentAt(GuestOffset{(1 << 20) + 65536}, Bytes{1});
    select(extent.host + Bytes{100}, {});
    QVERIFY(settled());
    QVERIFY2(structure().contains(QStringLiteral("ata")), qPrintable(structure()));
    QCOMPARE(number(guest()), quint64{(1 << 20) + 65536 + 100});
    select(HostOffset{24}, {});
    QVERIFY(settled());
    QVERIFY2(structure().contains(QStringLiteral("size")), qPrintable(structure()));
    QVERIFY(part("placeOnDisk").isHidden());
}

void TestPlaceBar::aDashStandsForWhatIsLookedFor()
{
    select(HostOffset{24}, {});
    QCOMPARE(number(host()), quint64{24}); // what is known is there at once
    QCOMPARE(structure(), QStringLiteral("–"));
    QCOMPARE(guest(), QStringLiteral("guest –"));
    QVERIFY(settled());
    QVERIFY(structure() != QStringLiteral("–"));
    document().select({});
    QVERIFY(part("placeInFile").isHidden());
}

void TestPlaceBar::followsTheMap()
{
    m_bench->view().showPage(PageId::Map);
    auto* map = m_bench->view().pageWidget(PageId::Map)->findChild<ClusterMap*>();
    QTRY_VERIFY(!document().isBusy());
    const QRect cell = map->mapGeometry().rectOf((1 << 20) + 65536);
    QVERIFY(!cell.isEmpty());
    QTest::mouseClick(map, Qt::LeftButton, {}, cell.center());
    QVERIFY(document().selection().guest);
    QVERIFY(settled());
    QCOMPARE(number(guest()), document().selection().guest->value);
    QCOMPARE(number(host()),
        document()
            .image()
            ->activeState()
            .extentAt(*document().selection().guest, Bytes{1})
            .host.value);
    QVERIFY2(structure().contains(QStringLiteral("L2 table 0, entry")), qPrintable(structure()));
}

void TestPlaceBar::followsTheHeader()
{
    m_bench->view().showPage(PageId::Header);
    auto* tree = m_bench->view().pageWidget(PageId::Header)->findChild<QTreeView*>();
    tree->setFocus();
    QTest::keyClick(tree, Qt::Key_Home);
    QTest::keyClick(tree, Qt::Key_Right);
    QTest::keyClick(tree, Qt::Key_Down);
    QTest::keyClick(tree, Qt::Key_Down);
    QVERIFY(document().selection().host);
    QVERIFY(settled());
    QCOMPARE(number(host()), document().selection().host->value);
    QVERIFY2(structure().contains(document().selection().field), qPrintable(structure()));
}

void TestPlaceBar::followsTheBytes()
{
    m_bench->view().showPage(PageId::Hex);
    auto* hex = m_bench->view().pageWidget(PageId::Hex)->findChild<HexView*>();
    QTRY_VERIFY(!document().isBusy());
    hex->setFocus();
    QTest::keyClick(hex, Qt::Key_Home, Qt::ControlModifier);
    QTest::keyClick(hex, Qt::Key_Down);
    QTRY_VERIFY(document().selection().host);
    QVERIFY(settled());
    QCOMPARE(number(host()), document().selection().host->value);
    QVERIFY(!structure().isEmpty());
}

void TestPlaceBar::aClickCopies()
{
    select({}, GuestOffset{(1 << 20) + 65536});
    QVERIFY(settled());
    for (const char* name : {"placeInFile", "placeInStructure", "placeOnDisk"}) {
        QTest::mouseClick(&part(name), Qt::LeftButton);
        const QString copied = QGuiApplication::clipboard()->text();
        if (QByteArray(name) == "placeInStructure")
            QCOMPARE(copied, structure());
        else
            QCOMPARE(copied.toULongLong(nullptr, 16), number(part(name).text()));
    }
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("0x110000"));
}

PLATTER_GUI_MAIN(TestPlaceBar)
#include "tst_placebar.moc"
