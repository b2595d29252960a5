// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/support/Qcow2Builder.h"

#include <QTest>

using namespace platter;
using tests::Qcow2Builder;

Q_DECLARE_METATYPE(tests::Qcow2Builder)

namespace {

QByteArray words(std::initializer_list<std::uint64_t> values)
{
    QByteArray bytes;
    for (const std::uint64_t value : values) {
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes += static_cast<char>(value >> shift & 0xff);
    }
    return bytes;
}

/// A bitmap directory at cluster 9 with one entry whose table is at cluster 10.
Qcow2Builder withBitmap(Qcow2Builder builder = Qcow2Builder{})
{
    return builder.bitmap("dbm");
}

/// The field of the FormatError that opening ends with; empty: it opened.
QByteArray fieldRejectedBy(const Qcow2Builder& builder)
{
    try {
        openQcow2(builder.file());
        return {};
    } catch (const FormatError& error) {
        return QByteArray::fromStdString(error.field());
    } catch (const UnsupportedError& error) {
        return QByteArray::fromStdString("unsupported " + error.feature());
    }
}

} // namespace

class TestQcow2Header : public QObject {
    Q_OBJECT
private slots:
    void opensWhatIsValid()
    {
        const auto image = openQcow2(Qcow2Builder{}.file());
        QCOMPARE(image->virtualSize().value, (1_MiB).value);
        QCOMPARE(image->clusterSize()->value, std::uint64_t{4096});
        QCOMPARE(image->quickLook().findings.size(), std::size_t{0});
    }

