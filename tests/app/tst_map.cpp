// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/MapLegendModel.h"
#include "app/pages/MapPage.h"
#include "app/text/MapText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/theme/Theme.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;

Q_DECLARE_METATYPE(std::optional<std::uint64_t>)

namespace {

std::uint64_t total(const MapPyramid& pyramid, MapKind kind)
{
    return pyramid.total(kind).value;
}

MapSubject subjectOf(const QString& path, MapView view)
{
    MapSubject subject;
    subject.view = view;
    BackingChain chain;
    chain.layers.push_back(openImage(path.toStdString(), {}, {}));
    subject.image = chain.layers.front().image;
    subject.belowIsUnknown = view == MapView::Guest && subject.image->backingFile();
    subject.disk = std::make_shared<const VirtualDisk>(std::move(chain));
    return subject;
}

const PyramidSink nobody = [](const auto&) {};

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

} // namespace

class TestMap final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void readsOffsets_data();
    void readsOffsets();
    void legendIsAModel();
    void legendHidesKinds();

    void guestMapAgreesWithQemu();
    void whatWasNotOpenedIsFromTheBackingFile();
    void detailTellsSubclusters();
    void detailTellsWhereClustersLie();
    void detailOfTheFileTellsTheGuestPlace();
    void detailIsBounded();

    void pageShowsBothViews();
    void pageSelectsInBothAddressSpaces();
    void pageFollowsTheSelection();
    void pageGoesToAnOffset();
    void pageFiltersByTheLegend();
    void pageMapsALockedImage();
    void pageSaysThatReadingWasStopped();
    void pageForgetsTheImageBefore();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    /// A page with an image, read to its end.
    void open(const QString& name);
    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<MapPage> m_page;
    ClusterMap* m_map = nullptr;
};

void TestMap::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    Theme::show(Theme::Shade::Light);

    qemuImg({"create", "-q", "-f", "qcow2", path("base.qcow2"), "64M"});
    qemuIo(path("base.qcow2"), {"write -P 1 0 1M", "write -P 2 32M 512k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("top.qcow2")});
    qemuIo(path("top.qcow2"),
        {"write -P 3 512k 1M", "write -z 8M 256k", "write -c -P 4 16M 128k", "write -P 5 63M 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", path("plain.qcow2"), "64M"});
    qemuIo(path("plain.qcow2"), {"write -P 1 1M 192k", "write -z 2M 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "extended_l2=on,cluster_size=64k",
        path("fine.qcow2"), "64M"});
    qemuIo(path("fine.qcow2"), {"write -P 1 0 2k", "write -P 1 6k 2k", "write -z 10k 2k"});
    qemuImg({"create", "-q", "--object", "secret,id=key,data=sesame", "-f", "qcow2", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", path("locked.qcow2"),
        "64M"});
}

void TestMap::open(const QString& name)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<MapPage>(*m_document);
    m_page->resize(1000, 600);
    m_page->show();
    m_map = m_page->findChild<ClusterMap*>();
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
    QTest::qWait(300); // the close up and the legend follow after a moment
}

void TestMap::readsOffsets_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<std::optional<std::uint64_t>>("offset");
    const auto row = [](const char* name, const char* text, std::optional<std::uint64_t> offset) {
        QTest::addRow("%s", name) << QString::fromUtf8(text) << offset;
    };
    row("hexadecimal", "0x50000", 0x50000);
    row("hexadecimal in groups", " 0x1_4000_0000 ", 0x1'4000'0000);
    row("hexadecimal in capitals", "0X5A", 0x5a);
    row("bytes", "1536", 1536);
    row("kibibytes", "64k", 65536);
    row("a fraction of a unit", "1.5 GiB", 1536 * 1048576ULL);
    row("a fraction with a comma", "1,5G", 1536 * 1048576ULL);
    row("the largest offset", "0xffffffffffffffff", ~std::uint64_t{0});
    row("nothing", "", std::nullopt);
    row("a word", "here", std::nullopt);
    row("too many digits", "0x10000000000000000", std::nullopt);
    row("more than fits", "99999999999999999999", std::nullopt);
    row("more exbibytes than fit", "16E", std::nullopt);
    row("below zero", "-5", std::nullopt);
    row("half a byte", "1.5", std::nullopt);
}

