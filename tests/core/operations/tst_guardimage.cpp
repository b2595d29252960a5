// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/operations/GuardImage.h"
#include "tests/support/Qcow2Builder.h"

#include <QTest>

using namespace platter;
using namespace platter::tests;

/// What of an image is guarded: every structure, and nothing else.
class TestGuardImage : public QObject {
    Q_OBJECT
private slots:
    void structures_are_guarded_data()
    {
        QTest::addColumn<int>("cluster");
        QTest::addColumn<int>("use");
        const auto row = [](const char* name, int cluster, HostUse use) {
            QTest::addRow("%s", name) << cluster << static_cast<int>(use);
        };
        row("header", 0, HostUse::Header);
        row("refcount table", 1, HostUse::RefcountTable);
        row("refcount block", 2, HostUse::RefcountBlock);
        row("L1 table", 3, HostUse::L1Table);
        row("L2 table", 4, HostUse::L2Table);
        row("L1 table of a snapshot", 9, HostUse::SnapshotL1Table);
        row("snapshot table", 10, HostUse::SnapshotTable);
    }
    void structures_are_guarded()
    {
        QFETCH(const int, cluster);
        QFETCH(const int, use);
        const Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "one");
        const qcow2::Qcow2Image image{builder.file()};
        const WriteGuard guard = guardOf(image, {});
        const HostOffset last{builder.cluster(std::uint64_t(cluster) + 1) - 1};
        guard.check(last, Bytes{1}, static_cast<HostUse>(use));
        QVERIFY_EXCEPTION_THROWN(guard.check(last, Bytes{1}, HostUse::Data), OverlapError);
    }
    void guest_data_is_free()
    {
        const Qcow2Builder builder;
        const qcow2::Qcow2Image image{builder.file()};
        guardOf(image, {}).check(
            HostOffset{builder.cluster(5)}, Bytes{builder.cluster(4)}, HostUse::Data);
    }
};

QTEST_GUILESS_MAIN(TestGuardImage)
#include "tst_guardimage.moc"
