// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/MapPyramid.h"

#include <QTest>

#include <random>

using namespace platter;

namespace {

constexpr auto data = static_cast<std::uint8_t>(MapKind::Data);
constexpr auto zero = static_cast<std::uint8_t>(MapKind::Zero);
constexpr auto problem = static_cast<std::uint8_t>(MapKind::Problem);

} // namespace

class TestMapPyramid final : public QObject {
    Q_OBJECT

private slots:
    void staysBounded_data();
    void staysBounded();
    void sharesAreThoseOfTheParts();
    void oneProblemIsSeenFromAfar();
    void knowsEmptyRangesAtOnce();
    void totalsAreExact();
    void publishesWhileItGrows();
};

void TestMapPyramid::staysBounded_data()
{
    QTest::addColumn<quint64>("size");
    QTest::addColumn<quint64>("unit");
    QTest::addRow("nothing") << quint64{0} << quint64{65536};
    QTest::addRow("one byte") << quint64{1} << quint64{65536};
    QTest::addRow("64 TiB of 64 KiB clusters") << (quint64{64} << 40) << quint64{65536};
    QTest::addRow("10^9 clusters of 2 MiB")
        << 1'000'000'000 * (quint64{2} << 20) << (quint64{2} << 20);
    QTest::addRow("2^63 bytes in sectors") << (quint64{1} << 63) << quint64{512};
}

void TestMapPyramid::staysBounded()
{
    QFETCH(const quint64, size);
    QFETCH(const quint64, unit);
    MapPyramid pyramid{Bytes{size}, Bytes{unit}};
    QVERIFY(pyramid.memory() <= 48_MiB);
    QVERIFY(pyramid.leaf().value >= unit);
    pyramid.append(Bytes{size / 2}, data);
    pyramid.append(Bytes{size - size / 2}, {});
    pyramid.finish();
    QCOMPARE(pyramid.known(), Bytes{size});
    QCOMPARE(pyramid.unread(), Bytes{0});
    if (size > unit * 4) {
        const auto all = pyramid.shares(0, Bytes{size});
        QVERIFY(all.known);
        QVERIFY(std::abs(int{all.of[data]} - 128) <= 2);
    }
}

void TestMapPyramid::sharesAreThoseOfTheParts()
{
    constexpr std::uint64_t units = 3000;
    std::mt19937 random{3};
    std::vector<MapCategory> truth(units);
    MapPyramid pyramid{64_KiB * units, 64_KiB};
    for (std::uint64_t at = 0; at < units;) {
        const std::uint64_t run = std::min<std::uint64_t>(units - at, 1 + random() % 40);
        const MapCategory category = random() % 3 == 0 ? MapCategory{}
            : random() % 2                             ? MapCategory{data}
                                                       : MapCategory{zero};
        std::fill_n(truth.begin() + static_cast<std::ptrdiff_t>(at), run, category);
        pyramid.append(64_KiB * run, category);
        at += run;
    }
    pyramid.finish();
    for (int i = 0; i < 500; ++i) {
        const std::uint64_t from = random() % units;
        const std::uint64_t count = 1 + random() % (units - from);
        const auto shares = pyramid.shares(from * 65536, 64_KiB * count);
        QVERIFY(shares.known);
        for (const std::uint8_t category : {data, zero}) {
            std::uint64_t have = 0;
            for (std::uint64_t unit = from; unit < from + count; ++unit)
                have += truth[unit] == MapCategory{category};
            const double expected = 255.0 * static_cast<double>(have) / static_cast<double>(count);
            QVERIFY(std::abs(shares.of[category] - expected) <= 4);
            QCOMPARE(shares.of[category] != 0, have != 0);
        }
    }
}

void TestMapPyramid::oneProblemIsSeenFromAfar()
{
    constexpr std::uint64_t units = 1'000'000'000;
    constexpr std::uint64_t where = 777'777'777;
    MapPyramid pyramid{64_KiB * units, 64_KiB};
    pyramid.append(64_KiB * where, data);
    pyramid.append(64_KiB, problem);
    pyramid.append(64_KiB * (units - where - 1), data);
    pyramid.finish();
    QVERIFY(pyramid.shares(0, pyramid.size()).problem);
    QVERIFY(!pyramid.shares(0, 64_KiB * (where / 2)).problem);
    const std::uint64_t found = pyramid.nextProblem(0);
    QVERIFY(found <= where * 65536 && where * 65536 - found < pyramid.leaf().value);
}

void TestMapPyramid::knowsEmptyRangesAtOnce()
{
    MapPyramid pyramid{100_MiB, 64_KiB, {{10 << 20, 20 << 20}, {50 << 20, 100 << 20}}};
    const auto known = [&](std::uint64_t from, std::uint64_t end) {
        return pyramid.shares(from << 20, Bytes{(end - from) << 20}).known;
    };
    QCOMPARE(pyramid.unread(), 40_MiB);
    QVERIFY(known(12, 18));
    QVERIFY(known(10, 20));
    QVERIFY(known(60, 100));
    QVERIFY(!known(9, 11));
    QVERIFY(!known(19, 51));
    QVERIFY(!known(30, 40));
    pyramid.append(11_MiB, data);
    QCOMPARE(pyramid.unread(), 30_MiB);
    QVERIFY(known(5, 15)); // read, then empty
    QVERIFY(!known(5, 25));
    // What was read counts, wherever the levels have their borders.
    QVERIFY(known(0, 16));
    QVERIFY(std::abs(pyramid.shares(0, 16_MiB).of[data] - 255 * 11 / 16) <= 2);
    pyramid.append(89_MiB, {});
    pyramid.finish();
    QCOMPARE(pyramid.unread(), Bytes{0});
    QVERIFY(known(0, 100));
}

void TestMapPyramid::totalsAreExact()
{
    MapPyramid pyramid{10_MiB, 64_KiB};
    pyramid.append(Bytes{1234}, data);
    pyramid.append(1_MiB, zero);
    pyramid.append(Bytes{4321}, data);
    QCOMPARE(pyramid.total(data), Bytes{1234 + 4321});
    QCOMPARE(pyramid.total(MapKind::Zero), 1_MiB);
}

void TestMapPyramid::publishesWhileItGrows()
{
    int published = 0;
    Bytes atFirst = 1_MiB;
    const auto pyramid = buildPyramid(
        std::make_shared<MapPyramid>(1_MiB, 64_KiB),
        [&](const MapCategorySink& sink) { sink(1_MiB, data); },
        [&](const std::shared_ptr<const MapPyramid>& growing) {
            if (published++ == 0)
                atFirst = growing->known();
        });
    QCOMPARE(atFirst, Bytes{0}); // so that it can be shown from the start
    QVERIFY(published >= 2);
    QCOMPARE(pyramid->known(), 1_MiB);
}

QTEST_APPLESS_MAIN(TestMapPyramid)
#include "tst_mappyramid.moc"