void TestMap::readsOffsets()
{
    QFETCH(const QString, text);
    QFETCH(const std::optional<std::uint64_t>, offset);
    QCOMPARE(parseOffset(text), offset);
}

void TestMap::legendIsAModel()
{
    MapLegendModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    model.setView(MapView::Guest);
    const int rows = model.rowCount();
    MapTotals totals;
    totals.of[static_cast<std::size_t>(MapKind::Data)] = 3_MiB;
    totals.ground = 1_MiB;
    model.setTotals(totals);
    QCOMPARE(model.rowCount(), rows);
    QCOMPARE(
        model.index(0, MapLegendModel::SizeColumn).data().toString(), QStringLiteral("3\u00a0MiB"));
    QCOMPARE(model.index(0, MapLegendModel::ShareColumn).data().toString(), "75.0 %");
    totals.unread = 4_MiB;
    totals.counting = MapTotals::Counting::About;
    model.setTotals(totals);
    QCOMPARE(model.rowCount(), rows + 1); // a part that was not read has a row
    QCOMPARE(model.index(0, MapLegendModel::SizeColumn).data().toString(),
        QStringLiteral("~3\u00a0MiB"));
    QCOMPARE(model.index(rows, MapLegendModel::ShareColumn).data().toString(), "50.0 %");
    totals.unread = {};
    model.setTotals(totals);
    QCOMPARE(model.rowCount(), rows);
    model.setView(MapView::File);
}

void TestMap::legendHidesKinds()
{
    MapLegendModel model;
    model.setView(MapView::File);
    QVERIFY(model.setData(model.index(0, 0), Qt::Unchecked, Qt::CheckStateRole));
    QVERIFY(model.look().hidden[static_cast<std::size_t>(MapKind::Data)]);
    QVERIFY(!model.look().hidden[static_cast<std::size_t>(MapKind::Leaked)]);
    QVERIFY(model.setData(model.index(0, 0), Qt::Checked, Qt::CheckStateRole));
    QVERIFY(!model.look().hidden[static_cast<std::size_t>(MapKind::Data)]);
    QVERIFY(!model.setData(model.index(0, 1), Qt::Checked, Qt::CheckStateRole));
}

void TestMap::guestMapAgreesWithQemu()
{
    const OpenPolicy policy = OpenPolicy::trustPlainPaths();
    auto chain = std::make_shared<const VirtualDisk>(
        openChain(path("top.qcow2").toStdString(), {}, policy, {}));
    MapSubject subject;
    subject.image = chain->chain().layers.front().image;
    subject.disk = chain;
    const auto pyramid = scanMap(subject, nobody, {});
    std::uint64_t own = 0;
    std::uint64_t below = 0;
    for (const auto entry : qemuJson({"map", "--output=json", path("top.qcow2")}).array()) {
        const QJsonObject extent = entry.toObject();
        if (extent["data"].toBool())
            (extent["depth"].toInt() == 0 ? own : below)
                += static_cast<std::uint64_t>(extent["length"].toDouble());
    }
    QVERIFY(own != 0 && below != 0);
    QCOMPARE(total(*pyramid, MapKind::Data) + total(*pyramid, MapKind::Compressed), own);
    QCOMPARE(total(*pyramid, MapKind::Compressed), (128_KiB).value);
    QCOMPARE(total(*pyramid, MapKind::Backing), below);
    QCOMPARE(total(*pyramid, MapKind::Zero), (256_KiB).value);
}