    void rejects_data()
    {
        QTest::addColumn<Qcow2Builder>("image");
        QTest::addColumn<QByteArray>("field");
        const auto row = [](const char* name, const Qcow2Builder& image, const char* field) {
            QTest::addRow("%s", name) << image << QByteArray(field);
        };
        const Qcow2Builder good;
        row("another signature", Qcow2Builder{}.set("magic", 1), "magic");
        row("version 1", Qcow2Builder{}.set("version", 1), "version");
        row("version 4", Qcow2Builder{}.set("version", 4), "version");
        row("the file ends inside version", Qcow2Builder{}.cut(6), "version");
        row("the file ends inside l1_table_offset", Qcow2Builder{}.cut(43), "l1_table_offset");
        row("the file ends inside header_length", Qcow2Builder{}.cut(102), "header_length");
        row("an empty file", Qcow2Builder{}.cut(0), "magic");
        row("cluster_bits below 9", Qcow2Builder{}.set("cluster_bits", 8), "cluster_bits");
        row("cluster_bits above 21", Qcow2Builder{}.set("cluster_bits", 22), "cluster_bits");
        row("cluster_bits of 64 and more", Qcow2Builder{}.set("cluster_bits", 0xffffffff),
            "cluster_bits");
        row("extended L2 with clusters below 16 KiB",
            Qcow2Builder{}.set("incompatible_features", 16), "cluster_bits");
        row("a backing file name outside the first cluster",
            Qcow2Builder{}.set("backing_file_offset", 4097), "backing_file_offset");
        row("a backing file name of 1024 bytes",
            Qcow2Builder{}.set("backing_file_offset", 512).set("backing_file_size", 1024),
            "backing_file_size");
        row("a backing file name across the end of the first cluster",
            Qcow2Builder{}.set("backing_file_offset", 4000).set("backing_file_size", 97),
            "backing_file_size");
        row("a disk larger than its L1 table", Qcow2Builder{}.set("size", 3 << 20), "size");
        row("a disk of 2^63 bytes", Qcow2Builder{}.set("size", std::uint64_t{1} << 63), "size");
        row("a disk that no L1 table can map",
            Qcow2Builder{}.set("size", std::uint64_t{1} << 62).set("l1_size", 4194304), "size");
        row("an unknown encryption method", Qcow2Builder{}.set("crypt_method", 3), "crypt_method");
        row("LUKS without its extension", Qcow2Builder{}.set("crypt_method", 2), "crypt_method");
        row("an L1 table of more than 32 MiB", Qcow2Builder{}.set("l1_size", 4194305), "l1_size");
        row("an unaligned L1 table", Qcow2Builder{}.set("l1_table_offset", 512), "l1_table_offset");
        row("an L1 table that ends past 2^63",
            Qcow2Builder{}.set("l1_table_offset", (std::uint64_t{1} << 63) - 4096),
            "l1_table_offset");
        row("an unaligned refcount table", Qcow2Builder{}.set("refcount_table_offset", 4097),
            "refcount_table_offset");
        row("a refcount table that ends past 2^63",
            Qcow2Builder{}.set("refcount_table_offset", (std::uint64_t{1} << 63) - 4096),
            "refcount_table_offset");
        row("a refcount table of more than 8 MiB",
            Qcow2Builder{}.set("refcount_table_clusters", 2049), "refcount_table_clusters");
        row("more than 65536 snapshots", Qcow2Builder{}.set("nb_snapshots", 65537), "nb_snapshots");
        row("an unaligned snapshot table, even without snapshots",
            Qcow2Builder{}.set("snapshots_offset", 8), "snapshots_offset");
        row("a snapshot table that ends past 2^63",
            Qcow2Builder{}.set("snapshots_offset", (std::uint64_t{1} << 63) - 4096),
            "snapshots_offset");
        row("an unknown incompatible feature", Qcow2Builder{}.set("incompatible_features", 1 << 5),
            "unsupported qcow2.incompatible-feature");
        row("a refcount order above 6", Qcow2Builder{}.set("refcount_order", 7), "refcount_order");
        row("a header shorter than version 3 has", Qcow2Builder{}.set("header_length", 96),
            "header_length");
        row("a header longer than a cluster", Qcow2Builder{}.set("header_length", 4104),
            "header_length");
        row("an unknown compression type",
            Qcow2Builder{}.set("compression_type", 2).set("incompatible_features", 8),
            "compression_type");
        row("zstd without its feature bit", Qcow2Builder{}.set("compression_type", 1),
            "compression_type");
        row("the compression type bit with deflate", Qcow2Builder{}.set("incompatible_features", 8),
            "compression_type");
        row("the compression type bit without the field",
            Qcow2Builder{}.set("incompatible_features", 8).set("header_length", 104),
            "incompatible_features");
        row("an extension longer than the first cluster",
            Qcow2Builder{}.put32(112, 0x1234).put32(116, 5000), "length");
        row("an extension whose length overflows",
            Qcow2Builder{}.put32(112, 0x1234).put32(116, 0xffffffff), "length");
        row("a backing format name of 16 bytes",
            Qcow2Builder{}.extension(0xe2792aca, QByteArray(16, 'x')), "length");
        row("a bitmaps extension of 16 bytes",
            Qcow2Builder{}.extension(0x23852875, QByteArray(16, '\0')), "length");
        row("a bitmaps extension without bitmaps",
            Qcow2Builder{}.extension(0x23852875, words({0, 32, 4096})), "nb_bitmaps");
        row("a bitmaps extension with a reserved value",
            Qcow2Builder{}.extension(0x23852875, words({(std::uint64_t{1} << 32) + 1, 32, 4096})),
            "reserved");
        row("a bitmap directory of more than 65535 KiB",
            Qcow2Builder{}.extension(
                0x23852875, words({std::uint64_t{1} << 32, 65536 * 1024, 4096})),
            "bitmap_directory_size");
        row("an unaligned bitmap directory",
            Qcow2Builder{}.extension(0x23852875, words({std::uint64_t{1} << 32, 32, 4100})),
            "bitmap_directory_offset");
        row("an encryption extension of 8 bytes",
            Qcow2Builder{}.set("crypt_method", 2).extension(0x0537be77, words({4096})), "length");
        row("an encryption extension without encryption",
            Qcow2Builder{}.extension(0x0537be77, words({4096, 4096})), "type");
        row("an unaligned LUKS header",
            Qcow2Builder{}.set("crypt_method", 2).extension(0x0537be77, words({4097, 4096})),
            "offset");
        row("a snapshot with more than 1024 bytes of extra data",
            Qcow2Builder{}.snapshot("1", "a").put32(good.cluster(10) + 36, 1025),
            "extra_data_size");
    }
    void rejects()
    {
        QFETCH(const Qcow2Builder, image);
        QFETCH(const QByteArray, field);
        QCOMPARE(fieldRejectedBy(image), field);
    }

