// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/StructureModel.h"
#include "app/pages/FieldTree.h"
#include "app/pages/FindBar.h"
#include "app/pages/HeaderPage.h"
#include "app/pages/HexPage.h"
#include "app/text/CoreText.h"
#include "app/window/ActionSet.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"
#include "widgets/hexview/HexView.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::Qcow2Builder;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::WindowBench;

namespace {

std::unique_ptr<Image> qcow2Image(const Qcow2Builder& builder)
{
    return openQcow2(builder.file());
}

} // namespace

/// The tables of the Header page: opened in parts, searched, copied, followed.
class TestHeaderTables final : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { m_bench.reset(); }

    void aTableIsReadWhenItIsOpened_data();
    void aTableIsReadWhenItIsOpened();
    void tablesOfOtherFormats_data();
    void tablesOfOtherFormats();
    void recordsHaveTheirTablesBelow();
    void recordsThatDescribeListsAreNotShownTwice();
    void aHugeTableIsDividedAndNeverBlocks();
    void memoryIsBounded();
    void anOpenedTableIsAskedForOnce();
    void closingGivesUpWhatIsRead();
    void saysWhyATableCannotBeRead();

    void anEntryLeadsToItsTableAndBack();
    void aRefcountEntryLeadsToItsBlock();
    void aPointerOfTheHeaderLeadsToItsTable();
    void theBytesOfAnEntrySelectIt();
    void aSnapshotSelectedElsewhereIsShown();
    void doubtfulEntriesSayWhy_data();
    void doubtfulEntriesSayWhy();
    void whatACheckFoundIsSaid();

    void findsNamesValuesAndMeanings_data();
    void findsNamesValuesAndMeanings();
    void findGoesRoundInBothDirections();
    void findAgreesWithAWalkOverEverything();
    void findReachesTheEndOfAHugeTable();
    void findSaysThatThereIsNothing();
    void findCanBeStopped();

    void copiesAField_data();
    void copiesAField();
    void offersItsFormsInAMenu();
    void theWalkThroughProblemsStaysOnThePage();

private:
    void write(const char* name, const Qcow2Builder& builder);
    bool open(const char* name);
    HeaderPage& page() const;
    StructureModel& model() const { return *page().findChild<StructureModel*>(); }
    FieldTree& tree() const { return *page().findChild<FieldTree*>(); }
    HexView& hex() const { return *page().findChild<HexView*>(); }
    /// The item of the tree's top level with this name.
    QModelIndex top(const QString& name) const;
    /// Opens a table or range and waits until its entries are here.
    bool unfold(const QModelIndex& index);
    QString shownText() const;
    void trigger(const QString& action) { m_bench->window().actionSet().find(action)->trigger(); }
    void find(const QString& words);

    std::unique_ptr<WindowBench> m_bench;
};

void TestHeaderTables::write(const char* name, const Qcow2Builder& builder)
{
    const auto bytes = builder.bytes();
    QFile file(m_bench->path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
}

bool TestHeaderTables::open(const char* name)
{
    if (!m_bench->open(name))
        return false;
    m_bench->view().showPage(PageId::Header);
    return QTest::qWaitFor([this] { return !m_bench->document().isBusy(); });
}

HeaderPage& TestHeaderTables::page() const
{
    return *qobject_cast<HeaderPage*>(m_bench->view().pageWidget(PageId::Header));
}

QModelIndex TestHeaderTables::top(const QString& name) const
{
    for (int row = 0; row < model().rowCount(); ++row) {
        if (model().index(row, 0).data().toString() == name)
            return model().index(row, 0);
    }
    return {};
}

bool TestHeaderTables::unfold(const QModelIndex& index)
{
    tree().expand(index);
    return QTest::qWaitFor([&] { return model().rowCount(index) > 0; });
}

QString TestHeaderTables::shownText() const
{
    QStringList texts;
    for (const QLabel* label : page().findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page()))
            texts << label->text();
    }
    return texts.join(QLatin1Char('\n'));
}

void TestHeaderTables::find(const QString& words)
{
    auto* bar = page().findChild<FindBar*>();
    if (!bar->isVisible())
        QTest::keyClick(&m_bench->window(), Qt::Key_F, Qt::ControlModifier);
    auto* line = bar->findChild<QLineEdit*>();
    line->setText(words);
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!m_bench->document().isBusy());
}

void TestHeaderTables::aTableIsReadWhenItIsOpened_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("size");
    QTest::addColumn<int>("entries");
    QTest::addRow("an L1 table of one entry") << QStringList{} << "1M" << 1;
    QTest::addRow("an L1 table of 128 entries") << QStringList{} << "64G" << 128;
    QTest::addRow("as many entries as one range has")
        << QStringList{"-o", "cluster_size=4k"} << "2G" << 1024;
    QTest::addRow("one more than that")
        << QStringList{"-o", "cluster_size=4k"} << "2147487744" << 1025;
    QTest::addRow("extended entries") << QStringList{"-o", "extended_l2=on"} << "1G" << 4;
}