void TestMap::whatWasNotOpenedIsFromTheBackingFile()
{
    const MapSubject subject = subjectOf(path("top.qcow2"), MapView::Guest);
    QVERIFY(subject.belowIsUnknown);
    const auto pyramid = scanMap(subject, nobody, {});
    std::uint64_t all = 0;
    for (std::size_t kind = 0; kind < mapKinds; ++kind)
        all += total(*pyramid, static_cast<MapKind>(kind));
    QCOMPARE(all, (64_MiB).value); // nothing is called unallocated
    QCOMPARE(total(*pyramid, MapKind::Data), (1_MiB + 64_KiB).value);
    const MapDetail detail = scanMapDetail(subject, 0, 64_KiB, {});
    const auto places = detail.placesOf(0, 64_KiB);
    QVERIFY(places && places->size() == 1);
    const MapWords words = describeMapRange(
        subject, 0, 64_KiB, {.of = {}, .known = true, .problem = false}, places, {"top", "base"});
    QVERIFY(words.all().contains(QStringLiteral("base")));
    QVERIFY(words.all().contains(QStringLiteral("not opened")));
}

void TestMap::detailTellsSubclusters()
{
    const MapSubject subject = subjectOf(path("fine.qcow2"), MapView::Guest);
    QCOMPARE(subject.unit(), 2_KiB);
    const auto pyramid = scanMap(subject, nobody, {});
    const auto detail = std::make_shared<const MapDetail>(scanMapDetail(subject, 0, 128_KiB, {}));
    const MapPicture picture{subject.size(), subject.unit(), pyramid, detail};
    const auto kindOf = [&](int subcluster) {
        const CellShares shares = picture.shares(static_cast<quint64>(subcluster) * 2048, 2048);
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            if (shares.of[kind] == 255)
                return static_cast<int>(kind);
        }
        return -1;
    };
    QCOMPARE(kindOf(0), static_cast<int>(MapKind::Data));
    QCOMPARE(kindOf(1), -1);
    QCOMPARE(kindOf(3), static_cast<int>(MapKind::Data));
    QCOMPARE(kindOf(5), static_cast<int>(MapKind::Zero));
    QCOMPARE(kindOf(6), -1);
}

void TestMap::detailTellsWhereClustersLie()
{
    const MapSubject subject = subjectOf(path("plain.qcow2"), MapView::Guest);
    const MapDetail detail = scanMapDetail(subject, 0, 64_MiB, {});
    const auto places = detail.placesOf((1_MiB + 64_KiB).value, 64_KiB);
    QVERIFY(places && places->size() == 1);
    for (const auto entry : qemuJson({"map", "--output=json", path("plain.qcow2")}).array()) {
        const QJsonObject extent = entry.toObject();
        if (extent["data"].toBool()) {
            QCOMPARE(places->front().start, static_cast<std::uint64_t>(extent["start"].toDouble()));
            QCOMPARE(places->front().host,
                HostOffset{static_cast<std::uint64_t>(extent["offset"].toDouble())});
        }
    }
    // The words are about the asked cluster, not about the beginning of its extent.
    const HostOffset second = *places->front().host + 64_KiB;
    const MapWords words = describeMapRange(subject, (1_MiB + 64_KiB).value, 64_KiB,
        {.of = {255}, .known = true, .problem = false}, places, {"plain"});
    QCOMPARE(words.places.size(), 1);
    const QString hex = QString::number(second.value, 16);
    QVERIFY(QString(words.places.first()).remove(u'_').contains(hex));
    QVERIFY(words.range.contains(QStringLiteral("one cluster")));
    QVERIFY(!detail.placesOf((64_MiB).value - 1, 2_KiB)); // past the end: not known
}

void TestMap::detailOfTheFileTellsTheGuestPlace()
{
    const MapSubject subject = subjectOf(path("plain.qcow2"), MapView::File);
    const MapDetail detail = scanMapDetail(subject, 0, subject.size(), {});
    QCOMPARE(detail.places.front().use, HostUse::Header);
    std::uint64_t at = 0;
    bool found = false;
    for (const MapPlace& place : detail.places) {
        QCOMPARE(place.start, at); // no gap
        at = place.end();
        if (place.use == HostUse::Data) {
            found = true;
            QCOMPARE(place.guest, GuestOffset{(1_MiB).value});
        }
    }
    QVERIFY(found);
    QCOMPARE(at, subject.size().value);
}

