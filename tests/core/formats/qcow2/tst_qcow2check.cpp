// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/support/Qcow2Builder.h"

#include <QTest>

using namespace platter;
using tests::Qcow2Builder;

Q_DECLARE_METATYPE(tests::Qcow2Builder)

namespace {

constexpr auto copied = Qcow2Builder::copied;
constexpr auto compressed = Qcow2Builder::compressed;

/// "id times, …" of all findings, by id.
QString found(const CheckReport& report)
{
    QStringList result;
    for (const auto& [kind, times] : report.countOf)
        result << QString("%1 %2").arg(kind->id).arg(times);
    result.sort();
    return result.join(", ");
}

/// An image with two snapshots that share everything, the second with its own L1 table in cluster
/// 11.
Qcow2Builder withSecondSnapshot(const QByteArray& id)
{
    Qcow2Builder image = Qcow2Builder{}.snapshot("1", "a");
    const std::uint64_t second = image.cluster(10) + 72;
    image.cut(image.cluster(12)).put64(image.cluster(11), image.cluster(4));
    image.put64(second, image.cluster(11)).put32(second + 8, 1);
    image.put16(second + 12, 1).put16(second + 14, 1).put32(second + 36, 24);
    image.put64(second + 48, (1_MiB).value).put(second + 64, id + "b");
    image.set("nb_snapshots", 2).refcount(11, 1).refcount(4, 3);
    for (std::uint64_t i = 5; i < 9; ++i)
        image.refcount(i, 3);
    return image;
}

} // namespace