void TestHeaderTables::aTableIsReadWhenItIsOpened()
{
    QFETCH(const QStringList, options);
    QFETCH(const QString, size);
    QFETCH(const int, entries);
    m_bench = std::make_unique<WindowBench>();
    qemuImg(QStringList{"create", "-q", "-f", "qcow2"} + options
        + QStringList{m_bench->path("image.qcow2"), size});
    qemuIo(m_bench->path("image.qcow2"), {"write -P 1 0 64k"});
    QVERIFY(open("image.qcow2"));
    const QModelIndex table = top(QStringLiteral("L1 table"));
    QVERIFY(table.isValid());
    const QString count = table.siblingAtColumn(StructureModel::ValueColumn).data().toString();
    QVERIFY2(count.contains(QLocale().toString(entries)), qPrintable(count));
    const QAbstractItemModelTester tester{
        &model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
    QVERIFY(unfold(table));
    QModelIndex first = table;
    if (entries > 1024) {
        QCOMPARE(model().rowCount(table), 2);
        QCOMPARE(
            model().index(1, 0, table).data().toString(), QStringLiteral("entries 1024 to 1024"));
        first = model().index(0, 0, table);
        QVERIFY(unfold(first));
        QVERIFY(unfold(model().index(1, 0, table)));
        QCOMPARE(model().rowCount(model().index(1, 0, table)), entries - 1024);
        QCOMPARE(model().index(0, 0, model().index(1, 0, table)).data().toString(),
            QStringLiteral("entry 1024"));
    }
    QCOMPARE(model().rowCount(first), std::min(entries, 1024));
    // Each entry is what the image says of it.
    const Image& image = *m_bench->document().image();
    const auto expected = describeEntries(image, image.tables().front(), 0, 1024);
    for (int row = 0; row < model().rowCount(first); ++row) {
        const QModelIndex entry = model().index(row, 0, first);
        const FieldMark& mark = expected.fields[static_cast<std::size_t>(row)];
        QCOMPARE(entry.data().toString(), QStringLiteral("entry %1").arg(row));
        QCOMPARE(entry.siblingAtColumn(StructureModel::ValueColumn).data().toString(),
            QString::fromStdString(mark.value));
        QCOMPARE(model().rangeOf(entry)->at, mark.at);
        QCOMPARE(model().fieldAt(mark.at), entry);
        QCOMPARE(model().rowCount(entry), static_cast<int>(mark.bits.size()));
    }
    QVERIFY(expected.fields.front().target.has_value()); // what was written has a table
}

void TestHeaderTables::tablesOfOtherFormats_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("table");
    QTest::addColumn<int>("entries");
    QTest::addRow("VDI: a block for each MiB") << "vdi"
                                               << "Block map" << 64;
    QTest::addRow("QCOW: 2 MiB behind each entry") << "qcow"
                                                   << "L1 table" << 32;
}

void TestHeaderTables::tablesOfOtherFormats()
{
    QFETCH(const QString, format);
    QFETCH(const QString, table);
    QFETCH(const int, entries);
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", format, m_bench->path("image"), "64M"});
    QVERIFY(open("image"));
    const QModelIndex item = top(table);
    QVERIFY(item.isValid());
    const bool unfolded = unfold(item);
    QVERIFY2(unfolded,
        qPrintable(item.siblingAtColumn(StructureModel::ValueColumn).data().toString()
            + item.siblingAtColumn(StructureModel::VerdictColumn).data().toString()));
    QCOMPARE(model().rowCount(item), entries);
}

void TestHeaderTables::recordsHaveTheirTablesBelow()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("image.qcow2"), "2G"});
    qemuImg({"bitmap", "--add", m_bench->path("image.qcow2"), "changed"});
    qemuImg({"snapshot", "-c", "first", m_bench->path("image.qcow2")});
    qemuImg({"snapshot", "-c", "second", m_bench->path("image.qcow2")});
    QVERIFY(open("image.qcow2"));
    const QAbstractItemModelTester tester{
        &model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
    const QModelIndex snapshots = top(QStringLiteral("Snapshot table"));
    QVERIFY(unfold(snapshots));
    QCOMPARE(model().rowCount(snapshots), 2);
    const QModelIndex second = model().index(1, 0, snapshots);
    QCOMPARE(second.data().toString(), QStringLiteral("Snapshot 2"));
    const QModelIndex below = model().index(model().rowCount(second) - 1, 0, second);
    QCOMPARE(below.data().toString(), QStringLiteral("L1 table of snapshot 2"));
    QVERIFY(unfold(below));
    QCOMPARE(model().rowCount(below), 4);
    tree().setCurrentIndex(model().index(3, 0, below));
    QCOMPARE(m_bench->document().selection().snapshot, std::optional<std::size_t>{1});
    QCOMPARE(m_bench->document().selection().guest, GuestOffset{std::uint64_t{3} << 29});
    QCOMPARE(m_bench->document().selection().guestLength, Bytes{1 << 29});
    const QModelIndex bitmaps = top(QStringLiteral("Bitmap directory"));
    QVERIFY(unfold(bitmaps));
    const QModelIndex bitmap = model().index(0, 0, bitmaps);
    const QModelIndex bits = model().index(model().rowCount(bitmap) - 1, 0, bitmap);
    QCOMPARE(bits.data().toString(), QStringLiteral("Table of bitmap 1"));
    QVERIFY(unfold(bits));
}

