// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/VirtualDisk.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace platter;
using tests::FaultyFile;
using tests::Qcow2Builder;

Q_DECLARE_METATYPE(tests::Qcow2Builder)

namespace {

constexpr auto copied = Qcow2Builder::copied;

/// "start+length kind@host" in KiB, or the finding of a damaged extent.
QString text(const Extent& extent)
{
    const auto kib = [](std::uint64_t value) {
        return value % 1024 ? QString("%1B").arg(value) : QString::number(value / 1024);
    };
    QString place = kib(extent.start.value) + '+' + kib(extent.length.value) + ' ';
    switch (extent.kind) {
    case ExtentKind::Unallocated: return place + "none";
    case ExtentKind::Zero: return place + "zero";
    case ExtentKind::ZeroAllocated: return place + "zero@" + kib(extent.host.value);
    case ExtentKind::Data: return place + "data@" + kib(extent.host.value);
    case ExtentKind::Compressed:
        return place + "compressed@" + kib(extent.host.value) + '/' + kib(extent.stored.value);
    case ExtentKind::Damaged: return place + extent.problem->id;
    }
    return {};
}

QStringList scanned(const GuestMapping& mapping, std::uint64_t from = 0,
    std::uint64_t length = std::uint64_t{1} << 62)
{
    QStringList result;
    mapping.scan(GuestOffset{from}, Bytes{length},
        [&](const Extent& extent) { result << text(extent); }, {});
    return result;
}

/// The same ranges found by asking extentAt() again and again, without joining.
QStringList walked(const GuestMapping& mapping)
{
    QStringList result;
    std::vector<Extent> extents;
    const ExtentSink sink = [&](const Extent& extent) { result << text(extent); };
    ExtentJoiner joiner{sink};
    for (std::uint64_t at = 0; at < mapping.size().value;) {
        const Extent extent = mapping.extentAt(GuestOffset{at}, Bytes{mapping.size().value - at});
        joiner.add(extent);
        at = extent.end().value;
    }
    joiner.flush();
    return result;
}

} // namespace

