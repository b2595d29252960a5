// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsModel.h"
#include "app/pages/BrushBar.h"
#include "app/pages/MapPage.h"
#include "app/pages/PlotCard.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qcow2Builder.h"
#include "widgets/clustermap/ClusterMap.h"

#include <QTreeView>

using namespace platter;
using namespace platter::app;
using platter::tests::Qcow2Builder;
using platter::tests::WindowBench;

/// What is picked in the plots of reference counts is picked on every page.
class TestBrush final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void touchesOnlyPickedClusters();
    void leavesOtherClustersOfTheMapEmpty();
    void leavesOtherFindingsOut();
    void resetClearsItEverywhere_data();
    void resetClearsItEverywhere();
    void endsWithTheImage();

private:
    ImageDocument& document() { return m_bench->document(); }
    QWidget& page(PageId id) { return *m_bench->view().pageWidget(id); }
    PlotCard& counts() { return *page(PageId::Refcounts).findChildren<PlotCard*>().front(); }
    /// Drags over the bin of a count in the first plot.
    void pickCount(int count);
    ClusterMap& map() { return *page(PageId::Map).findChild<ClusterMap*>(); }
    CellShares shares(std::uint64_t cluster)
    {
        const quint64 size = document().image()->clusterSize()->value;
        return map().source()->shares(cluster * size, size);
    }
    int findings()
    {
        const QAbstractItemModel& model = *page(PageId::Check).findChild<QTreeView*>()->model();
        int all = 0;
        for (int row = 0; row < model.rowCount(); ++row)
            all += model.rowCount(model.index(row, 0));
        return all;
    }
    std::unique_ptr<WindowBench> m_bench;
};

void TestBrush::init()
{
    m_bench = std::make_unique<WindowBench>();
    Qcow2Builder builder;
    builder.cut(builder.cluster(12));
    builder.refcount(10, 3); // leaks
    builder.refcount(6, 0); // too low
    const auto bytes = builder.bytes();
    QFile file(m_bench->path("image.qcow2"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    file.close();
    QVERIFY(m_bench->open("image.qcow2"));
    document().startCheck();
    QTRY_VERIFY(document().checkReport() && !document().isBusy());
}

void TestBrush::cleanup()
{
    m_bench.reset();
}

void TestBrush::pickCount(int count)
{
    m_bench->view().showPage(PageId::Refcounts);
    QTRY_VERIFY(!document().isBusy());
    BinPlot& plot = counts().plot();
    plot.replot();
    const QPoint at{plot.rectOfBin(count).center().x(), plot.height() / 2};
    QTest::mousePress(&plot, Qt::LeftButton, {}, at);
    QTest::mouseMove(&plot, at + QPoint{1, 0});
    QTest::mouseMove(&plot, at);
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, at);
    QTRY_VERIFY(!document().brush().isEmpty());
    QTRY_VERIFY(!document().isBusy());
}

void TestBrush::touchesOnlyPickedClusters()
{
    pickCount(3);
    const HostBrush& brush = document().brush();
    const std::uint64_t size = document().image()->clusterSize()->value;
    QVERIFY(brush.touches(HostOffset{10 * size}, Bytes{1}));
    QVERIFY(brush.touches(HostOffset{11 * size - 1}, Bytes{1}));
    QVERIFY(brush.touches(HostOffset{0}, Bytes{20 * size}));
    QVERIFY(!brush.touches(HostOffset{11 * size}, Bytes{size}));
    QVERIFY(!brush.touches(HostOffset{0}, Bytes{10 * size}));
}

void TestBrush::leavesOtherClustersOfTheMapEmpty()
{
    m_bench->view().showPage(PageId::Map);
    auto& mapPage = *qobject_cast<MapPage*>(&page(PageId::Map));
    mapPage.setView(MapView::File);
    QTRY_VERIFY(!document().isBusy());
    const CellShares nothing = [] {
        CellShares shares;
        shares.known = true;
        return shares;
    }();
    QVERIFY(shares(0).of != nothing.of); // the header
    pickCount(3);
    m_bench->view().showPage(PageId::Map);
    QTRY_VERIFY(!document().isBusy());
    QVERIFY(shares(0).of == nothing.of);
    QVERIFY(shares(10).of != nothing.of);
    QVERIFY(!m_bench->text(QStringLiteral("Only clusters with reference count 3")).isEmpty());
    // The guest's view has no such clusters: it says where they are shown.
    mapPage.setView(MapView::Guest);
    QVERIFY(!m_bench->text(QStringLiteral("the view File shows it")).isEmpty());
}

void TestBrush::leavesOtherFindingsOut()
{
    m_bench->view().showPage(PageId::Check);
    const int all = findings();
    QVERIFY(all >= 2);
    pickCount(3);
    m_bench->view().showPage(PageId::Check);
    QCOMPARE(findings(), 1);
    QVERIFY(!m_bench->text(QStringLiteral("lie there")).isEmpty());
    // Walking through the problems stays among them.
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    const std::uint64_t size = document().image()->clusterSize()->value;
    QCOMPARE(document().selection().host, HostOffset{10 * size});
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    QCOMPARE(document().selection().host, HostOffset{10 * size});
    document().clearBrush();
    QCOMPARE(findings(), all);
}

void TestBrush::resetClearsItEverywhere_data()
{
    QTest::addColumn<int>("from");
    QTest::addRow("from the map") << static_cast<int>(PageId::Map);
    QTest::addRow("from the findings") << static_cast<int>(PageId::Check);
    QTest::addRow("from the plots") << static_cast<int>(PageId::Refcounts);
}

void TestBrush::resetClearsItEverywhere()
{
    QFETCH(const int, from);
    pickCount(3);
    QVERIFY(counts().plot().brush());
    const auto id = static_cast<PageId>(from);
    m_bench->view().showPage(id);
    QVERIFY(WindowBench::click(page(id), QStringLiteral("Reset")));
    QTRY_VERIFY(document().brush().isEmpty());
    QVERIFY(!counts().plot().brush());
    for (BrushBar* bar : m_bench->view().findChildren<BrushBar*>())
        QVERIFY(bar->isHidden());
    QTRY_VERIFY(!document().isBusy());
    QVERIFY(document().brush().isEmpty()); // and stays so
}

void TestBrush::endsWithTheImage()
{
    pickCount(3);
    QTest::keyClick(&m_bench->window(), Qt::Key_F5);
    QTRY_VERIFY(document().brush().isEmpty());
    QTRY_VERIFY(!document().isBusy());
    QVERIFY(document().brush().isEmpty());
    QVERIFY(!counts().plot().brush());
}

PLATTER_GUI_MAIN(TestBrush)
#include "tst_brush.moc"