void TestHeaderTables::recordsThatDescribeListsAreNotShownTwice()
{
    const auto image = qcow2Image(Qcow2Builder{}.snapshot("1", "one"));
    const auto structures = image->describe();
    QVERIFY(std::any_of(structures.begin(), structures.end(),
        [](const StructureMark& mark) { return mark.name == "Snapshot 1"; }));
    const FieldContent content = fieldContent(structures, image->tables());
    QCOMPARE(content.structures.size(), structures.size() - 1);
    QCOMPARE(content.tables.size(), std::size_t{3});
}

void TestHeaderTables::aHugeTableIsDividedAndNeverBlocks()
{
    m_bench = std::make_unique<WindowBench>();
    // 4 194 304 entries, the most that QEMU opens: 32 MiB.
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("huge.qcow2"), "2P"});
    QVERIFY(open("huge.qcow2"));
    const QModelIndex table = top(QStringLiteral("L1 table"));
    QElapsedTimer busy;
    qint64 longest = 0;
    const auto timed = [&](const auto& act) {
        busy.start();
        act();
        QApplication::processEvents();
        longest = std::max(longest, busy.elapsed());
    };
    QModelIndex level = table;
    for (int depth = 0; depth < 3; ++depth) {
        timed([&] { tree().expand(level); });
        QTRY_VERIFY(model().rowCount(level) > 0);
        QVERIFY(model().rowCount(level) <= 1024);
        level = model().index(model().rowCount(level) - 1, 0, level);
    }
    QCOMPARE(level.data().toString(), QStringLiteral("entry 4194303"));
    timed([&] { tree().setCurrentIndex(level); });
    QCOMPARE(m_bench->document().selection().field, QStringLiteral("entry 4194303"));
    // All below it would be millions of rows.
    tree().setFocus();
    tree().setCurrentIndex(table);
    timed([&] { QTest::keyClick(&tree(), Qt::Key_Asterisk); });
    QVERIFY2(longest < 250, qPrintable(QString::number(longest)));
}

void TestHeaderTables::memoryIsBounded()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("huge.qcow2"), "64T"});
    QVERIFY(open("huge.qcow2"));
    const QModelIndex table = top(QStringLiteral("L1 table"));
    QVERIFY(unfold(table));
    QCOMPARE(model().rowCount(table), 128);
    for (int row = 0; row < 128; ++row)
        QVERIFY(unfold(model().index(row, 0, table)));
    const auto kept
        = [&] { return model().fieldsIn(HostOffset{0}, HostOffset{~std::uint64_t{0}}).size(); };
    QTRY_VERIFY(kept() < (FieldTree::mostOpen + 1) * 1024);
    QVERIFY(kept() > (FieldTree::mostOpen - 2) * 1024);
    // Of any stretch of bytes, those are given that touch it.
    const EntryTable l1 = m_bench->document().image()->tables().front();
    const HostOffset from = l1.placeOf(131'000);
    const auto few = model().fieldsIn(HostOffset{from.value + 3}, HostOffset{from.value + 17});
    QCOMPARE(few.size(), std::size_t{3});
    QCOMPARE(few.front().field->at, from);
    QCOMPARE(few.back().field->name, std::string{"entry 131002"});
    QVERIFY(model().rowCount(model().index(127, 0, table)) == 1024);
    QCOMPARE(model().rowCount(model().index(0, 0, table)), 0);
    QVERIFY(!tree().isExpanded(model().index(0, 0, table)));
}

