// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/HilbertLayout.h"

#include <QTest>

#include <set>

using namespace platter;
using Point = HilbertLayout::Point;

class TestHilbert final : public QObject {
    Q_OBJECT

private slots:
    void neighboursStayNeighbours_data();
    void neighboursStayNeighbours();
    void coarserCellsHoldFinerOnes_data();
    void coarserCellsHoldFinerOnes();
    void wastesLittle_data();
    void wastesLittle();
    void reachesTheEndOfAbsurdSizes();

private:
    void rows();
};

void TestHilbert::rows()
{
    QTest::addColumn<quint64>("units");
    QTest::addColumn<double>("aspect");
    for (const quint64 units : {1U, 2U, 3U, 17U, 48U, 49U, 200U, 1000U, 4096U, 5000U}) {
        for (const double aspect : {0.2, 1.0, 1.6, 7.0})
            QTest::addRow("%d units, aspect %g", static_cast<int>(units), aspect)
                << quint64{units} << aspect;
    }
}

void TestHilbert::neighboursStayNeighbours_data()
{
    rows();
}

void TestHilbert::neighboursStayNeighbours()
{
    QFETCH(const quint64, units);
    QFETCH(const double, aspect);
    const HilbertLayout layout = HilbertLayout::fitting(units, aspect);
    std::set<std::pair<qint64, qint64>> taken;
    Point before;
    for (quint64 i = 0; i < units; ++i) {
        const Point point = layout.pointOf(i, 0);
        QVERIFY(taken.insert({point.x, point.y}).second);
        QVERIFY(point.x >= 0 && point.y >= 0);
        QVERIFY(point.x < layout.width(0) && point.y < layout.height(0));
        QCOMPARE(layout.cellAt(point, 0), std::optional{i});
        if (i > 0)
            QCOMPARE(std::abs(point.x - before.x) + std::abs(point.y - before.y), qint64{1});
        before = point;
    }
    // Where no cell stands there is none.
    quint64 empty = 0;
    for (qint64 y = -1; y <= layout.height(0); ++y) {
        for (qint64 x = -1; x <= layout.width(0); ++x)
            empty += layout.cellAt({x, y}, 0) ? 0U : 1U;
    }
    QCOMPARE(empty + units, static_cast<quint64>((layout.width(0) + 2) * (layout.height(0) + 2)));
}

void TestHilbert::coarserCellsHoldFinerOnes_data()
{
    rows();
}

void TestHilbert::coarserCellsHoldFinerOnes()
{
    QFETCH(const quint64, units);
    QFETCH(const double, aspect);
    const HilbertLayout layout = HilbertLayout::fitting(units, aspect);
    for (int level = 1; level <= layout.order; ++level) {
        for (quint64 i = 0; i < units; ++i) {
            const Point fine = layout.pointOf(i, 0);
            const Point coarse = layout.pointOf(i >> (2 * level), level);
            QCOMPARE(coarse, (Point{fine.x >> level, fine.y >> level}));
        }
    }
}

void TestHilbert::wastesLittle_data()
{
    QTest::addColumn<quint64>("units");
    for (const quint64 units : {100ULL, 1'000ULL, 12'345ULL, 1'000'000'000ULL, 5'000'000'001ULL})
        QTest::addRow("%llu units", units) << units;
}

void TestHilbert::wastesLittle()
{
    QFETCH(const quint64, units);
    for (const double aspect : {1.0, 1.3, 1.6, 2.2}) {
        const HilbertLayout layout = HilbertLayout::fitting(units, aspect);
        // Of a window with this aspect, at least half is filled.
        const auto width = static_cast<double>(layout.width(0));
        const auto height = static_cast<double>(layout.height(0));
        const double perUnit = std::min(aspect / width, 1 / height);
        const double filled = static_cast<double>(units) * perUnit * perUnit / aspect;
        QVERIFY2(filled > 0.6, qPrintable(QString::number(filled)));
    }
}

void TestHilbert::reachesTheEndOfAbsurdSizes()
{
    const quint64 units = quint64{1} << 54;
    const HilbertLayout layout = HilbertLayout::fitting(units, 1.5);
    for (const quint64 cell : {quint64{0}, units / 3, units - 1})
        QCOMPARE(layout.cellAt(layout.pointOf(cell, 0), 0), std::optional{cell});
    QVERIFY(!layout.cellAt({layout.width(0), 0}, 0));
}

QTEST_APPLESS_MAIN(TestHilbert)
#include "tst_hilbert.moc"