void TestMap::detailIsBounded()
{
    // 81920 places: every second cluster of 512 bytes is written.
    QFile raw{path("many.raw")};
    QVERIFY(raw.open(QIODevice::WriteOnly));
    const QByteArray pair = QByteArray(512, 'x') + QByteArray(512, '\0');
    QCOMPARE(raw.write(pair.repeated(40960)), qint64{40960 * 1024});
    raw.close();
    qemuImg({"convert", "-W", "-t", "unsafe", "-S", "512", "-f", "raw", "-O", "qcow2", "-o",
        "cluster_size=512", path("many.raw"), path("many.qcow2")});
    const MapSubject subject = subjectOf(path("many.qcow2"), MapView::Guest);
    const MapDetail detail = scanMapDetail(subject, 0, subject.size(), {});
    QCOMPARE(detail.places.size(), std::size_t{65536});
    QCOMPARE(detail.placesEnd, detail.places.back().end());
    QVERIFY(detail.placesOf(0, 1_MiB));
    QVERIFY(!detail.placesOf((39_MiB).value, 1_MiB));
    QVERIFY(detail.pyramid->shares((39_MiB).value, Bytes{512}).known);
}

void TestMap::pageShowsBothViews()
{
    open(QStringLiteral("plain.qcow2"));
    auto* table = m_page->findChild<PlainTable*>();
    const auto bytesOf = [&](const QString& name) {
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            if (table->model()->index(row, 0).data() == name)
                return table->model()->index(row, 1).data().toString();
        }
        return QString();
    };
    QCOMPARE(m_map->mapGeometry().size, (64_MiB).value);
    QTRY_COMPARE(bytesOf(QStringLiteral("Data")), QStringLiteral("192\u00a0KiB"));
    QCOMPARE(bytesOf(QStringLiteral("Reads as zero")), QStringLiteral("64\u00a0KiB"));
    m_page->setView(MapView::File);
    QCOMPARE(m_map->mapGeometry().size, m_document->facts().fileLength.value);
    QTRY_COMPARE(bytesOf(QStringLiteral("Data")), QStringLiteral("192\u00a0KiB"));
    QVERIFY(bytesOf(QStringLiteral("Metadata")) != QStringLiteral("0\u00a0B"));
    QCOMPARE(bytesOf(QStringLiteral("Reads as zero")), QString());
}

void TestMap::pageSelectsInBothAddressSpaces()
{
    open(QStringLiteral("plain.qcow2"));
    const auto& geometry = m_map->mapGeometry();
    QTest::mouseClick(m_map, Qt::LeftButton, {}, geometry.rectOf((1_MiB + 64_KiB).value).center());
    const Selection& selection = m_document->selection();
    QCOMPARE(selection.guest, GuestOffset{(1_MiB + 64_KiB).value});
    QVERIFY(selection.host);
    const GuestMapping& state = m_document->image()->activeState();
    QCOMPARE(*selection.host, state.extentAt(*selection.guest, 64_KiB).host);
    QVERIFY(hasText(*m_page, QStringLiteral("stored at")));
    // The same cluster seen from the file.
    m_page->setView(MapView::File);
    QTRY_VERIFY(!m_document->isBusy());
    QCOMPARE(m_map->chosen().from, selection.host->value);
}

void TestMap::pageFollowsTheSelection()
{
    open(QStringLiteral("plain.qcow2"));
    Selection selection;
    selection.guest = GuestOffset{(32_MiB).value};
    selection.guestLength = 64_KiB;
    m_document->select(selection);
    QCOMPARE(m_map->chosen(), (ClusterMap::Range{(32_MiB).value, (64_KiB).value}));
    m_document->select({});
    QCOMPARE(m_map->chosen(), ClusterMap::Range{});
}

