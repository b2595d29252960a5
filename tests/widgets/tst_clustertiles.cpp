// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterTiles.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>
#include <mutex>

using namespace platter;

namespace {

constexpr std::size_t data = 0;

/// A disk whose units hold data from `from` on; counts who asks.
class CountingSource final : public ClusterMapSource {
public:
    CountingSource(quint64 units, quint64 from)
        : m_units(units)
        , m_from(from)
    {
    }
    std::atomic<quint64> readUpTo = ~quint64{0};
    mutable std::atomic<quint64> asked = 0;
    mutable std::atomic<quint64> askedByTheGui = 0;
    mutable std::mutex gate; ///< held by a test: workers wait

    quint64 size() const override { return m_units; }
    quint64 unit() const override { return 1; }
    CellShares shares(quint64 from, quint64 length) const override
    {
        const std::scoped_lock wait{gate};
        ++asked;
        if (QThread::currentThread() == QCoreApplication::instance()->thread())
            ++askedByTheGui;
        CellShares shares;
        shares.known = from + length <= readUpTo;
        shares.of[data] = from >= m_from ? 255 : 0;
        return shares;
    }

private:
    quint64 m_units;
    quint64 m_from;
};

ClusterMapLook look()
{
    ClusterMapLook look;
    look.kinds = {Token::MapData};
    return look;
}

QRgb dataColour()
{
    return Theme::color(Token::MapData).rgb();
}

QRgb freeColour()
{
    return Theme::color(Token::MapFree).rgb();
}

} // namespace

class TestClusterTiles final : public QObject {
    Q_OBJECT

private slots:
    void workersLookUpCells();
    void otherScalesStandIn();
    void whatWasSeenLastStandsInForANewSource();
    void anotherAddressSpaceIsForgotten();
    void growsWhereItWasUnread();
    void forgetsWhatIsNotWantedAnyMore();
    void memoryIsBounded();
    void endsWhileWorkersRun();

private:
    std::vector<QRgb> cells(ClusterTiles& tiles, quint64 bytesPerCell, quint64 tile)
    {
        std::vector<QRgb> found(cellsPerTile);
        tiles.cellsOf(bytesPerCell, tile, found);
        return found;
    }
};