void TestHeaderTables::anOpenedTableIsAskedForOnce()
{
    const auto image = qcow2Image(Qcow2Builder{});
    StructureModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    const QSignalSpy asked(&model, &StructureModel::entriesWanted);
    model.setContent({{}, image->tables()});
    QTRY_COMPARE(asked.size(), model.rowCount()); // the tester fetches whatever it can
    const QModelIndex table = model.index(0, 0);
    QVERIFY(!model.canFetchMore(table));
    QCOMPARE(table.siblingAtColumn(StructureModel::ValueColumn).data().toString(),
        QStringLiteral("reading"));
    const auto ticket = asked[0][0].toULongLong();
    model.setEntries(ticket + 1000, describeEntries(*image, image->tables()[0], 0, 10));
    QCOMPARE(model.rowCount(table), 0); // nobody waits for that ticket
    model.setEntries(ticket, describeEntries(*image, image->tables()[0], 0, 1024));
    QCOMPARE(model.rowCount(table), 1);
    model.setEntries(ticket, describeEntries(*image, image->tables()[0], 0, 1024));
    QCOMPARE(model.rowCount(table), 1);
    QCOMPARE(asked.size(), model.rowCount());
}

void TestHeaderTables::closingGivesUpWhatIsRead()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{});
    QVERIFY(open("small.qcow2"));
    const QModelIndex table = top(QStringLiteral("Refcount table"));
    QVERIFY(unfold(table));
    tree().setCurrentIndex(model().index(3, 0, table));
    tree().collapse(table);
    QTRY_COMPARE(model().rowCount(table), 0);
    QCOMPARE(tree().currentIndex(), table);
    QVERIFY(unfold(table));
    QCOMPARE(model().rowCount(table), 512);
}

void TestHeaderTables::saysWhyATableCannotBeRead()
{
    const auto image = qcow2Image(Qcow2Builder{});
    StructureModel model;
    const QSignalSpy asked(&model, &StructureModel::entriesWanted);
    model.setContent({{}, image->tables()});
    const QModelIndex table = model.index(0, 0);
    model.fetchMore(table);
    QCOMPARE(asked.size(), 1);
    model.setProblem(asked[0][0].toULongLong(), QStringLiteral("The disk is gone."));
    QCOMPARE(table.siblingAtColumn(StructureModel::VerdictColumn).data().toString(),
        QStringLiteral("The disk is gone."));
    QVERIFY(!model.canFetchMore(table)); // not again and again
    model.release(table);
    QVERIFY(model.canFetchMore(table));
    QVERIFY(table.siblingAtColumn(StructureModel::VerdictColumn).data().toString().isEmpty());
}

void TestHeaderTables::anEntryLeadsToItsTableAndBack()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("image.qcow2"), "4G"});
    qemuIo(m_bench->path("image.qcow2"), {"write -P 1 1500M 64k"});
    QVERIFY(open("image.qcow2"));
    const QModelIndex table = top(QStringLiteral("L1 table"));
    QVERIFY(unfold(table));
    const QModelIndex entry = model().index(2, 0, table);
    tree().setFocus();
    tree().setCurrentIndex(entry);
    const Selection at = m_bench->document().selection();
    QCOMPARE(at.structure, QStringLiteral("L1 table"));
    QCOMPARE(at.field, QStringLiteral("entry 2"));
    QCOMPARE(at.guest, GuestOffset{std::uint64_t{1} << 30});
    QCOMPARE(hex().selectionStart(), at.host->value);
    QApplication::processEvents(); // the window's history takes the selection
    QTest::keyClick(&tree(), Qt::Key_Return);
    QCOMPARE(m_bench->view().currentPage(), PageId::Hex);
    const Selection there = m_bench->document().selection();
    QCOMPARE(there.host,
        m_bench->document()
            .image()
            ->entriesOf(GuestOffset{std::uint64_t{1} << 30}, {})
            .front()
            .fields.front()
            .target);
    QCOMPARE(there.guest, at.guest);
    // From there to the map.
    trigger("view.selectionOnMap");
    QCOMPARE(m_bench->view().currentPage(), PageId::Map);
    QCOMPARE(m_bench->document().selection().guest, at.guest);
    QTest::keyClick(&m_bench->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_bench->view().currentPage(), PageId::Hex);
    QTest::keyClick(&m_bench->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_bench->view().currentPage(), PageId::Header);
    QCOMPARE(m_bench->document().selection(), at);
    QCOMPARE(tree().currentIndex(), entry);
}

void TestHeaderTables::aRefcountEntryLeadsToItsBlock()
{
    m_bench = std::make_unique<WindowBench>();
    const Qcow2Builder builder;
    write("small.qcow2", builder);
    QVERIFY(open("small.qcow2"));
    const QModelIndex table = top(QStringLiteral("Refcount table"));
    QVERIFY(unfold(table));
    tree().setFocus();
    tree().setCurrentIndex(model().index(0, 0, table));
    QTest::keyClick(&tree(), Qt::Key_Return);
    QCOMPARE(m_bench->view().currentPage(), PageId::Hex);
    QCOMPARE(m_bench->document().selection().host, HostOffset{builder.cluster(2)});
}

