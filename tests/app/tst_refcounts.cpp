// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ClusterCountsModel.h"
#include "app/models/ReferencesModel.h"
#include "app/pages/PlotCard.h"
#include "app/pages/RefcountPlots.h"
#include "app/pages/RefcountsPage.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "core/io/DiskFile.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::Qcow2Builder;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;

namespace {

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

std::shared_ptr<const RefcountSurvey> surveyOf(
    std::vector<SurveyRun> runs, std::uint64_t clusters = 0)
{
    auto survey = std::make_shared<RefcountSurvey>();
    survey->clusterSize = Bytes{4096};
    for (const SurveyRun& run : runs)
        survey->clustersInRuns += run.clusters;
    survey->clusters = std::max(clusters, survey->clustersInRuns);
    survey->runs = std::move(runs);
    return survey;
}

} // namespace

class TestRefcounts final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void rowsOfClustersAreMadeFromRuns();
    void rowsAreBounded();
    void countedFollowsTheCheck();
    void usesAreKeptAsRanges();
    void binsTellTheWholeAndThePart();
    void differencesAreMarked();

    void pageShowsTheCounts();
    void brushingCountsFiltersPlacesAndTable();
    void brushingPlacesFiltersCounts();
    void thirdPlotNeedsACheck();
    void rowShowsWhoRefersToIt();
    void referenceOpensItsPlace();
    void pageFollowsTheSelection();
    void pageForgetsTheImageBefore();
    void plotsCanBeTables();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void open(const QString& name);
    void brush(BinPlot& plot, int first, int last);
    QPushButton* button(const QString& text) const;

    QTemporaryDir m_folder;
    std::unique_ptr<QAction> m_check;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<RefcountsPage> m_page;
    QList<PlotCard*> m_cards; ///< counts, places, differences
    PlainTable* m_clusters = nullptr;
    PlainTable* m_references = nullptr;
};

void TestRefcounts::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    Theme::show(Theme::Shade::Light);

    qemuImg({"create", "-q", "-f", "qcow2", path("states.qcow2"), "64M"});
    qemuIo(path("states.qcow2"), {"write -P 1 0 4M"});
    qemuImg({"snapshot", "-c", "first", path("states.qcow2")});
    qemuIo(path("states.qcow2"), {"write -P 2 1M 512k", "write -P 3 32M 1M"});
    qemuImg({"create", "-q", "-f", "qcow2", path("empty.qcow2"), "64M"});

    Qcow2Builder broken;
    broken.cut(broken.cluster(10)).refcount(9, 3).refcount(5, 0); // one leak, one too low
    const auto bytes = broken.bytes();
    QFile file{path("broken.qcow2")};
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

void TestRefcounts::open(const QString& name)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_check = std::make_unique<QAction>(QStringLiteral("Check"));
    connect(m_check.get(), &QAction::triggered, m_document.get(), &ImageDocument::startCheck);
    m_page = std::make_unique<RefcountsPage>(*m_document, *m_check);
    m_page->resize(1000, 700);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    m_cards = m_page->findChildren<PlotCard*>();
    QCOMPARE(m_cards.size(), 3);
    for (PlainTable* table : m_page->findChildren<PlainTable*>()) {
        if (qobject_cast<ClusterCountsModel*>(table->model()))
            m_clusters = table;
        if (qobject_cast<ReferencesModel*>(table->model()))
            m_references = table;
    }
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(m_clusters->model()->rowCount() > 0);
    QTRY_VERIFY(!m_document->isBusy());
}

void TestRefcounts::brush(BinPlot& plot, int first, int last)
{
    plot.replot();
    const QPoint from{plot.rectOfBin(first).center().x(), plot.height() / 2};
    const QPoint to{plot.rectOfBin(last).center().x(), plot.height() / 2};
    QTest::mousePress(&plot, Qt::LeftButton, {}, from);
    QTest::mouseMove(&plot, (from + to) / 2);
    QTest::mouseMove(&plot, to);
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, to);
    QTRY_VERIFY(!m_document->isBusy());
}