void TestClusterTiles::workersLookUpCells()
{
    const auto source = std::make_shared<CountingSource>(10'000, 1500);
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(source, ClusterTiles::Before::IsForgotten);
    QCOMPARE(cells(tiles, 1, 0).front(), CellLook::unread); // nothing is known, nobody waits
    QCOMPARE(source->asked.load(), quint64{0});
    tiles.want(1, {1, 9});
    QTRY_VERIFY(tiles.isQuiet());
    const auto second = cells(tiles, 1, 1);
    for (std::size_t i = 0; i < second.size(); ++i)
        QCOMPARE(second[i], 1024 + i >= 1500 ? dataColour() : freeColour());
    QCOMPARE(cells(tiles, 1, 9)[10'000 - 9 * 1024 - 1], dataColour());
    QCOMPARE(cells(tiles, 1, 9)[10'000 - 9 * 1024], CellLook::outside);
    QCOMPARE(source->askedByTheGui.load(), quint64{0});
    // Ready tiles are not looked up again.
    const quint64 before = source->asked;
    tiles.want(1, {1, 9});
    QVERIFY(tiles.isQuiet());
    QCOMPARE(source->asked.load(), before);
}

void TestClusterTiles::otherScalesStandIn()
{
    const auto source = std::make_shared<CountingSource>(1'000'000, 500'000);
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(source, ClusterTiles::Before::IsForgotten);
    tiles.want(100'000, {0}); // and with it the whole, coarse
    QTRY_VERIFY(tiles.isQuiet());
    const std::scoped_lock closed{source->gate};
    // Never looked up at this scale, and workers cannot.
    tiles.want(10, {48});
    const auto found = cells(tiles, 10, 48); // 491 520 to 501 760
    QCOMPARE(found.front(), freeColour());
    QCOMPARE(found.back(), dataColour());
}

void TestClusterTiles::whatWasSeenLastStandsInForANewSource()
{
    const auto first = std::make_shared<CountingSource>(1000, 0);
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(first, ClusterTiles::Before::IsForgotten);
    tiles.want(1, {0});
    QTRY_VERIFY(tiles.isQuiet());
    const auto second = std::make_shared<CountingSource>(1000, 500);
    tiles.setSource(second, ClusterTiles::Before::StandsIn);
    QCOMPARE(cells(tiles, 1, 0)[10], dataColour());
    tiles.want(1, {0});
    QTRY_VERIFY(tiles.isQuiet());
    QCOMPARE(cells(tiles, 1, 0)[10], freeColour());
    QCOMPARE(cells(tiles, 1, 0)[600], dataColour());
}

void TestClusterTiles::anotherAddressSpaceIsForgotten()
{
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(std::make_shared<CountingSource>(1000, 0), ClusterTiles::Before::IsForgotten);
    tiles.want(1, {0});
    QTRY_VERIFY(tiles.isQuiet());
    tiles.setSource(std::make_shared<CountingSource>(2000, 0), ClusterTiles::Before::IsForgotten);
    QCOMPARE(cells(tiles, 1, 0)[10], CellLook::unread);
}

void TestClusterTiles::growsWhereItWasUnread()
{
    const auto source = std::make_shared<CountingSource>(4096, 0);
    source->readUpTo = 1500;
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(source, ClusterTiles::Before::IsForgotten);
    tiles.want(1, {0, 1});
    QTRY_VERIFY(tiles.isQuiet());
    QCOMPARE(cells(tiles, 1, 1)[1000], CellLook::unread);
    source->readUpTo = 4096;
    tiles.grow();
    const quint64 before = source->asked;
    tiles.want(1, {0, 1});
    QTRY_VERIFY(tiles.isQuiet());
    QCOMPARE(cells(tiles, 1, 1)[1000], dataColour());
    // The first tile was complete: only the second and the coarse whole were looked up again.
    QCOMPARE(source->asked.load() - before, 3 * cellsPerTile);
}

void TestClusterTiles::forgetsWhatIsNotWantedAnyMore()
{
    const auto source = std::make_shared<CountingSource>(1'000'000, 0);
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(source, ClusterTiles::Before::IsForgotten);
    {
        const std::scoped_lock closed{source->gate};
        std::vector<quint64> many(500);
        for (std::size_t i = 0; i < many.size(); ++i)
            many[i] = i;
        tiles.want(1, many);
        tiles.want(1, {700});
    }
    QTRY_VERIFY(tiles.isQuiet());
    QCOMPARE(cells(tiles, 1, 700)[0], dataColour());
    // Two were begun, then the whole in its two tiles, then the one.
    QVERIFY(source->asked <= 6 * cellsPerTile);
}

void TestClusterTiles::memoryIsBounded()
{
    const auto source = std::make_shared<CountingSource>(1'000'000'000'000, 0);
    ClusterTiles tiles;
    tiles.setLook(look());
    tiles.setSource(source, ClusterTiles::Before::IsForgotten);
    std::vector<quint64> many(6000);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i] = i;
    tiles.want(1, many);
    QTRY_VERIFY_WITH_TIMEOUT(tiles.isQuiet(), 60'000);
    QVERIFY(tiles.memory() <= ClusterTiles::mostMemory);
    QVERIFY(tiles.memory() > ClusterTiles::mostMemory / 2);
    QCOMPARE(cells(tiles, 1, 5999)[0], dataColour());
}

void TestClusterTiles::endsWhileWorkersRun()
{
    const auto source = std::make_shared<CountingSource>(1'000'000, 0);
    {
        ClusterTiles tiles;
        tiles.setLook(look());
        tiles.setSource(source, ClusterTiles::Before::IsForgotten);
        tiles.want(1, {0, 1, 2, 3});
    }
    QCoreApplication::processEvents();
    QCOMPARE(source.use_count(), 1L);
}

QTEST_MAIN(TestClusterTiles)
#include "tst_clustertiles.moc"