void TestHeaderTables::aPointerOfTheHeaderLeadsToItsTable()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{}.snapshot("1", "one"));
    QVERIFY(open("small.qcow2"));
    const QModelIndex header = model().index(0, 0);
    for (const auto& [name, table] : {std::pair{"l1_table_offset", "L1 table"},
             {"refcount_table_offset", "Refcount table"}, {"snapshots_offset", "Snapshot table"}}) {
        QModelIndex field;
        for (int row = 0; row < model().rowCount(header); ++row) {
            if (model().index(row, 0, header).data().toString() == QLatin1String(name))
                field = model().index(row, 0, header);
        }
        tree().setFocus();
        tree().setCurrentIndex(field);
        QTest::keyClick(&tree(), Qt::Key_Return);
        QCOMPARE(m_bench->view().currentPage(), PageId::Header);
        QCOMPARE(tree().currentIndex().data().toString(), QString::fromLatin1(table));
        QCOMPARE(hex().selectionStart(), *model().fieldOf(field)->number);
    }
}

void TestHeaderTables::theBytesOfAnEntrySelectIt()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("image.qcow2"), "64T"});
    QVERIFY(open("image.qcow2"));
    const EntryTable l1 = m_bench->document().image()->tables().front();
    // Selected elsewhere, in a part of the table that nobody has opened.
    Selection place;
    place.host = l1.placeOf(70'000);
    place.hostLength = Bytes{8};
    m_bench->document().select(place);
    QTRY_COMPARE(tree().currentIndex().data().toString(), QStringLiteral("entry 70000"));
    QCOMPARE(m_bench->document().selection(), place); // it is not answered by another one
    // Clicked at in the bytes beside the tree.
    const quint64 next = l1.placeOf(70'001).value;
    QTest::mouseClick(
        hex().viewport(), Qt::LeftButton, {}, hex().geometryOfBytes().hexRect(next + 3).center());
    QCOMPARE(tree().currentIndex().data().toString(), QStringLiteral("entry 70001"));
    QCOMPARE(m_bench->document().selection().structure, QStringLiteral("L1 table"));
    QCOMPARE(m_bench->document().selection().host, HostOffset{next + 3});
    QVERIFY(hex().rowText(next).contains(QStringLiteral("entry 7000")));
}

void TestHeaderTables::aSnapshotSelectedElsewhereIsShown()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{}.snapshot("1", "one"));
    QVERIFY(open("small.qcow2"));
    Selection snapshot;
    snapshot.snapshot = 0;
    m_bench->document().select(snapshot);
    QTRY_COMPARE(tree().currentIndex().data().toString(), QStringLiteral("Snapshot 1"));
    QCOMPARE(m_bench->document().selection(), snapshot);
}

void TestHeaderTables::doubtfulEntriesSayWhy_data()
{
    QTest::addColumn<QByteArray>("broken");
    QTest::addColumn<QString>("table");
    QTest::addColumn<int>("entry");
    QTest::addColumn<QString>("why");
    const auto row = [](const char* name, const Qcow2Builder& builder, const char* table, int entry,
                         const char* why) {
        const auto bytes = builder.bytes();
        QTest::addRow("%s", name) << QByteArray(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()))
                                  << table << entry << why;
    };
    const Qcow2Builder plain;
    row("an L1 entry past the end", Qcow2Builder{}.l1(0, plain.cluster(400)), "L1 table", 0,
        "past the end of the file");
    row("an L1 entry beside a cluster", Qcow2Builder{}.l1(0, plain.cluster(4) + 512), "L1 table", 0,
        "start of a cluster");
    row("reserved bits of an L1 entry", Qcow2Builder{}.l1(0, plain.cluster(4) | 1), "L1 table", 0,
        "Reserved bits");
    row("a refcount entry past the end",
        Qcow2Builder{}.put64(plain.cluster(1) + 8, plain.cluster(900)), "Refcount table", 1,
        "past the end of the file");
    row("reserved bits of a refcount entry",
        Qcow2Builder{}.put64(plain.cluster(1), plain.cluster(2) | 5), "Refcount table", 0,
        "Reserved bits");
    row("a table that the end of the file cuts", Qcow2Builder{}.cut(plain.cluster(1) + 4),
        "Refcount table", 2, "The file ends before it");
}

