// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/Header.h"
#include "core/formats/qcow1/Qcow1Image.h"
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "tests/support/ExtentRows.h"
#include "tests/support/Qemu.h"
#include "tests/support/RecordingFile.h"

#include <QFile>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace platter;
using namespace platter::tests;

namespace {

// Where qemu-img and qemu-io put the parts of the small image of these tests.
constexpr std::uint64_t l1At = 48;
constexpr std::uint64_t l2At = 4096;

/// The bytes of an image, to be damaged field by field.
class Bench {
public:
    explicit Bench(std::vector<std::byte> bytes)
        : m_bytes(std::move(bytes))
    {
    }

    template <class T>
    Bench& set(const char* field, T value)
    {
        storeBig(m_bytes.data() + qcow1::placeOfField(field).value, value);
        return *this;
    }
    Bench& setWord(std::uint64_t at, std::uint64_t value)
    {
        storeBig(m_bytes.data() + at, value);
        return *this;
    }
    Bench& cut(std::size_t length)
    {
        m_bytes.resize(length);
        return *this;
    }
    const std::vector<std::byte>& bytes() const { return m_bytes; }
    std::unique_ptr<Image> open() const { return openQcow1(std::make_shared<MemoryFile>(m_bytes)); }

private:
    std::vector<std::byte> m_bytes;
};

using Damage = std::function<void(Bench&)>;

struct Found {
    ExtentKind kind;
    std::uint64_t start;
    std::uint64_t host;
    std::uint64_t stored;
    const FindingKind* problem;
    std::uint64_t entry;
};

QList<Found> scanned(const Image& image)
{
    QList<Found> found;
    image.activeState().scan(GuestOffset{0}, image.virtualSize(),
        [&](const Extent& extent) {
            found << Found{extent.kind, extent.start.value, extent.host.value, extent.stored.value,
                extent.problem, extent.entry.value};
        },
        {});
    return found;
}

} // namespace

Q_DECLARE_METATYPE(Damage)