    void errorsNameStructureFieldAndPlace()
    {
        try {
            openQcow2(Qcow2Builder{}.set("cluster_bits", 8).file());
            QFAIL("It opened.");
        } catch (const FormatError& error) {
            QCOMPARE(error.structure(), std::string("QCOW2 header"));
            QCOMPARE(error.hostOffset(), std::uint64_t{20});
            QCOMPARE(std::string(error.what()),
                std::string("QCOW2 header, field cluster_bits at 0x14: 8 is not between 9 (512 "
                            "bytes) and 21 (2 MiB)."));
        }
    }

    void namesUnknownFeaturesAsTheImageDoes()
    {
        Qcow2Builder builder;
        builder.extension(0x6803f857,
            QByteArray("\0\x07", 2) + QByteArray("time travel").leftJustified(46, '\0'));
        try {
            openQcow2(builder.set("incompatible_features", 1 << 7).file());
            QFAIL("It opened.");
        } catch (const UnsupportedError& error) {
            QVERIFY2(std::string(error.what()).find("bit 7 \"time travel\"") != std::string::npos,
                error.what());
        }
    }

    void notes_data()
    {
        QTest::addColumn<Qcow2Builder>("image");
        QTest::addColumn<QByteArray>("kind");
        const auto row = [](const char* name, const Qcow2Builder& image, const FindingKind& kind) {
            QTest::addRow("%s", name) << image << QByteArray(kind.id);
        };
        const Qcow2Builder good;
        row("the dirty bit", Qcow2Builder{}.set("incompatible_features", 1), qcow2::dirty);
        row("the corrupt bit", Qcow2Builder{}.set("incompatible_features", 2), qcow2::corrupt);
        row("a header length that is not a multiple of 8", Qcow2Builder{}.set("header_length", 105),
            qcow2::headerLength);
        row("a virtual size that is not a multiple of 512", Qcow2Builder{}.set("size", 1048577),
            qcow2::sizeRounded);
        row("a backing file name inside the header",
            Qcow2Builder{}.set("backing_file_offset", 8).set("backing_file_size", 4),
            qcow2::backingNameOverHeader);
        row("an extension that occurs twice",
            Qcow2Builder{}.extension(0x77, "a").extension(0x77, "b"), qcow2::extensionTwice);
        row("an unknown autoclear bit", Qcow2Builder{}.set("autoclear_features", 1 << 9),
            qcow2::unknownAutoclear);
        row("the raw data file bit without a data file",
            Qcow2Builder{}.set("autoclear_features", 2), qcow2::dataFileRawWithoutDataFile);
        row("the bitmaps bit without the extension", Qcow2Builder{}.set("autoclear_features", 1),
            qcow2::bitmapWithoutExtension);
        row("the extension without the bitmaps bit", withBitmap().set("autoclear_features", 0),
            qcow2::bitmapsStale);
        row("an L1 table past the end of the file",
            Qcow2Builder{}.set("l1_table_offset", good.cluster(100)), qcow2::l1PastEnd);
        row("a refcount table past the end of the file",
            Qcow2Builder{}.set("refcount_table_offset", good.cluster(100)),
            qcow2::refcountTablePastEnd);
        row("an L1 entry past the end of the file", Qcow2Builder{}.l1(0, good.cluster(100)),
            qcow2::pastEnd);
        row("an L1 entry with reserved bits", Qcow2Builder{}.l1(0, good.cluster(4) | 1),
            qcow2::l1Reserved);
        row("an unaligned L1 entry", Qcow2Builder{}.l1(0, good.cluster(4) | 512),
            qcow2::l1Unaligned);
        row("a snapshot table cut by the end of the file",
            Qcow2Builder{}.snapshot("1", "a").cut(good.cluster(10) + 30),
            qcow2::snapshotTablePastEnd);
        row("a snapshot without its disk size",
            Qcow2Builder{}.snapshot("1", "a").put32(good.cluster(10) + 36, 8),
            qcow2::snapshotIncomplete);
        row("snapshots beside an external data file",
            Qcow2Builder{}.snapshot("1", "a").set("incompatible_features", 4),
            qcow2::snapshotsWithDataFile);
        row("a bitmap of an unknown type", withBitmap().put8(good.cluster(9) + 16, 2),
            qcow2::bitmapDirectoryBroken);
        row("a bitmap without a table", withBitmap().put64(good.cluster(9), 0),
            qcow2::bitmapDirectoryBroken);
        row("a bitmap with an unaligned table",
            withBitmap().put64(good.cluster(9), good.cluster(10) + 8),
            qcow2::bitmapDirectoryBroken);
        row("a bitmap with too many table entries",
            withBitmap().put32(good.cluster(9) + 8, 1 << 28), qcow2::bitmapDirectoryBroken);
        row("a bitmap with unknown flags", withBitmap().put32(good.cluster(9) + 12, 8),
            qcow2::bitmapDirectoryBroken);
        row("a bitmap with a granularity of 256 bytes", withBitmap().put8(good.cluster(9) + 17, 8),
            qcow2::bitmapDirectoryBroken);
        row("a bitmap with a name past its directory",
            withBitmap().put16(good.cluster(9) + 18, 1000), qcow2::bitmapDirectoryBroken);
        row("a bitmap with extra data", withBitmap().put32(good.cluster(9) + 20, 1),
            qcow2::bitmapDirectoryBroken);
    }
    void notes()
    {
        QFETCH(const Qcow2Builder, image);
        QFETCH(const QByteArray, kind);
        QByteArrayList met;
        for (const Finding& finding : openQcow2(image.file())->quickLook().findings) {
            met << finding.kind->id;
            QVERIFY(!QByteArray::fromStdString(describe(finding)).contains('%'));
        }
        QVERIFY2(met.contains(kind), met.join(' ').constData());
    }