void TestHeaderTables::doubtfulEntriesSayWhy()
{
    QFETCH(const QByteArray, broken);
    QFETCH(const QString, table);
    QFETCH(const int, entry);
    QFETCH(const QString, why);
    m_bench = std::make_unique<WindowBench>();
    QFile file(m_bench->path("broken.qcow2"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(broken);
    file.close();
    QVERIFY(open("broken.qcow2"));
    const QModelIndex item = top(table);
    QVERIFY(unfold(item));
    const QModelIndex row = model().index(entry, 0, item);
    const QString verdict = row.siblingAtColumn(StructureModel::VerdictColumn).data().toString();
    QVERIFY2(verdict.contains(why), qPrintable(verdict));
    QVERIFY(!shownText().contains(why));
    tree().setCurrentIndex(row);
    const auto isInView
        = [&] { return tree().viewport()->rect().intersects(tree().visualRect(row)); };
    QVERIFY(isInView());
    // It stays so when the page gets less room.
    m_bench->window().resize(900, 600);
    QTest::keyClick(&m_bench->window(), Qt::Key_F, Qt::ControlModifier);
    QApplication::processEvents();
    QVERIFY(isInView());
    QVERIFY(shownText().contains(why)); // whole, also where the column is narrow
    // The entries around it are told as well.
    const QModelIndex other = model().index(entry ? 0 : model().rowCount(item) - 1, 0, item);
    if (other != row && why != QLatin1String("The file ends before it"))
        QCOMPARE(other.siblingAtColumn(StructureModel::VerdictColumn).data().toString(),
            QStringLiteral("ok"));
}

void TestHeaderTables::whatACheckFoundIsSaid()
{
    m_bench = std::make_unique<WindowBench>();
    // Both lead to the same table, which only a check can see.
    const Qcow2Builder plain;
    write("small.qcow2", Qcow2Builder{}.put64(plain.cluster(1), plain.cluster(2) + 512));
    QVERIFY(open("small.qcow2"));
    QTest::keyClick(&m_bench->window(), Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_bench->document().checkReport() && !m_bench->document().isBusy());
    m_bench->view().showPage(PageId::Header);
    int told = 0;
    for (const Finding& finding : m_bench->document().checkReport()->findings) {
        if (!finding.host)
            continue;
        Selection place;
        place.host = finding.host;
        place.hostLength = Bytes{1};
        m_bench->document().select(place);
        QTRY_VERIFY(!m_bench->document().isBusy());
        QApplication::processEvents();
        if (!tree().currentIndex().isValid())
            continue; // no table of the page has it
        QVERIFY2(shownText().contains(findingText(finding)), qPrintable(findingText(finding)));
        ++told;
    }
    QVERIFY(told > 0);
}

void TestHeaderTables::findsNamesValuesAndMeanings_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("structure");
    QTest::addColumn<QString>("item");
    QTest::addRow("a name") << "CLUSTER_bits"
                            << "Header"
                            << "cluster_bits";
    QTest::addRow("a value") << "= 4 KiB"
                             << "Header"
                             << "cluster_bits";
    QTest::addRow("a word of what it means") << "Names the block"
                                             << "Refcount table"
                                             << "Refcount table";
    QTest::addRow("a value in a table") << "refcount block at"
                                        << "Refcount table"
                                        << "entry 0";
    QTest::addRow("an entry by its number") << "entry 500"
                                            << "Refcount table"
                                            << "entry 500";
    QTest::addRow("what is wrong") << "reserved bits are"
                                   << "Refcount table"
                                   << "entry 300";
    QTest::addRow("a snapshot by its name") << "first of may"
                                            << "Snapshot 1"
                                            << "name";
    QTest::addRow("a table of a snapshot") << "table of snapshot"
                                           << "L1 table of snapshot 1"
                                           << "L1 table of snapshot 1";
}

void TestHeaderTables::findsNamesValuesAndMeanings()
{
    QFETCH(const QString, words);
    QFETCH(const QString, structure);
    QFETCH(const QString, item);
    m_bench = std::make_unique<WindowBench>();
    const Qcow2Builder plain;
    write("small.qcow2",
        Qcow2Builder{}.snapshot("1", "first of May").put64(plain.cluster(1) + 300 * 8, 7));
    QVERIFY(open("small.qcow2"));
    find(words);
    QTRY_COMPARE(tree().currentIndex().siblingAtColumn(0).data().toString(), item);
    QCOMPARE(QString::fromStdString(model().structureOf(tree().currentIndex())->name), structure);
    QCOMPARE(hex().selectionStart(), model().rangeOf(tree().currentIndex())->at.value);
    QCOMPARE(m_bench->document().selection().host, model().rangeOf(tree().currentIndex())->at);
}

void TestHeaderTables::findGoesRoundInBothDirections()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{});
    QVERIFY(open("small.qcow2"));
    const auto here = [&] { return tree().currentIndex().data().toString(); };
    find("table_offset");
    QCOMPARE(here(), QStringLiteral("l1_table_offset"));
    QTest::keyClick(&m_bench->window(), Qt::Key_F3);
    QTRY_COMPARE(here(), QStringLiteral("refcount_table_offset"));
    QTest::keyClick(&m_bench->window(), Qt::Key_F3);
    QTRY_COMPARE(here(), QStringLiteral("l1_table_offset"));
    QTest::keyClick(&m_bench->window(), Qt::Key_F3, Qt::ShiftModifier);
    QTRY_COMPARE(here(), QStringLiteral("refcount_table_offset"));
    QTest::keyClick(&m_bench->window(), Qt::Key_F3, Qt::ShiftModifier);
    QTRY_COMPARE(here(), QStringLiteral("l1_table_offset"));
    // Back over the end into the last table, which is opened for it.
    find("entry 51");
    QTRY_COMPARE(here(), QStringLiteral("entry 51"));
    QTest::keyClick(&m_bench->window(), Qt::Key_F3, Qt::ShiftModifier);
    QTRY_COMPARE(here(), QStringLiteral("entry 511"));
}

