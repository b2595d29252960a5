// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Units.h"

#include <QTest>

using namespace platter;

class TestUnits : public QObject {
    Q_OBJECT
private slots:
    void sumsPastTheRangeAreRefused()
    {
        QVERIFY_EXCEPTION_THROWN(HostOffset{~std::uint64_t{0}} + Bytes{1}, OverflowError);
        QVERIFY_EXCEPTION_THROWN(Bytes{1} - Bytes{2}, OverflowError);
        QVERIFY_EXCEPTION_THROWN(Bytes{std::uint64_t{1} << 63} * 2, OverflowError);
        QVERIFY_EXCEPTION_THROWN(
            ClusterSize::ofBits(16).startOf(HostCluster{std::uint64_t{1} << 50}), OverflowError);
    }
    void clustersRoundUpWithoutOverflow()
    {
        const ClusterSize size = ClusterSize::ofBits(16);
        QCOMPARE(size.clustersFor(0_B), std::uint64_t{0});
        QCOMPARE(size.clustersFor(1_B), std::uint64_t{1});
        QCOMPARE(size.clustersFor(64_KiB), std::uint64_t{1});
        QCOMPARE(size.clustersFor(Bytes{~std::uint64_t{0}}), std::uint64_t{1} << 48);
    }
};

QTEST_APPLESS_MAIN(TestUnits)
#include "tst_units.moc"