QPushButton* TestRefcounts::button(const QString& text) const
{
    for (QPushButton* one : m_page->findChildren<QPushButton*>()) {
        if (one->text() == text && one->isVisible())
            return one;
    }
    return nullptr;
}

void TestRefcounts::rowsOfClustersAreMadeFromRuns()
{
    ClusterCountsModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    model.setSurvey(surveyOf(
        {{HostOffset{0}, 2, 1}, {HostOffset{4096 * 10}, 3, 7}, {HostOffset{4096 * 20}, 1, {}}}));
    QCOMPARE(model.rowCount(), 6);
    QCOMPARE(model.clusterOf(1).value, std::uint64_t{4096});
    QCOMPARE(model.clusterOf(2).value, std::uint64_t{4096 * 10});
    QCOMPARE(model.clusterOf(4).value, std::uint64_t{4096 * 12});
    for (int row = 0; row < model.rowCount(); ++row)
        QCOMPARE(model.rowOf(model.clusterOf(row)), row);
    QCOMPARE(model.rowOf(HostOffset{4096 * 11 + 100}), 3);
    QCOMPARE(model.rowOf(HostOffset{4096 * 2}), -1);
    QCOMPARE(model.rowOf(HostOffset{4096 * 30}), -1);
    QCOMPARE(model.index(4, ClusterCountsModel::StoredColumn).data().toString(), QString("7"));
    QCOMPARE(
        model.index(5, ClusterCountsModel::StoredColumn).data().toString(), QString("not known"));
    model.setSurvey(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void TestRefcounts::rowsAreBounded()
{
    ClusterCountsModel model;
    model.setSurvey(surveyOf({{HostOffset{0}, 1'000'000'000, 1}}));
    QCOMPARE(static_cast<std::uint64_t>(model.rowCount()), ClusterCountsModel::mostRows);
    QCOMPARE(model.clustersWithoutRow(), 1'000'000'000 - ClusterCountsModel::mostRows);
    QCOMPARE(model.rowOf(HostOffset{4096ULL * 999'999'999}), -1);
}

void TestRefcounts::countedFollowsTheCheck()
{
    ClusterCountsModel model;
    model.setSurvey(surveyOf({{HostOffset{0}, 4, 1}}));
    const auto counted
        = [&](int row) { return model.index(row, ClusterCountsModel::FoundColumn).data(); };
    QCOMPARE(counted(1).toString(), QString::fromUtf8("–"));
    auto differences = std::make_shared<CountDifferences>();
    differences->runs.push_back({HostOffset{4096}, Bytes{8192}, 1, 5});
    model.setDifferences(differences);
    QCOMPARE(counted(0).toString(), QString("1"));
    QCOMPARE(counted(1).toString(), QString("5"));
    QCOMPARE(counted(2).toString(), QString("5"));
    QCOMPARE(counted(3).toString(), QString("1"));
}

void TestRefcounts::usesAreKeptAsRanges()
{
    HostUses uses;
    uses.add({HostOffset{0}, Bytes{4096}, HostUse::Header, {}});
    uses.add({HostOffset{4096}, Bytes{4096}, HostUse::Data, {}});
    uses.add({HostOffset{8192}, Bytes{4096}, HostUse::Data, {}});
    uses.add({HostOffset{12288}, Bytes{4096}, HostUse::Leaked, {}});
    QCOMPARE(uses.at(HostOffset{0}), std::optional{HostUse::Header});
    QCOMPARE(uses.at(HostOffset{8192}), std::optional{HostUse::Data});
    QCOMPARE(uses.at(HostOffset{16383}), std::optional{HostUse::Leaked});
    QCOMPARE(uses.at(HostOffset{16384}), std::optional<HostUse>{});
}

void TestRefcounts::binsTellTheWholeAndThePart()
{
    RefcountSurvey whole;
    whole.counts = {{0, 0, 2}, {1, 1, 10}};
    RefcountSurvey part;
    part.counts = {{0, 0, 0}, {1, 1, 4}};
    const auto bins = countBins(whole, part);
    QCOMPARE(bins.size(), std::size_t{2});
    QCOMPARE(bins[1].high, 4.0);
    QCOMPARE(bins[1].whole, 10.0);
    QCOMPARE(bins[1].words, QString("4 of 10 clusters"));
    QCOMPARE(filterOfCounts(whole, {0, 1}).counts, (RefcountFilter::Counts{0, 1}));

    whole.places
        = {{HostOffset{0}, Bytes{8192}, 2, 0, 1, 0}, {HostOffset{8192}, Bytes{4096}, 0, 0, 0, 1}};
    whole.fileSize = Bytes{12288};
    const auto places = placeBins(whole, whole);
    QCOMPARE(places[0].words, QString("counts 0 to 1"));
    QCOMPARE(places[1].mark, PlotBin::Mark::Problem);
    QCOMPARE(
        filterOfPlaces(whole, {0, 1}).place, (RefcountFilter::Place{HostOffset{0}, Bytes{12288}}));
}

void TestRefcounts::differencesAreMarked()
{
    RefcountSurvey whole;
    for (std::uint64_t i = 0; i < 3; ++i)
        whole.places.push_back({HostOffset{i * 8192}, Bytes{8192}, 2, 1, 1, 0});
    CountDifferences differences;
    differences.runs
        = {{HostOffset{4096}, Bytes{8192}, 3, 1}, {HostOffset{16384}, Bytes{4096}, 1, 4}};
    auto bins = differenceBins(whole, {}, differences);
    QCOMPARE(bins[0].high, 2.0);
    QCOMPARE(bins[1].high, 2.0);
    QCOMPARE(bins[2].low, -3.0);
    QCOMPARE(bins[1].mark, PlotBin::Mark::None); // lost space is no danger
    QCOMPARE(bins[2].mark, PlotBin::Mark::Problem);
    RefcountFilter filter;
    filter.counts = {3, 3};
    bins = differenceBins(whole, filter, differences);
    QCOMPARE(bins[0].high, 2.0);
    QCOMPARE(bins[2].low, 0.0);
    QVERIFY(differencesNote(differences).isEmpty());

    // The list of differences was full within the second bin.
    differences.runs.pop_back();
    differences.runs.back().length = Bytes{6144};
    differences.runsLeftOut = 12'345;
    bins = differenceBins(whole, {}, differences);
    QCOMPARE(bins[0].words, QString("+2"));
    QCOMPARE(bins[1].words, QString("+2, as far as it is kept"));
    QCOMPARE(bins[2].words, QString("not kept"));
    const QString note = differencesNote(differences);
    QVERIFY(note.contains(QStringLiteral("0x2800")));
    QVERIFY(note.contains(QStringLiteral("12345")));
    PlotCard card{QStringLiteral("Stored minus counted"), BinPlot::Shape::Differences,
        BinPlot::Scale::Linear};
    card.setNote(note);
    QVERIFY(hasText(card, QStringLiteral("list of differences is full")));
    QCOMPARE(card.plot().accessibleDescription(), note);
}

void TestRefcounts::pageShowsTheCounts()
{
    open(QStringLiteral("states.qcow2"));
    // 64 clusters of 64 KiB belong to snapshot and present, 8 of them were written again.
    const auto& counts = m_cards[0]->plot().bins();
    QCOMPARE(counts.size(), std::size_t{3});
    const QJsonObject check = qemuJson({"check", "--output=json", path("states.qcow2")}).object();
    QCOMPARE(counts[2].high, 56.0);
    double all = 0;
    for (const PlotBin& bin : counts)
        all += bin.high;
    const double clusters = check["image-end-offset"].toDouble() / 65536;
    QCOMPARE(all, clusters);
    QCOMPARE(m_clusters->model()->rowCount(), static_cast<int>(clusters));
    QVERIFY(hasText(*m_page, QStringLiteral("Drag in a plot")));
    QTRY_COMPARE(m_clusters->model()->index(0, ClusterCountsModel::UseColumn).data().toString(),
        hostUseText(HostUse::Header));
}

void TestRefcounts::brushingCountsFiltersPlacesAndTable()
{
    open(QStringLiteral("states.qcow2"));
    brush(m_cards[0]->plot(), 2, 2);
    QCOMPARE(m_clusters->model()->rowCount(), 56);
    for (int row = 0; row < 56; ++row)
        QCOMPARE(
            m_clusters->model()->index(row, ClusterCountsModel::StoredColumn).data().toString(),
            QString("2"));
    int some = 0;
    for (const PlotBin& bin : m_cards[1]->plot().bins())
        some += bin.high == 2.0;
    QCOMPARE(some, 56); // fewer clusters than bins: a bin for each
    QVERIFY(hasText(*m_page, QStringLiteral("count 2. 56 of")));
    QPushButton* reset = button(QStringLiteral("Reset"));
    QVERIFY(reset);
    QTest::mouseClick(reset, Qt::LeftButton);
    QTRY_VERIFY(m_clusters->model()->rowCount() > 56);
    QVERIFY(!button(QStringLiteral("Reset")));
    QVERIFY(!m_cards[0]->plot().brush());
}

void TestRefcounts::brushingPlacesFiltersCounts()
{
    open(QStringLiteral("states.qcow2"));
    brush(m_cards[1]->plot(), 0, 3);
    QCOMPARE(m_clusters->model()->rowCount(), 4);
    double shown = 0;
    for (const PlotBin& bin : m_cards[0]->plot().bins())
        shown += bin.high;
    QCOMPARE(shown, 4.0);
    QVERIFY(hasText(*m_page, QStringLiteral("0x0 to 0x3_ffff")));
    // A brush in another plot takes the place of this one.
    brush(m_cards[0]->plot(), 1, 1);
    QVERIFY(!m_cards[1]->plot().brush());
    QVERIFY(m_clusters->model()->rowCount() > 4);
    m_cards[0]->plot().setFocus();
    QTest::keyClick(&m_cards[0]->plot(), Qt::Key_Escape);
    QTRY_VERIFY(!button(QStringLiteral("Reset")));
}

void TestRefcounts::thirdPlotNeedsACheck()
{
    open(QStringLiteral("broken.qcow2"));
    QCOMPARE(m_cards[2]->face(), PlotCard::Face::StandIn);
    QVERIFY(hasText(*m_page, QStringLiteral("A check counts")));
    QPushButton* check = button(QStringLiteral("Check"));
    QVERIFY(check);
    QTest::mouseClick(check, Qt::LeftButton);
    QTRY_VERIFY(m_document->checkReport());
    QCOMPARE(m_cards[2]->face(), PlotCard::Face::Plot);
    const auto& bins = m_cards[2]->plot().bins();
    QCOMPARE(bins.size(), std::size_t{10});
    QCOMPARE(bins[9].high, 3.0);
    QCOMPARE(bins[5].low, -1.0);
    QCOMPARE(bins[5].mark, PlotBin::Mark::Problem);
    QCOMPARE(bins[4].low, 0.0);
    const auto counted = [&](int row) {
        return m_clusters->model()->index(row, ClusterCountsModel::FoundColumn).data().toString();
    };
    QCOMPARE(counted(5), QString("1"));
    QCOMPARE(counted(9), QString("0"));
    QCOMPARE(counted(4), QString("1"));
    brush(m_cards[2]->plot(), 9, 9);
    QCOMPARE(m_clusters->model()->rowCount(), 1);
    QCOMPARE(m_cards[1]->plot().brush(), std::optional(BinPlot::Range{9, 9}));
}

void TestRefcounts::rowShowsWhoRefersToIt()
{
    open(QStringLiteral("states.qcow2"));
    brush(m_cards[0]->plot(), 2, 2);
    m_clusters->setFocus();
    m_clusters->selectRow(0);
    QTest::keyClick(m_clusters, Qt::Key_Down);
    const HostOffset cluster = qobject_cast<ClusterCountsModel*>(m_clusters->model())->clusterOf(1);
    QCOMPARE(m_document->selection().host, std::optional{cluster});
    QTRY_COMPARE(m_references->model()->rowCount(), 2); // its table was copied: two entries
    QTRY_VERIFY(!m_document->isBusy());
    QVERIFY(hasText(*m_page, QStringLiteral("References to ") + shownOffset(cluster.value)));
    QStringList owners;
    for (int row = 0; row < 2; ++row)
        owners << m_references->model()->index(row, ReferencesModel::OwnerColumn).data().toString();
    owners.sort();
    QCOMPARE(owners[1], QString("Now"));
    QVERIFY(owners[0].contains(QStringLiteral("first")));
    const QAbstractItemModelTester tester{
        m_references->model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
}

void TestRefcounts::referenceOpensItsPlace()
{
    open(QStringLiteral("states.qcow2"));
    Selection selection;
    selection.host = HostOffset{65536}; // the refcount table: the header points at it
    m_document->select(selection);
    QTRY_COMPARE(m_references->model()->rowCount(), 1);
    QSignalSpy requested{m_document.get(), &ImageDocument::pageRequested};
    m_references->setFocus();
    m_references->selectRow(0);
    QTest::keyClick(m_references, Qt::Key_Return);
    QCOMPARE(requested.size(), 1);
    QCOMPARE(requested.front().front().value<PageId>(), PageId::Hex);
    QCOMPARE(m_document->selection().host, std::optional{HostOffset{48}});
}

void TestRefcounts::pageFollowsTheSelection()
{
    open(QStringLiteral("states.qcow2"));
    Selection selection;
    selection.host = HostOffset{3 * 65536 + 17};
    m_document->select(selection);
    QCOMPARE(m_clusters->currentIndex().row(), 3);
    QCOMPARE(m_document->selection(), selection); // following does not select anew
    QTRY_VERIFY(m_references->model()->rowCount() > 0);
    m_document->select({});
    QCOMPARE(m_references->model()->rowCount(), 0);
    QVERIFY(hasText(*m_page, QStringLiteral("Select a cluster")));
}

void TestRefcounts::pageForgetsTheImageBefore()
{
    open(QStringLiteral("states.qcow2"));
    brush(m_cards[0]->plot(), 2, 2);
    m_document->open(path("empty.qcow2").toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
    QTRY_COMPARE(m_clusters->model()->rowCount(), 4);
    QVERIFY(!m_cards[0]->plot().brush());
    QVERIFY(!button(QStringLiteral("Reset")));
}

void TestRefcounts::plotsCanBeTables()
{
    open(QStringLiteral("states.qcow2"));
    QPushButton* asTable = button(QStringLiteral("Show as table"));
    QVERIFY(asTable);
    QTest::mouseClick(asTable, Qt::LeftButton);
    QCOMPARE(m_cards[0]->face(), PlotCard::Face::Table);
    auto* table = m_cards[0]->findChild<PlainTable*>();
    const QAbstractItemModelTester tester{
        table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
    QCOMPARE(table->model()->rowCount(), 3);
    QCOMPARE(table->model()->index(2, 1).data().toString(), QString("56 clusters"));
    QTest::mouseClick(button(QStringLiteral("Show as plot")), Qt::LeftButton);
    QCOMPARE(m_cards[0]->face(), PlotCard::Face::Plot);
}

PLATTER_GUI_MAIN(TestRefcounts)
#include "tst_refcounts.moc"