/// Against a list that is made by opening every item of the tree.
void TestHeaderTables::findAgreesWithAWalkOverEverything()
{
    const Qcow2Builder plain;
    const auto image
        = qcow2Image(Qcow2Builder{}.snapshot("1", "one").put64(plain.cluster(1) + 300 * 8, 7));
    const FieldContent content = fieldContent(image->describe(), image->tables());
    StructureModel model;
    QObject::connect(&model, &StructureModel::entriesWanted, &model,
        [&](quint64 ticket, const EntryTable& table, quint64 first, quint64 count) {
            model.setEntries(ticket, describeEntries(*image, table, first, count));
        });
    model.setContent(content);
    for (const QString& words : {QStringLiteral("offset"), QStringLiteral("copied"),
             QStringLiteral("l1 table"), QStringLiteral("entry 1"), QStringLiteral("snapshot")}) {
        std::vector<FieldPath> expected;
        const auto walk = [&](const auto& self, const QModelIndex& parent) -> void {
            if (model.canFetchMore(parent))
                model.fetchMore(parent);
            for (int row = 0; row < model.rowCount(parent); ++row) {
                const QModelIndex index = model.index(row, 0, parent);
                const FieldMark* const field = model.fieldOf(index);
                const FieldMark::Bit* const bit = model.bitOf(index);
                QString text;
                if (bit)
                    text = QString::fromStdString(bit->name + '\n' + bit->meaning);
                else if (field)
                    text = QString::fromStdString(field->name + '\n' + field->value + '\n'
                        + field->meaning + '\n' + field->verdict);
                else
                    text = QString::fromStdString(
                        model.structureOf(index)->name + '\n' + model.structureOf(index)->note);
                if (text.contains(words, Qt::CaseInsensitive))
                    expected.push_back(model.pathOf(index));
                QCOMPARE(model.locate(model.pathOf(index)).index, index);
                self(self, index);
            }
        };
        walk(walk, {});
        QVERIFY(expected.size() > 2);
        FieldPath at;
        for (const FieldPath& next : expected) {
            const auto hit = findField(*image, content, words, at, FindDirection::Forward, {});
            QCOMPARE(hit, std::optional{next});
            at = next;
        }
        QCOMPARE(findField(*image, content, words, at, FindDirection::Forward, {}),
            std::optional{expected.front()});
        at = {};
        for (auto next = expected.rbegin(); next != expected.rend(); ++next) {
            const auto hit = findField(*image, content, words, at, FindDirection::Backward, {});
            QCOMPARE(hit, std::optional{*next});
            at = *next;
        }
    }
}

void TestHeaderTables::findReachesTheEndOfAHugeTable()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-q", "-f", "qcow2", m_bench->path("huge.qcow2"), "64T"});
    QVERIFY(open("huge.qcow2"));
    find("entry 131071");
    QTRY_COMPARE(tree().currentIndex().data().toString(), QStringLiteral("entry 131071"));
    QVERIFY(tree().viewport()->rect().intersects(tree().visualRect(tree().currentIndex())));
}

void TestHeaderTables::findSaysThatThereIsNothing()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{});
    QVERIFY(open("small.qcow2"));
    const QModelIndex before = tree().currentIndex();
    find("no such words");
    QTRY_VERIFY(shownText().contains(QStringLiteral("Nothing here has these words")));
    QCOMPARE(tree().currentIndex(), before);
    auto* bar = page().findChild<FindBar*>();
    QTest::keyClick(bar->findChild<QLineEdit*>(), Qt::Key_Escape);
    QVERIFY(!bar->isVisible());
    QVERIFY(tree().hasFocus());
}