    void readsSnapshotsAndBitmaps()
    {
        const auto image = openQcow2(Qcow2Builder{}.snapshot("7", "before").file());
        QCOMPARE(image->snapshots().size(), std::size_t{1});
        QCOMPARE(image->snapshots()[0].id, std::string("7"));
        QCOMPARE(image->snapshots()[0].name, std::string("before"));
        QCOMPARE(image->snapshots()[0].diskSize.value, (1_MiB).value);
        QVERIFY(!image->snapshots()[0].icount);

        Qcow2Builder builder = withBitmap();
        builder.put64(builder.cluster(10), builder.cluster(11))
            .put(builder.cluster(11), "\x03\x80");
        builder.cut(builder.cluster(12));
        const auto bitmapped = openQcow2(builder.file());
        QCOMPARE(bitmapped->bitmaps().size(), std::size_t{1});
        QCOMPARE(bitmapped->bitmaps()[0].name, std::string("dbm"));
        QVERIFY(bitmapped->bitmaps()[0].autoLoad && bitmapped->bitmaps()[0].consistent);
        QStringList dirty;
        bitmapped->scanBitmap(0,
            [&](const Extent& extent) {
                dirty << QString("%1+%2")
                             .arg(extent.start.value >> 16)
                             .arg(extent.length.value >> 16);
            },
            {});
        QCOMPARE(dirty, QStringList({"0+2", "15+1"}));
    }

    void describesEveryByteOfTheHeader()
    {
        const auto marks
            = openQcow2(Qcow2Builder{}.extension(0xe2792aca, "raw").snapshot("1", "a").file())
                  ->describe();
        QCOMPARE(marks.at(0).name, std::string("Header"));
        std::uint64_t next = 0;
        for (const FieldMark& field : marks.at(0).fields) {
            QCOMPARE(field.at.value, next);
            next += field.length.value;
            QVERIFY2(field.verdict.empty(), field.name.c_str());
        }
        QCOMPARE(next, std::uint64_t{112});
        QStringList names;
        for (const StructureMark& mark : marks)
            names << QString::fromStdString(mark.name);
        QCOMPARE(names,
            QStringList(
                {"Header", "Extension: backing file format", "End of extensions", "Snapshot 1"}));
    }

    void describesWhatCannotBeOpened()
    {
        const auto marks = qcow2::describeStructures(*Qcow2Builder{}.set("cluster_bits", 8).file());
        bool told = false;
        for (const FieldMark& field : marks.at(0).fields)
            told |= field.name == "cluster_bits" && !field.verdict.empty();
        QVERIFY(told);
        QVERIFY(!qcow2::describeStructures(*Qcow2Builder{}.cut(30).file()).empty());
    }
};

QTEST_APPLESS_MAIN(TestQcow2Header)
#include "tst_qcow2header.moc"