class TestQcow2Check : public QObject {
    Q_OBJECT
private slots:
    void findings_data()
    {
        QTest::addColumn<Qcow2Builder>("image");
        QTest::addColumn<QString>("expected");
        const Qcow2Builder good;
        const auto row = [](const char* name, const Qcow2Builder& image, const char* expected) {
            QTest::addRow("%s", name) << image << QString(expected);
        };
        row("nothing is wrong", Qcow2Builder{}, "");
        row("a snapshot that shares everything", Qcow2Builder{}.snapshot("1", "a"), "");
        row("extended entries", Qcow2Builder{Qcow2Builder::Entries::Extended}, "");
        row("a leaked cluster", Qcow2Builder{}.cut(good.cluster(10)).refcount(9, 1),
            "qcow2.refcount.leak 1");
        row("a data cluster counted twice", Qcow2Builder{}.refcount(5, 2),
            "qcow2.copied.l2 1, qcow2.refcount.leak 1");
        row("a data cluster not counted", Qcow2Builder{}.refcount(5, 0),
            "qcow2.copied.l2 1, qcow2.refcount.too-low 1");
        row("a header not counted", Qcow2Builder{}.refcount(0, 0), "qcow2.refcount.too-low 1");
        row("two entries for one cluster", Qcow2Builder{}.l2(1, copied | good.cluster(5)),
            "qcow2.refcount.leak 1, qcow2.refcount.too-low 1, qcow2.reference.twice 1");
        row("COPIED missing on data", Qcow2Builder{}.l2(0, good.cluster(5)), "qcow2.copied.l2 1");
        row("COPIED missing on a table", Qcow2Builder{}.l1(0, good.cluster(4)),
            "qcow2.copied.l1 1");
        row("reserved bits of L1", Qcow2Builder{}.l1(0, copied | good.cluster(4) | 2),
            "qcow2.l1.reserved-bits 1");
        row("reserved bits of L2", Qcow2Builder{}.l2(0, copied | good.cluster(5) | 2),
            "qcow2.l2.reserved-bits 1");
        row("an L2 entry past the end of the file", Qcow2Builder{}.l2(9, good.cluster(50)),
            "qcow2.reference.past-end 1");
        row("an unaligned L2 entry counts for both clusters it touches",
            Qcow2Builder{}.l2(0, copied | (good.cluster(5) + 512)),
            "qcow2.l2.unaligned 1, qcow2.refcount.too-low 1");
        row("a table past the end of the file", Qcow2Builder{}.l1(0, good.cluster(50)),
            "qcow2.leak.fills-range 1, qcow2.refcount.leak 5, qcow2.reference.past-end 1");
        row("the zero flag in version 2", Qcow2Builder{}.set("version", 2).l2(9, 1),
            "qcow2.l2.zero-in-version-2 1");
        row("a compressed cluster with COPIED",
            Qcow2Builder{}.l2(0, copied | compressed | good.cluster(5)),
            "qcow2.l2.compressed-copied 1");
        row("a compressed cluster past the end of the file",
            Qcow2Builder{}.l2(9, compressed | good.cluster(50)), "qcow2.reference.past-end 1");
        row("compressed with an external data file",
            Qcow2Builder{}
                .set("incompatible_features", 4)
                .l2(0, compressed | good.cluster(5))
                .l2(1, copied | 4096)
                .l2(2, copied | 8192)
                .l2(3, copied | 12288),
            "qcow2.l2.compressed-data-file 1, qcow2.refcount.leak 4");
        row("another offset in an external data file",
            Qcow2Builder{}
                .set("incompatible_features", 4)
                .l2(0, copied)
                .l2(1, copied | 8192)
                .l2(2, copied | 8192)
                .l2(3, copied | 12288),
            "qcow2.l2.data-file-offset 1, qcow2.refcount.leak 4");
        row("COPIED missing with an external data file",
            Qcow2Builder{}
                .set("incompatible_features", 4)
                .l2(0, copied)
                .l2(1, 4096)
                .l2(2, copied | 8192)
                .l2(3, copied | 12288),
            "qcow2.copied.l2 1, qcow2.refcount.leak 4");
        const Qcow2Builder extended{Qcow2Builder::Entries::Extended};
        row("a subcluster stored and zero", Qcow2Builder{extended}.l2(1, 0x00000001'ffffffff),
            "qcow2.l2.bitmap-contradiction 1");
        row("subclusters without a cluster", Qcow2Builder{extended}.l2(0, 0),
            "qcow2.l2.bitmap-without-cluster 1, qcow2.refcount.leak 1");
        row("a compressed cluster with a bitmap",
            Qcow2Builder{extended}.l2(0, compressed | extended.cluster(5)),
            "qcow2.l2.compressed-bitmap 1, qcow2.refcount.leak 1");
        row("a refcount table entry of 0", Qcow2Builder{}.put64(good.cluster(1), 0),
            "qcow2.copied.l1 1, qcow2.copied.l2 4, qcow2.refcount.too-low 8, qcow2.refcount.leak "
            "0");
        row("reserved bits of the refcount table",
            Qcow2Builder{}.put64(good.cluster(1), good.cluster(2) | 1),
            "qcow2.leak.looks-like 1, qcow2.refcount-table.reserved-bits 1, qcow2.refcount.leak 1");
        row("an unaligned refcount block",
            Qcow2Builder{}.put64(good.cluster(1), good.cluster(2) | 512),
            "qcow2.refcount-block.unread 9, qcow2.refcount-table.unaligned 1");
        row("a refcount block past the end of the file",
            Qcow2Builder{}.put64(good.cluster(1), good.cluster(50)),
            "qcow2.copied.l1 1, qcow2.copied.l2 4, qcow2.refcount-table.past-end 1, "
            "qcow2.refcount.too-low 8");
        row("data in a refcount block", Qcow2Builder{}.l2(9, good.cluster(2)),
            "qcow2.copied.l2 1, qcow2.overlap.data 1, qcow2.refcount-block.shared 1, "
            "qcow2.refcount.too-low 1");
        row("a count wider than one bit",
            Qcow2Builder{}
                .set("refcount_order", 0)
                .put64(good.cluster(2), 0xff01000000000000)
                .put64(good.cluster(2) + 8, 0)
                .put64(good.cluster(2) + 16, 0)
                .l2(9, good.cluster(8)),
            "qcow2.copied.l2 1, qcow2.refcount.overflow 1, qcow2.reference.twice 1");
        row("a snapshot with an unaligned L1 table",
            Qcow2Builder{}.snapshot("1", "a").put64(good.cluster(10), good.cluster(9) + 8),
            "qcow2.refcount.leak 6, qcow2.snapshot.l1-unaligned 1");
        row("a snapshot with an L1 table of more than 32 MiB",
            Qcow2Builder{}.snapshot("1", "a").put32(good.cluster(10) + 8, 4194305),
            "qcow2.refcount.leak 6, qcow2.snapshot.l1-too-large 1");
        row("a bitmap", Qcow2Builder{}.bitmap("dirty"), "");
        row("an entry of a bitmap's table with reserved bits",
            Qcow2Builder{}.bitmap("dirty").put64(good.cluster(10), 2),
            "qcow2.bitmap.table-entry 1");
        row("an entry of a bitmap's table that is not aligned",
            Qcow2Builder{}.bitmap("dirty").put64(good.cluster(10), good.cluster(8) + 512),
            "qcow2.bitmap.table-entry 1");
        row("an entry that leads into the L1 table, counted and without COPIED",
            Qcow2Builder{}.l2(9, good.cluster(3)).refcount(3, 2), "qcow2.overlap.data 1");
        row("an entry that leads into its own L2 table, all counts and flags right",
            Qcow2Builder{}.l2(9, good.cluster(4)).refcount(4, 2).l1(0, good.cluster(4)),
            "qcow2.overlap.data 1");
        row("an entry that leads into the header",
            Qcow2Builder{}.l2(9, compressed | 1024).refcount(0, 2), "qcow2.overlap.data 1");
        row("an L2 table that is an L1 table of a snapshot",
            Qcow2Builder{}.snapshot("1", "a").put64(good.cluster(10), good.cluster(4)),
            "qcow2.l2.reserved-bits 512, qcow2.overlap.data 1, qcow2.overlap.metadata 1, "
            "qcow2.refcount.leak 4, qcow2.reference.past-end 512");
        row("two entries for one cluster with matching counts",
            Qcow2Builder{}
                .l2(0, good.cluster(5))
                .l2(1, good.cluster(5))
                .refcount(5, 2)
                .refcount(6, 0),
            "qcow2.reference.twice 1");
        row("two entries for one cluster beside a snapshot",
            Qcow2Builder{}.snapshot("1", "a").l2(1, good.cluster(5)).refcount(5, 4).refcount(6, 0),
            "qcow2.reference.twice 1");
        row("a plain and a compressed cluster in one place",
            Qcow2Builder{}
                .l2(0, good.cluster(5))
                .l2(9, compressed | good.cluster(5))
                .refcount(5, 2),
            "qcow2.overlap.compressed 1");
        row("two compressed clusters in one place",
            Qcow2Builder{}
                .l2(0, compressed | good.cluster(5))
                .l2(9, compressed | (good.cluster(5) + 600))
                .refcount(5, 2),
            "");
        row("two L1 entries for one table",
            Qcow2Builder{}
                .set("size", (4_MiB).value)
                .set("l1_size", 2)
                .l1(0, good.cluster(4))
                .l1(1, good.cluster(4))
                .refcount(4, 2)
                .l2(0, good.cluster(5))
                .l2(1, good.cluster(6))
                .l2(2, good.cluster(7))
                .l2(3, good.cluster(8))
                .refcount(5, 2)
                .refcount(6, 2)
                .refcount(7, 2)
                .refcount(8, 2),
            "qcow2.l1.shared-table 1");
        row("a file that ends inside an L2 table",
            Qcow2Builder{}
                .l2(0, 0)
                .l2(1, 0)
                .l2(2, 0)
                .l2(3, 0)
                .refcount(5, 0)
                .refcount(6, 0)
                .refcount(7, 0)
                .refcount(8, 0)
                .cut(good.cluster(4) + 600),
            "qcow2.table.cut 1");
        row("counts past the end of the file", Qcow2Builder{}.refcount(20, 1),
            "qcow2.refcount.past-end 1");
        row("bit 0 of an extended entry",
            Qcow2Builder{extended}.l2(0, copied | extended.cluster(5) | 1),
            "qcow2.l2.zero-in-extended 1");
        row("COPIED without a cluster", Qcow2Builder{}.l2(9, copied),
            "qcow2.l2.copied-without-cluster 1");
        row("COPIED on a plain zero cluster", Qcow2Builder{}.l2(9, copied | 1),
            "qcow2.l2.copied-without-cluster 1");
        row("a compressed entry whose offset no file reaches",
            Qcow2Builder{}.l2(0, compressed | (std::uint64_t{1} << 57) | good.cluster(5)),
            "qcow2.l2.reserved-bits 1");
        row("a compressed cluster that begins in the last bytes behind the file",
            Qcow2Builder{}.cut(good.cluster(9) - 1024).l2(9, compressed | good.cluster(9)),
            "qcow2.refcount.too-low 1, qcow2.reference.past-end 1");
        row("an L1 table right behind the end of the file",
            Qcow2Builder{}
                .set("l1_table_offset", good.cluster(9))
                .refcount(9, 1)
                .refcount(3, 0)
                .refcount(4, 0)
                .refcount(5, 0)
                .refcount(6, 0)
                .refcount(7, 0)
                .refcount(8, 0),
            "qcow2.l1.file-ends 1, qcow2.reference.past-end 1");
        row("two snapshots with one id", withSecondSnapshot("1"), "qcow2.snapshot.id-twice 1");
        row("two snapshots", withSecondSnapshot("2"), "");
        row("a snapshot whose disk is larger than its L1 table",
            Qcow2Builder{}.snapshot("1", "a").put64(good.cluster(10) + 48, (4_MiB).value),
            "qcow2.snapshot.l1-too-small 1");
        row("a snapshot whose memory is larger than its L1 table",
            Qcow2Builder{}.snapshot("1", "a").put64(good.cluster(10) + 40, (1_MiB).value),
            "qcow2.snapshot.vm-state 1");
        row("a snapshot of half a sector",
            Qcow2Builder{}.snapshot("1", "a").put64(good.cluster(10) + 48, (1_MiB).value - 100),
            "qcow2.snapshot.size 1");
        row("a bitmap with a table that is too large",
            Qcow2Builder{}.bitmap("dirty").put32(good.cluster(9) + 8, 3),
            "qcow2.bitmap.table-size 1");
        row("a bitmap in use", Qcow2Builder{}.bitmap("dirty").put32(good.cluster(9) + 12, 3),
            "qcow2.bitmap.in-use 1");
        row("a snapshot without its disk size",
            Qcow2Builder{}.snapshot("1", "a").put32(good.cluster(10) + 36, 8),
            "qcow2.snapshot.incomplete 1");
    }
    void findings()
    {
        QFETCH(const Qcow2Builder, image);
        QFETCH(QString, expected);
        expected.remove(", qcow2.refcount.leak 0");
        const CheckReport report = openQcow2(image.file())->check({}, {});
        QCOMPARE(found(report), expected);
        std::uint64_t corruptions = 0;
        std::uint64_t leaks = 0;
        for (const auto& [kind, times] : report.countOf) {
            corruptions += kind->severity == Severity::Corruption ? times : 0;
            leaks += kind->severity == Severity::Leak ? times : 0;
        }
        QCOMPARE(report.corruptions, corruptions);
        QCOMPARE(report.leaks, leaks);
        for (const Finding& finding : report.findings) {
            QVERIFY2(!QByteArray::fromStdString(describe(finding)).contains('%'),
                describe(finding).c_str());
            QVERIFY2(
                QChar(QLatin1Char(describe(finding).front())).isUpper(), describe(finding).c_str());
            QVERIFY(*finding.kind->meaning);
            QVERIFY(*finding.kind->guestSees);
            QVERIFY(*finding.kind->causes);
        }
        QVERIFY(std::is_sorted(report.findings.begin(), report.findings.end(),
            [](const Finding& a, const Finding& b) { return a.host < b.host; }));
    }

    void decodesCompressedClusters()
    {
        // A stored block of deflate that promises a whole cluster and holds 16 bytes.
        Qcow2Builder broken;
        broken.l2(0, compressed | broken.cluster(5)).put(broken.cluster(5), QByteArray(16, 7));
        const auto image = openQcow2(broken.file());
        QCOMPARE(found(image->check({}, {})), QString());
        CheckOptions deep;
        deep.deep = true;
        const CheckReport report = image->check(deep, {});
        QCOMPARE(found(report), QString("qcow2.compressed.broken 1"));
        QCOMPARE(report.findings.front().host, HostOffset{broken.cluster(4)});
        QCOMPARE(report.findings.front().guest, GuestOffset{0});
    }

    void asksWhatLeaksAre()
    {
        const Qcow2Builder good;
        const auto check
            = [](const Qcow2Builder& image) { return openQcow2(image.file())->check({}, {}); };
        const CheckReport only = check(Qcow2Builder{}.l1(0, 0));
        QCOMPARE(found(only), QString("qcow2.leak.fills-range 1, qcow2.refcount.leak 5"));
        const auto lost = std::find_if(only.findings.begin(), only.findings.end(),
            [](const Finding& one) { return one.kind == &qcow2::leakFillsRange; });
        QCOMPARE(lost->host, HostOffset{good.cluster(4)});
        QCOMPARE(lost->guest, GuestOffset{0});
        QCOMPARE(lost->length, 1_MiB);
        QCOMPARE(lost->arguments, (std::vector<std::string>{"0x4000", "100", "0", "90"}));
        // Data that is no table: bytes of 1, of text, of zeros.
        Qcow2Builder data;
        for (std::uint64_t i = 9; i < 12; ++i)
            data.refcount(i, 1);
        data.cut(data.cluster(12)).put(data.cluster(9), QByteArray(4096, 1));
        data.put(data.cluster(10), QByteArray("nothing but text ").repeated(200));
        QCOMPARE(found(check(data)), QString("qcow2.refcount.leak 3"));
        // A refcount block that nothing names any more.
        Qcow2Builder block;
        block.refcount(9, 1).cut(block.cluster(10));
        for (std::uint64_t i = 0; i < 9; ++i)
            block.put16(block.cluster(9) + i * 2, 1);
        QCOMPARE(found(check(block)), QString("qcow2.leak.looks-like 1, qcow2.refcount.leak 1"));
    }

    void keepsNoMoreFindingsThanAskedFor()
    {
        Qcow2Builder builder;
        for (std::uint64_t i = 9; i < 500; ++i)
            builder.refcount(i, 1);
        builder.cut(builder.cluster(500));
        CheckOptions options;
        options.keepFindings = 10;
        const CheckReport report = openQcow2(builder.file())->check(options, {});
        QCOMPARE(report.leaks, std::uint64_t{491});
        QCOMPARE(report.findings.size(), std::size_t{10});
    }

    void keepsAPlaceForEveryKind()
    {
        CheckReport report;
        const auto add = [&](const FindingKind& kind, std::uint64_t at) {
            report.add({&kind, HostOffset{at}, GuestOffset{at}, 4_KiB, {}}, 200);
        };
        for (std::uint64_t i = 0; i < 1000; ++i)
            add(qcow2::refcountLeak, i);
        for (std::uint64_t i = 0; i < 5; ++i)
            add(qcow2::l2Unaligned, i);
        QCOMPARE(report.findings.size(), std::size_t{200});
        QCOMPARE(report.countOf.at(&qcow2::l2Unaligned), std::uint64_t{5});
        QCOMPARE(report.keptOf.at(&qcow2::l2Unaligned), std::size_t{2});
        QCOMPARE(report.keptOf.at(&qcow2::refcountLeak), std::size_t{198});
        QCOMPARE(report.guestBytesOf.at(&qcow2::l2Unaligned), 20_KiB);
        QCOMPARE(report.corruptions, std::uint64_t{5});
    }

    void countsAreTheSameWithAnyNumberOfThreads()
    {
        const auto image = openQcow2(Qcow2Builder{}
                                         .snapshot("1", "a")
                                         .refcount(6, 5)
                                         .l2(20, Qcow2Builder{}.cluster(7))
                                         .file());
        CheckOptions one;
        one.threads = 1;
        CheckOptions many;
        many.threads = 7;
        QCOMPARE(found(image->check(one, {})), found(image->check(many, {})));
    }

    void countsAreTheSameInAnyNumberOfPasses()
    {
        // Leaks, wrong counts and COPIED flags on both sides of the seams between passes of 4096
        // clusters.
        Qcow2Builder builder;
        builder.put64(builder.cluster(1) + 8, builder.cluster(9))
            .put64(builder.cluster(1) + 16, builder.cluster(10));
        builder.put64(builder.cluster(1) + 24, builder.cluster(11))
            .put64(builder.cluster(1) + 32, builder.cluster(12));
        builder.put64(builder.cluster(1) + 40, builder.cluster(13));
        for (std::uint64_t i = 9; i <= 13; ++i)
            builder.refcount(i, 1);
        const std::uint64_t far[] = {4095, 4096, 4097, 8191, 8192, 8193, 10000};
        std::uint64_t entry = 30;
        for (const std::uint64_t index : far) {
            builder.l2(entry++, copied | builder.cluster(index));
            const std::uint64_t perBlock = 2048;
            builder.put16(builder.cluster(index / perBlock == 0 ? 2 : 8 + index / perBlock)
                    + index % perBlock * 2,
                index % 2 ? 1 : 3);
        }
        builder.l2(entry, builder.cluster(4096)).cut(builder.cluster(10100));
        const auto image = openQcow2(builder.file());
        CheckOptions many;
        many.clustersPerPass = 4096;
        const CheckReport whole = image->check({}, {});
        const CheckReport parts = image->check(many, {});
        QCOMPARE(found(parts), found(whole));
        QCOMPARE(whole.corruptions, std::uint64_t{3});
        QCOMPARE(parts.imageEnd, whole.imageEnd);
        QCOMPARE(parts.allocatedClusters, whole.allocatedClusters);
        QCOMPARE(parts.fragmentedClusters, whole.fragmentedClusters);
    }

    void mapsTheFile()
    {
        Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "a");
        builder.refcount(11, 1).cut(builder.cluster(13)); // 11 leaks, 12 is free
        QStringList ranges;
        openQcow2(builder.file())
            ->scanHost(
                [&](const HostRange& range) {
                    ranges << QString("%1+%2 %3")
                                  .arg(range.start.value >> 12)
                                  .arg(range.length.value >> 12)
                                  .arg(hostUseName(range.use));
                    if (range.guest)
                        ranges.last() += QString("=%1").arg(range.guest->value >> 12);
                },
                {});
        QCOMPARE(ranges,
            QStringList({"0+1 header", "1+1 refcount-table", "2+1 refcount-block", "3+1 l1-table",
                "4+1 l2-table", "5+4 data-shared=0", "9+1 snapshot-l1-table", "10+1 snapshot-table",
                "11+1 leaked", "12+1 free"}));
    }
};

QTEST_APPLESS_MAIN(TestQcow2Check)
#include "tst_qcow2check.moc"