void TestMap::pageGoesToAnOffset()
{
    open(QStringLiteral("plain.qcow2"));
    auto* edit = m_page->findChild<QLineEdit*>();
    QTest::keyClicks(edit, QStringLiteral("33M"));
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(m_map->chosen().from, (33_MiB).value);
    QCOMPARE(m_document->selection().guest, GuestOffset{(33_MiB).value});
    edit->clear();
    QTest::keyClicks(edit, QStringLiteral("65M"));
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(hasText(*m_page, QStringLiteral("behind the end")));
    QCOMPARE(m_map->chosen().from, (33_MiB).value);
    edit->clear();
    QTest::keyClicks(edit, QStringLiteral("there"));
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(hasText(*m_page, QStringLiteral("not an offset")));
}

void TestMap::pageFiltersByTheLegend()
{
    open(QStringLiteral("plain.qcow2"));
    const QPoint cell = m_map->mapGeometry().rectOf((1_MiB).value).center();
    const auto colour = [&] { return m_map->grab().toImage().pixelColor(cell); };
    QTRY_COMPARE(colour(), Theme::color(Token::MapData));
    auto* table = m_page->findChild<PlainTable*>();
    table->setFocus();
    table->setCurrentIndex(table->model()->index(0, 0));
    QTest::keyClick(table, Qt::Key_Space);
    QTRY_COMPARE(colour(), Theme::color(Token::MapFree));
    QTest::keyClick(table, Qt::Key_Space);
    QTRY_COMPARE(colour(), Theme::color(Token::MapData));
}

void TestMap::pageMapsALockedImage()
{
    open(QStringLiteral("locked.qcow2"));
    QVERIFY(m_document->isLocked());
    QVERIFY(hasText(*m_page, QStringLiteral("locked")));
    QCOMPARE(m_map->mapGeometry().size, (64_MiB).value);
    m_page->setView(MapView::File);
    QTRY_VERIFY(!m_document->isBusy());
    QVERIFY(!hasText(*m_page, QStringLiteral("could not be read")));
    // Workers look the cells up; the picture follows.
    QTRY_COMPARE(m_map->grab().toImage().pixelColor(m_map->mapGeometry().rectOf(0).center()),
        Theme::color(Token::MapMetadata));
}

void TestMap::pageSaysThatReadingWasStopped()
{
    // 64 MiB of tables: long enough to be stopped.
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "preallocation=metadata,cluster_size=512k",
        path("long.qcow2"), "4T"});
    open(QStringLiteral("long.qcow2"));
    m_page->setView(MapView::File);
    JobRunner* runner = nullptr;
    for (JobRunner* candidate : m_document->runners()) {
        if (candidate->isRunning())
            runner = candidate;
    }
    QVERIFY(runner);
    runner->cancel();
    QTRY_VERIFY(!runner->isRunning());
    QTRY_VERIFY(hasText(*m_page, QStringLiteral("stopped")));
    QPushButton* again = nullptr;
    for (QPushButton* button : m_page->findChildren<QPushButton*>()) {
        if (button->text() == QStringLiteral("Read again"))
            again = button;
    }
    QVERIFY(again);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_VERIFY(!m_document->isBusy());
    QVERIFY(!hasText(*m_page, QStringLiteral("stopped")));
}

void TestMap::pageForgetsTheImageBefore()
{
    open(QStringLiteral("plain.qcow2"));
    QTest::mouseClick(m_map, Qt::LeftButton, {}, QPoint(5, 5));
    m_document->open(path("base.qcow2").toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
    QCOMPARE(m_map->chosen(), ClusterMap::Range{});
    QTRY_COMPARE(m_map->grab().toImage().pixelColor(m_map->mapGeometry().rectOf(0).center()),
        Theme::color(Token::MapData));
}

PLATTER_GUI_MAIN(TestMap)
#include "tst_map.moc"