class TestQcow2Mapping : public QObject {
    Q_OBJECT
private slots:
    void extents_data()
    {
        QTest::addColumn<Qcow2Builder>("image");
        QTest::addColumn<QStringList>("expected");
        const Qcow2Builder good;
        const auto row
            = [](const char* name, const Qcow2Builder& image, const QStringList& expected) {
                  QTest::addRow("%s", name) << image << expected;
              };
        row("contiguous clusters are one extent", Qcow2Builder{}, {"0+16 data@20", "16+1008 none"});
        row("a jump in the file parts them", Qcow2Builder{}.l2(1, copied | good.cluster(7)),
            {"0+4 data@20", "4+4 data@28", "8+8 data@28", "16+1008 none"});
        row("zero without a cluster", Qcow2Builder{}.l2(1, 1).l2(2, 1),
            {"0+4 data@20", "4+8 zero", "12+4 data@32", "16+1008 none"});
        row("zero with a cluster", Qcow2Builder{}.l2(1, copied | good.cluster(6) | 1),
            {"0+4 data@20", "4+4 zero@24", "8+8 data@28", "16+1008 none"});
        row("a compressed cluster ends with its last sector",
            Qcow2Builder{}.l2(
                1, Qcow2Builder::compressed | std::uint64_t{1} << 58 | (good.cluster(6) + 100)),
            {"0+4 data@20", "4+4 compressed@24676B/924B", "8+8 data@28", "16+1008 none"});
        row("a disk smaller than its table", Qcow2Builder{}.set("size", 6 * 1024), {"0+6 data@20"});
        row("no L2 table", Qcow2Builder{}.l1(0, 0), {"0+1024 none"});
        row("an entry that is only flag", Qcow2Builder{}.l2(3, copied),
            {"0+12 data@20", "12+1012 none"});
        row("an unaligned L2 table", Qcow2Builder{}.l1(0, good.cluster(4) + 512),
            {"0+1024 qcow2.l1.unaligned"});
        row("an unaligned cluster", Qcow2Builder{}.l2(1, copied | (good.cluster(6) + 512)),
            {"0+4 data@20", "4+4 qcow2.l2.unaligned", "8+8 data@28", "16+1008 none"});
        row("the zero flag in version 2", Qcow2Builder{}.set("version", 2).l2(0, 1),
            {"0+4 qcow2.l2.zero-in-version-2", "4+12 data@24", "16+1008 none"});
        row("an L1 table past the end of the file maps nothing",
            Qcow2Builder{}.set("l1_table_offset", good.cluster(50)), {"0+1024 none"});
        row("an L2 table past the end of the file maps nothing",
            Qcow2Builder{}.l1(0, good.cluster(50)), {"0+1024 none"});
        row("an external data file has the guest's offsets",
            Qcow2Builder{}
                .set("incompatible_features", 4)
                .l2(0, copied)
                .l2(1, copied | 4096)
                .l2(2, copied | 4096),
            {"0+8 data@0", "8+4 qcow2.l2.data-file-offset", "12+4 qcow2.l2.data-file-offset",
                "16+1008 none"});
        const Qcow2Builder extended{Qcow2Builder::Entries::Extended};
        row("whole clusters with subclusters", extended, {"0+64 data@80", "64+960 none"});
        row("some subclusters", Qcow2Builder{extended}.l2(1, 0x00000002'00000001),
            {"0B+512B data@80", "512B+512B zero@82432B", "1+15 none", "16+48 data@96",
                "64+960 none"});
        row("zero subclusters without a cluster",
            Qcow2Builder{extended}.l2(0, 0).l2(1, 0xffffffff'00000000),
            {"0+16 zero", "16+48 data@96", "64+960 none"});
        row("a subcluster that is stored and zero",
            Qcow2Builder{extended}.l2(1, 0x00000001'00000001),
            {"0+16 qcow2.l2.bitmap-contradiction", "16+48 data@96", "64+960 none"});
        row("stored subclusters without a cluster", Qcow2Builder{extended}.l2(0, 0),
            {"0+16 qcow2.l2.bitmap-without-cluster", "16+48 data@96", "64+960 none"});
        row("a cluster without any valid subcluster", Qcow2Builder{extended}.l2(1, 0),
            {"0+16 none", "16+48 data@96", "64+960 none"});
    }
    void extents()
    {
        QFETCH(const Qcow2Builder, image);
        QFETCH(QStringList, expected);
        const auto opened = openQcow2(image.file());
        for (QString& one : expected)
            one.replace("0B+", "0+");
        QCOMPARE(scanned(opened->activeState()), expected);
        QCOMPARE(walked(opened->activeState()), expected);
    }

    void clipsToTheRangeAskedFor()
    {
        const auto image = openQcow2(Qcow2Builder{}.file());
        QCOMPARE(scanned(image->activeState(), 5 * 1024, 2 * 1024), QStringList({"5+2 data@25"}));
        QCOMPARE(scanned(image->activeState(), 15 * 1024, 2 * 1024),
            QStringList({"15+1 data@35", "16+1 none"}));
        QCOMPARE(scanned(image->activeState(), 1024 * 1024, 4096), QStringList());
    }

    void snapshotsAreMappingsOfTheirOwn()
    {
        Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "a");
        builder.put64(builder.cluster(10) + 48, 8192); // the disk was smaller then
        const auto image = openQcow2(builder.file());
        QCOMPARE(scanned(*image->snapshotState(0)), QStringList({"0+8 data@20"}));
        QCOMPARE(scanned(image->activeState()), QStringList({"0+16 data@20", "16+1008 none"}));
    }

    void savedMemoryIsAMappingOfItsOwn()
    {
        Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "running");
        builder.savedMemory();
        const std::shared_ptr<const Image> image = openQcow2(builder.file());
        QCOMPARE(image->snapshots()[0].vmStateSize.value, Qcow2Builder::memoryBytes);
        const auto state = image->vmState(0);
        QCOMPARE(scanned(*state), QStringList({"0+4 data@48", "4+4 none"}));
        const VirtualDisk memory{image, state};
        std::vector<std::byte> bytes(Qcow2Builder::memoryBytes);
        memory.read(GuestOffset{0}, bytes);
        QCOMPARE(std::count(bytes.begin(), bytes.end(), std::byte{7}), 4096);
        QCOMPARE(std::count(bytes.begin(), bytes.end(), std::byte{0}), 4096);
        QVERIFY(image->check({}, {}).findings.empty());

        // QEMU takes it for saved memory as well.
        QTemporaryDir folder;
        QFile file{folder.filePath("running.qcow2")};
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto all = builder.bytes();
        file.write(reinterpret_cast<const char*>(all.data()), static_cast<qint64>(all.size()));
        file.close();
        tests::qemuImg({"check", file.fileName()});
        QVERIFY(tests::qemuImg({"snapshot", "-l", file.fileName()}).contains("8 KiB"));
    }

    void manyTablesAreScannedInOrder()
    {
        // 4 TiB in clusters of 2 MiB: enough chunks for every thread. Each table maps its first two
        // clusters.
        constexpr std::uint64_t cluster = std::uint64_t{2} << 20;
        constexpr std::uint64_t tables = 8;
        constexpr std::uint64_t coverage = cluster / 8 * cluster;
        std::vector<std::byte> bytes((4 + tables) * cluster);
        qcow2::Header header;
        header.magic = 0x514649fb;
        header.version = 3;
        header.clusterBits = 21;
        header.size = Bytes{tables * coverage};
        header.l1Size = tables;
        header.l1TableOffset = HostOffset{3 * cluster};
        header.refcountTableOffset = HostOffset{cluster};
        header.refcountTableClusters = 1;
        header.headerLength = 104;
        write(header, qcow2::headerFields, std::span{bytes});
        write(header, qcow2::headerVersion3Fields, std::span{bytes});
        QStringList expected;
        for (std::uint64_t i = 0; i < tables; ++i) {
            storeBig<std::uint64_t>(bytes.data() + 3 * cluster + i * 8, (4 + i) * cluster);
            std::byte* const table = bytes.data() + (4 + i) * cluster;
            storeBig<std::uint64_t>(table, 2 * i * cluster + 512 * cluster);
            storeBig<std::uint64_t>(table + 8, (2 * i + 1) * cluster + 512 * cluster);
            expected << QString("%1+4096 data@%2")
                            .arg(i * coverage >> 10)
                            .arg((512 + 2 * i) * cluster >> 10);
            expected << QString("%1+%2 none")
                            .arg((i * coverage + 2 * cluster) >> 10)
                            .arg((coverage - 2 * cluster) >> 10);
        }
        const auto image = openQcow2(std::make_shared<MemoryFile>(std::move(bytes)));
        QCOMPARE(scanned(image->activeState()), expected);
    }

    void everyReadErrorIsTold()
    {
        const auto bytes = Qcow2Builder{}.snapshot("1", "a").file();
        unsigned reads = 0;
        {
            const auto counted = std::make_shared<FaultyFile>(bytes, FaultyFile::Faults{});
            const auto image = openQcow2(counted);
            scanned(image->activeState());
            image->check({}, {});
            reads = counted->reads();
        }
        QVERIFY(reads > 5);
        for (unsigned call = 0; call < reads; ++call) {
            FaultyFile::Faults faults;
            faults.failRead = call;
            bool told = false;
            try {
                const auto image = openQcow2(std::make_shared<FaultyFile>(bytes, faults));
                scanned(image->activeState());
                image->check({}, {});
            } catch (const IoError&) {
                told = true;
            }
            QVERIFY2(told, qPrintable(QString("read %1").arg(call)));
        }
    }

    void aStopEndsAScan()
    {
        const auto image = openQcow2(Qcow2Builder{}.file());
        std::stop_source source;
        source.request_stop();
        JobControl job{source.get_token(), {}};
        QVERIFY_EXCEPTION_THROWN(image->activeState().scan(
                                     {}, Bytes{1 << 20}, [](const Extent&) {}, job),
            Cancelled);
        QVERIFY_EXCEPTION_THROWN(image->check({}, job), Cancelled);
        QVERIFY_EXCEPTION_THROWN(image->scanHost([](const HostRange&) {}, job), Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestQcow2Mapping)
#include "tst_qcow2mapping.moc"
