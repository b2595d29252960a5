// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/DifferenceModel.h"
#include "app/models/SnapshotsModel.h"
#include "app/pages/RowFindBar.h"
#include "app/pages/SnapshotCompareCard.h"
#include "app/pages/SnapshotsPage.h"
#include "app/text/SnapshotText.h"
#include "app/window/PlainTable.h"
#include "core/operations/SnapshotGraph.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "tests/support/SnapshotSimulator.h"
#include "widgets/clustermap/ClusterMap.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QGuiApplication>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace platter;
using namespace platter::app;
using namespace platter::tests;

namespace {

/// A window's page with an image of two branches.
struct Shown {
    QTemporaryDir folder;
    QString path = folder.filePath("branches.qcow2");
    ImageDocument document;
    SnapshotsPage page{document};

    Shown()
    {
        page.resize(1100, 640);
        page.show();
    }
    void open()
    {
        document.open(path.toStdString());
        QTRY_COMPARE_WITH_TIMEOUT(document.state(), ImageDocument::State::Ready, 20'000);
    }
    void settle()
    {
        QTRY_VERIFY_WITH_TIMEOUT(page.model().report(), 20'000);
        QTRY_VERIFY_WITH_TIMEOUT(card().comparison().totals(), 20'000);
        QTRY_VERIFY_WITH_TIMEOUT(!document.isBusy(), 20'000);
    }
    PlainTable* tableNamed()
    {
        for (PlainTable* one : page.findChildren<PlainTable*>()) {
            if (one->accessibleName() == QLatin1String("Snapshots"))
                return one;
        }
        return nullptr;
    }
    SnapshotCompareCard& card() { return *page.findChild<SnapshotCompareCard*>(); }
    DifferenceModel& figures() { return *page.findChild<DifferenceModel*>(); }
    void click(int row, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        PlainTable* const table = tableNamed();
        const QRect cell
            = table->visualRect(table->model()->index(row, SnapshotsModel::NameColumn));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, modifiers, cell.center());
    }
};

void makeBranches(const QString& path)
{
    qemuImg({"create", "-q", "-f", "qcow2", path, "64M"});
    qemuIo(path, {"write -P 1 0 4M"});
    qemuImg({"snapshot", "-c", "clean", path});
    qemuIo(path, {"write -P 2 1M 1M", "write -P 3 8M 2M"});
    qemuImg({"snapshot", "-c", "broken-upgrade", path});
    qemuImg({"snapshot", "-a", "clean", path});
    qemuIo(path, {"write -P 4 2M 512k", "write -P 5 16M 1M", "discard 0 256k"});
}

} // namespace

class TestSnapshots : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void graphsHaveALaneForEachBranch();
    void aWideGraphIsCapped();
    void thePageTellsWhatQemuTells();
    void rowsAreComparedAsChosen();
    void theSelectionIsTheDocuments();
    void bytesAreComparedOnDemand();
    void copiesAreComplete();
    void tenThousandSnapshotsAreShownAtOnce();
    void notesAndComparisonAreInView_data();
    void notesAndComparisonAreInView();
    void copyingTellsTheChosenRows();
    void rowsAreFound();
    void aStoppedReadingStartsAgain();
    void anImageWithoutSnapshotsSaysWhatTheyAreFor();
};

void TestSnapshots::graphsHaveALaneForEachBranch()
{
    SnapshotReport report;
    report.snapshots.resize(4);
    report.snapshots[1].parent.snapshot = 0;
    report.snapshots[2].parent.snapshot = 1;
    report.snapshots[3].parent.snapshot = 1;
    report.now.parent.snapshot = 3;
    const auto rows = layOutSnapshots(report);
    std::vector<std::uint32_t> lanes;
    for (const GraphRow& row : rows)
        lanes.push_back(row.lane);
    QCOMPARE(lanes, (std::vector<std::uint32_t>{0, 0, 1, 0, 0}));
    QVERIFY(!rows[0].state);
    QCOMPARE(rows[0].above, std::uint16_t{0});
    QCOMPARE(rows[0].below, std::uint16_t{1});
    QCOMPARE(rows[2].below, std::uint16_t{3});
    QCOMPARE(rows[3].joining, std::uint16_t{2});
    QCOMPARE(rows[3].below, std::uint16_t{1});
    QCOMPARE(rows[4].below, std::uint16_t{0});
    // What comes from above is what went down, in every row.
    for (std::size_t i = 1; i < rows.size(); ++i)
        QCOMPARE(rows[i].above, rows[i - 1].below);
}

void TestSnapshots::aWideGraphIsCapped()
{
    SnapshotReport report; // a star of 65 535 branches
    report.snapshots.resize(65536);
    for (std::size_t i = 1; i < report.snapshots.size(); ++i)
        report.snapshots[i].parent.snapshot = 0;
    report.now.parent.snapshot = 0;
    SnapshotsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setSnapshots(std::vector<SnapshotInfo>(65536), {});
    model.setReport(std::make_shared<const SnapshotReport>(report));
    QCOMPARE(model.lanes(), graphLanes);
    QCOMPARE(model.rowCount(), 65537);
}

void TestSnapshots::thePageTellsWhatQemuTells()
{
    Shown shown;
    makeBranches(shown.path);
    shown.open();
    shown.settle();
    const SnapshotsModel& model = shown.page.model();
    const QJsonArray told = qemuJson({"info", shown.path}).object().value("snapshots").toArray();
    QCOMPARE(model.rowCount(), static_cast<int>(told.size()) + 1);
    for (qsizetype i = 0; i < told.size(); ++i) {
        const int row = model.rowOf(static_cast<std::size_t>(i));
        const QJsonObject one = told[i].toObject();
        const auto text = [&](int column) { return model.index(row, column).data().toString(); };
        QCOMPARE(text(SnapshotsModel::IdColumn), one.value("id").toString());
        QCOMPARE(text(SnapshotsModel::NameColumn), one.value("name").toString());
        QCOMPARE(
            model.index(row, SnapshotsModel::DateColumn).data(SnapshotsModel::SortRole).toDouble(),
            one.value("date-sec").toDouble() * 1e9 + one.value("date-nsec").toDouble());
    }
    const SnapshotReport& report = *model.report();
    QCOMPARE(report.snapshots[1].parent.snapshot, std::optional<std::size_t>{0});
    QCOMPARE(report.now.parent.snapshot, std::optional<std::size_t>{0});
    // "Frees if deleted" is what qemu-img frees: fewer counted clusters.
    const QString copy = shown.folder.filePath("copy.qcow2");
    const auto used = [](const QString& path) {
        const OpenedImage opened = openImage(path.toStdString(), {}, {});
        Bytes sum;
        opened.image->scanHost(
            [&](const HostRange& range) {
                if (range.use != HostUse::Free)
                    sum += Bytes{(range.length.value + 65535) / 65536 * 65536};
            },
            {});
        return sum;
    };
    QVERIFY(QFile::copy(shown.path, copy));
    qemuImg({"snapshot", "-d", "broken-upgrade", copy});
    const QString freed = model.index(1, SnapshotsModel::FreesColumn).data().toString();
    // Two MiB and one of data, an L1 and an L2 table.
    QCOMPARE(freed, QString::fromUtf8("3.13\u00a0MiB"));
    QCOMPARE((used(shown.path) - used(copy)).value, report.snapshots[1].usage.alone.value);
}

void TestSnapshots::rowsAreComparedAsChosen()
{
    Shown shown;
    makeBranches(shown.path);
    shown.open();
    shown.settle();
    // At first: now with where it comes from.
    QTRY_COMPARE(shown.card().comparison().first(), StateIndex{0});
    QTRY_VERIFY(shown.card().comparison().totals());
    QCOMPARE(shown.card().comparison().second(), StateIndex{});
    const auto figure
        = [&](DifferenceKind kind) { return shown.card().comparison().totals()->of(kind); };
    QCOMPARE(figure(DifferenceKind::Changed), 512_KiB);
    QCOMPARE(figure(DifferenceKind::New), 1_MiB);
    QCOMPARE(figure(DifferenceKind::Gone), 256_KiB);
    QCOMPARE(shown.figures().index(1, DifferenceModel::ClustersColumn).data().toString(),
        QStringLiteral("16"));

    shown.click(1);
    QTRY_COMPARE(shown.card().comparison().first(), StateIndex{1});
    QTRY_VERIFY(shown.card().comparison().totals());
    QCOMPARE(figure(DifferenceKind::New), 1_MiB);
    QCOMPARE(figure(DifferenceKind::Gone), 2_MiB + 256_KiB);

    shown.click(2, Qt::ControlModifier); // "clean" and "broken-upgrade"
    QTRY_COMPARE(shown.card().comparison().second(), StateIndex{1});
    QCOMPARE(shown.card().comparison().first(), StateIndex{0});
    QTRY_VERIFY(shown.card().comparison().totals());
    QCOMPARE(figure(DifferenceKind::Changed), 1_MiB);
    QCOMPARE(figure(DifferenceKind::New), 2_MiB);

    // Another one by the list beside the map.
    auto* other = shown.page.findChild<QComboBox*>();
    other->setFocus();
    QTest::keyClick(other, Qt::Key_Home); // now
    QTRY_COMPARE(shown.card().comparison().first(), StateIndex{1});
    QCOMPARE(shown.card().comparison().second(), StateIndex{});
}

void TestSnapshots::theSelectionIsTheDocuments()
{
    Shown shown;
    makeBranches(shown.path);
    shown.open();
    shown.settle();
    shown.click(2);
    QCOMPARE(shown.document.selection().snapshot, std::optional<std::size_t>{0});
    QTest::keyClick(shown.tableNamed(), Qt::Key_Up);
    QCOMPARE(shown.document.selection().snapshot, std::optional<std::size_t>{1});
    Selection selection;
    selection.snapshot = 0;
    shown.document.select(selection);
    QCOMPARE(shown.tableNamed()->currentIndex().row(), 2);
    QTest::keyClick(shown.tableNamed(), Qt::Key_Up);
    QTest::keyClick(shown.tableNamed(), Qt::Key_Up);
    QCOMPARE(shown.document.selection().snapshot, std::nullopt);

    // A place in the map of differences is a place of the guest.
    QTRY_VERIFY(shown.card().comparison().totals());
    auto* map = shown.page.findChild<ClusterMap*>();
    QTest::mouseClick(map, Qt::LeftButton, Qt::NoModifier, QPoint(5, 5));
    QVERIFY(shown.document.selection().guest.has_value());
}

void TestSnapshots::bytesAreComparedOnDemand()
{
    Shown shown;
    makeBranches(shown.path);
    qemuIo(shown.path, {"write -P 1 3M 1M"}); // what was there before
    shown.open();
    shown.settle();
    QTRY_COMPARE(shown.card().comparison().first(), StateIndex{0});
    QTRY_VERIFY(shown.card().comparison().totals());
    QCOMPARE(shown.card().comparison().totals()->of(DifferenceKind::Changed), 1_MiB + 512_KiB);
    for (auto* button : shown.card().findChildren<QAbstractButton*>()) {
        if (button->text() == QLatin1String("Compare bytes"))
            QTest::mouseClick(button, Qt::LeftButton);
    }
    QTRY_VERIFY(shown.card().comparison().totals()
        && shown.card().comparison().depth() == DifferenceOptions::Depth::Content);
    QCOMPARE(shown.card().comparison().totals()->of(DifferenceKind::Changed), 512_KiB);
    QCOMPARE(shown.card().comparison().totals()->of(DifferenceKind::SameContent), 1_MiB);
}

void TestSnapshots::copiesAreComplete()
{
    std::vector<SnapshotInfo> snapshots(2);
    snapshots[0].id = "1";
    snapshots[0].name = "with, comma and \"quotes\"";
    snapshots[1].id = "2";
    SnapshotReport report;
    report.snapshots.resize(2);
    report.snapshots[1].parent = {0, ParentEvidence::OnlyOrder, 80};
    report.snapshots[1].usage.alone = 64_KiB;
    const QString csv = snapshotsAs(TableForm::Csv, snapshots, &report);
    QCOMPARE(csv.count('\n'), 4);
    QVERIFY(csv.contains(R"("with, comma and ""quotes""")"));
    QVERIFY(csv.contains(",65536,0,1,80\n"));
    const auto json
        = QJsonDocument::fromJson(snapshotsAs(TableForm::Json, snapshots, &report).toUtf8());
    QCOMPARE(json["snapshots"][1]["parent"].toString(), QStringLiteral("1"));
    QCOMPARE(json["snapshots"][1]["frees"].toInt(), 65536);
    QCOMPARE(snapshotsAs(TableForm::Text, snapshots, nullptr).count('\t'), 4 * 9);
}

void TestSnapshots::tenThousandSnapshotsAreShownAtOnce()
{
    SnapshotSimulator disk{64 * 8};
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        disk.write(i * 37 % (64 * 8));
        disk.take();
    }
    Shown shown;
    QFile file{shown.path};
    QVERIFY(file.open(QFile::WriteOnly));
    const auto bytes = disk.file()->bytes();
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    file.close();
    shown.open();
    shown.settle();
    PlainTable* const table = shown.tableNamed();
    QCOMPARE(table->model()->rowCount(), 10'001);
    QTest::keyClick(table, Qt::Key_End, Qt::ControlModifier);
    const QModelIndex last = table->model()->index(10'000, SnapshotsModel::NameColumn);
    QTest::mouseClick(
        table->viewport(), Qt::LeftButton, Qt::NoModifier, table->visualRect(last).center());
    QCOMPARE(shown.document.selection().snapshot, std::optional<std::size_t>{0});
    // Sorted by what they free, and back to the tree.
    const auto sectionClick = [&](int column) {
        QHeaderView* header = table->horizontalHeader();
        QTest::mouseClick(header->viewport(), Qt::LeftButton, Qt::NoModifier,
            QPoint(header->sectionViewportPosition(column) + 8, header->height() / 2));
    };
    sectionClick(SnapshotsModel::FreesColumn);
    const auto freedIn = [&](int row) {
        return table->model()
            ->index(row, SnapshotsModel::FreesColumn)
            .data(SnapshotsModel::SortRole)
            .toULongLong();
    };
    QVERIFY(freedIn(0) != freedIn(10'000));
    for (int row = 1; row < 10'001; ++row)
        QVERIFY((freedIn(row - 1) <= freedIn(row)) == (freedIn(0) < freedIn(10'000))
            || freedIn(row - 1) == freedIn(row));
    sectionClick(SnapshotsModel::GraphColumn);
    QCOMPARE(table->model()->index(0, SnapshotsModel::NameColumn).data().toString(),
        QStringLiteral("Now"));
}

void TestSnapshots::notesAndComparisonAreInView_data()
{
    QTest::addColumn<QSize>("page");
    QTest::addRow("in a window of 900 x 600") << QSize{851, 484};
    QTest::addRow("in a window of 1280 x 800") << QSize{1091, 684};
    QTest::addRow("in a window of 1920 x 1080") << QSize{1731, 964};
}

void TestSnapshots::notesAndComparisonAreInView()
{
    QFETCH(const QSize, page);
    Shown shown;
    makeBranches(shown.path);
    for (int i = 0; i < 8; ++i)
        qemuImg({"snapshot", "-c", QStringLiteral("state-%1").arg(i), shown.path});
    shown.page.resize(page);
    shown.open();
    shown.settle();
    shown.click(2);
    QTRY_VERIFY(shown.card().comparison().totals() && !shown.document.isBusy());
    PlainTable* const table = shown.tableNamed();
    QVERIFY(!table->isColumnHidden(SnapshotsModel::NameColumn));
    QVERIFY(!table->isColumnHidden(SnapshotsModel::FreesColumn));
    QVERIFY(!table->isColumnHidden(SnapshotsModel::NoteColumn));
    QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
    const QString note = QStringLiteral("from “broken-upgrade”");
    QVERIFY(table->columnWidth(SnapshotsModel::NoteColumn)
        >= table->fontMetrics().horizontalAdvance(note));
    QVERIFY(table->viewport()->height() >= 6 * table->rowHeight(0));
    // The map of differences can be seen whole, without scrolling.
    const auto* map = shown.page.findChild<ClusterMap*>();
    QCOMPARE(map->visibleRegion().boundingRect().size(), map->size());
    QVERIFY(map->height() >= 80);
    // What has no column is told in words.
    QString words;
    for (const QLabel* label : shown.page.findChildren<QLabel*>()) {
        if (label->accessibleName() == QLatin1String("About the chosen state"))
            words = label->text();
    }
    for (int column = 0; column < SnapshotsModel::ColumnCount; ++column) {
        const QString value = table->currentIndex().siblingAtColumn(column).data().toString();
        if (table->isColumnHidden(column))
            QVERIFY2(words.contains(value), qPrintable(words));
    }
}

void TestSnapshots::copyingTellsTheChosenRows()
{
    Shown shown;
    makeBranches(shown.path);
    shown.open();
    shown.settle();
    shown.click(1);
    shown.click(2, Qt::ControlModifier);
    const QStringList lines = shown.page.copied(CopyForm::Text).split('\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0].startsWith(QLatin1String("broken-upgrade\t2\t")));
    QVERIFY(lines[1].startsWith(QLatin1String("clean\t1\t")));
    const auto json = QJsonDocument::fromJson(shown.page.copied(CopyForm::Json).toUtf8());
    QCOMPARE(json[1]["Name"].toString(), QStringLiteral("clean"));
    QVERIFY(shown.page.copied(CopyForm::Hex).isEmpty()); // bytes are the window's matter

    shown.click(1);
    QVERIFY(shown.page.showCopyMenu());
    const auto* menu = shown.page.findChild<QMenu*>();
    QVERIFY(menu);
    menu->actions().constFirst()->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("broken-upgrade"));
    menu->actions().constLast()->trigger();
    const auto all = QJsonDocument::fromJson(QGuiApplication::clipboard()->text().toUtf8());
    QCOMPARE(all["snapshots"].toArray().size(), 2);
}

void TestSnapshots::rowsAreFound()
{
    Shown shown;
    makeBranches(shown.path);
    shown.open();
    shown.settle();
    QVERIFY(shown.page.canFind());
    shown.page.startFind();
    auto* const bar = shown.page.findChild<RowFindBar*>();
    auto* const line = bar->findChild<QLineEdit*>();
    QVERIFY(line->hasFocus() || line->isVisible());
    QTest::keyClicks(line, QStringLiteral("CLEAN"));
    QTest::keyClick(line, Qt::Key_Return);
    // First the row from "clean", by its note, then "clean" itself, then from the top.
    QTRY_COMPARE(shown.tableNamed()->currentIndex().row(), 1);
    shown.page.findNext(1);
    QTRY_COMPARE(shown.tableNamed()->currentIndex().row(), 2);
    QCOMPARE(shown.document.selection().snapshot, std::optional<std::size_t>{0});
    shown.page.findNext(1);
    QTRY_COMPARE(shown.tableNamed()->currentIndex().row(), 0); // now, from "clean"
    shown.page.findNext(-1);
    QTRY_COMPARE(shown.tableNamed()->currentIndex().row(), 2);
    line->setText(QStringLiteral("nowhere"));
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(std::ranges::any_of(bar->findChildren<QLabel*>(),
        [](const QLabel* label) { return label->text() == QLatin1String("Not found."); }));
    QCOMPARE(shown.tableNamed()->currentIndex().row(), 2);
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!bar->isVisible());
}

void TestSnapshots::aStoppedReadingStartsAgain()
{
    Shown shown;
    makeBranches(shown.path);
    JobRunner* examiner = nullptr;
    for (JobRunner* runner : shown.page.findChildren<JobRunner*>()) {
        if (runner->title() == QLatin1String("Snapshots"))
            examiner = runner;
    }
    QVERIFY(examiner);
    const auto stopping = connect(examiner, &JobRunner::started, examiner, &JobRunner::cancel);
    shown.open();
    const auto again = [&]() -> QAbstractButton* {
        for (auto* button : shown.page.findChildren<QAbstractButton*>()) {
            if (button->text() == QLatin1String("Read again") && button->isVisible())
                return button;
        }
        return nullptr;
    };
    QTRY_VERIFY(again());
    QVERIFY(!shown.page.model().report());
    disconnect(stopping);
    QTest::mouseClick(again(), Qt::LeftButton);
    QTRY_VERIFY(shown.page.model().report());
    QVERIFY(!again());
}

void TestSnapshots::anImageWithoutSnapshotsSaysWhatTheyAreFor()
{
    Shown shown;
    qemuImg({"create", "-q", "-f", "qcow2", shown.path, "1M"});
    shown.open();
    QCOMPARE(shown.page.currentIndex(), 0);
    QCOMPARE(shown.page.currentWidget()->findChildren<QAbstractButton*>().size(), 0);
}

PLATTER_GUI_MAIN(TestSnapshots)
#include "tst_snapshots.moc"