void TestHeaderTables::findCanBeStopped()
{
    const auto image = qcow2Image(Qcow2Builder{});
    const FieldContent content = fieldContent(image->describe(), image->tables());
    QCOMPARE(entriesOf(*image, content), std::uint64_t{513});
    std::stop_source stop;
    std::uint64_t last = 0;
    const JobControl told{stop.get_token(), [&](const ProgressUpdate& update) {
                              QVERIFY(update.total == 513 && update.done <= update.total);
                              QVERIFY(update.done >= last);
                              last = update.done;
                          }};
    QVERIFY(!findField(*image, content, "no such words", {}, FindDirection::Forward, told));
    QVERIFY(last > 0);
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(
        Cancelled, findField(*image, content, "no such words", {}, FindDirection::Forward, told));
}

void TestHeaderTables::copiesAField_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("expected");
    QTest::addRow("as text") << "edit.copy"
                             << "cluster_bits = 12 = 4 KiB";
    QTest::addRow("as hexadecimal bytes") << "edit.copyHex"
                                          << "00 00 00 0c";
    QTest::addRow("as C") << "edit.copyC"
                          << "const unsigned char bytes[4]";
    QTest::addRow("its offset") << "edit.copyOffset"
                                << "0x14";
    QTest::addRow("as JSON") << "edit.copyJson"
                             << "\"number\": 12";
}

void TestHeaderTables::copiesAField()
{
    QFETCH(const QString, action);
    QFETCH(const QString, expected);
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{});
    QVERIFY(open("small.qcow2"));
    find("cluster_bits");
    tree().setFocus();
    QApplication::clipboard()->clear();
    trigger(action);
    QTRY_VERIFY2(QApplication::clipboard()->text().startsWith(expected)
            || (action == QLatin1String("edit.copyJson")
                && QApplication::clipboard()->text().contains(expected)),
        qPrintable(QApplication::clipboard()->text()));
    if (action != QLatin1String("edit.copyJson"))
        return;
    const QJsonObject field = QJsonDocument::fromJson(QApplication::clipboard()->text().toUtf8())
                                  .array()
                                  .at(0)
                                  .toObject();
    QCOMPARE(field["structure"].toString(), QStringLiteral("Header"));
    QCOMPARE(field["name"].toString(), QStringLiteral("cluster_bits"));
    QCOMPARE(field["offset"].toInteger(), 20);
    QVERIFY(!field["meaning"].toString().isEmpty());
}

void TestHeaderTables::offersItsFormsInAMenu()
{
    m_bench = std::make_unique<WindowBench>();
    write("small.qcow2", Qcow2Builder{});
    QVERIFY(open("small.qcow2"));
    const QModelIndex table = top(QStringLiteral("L1 table"));
    QVERIFY(unfold(table));
    tree().setCurrentIndex(model().index(0, 0, table));
    QTest::keyClick(&m_bench->window(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QCOMPARE(menu->actions().size(), 5);
    for (QAction* action : menu->actions()) {
        QVERIFY2(action->isEnabled(), qPrintable(action->text()));
        QApplication::clipboard()->clear();
        action->trigger();
        QTRY_VERIFY2(!QApplication::clipboard()->text().isEmpty(), qPrintable(action->text()));
    }
    menu->close();
    const QJsonObject entry
        = QJsonDocument::fromJson(page().copied(CopyForm::Json).toUtf8()).array().at(0).toObject();
    const Qcow2Builder plain;
    QCOMPARE(entry["target"].toInteger(), static_cast<qint64>(plain.cluster(4)));
    QCOMPARE(entry["structure"].toString(), QStringLiteral("L1 table"));
    QCOMPARE(entry["bits"].toArray().at(0).toObject()["name"].toString(), QStringLiteral("copied"));
}

void TestHeaderTables::theWalkThroughProblemsStaysOnThePage()
{
    m_bench = std::make_unique<WindowBench>();
    const Qcow2Builder plain;
    write("small.qcow2",
        Qcow2Builder{}.l1(0, plain.cluster(400)).put64(plain.cluster(1) + 80, plain.cluster(900)));
    QVERIFY(open("small.qcow2"));
    QTest::keyClick(&m_bench->window(), Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_bench->document().checkReport() && !m_bench->document().isBusy());
    m_bench->document().select({});
    m_bench->view().showPage(PageId::Header);
    QStringList seen;
    for (std::size_t i = 0; i < m_bench->document().checkReport()->findings.size(); ++i) {
        QTest::keyClick(&m_bench->window(), Qt::Key_F8);
        QCOMPARE(m_bench->view().currentPage(), PageId::Header);
        QTRY_VERIFY(!m_bench->document().isBusy());
        QApplication::processEvents();
        if (tree().currentIndex().isValid())
            seen << tree().currentIndex().siblingAtColumn(0).data().toString();
    }
    QVERIFY2(seen.contains(QStringLiteral("entry 10")), qPrintable(seen.join(u',')));
}

PLATTER_GUI_MAIN(TestHeaderTables)
#include "tst_headertables.moc"