class TestQcow1 : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::vector<std::byte> m_valid; ///< 4 MiB: cluster 0 at 0x2000, cluster 1 at 0x3000

    QString make(const QStringList& arguments, const QStringList& commands)
    {
        const QString path = m_folder.filePath("made.qcow");
        QFile::remove(path);
        qemuImg(QStringList{"create", "-q", "-f", "qcow"} + arguments.mid(0, arguments.size() - 1)
            + QStringList{path, arguments.last()});
        if (!commands.isEmpty())
            qemuIo(path, commands);
        return path;
    }
    static std::unique_ptr<Image> open(const QString& path)
    {
        return openQcow1(DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
    }

private slots:
    void initTestCase()
    {
        m_valid = fileBytes(make({"4M"}, {"write -P 1 0 4k", "write -P 2 4k 4k"}));
        QCOMPARE(m_valid.size(), std::size_t{0x4000});
    }

    void mapsLikeQemu_data()
    {
        QTest::addColumn<QString>("size");
        QTest::addColumn<QStringList>("commands");
        QTest::addRow("an empty disk") << "1M" << QStringList{};
        QTest::addRow("scattered clusters") << "9M"
                                            << QStringList{"write -P 1 8M 64k", "write -P 2 0 4k",
                                                   "write -P 3 3M 1M", "write -P 4 3000k 4k"};
        QTest::addRow("a last cluster that is cut by the disk's end")
            << "5001k" << QStringList{"write -P 5 5000k 1k"};
        QTest::addRow("256 MiB with data at both ends")
            << "256M" << QStringList{"write -P 1 0 4k", "write -P 2 255M 1M"};
        QTest::addRow("data across two L2 tables") << "16M" << QStringList{"write 1M 6M"};
    }
    void mapsLikeQemu()
    {
        QFETCH(const QString, size);
        QFETCH(const QStringList, commands);
        const QString path = make({size}, commands);
        const auto image = open(path);
        QCOMPARE(mapRows(*image), qemuMapRows(path, "qcow"));
        QCOMPARE(mapRowsByLookup(*image, 1_GiB), mapRows(*image));
        QVERIFY(guestBytes(*image) == qemuGuestBytes({path}, m_folder.path()));
        QVERIFY(image->quickLook().findings.empty());
        hostRows(*image);
        const QJsonObject info = qemuJson({"info", path}).object();
        QCOMPARE(image->virtualSize().value,
            static_cast<std::uint64_t>(info["virtual-size"].toInteger()));
        QCOMPARE(image->clusterSize()->value,
            static_cast<std::uint64_t>(info["cluster-size"].toInteger()));
    }

    void mapsCompressedClustersLikeQemu()
    {
        const QString plain
            = make({"4M"}, {"write -P 1 0 64k", "write -P 2 1M 4k", "write -P 3 3M 700k"});
        const QString packed = m_folder.filePath("packed.qcow");
        // qemu-img 7.2 ends with 1, without a word, although the image is complete: so compare.
        run("qemu-img", {"convert", "-c", "-O", "qcow", plain, packed});
        qemuImg({"compare", plain, packed});
        const auto image = open(packed);
        QCOMPARE(mapRows(*image), qemuMapRows(packed, "qcow"));
        QCOMPARE(mapRowsByLookup(*image, 1_MiB), mapRows(*image));
        QVERIFY(guestBytes(*image) == qemuGuestBytes({plain}, m_folder.path()));
        QVERIFY(hostRows(*image).filter("compressed").size() >= 17);
        QCOMPARE(hostRows(*image).filter("problem").size(), 0);
    }

    void knowsWhereACompressedStreamLies()
    {
        // Offset 0x2000, 22 bytes, with clusters of 4 KiB.
        Bench bench{m_valid};
        bench.setWord(l2At, 0x80b0000000002000);
        const auto found = scanned(*bench.open());
        QVERIFY(found[0].kind == ExtentKind::Compressed);
        QCOMPARE(found[0].host, std::uint64_t{0x2000});
        QCOMPARE(found[0].stored, std::uint64_t{22});
        // Asked in its middle, the whole cluster is told, so that it can be decoded.
        const auto image = bench.open();
        const Extent middle = image->activeState().extentAt(GuestOffset{1000}, 24_B);
        QCOMPARE(middle.start, GuestOffset{0});
        QCOMPARE(middle.length, 4_KiB);
    }

    void readsTheBackingFilesName()
    {
        const QString base = m_folder.filePath("base.raw");
        qemuImg({"create", "-q", "-f", "raw", base, "4M"});
        const QString path = make({"-b", base, "-F", "raw", "4M"}, {"write 1M 1k"});
        const auto image = open(path);
        const auto backing = image->backingFile();
        QVERIFY(backing.has_value());
        QCOMPARE(QString::fromStdString(backing->name), base);
        QVERIFY(backing->role == NamedFile::Role::Backing);
        QVERIFY(!backing->format.has_value());
        QCOMPARE(image->clusterSize().value(), 512_B);
        QVERIFY(scanned(*image)[0].kind == ExtentKind::Unallocated);
        QVERIFY(image->quickLook().findings.empty());
        const auto marks = image->describe();
        QCOMPARE(marks.size(), std::size_t{3});
        QCOMPARE(QString::fromStdString(marks[1].fields[0].value), base);
        QVERIFY(!Bench{m_valid}.open()->backingFile());
    }

    void refuses_data()
    {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* name, const char* field, Damage damage) {
            QTest::addRow("%s", name) << damage << field;
        };
        using u8 = std::uint8_t;
        using u32 = std::uint32_t;
        using u64 = std::uint64_t;
        row("another magic", "magic", [](Bench& b) { b.set("magic", u32{1}); });
        row("version 2", "version", [](Bench& b) { b.set("version", u32{2}); });
        row("an empty file", "magic", [](Bench& b) { b.cut(0); });
        row("a file that ends inside the header", "l1_table_offset", [](Bench& b) { b.cut(47); });
        row("a name that is too long", "backing_file_size", [](Bench& b) {
            b.set("backing_file_offset", u64{48}).set("backing_file_size", u32{1024});
        });
        row("a name that reaches past the end of the file", "backing_file_offset", [](Bench& b) {
            b.set("backing_file_offset", u64{0x4000 - 10}).set("backing_file_size", u32{11});
        });
        row("a name at the end of all numbers", "backing_file_offset", [](Bench& b) {
            b.set("backing_file_offset", ~u64{0}).set("backing_file_size", u32{11});
        });
        row("a disk of one byte", "size", [](Bench& b) { b.set("size", u64{1}); });
        row("a disk of no bytes", "size", [](Bench& b) { b.set("size", u64{0}); });
        row("a disk of 2^64 bytes", "size", [](Bench& b) { b.set("size", ~u64{0}); });
        row("a disk that needs too large an L1 table", "size",
            [](Bench& b) { b.set("size", u64{1} << 50); });
        row("clusters of 256 bytes", "cluster_bits",
            [](Bench& b) { b.set("cluster_bits", u8{8}); });
        row("clusters of 128 KiB", "cluster_bits", [](Bench& b) { b.set("cluster_bits", u8{17}); });
        row("clusters of 2^255 bytes", "cluster_bits",
            [](Bench& b) { b.set("cluster_bits", u8{255}); });
        row("L2 tables of 32 entries", "l2_bits", [](Bench& b) { b.set("l2_bits", u8{5}); });
        row("L2 tables of 16384 entries", "l2_bits", [](Bench& b) { b.set("l2_bits", u8{14}); });
        row("an unknown encryption", "crypt_method",
            [](Bench& b) { b.set("crypt_method", u32{2}); });
        row("an L1 table at the end of all numbers", "l1_table_offset",
            [](Bench& b) { b.set("l1_table_offset", ~u64{0}); });
    }
    void refuses()
    {
        QFETCH(const Damage, damage);
        QFETCH(const QString, field);
        Bench bench{m_valid};
        damage(bench);
        try {
            bench.open();
            QFAIL("It was opened.");
        } catch (const FormatError& error) {
            QCOMPARE(QString::fromStdString(error.field()), field);
            QCOMPARE(error.structure(), std::string("QCOW header"));
            QCOMPARE(error.hostOffset(), qcow1::placeOfField(error.field()).value);
        }
    }

    void findsPeculiarities_data()
    {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QStringList>("ids");
        const auto row = [](const char* name, const QStringList& ids, Damage damage) {
            QTest::addRow("%s", name) << damage << ids;
        };
        row("nothing", {}, [](Bench&) {});
        row("a disk that ends inside a sector", {"qcow.header.size"},
            [](Bench& b) { b.set("size", std::uint64_t{(4 << 20) - 100}); });
        row("a name inside the header", {"qcow.header.backing-name"}, [](Bench& b) {
            b.set("backing_file_offset", std::uint64_t{1});
            b.set("backing_file_size", std::uint32_t{2});
        });
        row("an L1 table past the end of the file", {"qcow.l1.file-ends"},
            [](Bench& b) { b.set("l1_table_offset", std::uint64_t{0x100000}); });
        row("an L2 table past the end of the file", {"qcow.l1.past-end"},
            [](Bench& b) { b.setWord(l1At, 0x100000); });
        row("an L2 table at a place that no file has", {"qcow.l1.unusable"},
            [](Bench& b) { b.setWord(l1At, ~std::uint64_t{0}); });
    }
    void findsPeculiarities()
    {
        QFETCH(const Damage, damage);
        QFETCH(const QStringList, ids);
        Bench bench{m_valid};
        damage(bench);
        const auto image = bench.open();
        QCOMPARE(findingIds(image->quickLook().findings), ids);
        hostRows(*image);
        QCOMPARE(mapRowsByLookup(*image, 1_MiB), mapRows(*image));
        for (const Finding& finding : image->quickLook().findings)
            QVERIFY(!QString::fromStdString(describe(finding)).contains('%'));
    }

    void saysWhereDamagedEntriesLie()
    {
        Bench bench{m_valid};
        bench.setWord(l2At + 8, 0x3001);
        auto found = scanned(*bench.open());
        QVERIFY(found[1].kind == ExtentKind::Damaged);
        QCOMPARE(QString(found[1].problem->id), QString("qcow.l2.unaligned"));
        QCOMPARE(found[1].entry, l2At + 8);
        bench.setWord(l1At, ~std::uint64_t{0});
        found = scanned(*bench.open());
        QVERIFY(found[0].kind == ExtentKind::Damaged);
        QCOMPARE(QString(found[0].problem->id), QString("qcow.l1.unusable"));
        QCOMPARE(found[0].entry, l1At);
    }

    void roundsTheDiskDownToSectors()
    {
        Bench bench{m_valid};
        bench.set("size", std::uint64_t{1000});
        QCOMPARE(bench.open()->virtualSize(), 512_B);
        bench.set("size", std::uint64_t{2});
        QCOMPARE(bench.open()->virtualSize(), 0_B);
        QVERIFY(scanned(*bench.open()).isEmpty());
    }

    void showsWhatEachPartOfTheFileIsFor()
    {
        Bench bench{m_valid};
        QCOMPARE(hostRows(*bench.open()),
            (QStringList{"0+48 header", "48+16 l1-table", "64+4032 free", "4096+4096 l2-table",
                "8192+8192 data guest 0"}));
        // A lost cluster, then one that is used twice, then one that reaches into another.
        bench.setWord(l2At, 0);
        QCOMPARE(hostRows(*bench.open())[4], QString("8192+4096 leaked"));
        bench.setWord(l2At, 0x3000);
        QCOMPARE(hostRows(*bench.open()).mid(4),
            (QStringList{"8192+4096 leaked", "12288+4096 problem"}));
        bench.setWord(l2At, 0x2000).setWord(l2At + 8, 0x2800);
        QCOMPARE(hostRows(*bench.open()).mid(4),
            (QStringList{"8192+2048 data guest 0", "10240+2048 problem",
                "12288+2048 data guest 6144", "14336+2048 free"}));
        bench.setWord(l2At, 0x1000);
        QCOMPARE(hostRows(*bench.open())[3], QString("4096+4096 problem"));
        // One inside another: the outer one goes on behind it.
        bench.setWord(l2At, 0x2000).setWord(l2At + 8, 0x80b0000000002010);
        QCOMPARE(hostRows(*bench.open()).mid(4),
            (QStringList{"8192+16 data guest 0", "8208+22 problem", "8230+4058 data guest 38",
                "12288+4096 leaked"}));
    }

    void showsTheUseOfManyPiecesInSeveralPasses()
    {
        // More compressed clusters than one pass holds, each a piece of its own with a gap of one
        // byte behind: 70 tables of 8192 entries.
        constexpr std::uint64_t tables = 70;
        constexpr std::uint64_t entries = 8192;
        constexpr std::uint64_t firstTable = 4096;
        constexpr std::uint64_t streams = firstTable + tables * entries * 8;
        std::vector<std::byte> bytes(streams + tables * entries * 3);
        std::copy_n(m_valid.begin(), 48, bytes.begin());
        Bench bench{std::move(bytes)};
        bench.set("l2_bits", std::uint8_t{13}).set("size", tables * entries * 4096);
        for (std::uint64_t i = 0; i < tables; ++i)
            bench.setWord(l1At + i * 8, firstTable + i * entries * 8);
        for (std::uint64_t i = 0; i < tables * entries; ++i)
            bench.setWord(firstTable + i * 8,
                std::uint64_t{1} << 63 | std::uint64_t{2} << 51 | (streams + i * 3));
        const QStringList rows = hostRows(*bench.open());
        QCOMPARE(rows.filter(" compressed").size(), qsizetype{tables * entries});
        QCOMPARE(rows.filter("problem").size(), qsizetype{0});
        QCOMPARE(rows.size(), qsizetype{4 + 2 * tables * entries});
    }

    void readsTablesThatBeginAnywhere()
    {
        // The L2 table moved to an odd place across two pages of the cache.
        Bench bench{m_valid};
        std::vector<std::byte> bytes = bench.bytes();
        const std::vector<std::byte> table(bytes.begin() + l2At, bytes.begin() + l2At + 4096);
        bytes.resize(0x9000);
        std::copy(table.begin(), table.end(), bytes.begin() + 0x3ffd);
        Bench moved{std::move(bytes)};
        moved.setWord(l1At, 0x3ffd);
        const auto found = scanned(*moved.open());
        QVERIFY(found[0].kind == ExtentKind::Data);
        QCOMPARE(found[0].host, std::uint64_t{0x2000});
        QCOMPARE(mapRowsByLookup(*moved.open(), 4_MiB), mapRows(*moved.open()));
    }

    void needsThePassphraseForAes()
    {
        const QString path = m_folder.filePath("aes.qcow");
        qemuImg({"create", "-q", "-f", "qcow", "--object", "secret,id=s,data=open", "-o",
            "encrypt.format=aes,encrypt.key-secret=s", path, "1M"});
        const QStringList source{"--object", "secret,id=s,data=open", "--image-opts",
            "driver=qcow,encrypt.key-secret=s,file.filename=" + path};
        qemuIo(source.last(), {"write -P 1 100k 300k", "write -P 2 1000k 1k"}, source.mid(0, 3));
        const auto image = open(path);
        QCOMPARE(image->encryption()->format, std::string("aes"));
        QVERIFY(image->encryption()->locked);
        QVERIFY_EXCEPTION_THROWN(image->cipher(), PassphraseError);
        image->unlock("open", {});
        QVERIFY(!image->encryption()->locked);
        QVERIFY(image->cipher() != nullptr);
        const auto again = open(path);
        again->unlockLike(*image);
        QCOMPARE(again->cipher(), image->cipher());
        const auto guest = guestBytes(*image);
        QCOMPARE(guest[100 * 1024], std::byte{1});
        QVERIFY(guest == qemuGuestBytes(source, m_folder.path()));
        QVERIFY(image->sectorNumbering() == Image::SectorNumbering::Guest);
        const auto plain = Bench{m_valid}.open();
        QVERIFY(!plain->encryption());
        QVERIFY(plain->cipher() == nullptr);
        QVERIFY_EXCEPTION_THROWN(plain->unlock("open", {}), PassphraseError);
    }

    void describesEveryField()
    {
        const auto marks = Bench{m_valid}.open()->describe();
        QCOMPARE(marks.size(), std::size_t{2});
        QCOMPARE(marks[0].fields.size(), std::size_t{11});
        std::uint64_t at = 0;
        for (const FieldMark& field : marks[0].fields) {
            QCOMPARE(field.at.value, at);
            QVERIFY(field.verdict.empty());
            at += field.length.value;
        }
        QCOMPARE(at, std::uint64_t{48});
        QCOMPARE(marks[1].at.value, l1At);
        QCOMPARE(marks[1].length, 16_B);
    }

    void cannotBeChecked()
    {
        QVERIFY_EXCEPTION_THROWN(Bench{m_valid}.open()->check({}, {}), UnsupportedError);
    }

    void readsAHugeL1TableInSmallParts()
    {
        // 2^28 - 1 entries of a sparse file: 2 GiB that hold nothing.
        const QString path = m_folder.filePath("huge.qcow");
        Bench bench{m_valid};
        bench.set("size", ((std::uint64_t{1} << 28) - 1) << 21);
        const auto disk = DiskFile::create(path.toStdString());
        disk->write(HostOffset{0}, std::span{bench.bytes()}.first(48));
        disk->resize(Bytes{std::uint64_t{1} << 31});
        const auto file = std::make_shared<RecordingFile>(disk);
        const auto image = openQcow1(file);
        image->quickLook();
        image->activeState().extentAt(GuestOffset{image->virtualSize().value - 512}, 512_B);
        QCOMPARE(mapRows(*image).size(), qsizetype{1});
        hostRows(*image);
        QVERIFY2(file->bytesRead() < 1'000'000, qPrintable(QString::number(file->bytesRead())));
    }

    void stopsWhenAskedTo()
    {
        const auto image = Bench{m_valid}.open();
        std::stop_source stop;
        stop.request_stop();
        JobControl job;
        job.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(image->scanHost([](const HostRange&) {}, job), Cancelled);
        QVERIFY_EXCEPTION_THROWN(
            image->activeState().scan(
                GuestOffset{0}, image->virtualSize(), [](const Extent&) {}, job),
            Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestQcow1)
#include "tst_qcow1.moc"
