// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/VdiIdentity.h"
#include "core/formats/vdi/Header.h"
#include "core/formats/vdi/VdiImage.h"
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

constexpr std::uint64_t block = 1 << 20;

/// Where qemu-img puts the parts of an image of few blocks.
constexpr std::uint64_t mapAt = 512;
constexpr std::uint64_t dataAt = 1024;

/// The bytes of an image, to be damaged field by field.
class Bench {
public:
    explicit Bench(std::vector<std::byte> bytes)
        : m_bytes(std::move(bytes))
    {
    }

    Bench& set(const char* field, std::uint32_t value)
    {
        store(ByteOrder::Little, m_bytes.data() + vdi::placeOfField(field).value, value);
        return *this;
    }
    Bench& setDiskSize(std::uint64_t value)
    {
        store(ByteOrder::Little, m_bytes.data() + vdi::placeOfField("disk_size").value, value);
        return *this;
    }
    Bench& setUuid(const char* field, unsigned value)
    {
        std::fill_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(vdi::placeOfField(field).value),
            16, static_cast<std::byte>(value));
        return *this;
    }
    Bench& setEntry(std::uint64_t index, std::uint32_t value)
    {
        store(ByteOrder::Little, m_bytes.data() + mapAt + index * 4, value);
        return *this;
    }
    Bench& cut(std::size_t length)
    {
        m_bytes.resize(length);
        return *this;
    }
    const std::vector<std::byte>& bytes() const { return m_bytes; }
    std::unique_ptr<Image> open() const { return openVdi(std::make_shared<MemoryFile>(m_bytes)); }

private:
    std::vector<std::byte> m_bytes;
};

using Damage = std::function<void(Bench&)>;

} // namespace

Q_DECLARE_METATYPE(Damage)

class TestVdi : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::vector<std::byte> m_valid; ///< 5 MiB; block 2 is stored as number 0, block 0 as 1

    static void write(const QString& path, const std::vector<std::byte>& bytes)
    {
        QFile file{path};
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    }

private slots:
    void initTestCase()
    {
        const QString path = m_folder.filePath("valid.vdi");
        qemuImg({"create", "-q", "-f", "vdi", path, "5M"});
        qemuIo(path, {"write -P 1 2M 64k", "write -P 2 0 4k"});
        m_valid = fileBytes(path);
    }

    void mapsLikeQemu_data()
    {
        QTest::addColumn<QString>("size");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QStringList>("commands");
        QTest::addRow("an empty disk") << "5M"
                                       << "" << QStringList{};
        QTest::addRow("no disk at all") << "0"
                                        << "" << QStringList{};
        QTest::addRow("blocks stored out of order")
            << "5M"
            << "" << QStringList{"write -P 1 2M 64k", "write -P 2 0 4k", "write -P 3 3M 1M"};
        QTest::addRow("blocks stored in order") << "9M"
                                                << "" << QStringList{"write -P 1 1M 6M"};
        QTest::addRow("a last block that is cut by the disk's end")
            << "5000k"
            << "" << QStringList{"write -P 1 4990k 4k", "write -P 2 0 4k"};
        QTest::addRow("a fixed image")
            << "5M"
            << "static=on" << QStringList{"write -P 1 2M 64k", "write -P 2 1M 4k"};
        QTest::addRow("4000 blocks")
            << "4000M"
            << "" << QStringList{"write 3000M 4k", "write 0 2M", "write 3001M 4k"};
    }
    void mapsLikeQemu()
    {
        QFETCH(const QString, size);
        QFETCH(const QString, options);
        QFETCH(const QStringList, commands);
        const QString path = m_folder.filePath("map.vdi");
        QFile::remove(path);
        QStringList arguments{"create", "-q", "-f", "vdi"};
        if (!options.isEmpty())
            arguments << "-o" << options;
        qemuImg(arguments + QStringList{path, size});
        if (!commands.isEmpty())
            qemuIo(path, commands);
        const auto image = openVdi(DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
        QCOMPARE(mapRows(*image), qemuMapRows(path, "vdi"));
        QCOMPARE(mapRowsByLookup(*image, 300_KiB), mapRows(*image));
        if (image->virtualSize() < 100_MiB)
            QVERIFY(guestBytes(*image) == qemuGuestBytes({path}, m_folder.path()));
        QCOMPARE(image->dataMayBeHoles(), options == "static=on");
        QVERIFY(findingIds(image->quickLook().findings).isEmpty());
        const CheckReport report = image->check({}, {});
        QCOMPARE(report.corruptions + report.leaks + report.checkErrors, std::uint64_t{0});
        hostRows(*image);
        const QJsonObject info = qemuJson({"info", path}).object();
        QCOMPARE(image->virtualSize().value,
            static_cast<std::uint64_t>(info["virtual-size"].toInteger()));
        QCOMPARE(image->clusterSize()->value,
            static_cast<std::uint64_t>(info["cluster-size"].toInteger()));
    }

    void refuses_data()
    {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* name, const char* field, Damage damage) {
            QTest::addRow("%s", name) << damage << field;
        };
        row("another signature", "signature", [](Bench& b) { b.set("signature", 1); });
        row("a file that ends inside the header", "comment", [](Bench& b) { b.cut(256); });
        row("an empty file", "text", [](Bench& b) { b.cut(0); });
        row("a long header that the file cuts", "heads",
            [](Bench& b) { b.set("header_size", 400).cut(462); });
        row("a block map inside the header", "block_map_offset",
            [](Bench& b) { b.set("block_map_offset", 0); });
        row("a block map between two sectors", "block_map_offset",
            [](Bench& b) { b.set("block_map_offset", 600); });
        row("data between two sectors", "data_offset",
            [](Bench& b) { b.set("data_offset", 1500); });
        row("sectors of 4096 bytes", "sector_size", [](Bench& b) { b.set("sector_size", 4096); });
        row("a disk that is larger than its blocks", "disk_size",
            [](Bench& b) { b.setDiskSize(5 * block + 1); });
        row("a disk of 2^64 bytes", "disk_size",
            [](Bench& b) { b.setDiskSize(~std::uint64_t{0}); });
        row("blocks of no size", "block_size", [](Bench& b) { b.set("block_size", 0); });
        row("blocks that are no power of two", "block_size",
            [](Bench& b) { b.set("block_size", 3 << 19); });
        row("blocks that are too small", "block_size",
            [](Bench& b) { b.set("block_size", 65536); });
        row("blocks that are too large", "block_size",
            [](Bench& b) { b.set("block_size", 1U << 31); });
        row("extra bytes that are no power of two", "block_extra",
            [](Bench& b) { b.set("block_extra", 3); });
        row("more blocks than QEMU allows", "blocks_in_image",
            [](Bench& b) { b.set("blocks_in_image", 0x1fffff81); });
        row("more blocks than the file has entries for", "blocks_in_image",
            [](Bench& b) { b.set("blocks_in_image", 0x1fffff80); });
        row("a file that ends inside the block map", "blocks_in_image",
            [](Bench& b) { b.cut(mapAt + 8); });
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
            QCOMPARE(error.structure(), std::string("VDI header"));
            QCOMPARE(error.hostOffset(), vdi::placeOfField(error.field()).value);
        }
    }

    void refusesOtherVersions()
    {
        for (const std::uint32_t version : {0x00000001U, 0x00010002U, 0x00020000U}) {
            Bench bench{m_valid};
            bench.set("version", version);
            QVERIFY_EXCEPTION_THROWN(bench.open(), UnsupportedError);
        }
    }

    void findsPeculiarities_data()
    {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QStringList>("ids");
        const auto row = [](const char* name, const QStringList& ids, Damage damage) {
            QTest::addRow("%s", name) << damage << ids;
        };
        const QStringList field{"vdi.header.field"};
        row("nothing", {}, [](Bench&) {});
        row("a header that is too short for VirtualBox", field,
            [](Bench& b) { b.set("header_size", 0); });
        row("an unknown type", field, [](Bench& b) { b.set("image_type", 9); });
        row("unknown flags", field, [](Bench& b) { b.set("flags", 2); });
        row("no UUID", field, [](Bench& b) { b.setUuid("uuid", 0); });
        row("no modification UUID", field, [](Bench& b) { b.setUuid("modification_uuid", 0); });
        row("a geometry with other sectors", field,
            [](Bench& b) { b.set("header_size", 400).set("geometry_sector_size", 4096); });
        row("more stored blocks than blocks", {"vdi.header.field", "vdi.file.too-short"},
            [](Bench& b) { b.set("blocks_allocated", 6); });
        row("a disk that ends inside a sector", {"vdi.header.disk-size"},
            [](Bench& b) { b.setDiskSize(5 * block - 100); });
        row("a differencing image without a parent", {"vdi.header.no-parent"},
            [](Bench& b) { b.set("image_type", 4); });
        row("a parent of a dynamic image", {"vdi.header.unexpected-parent"},
            [](Bench& b) { b.setUuid("link_uuid", 7); });
        row("data inside the block map", {"vdi.header.data-in-map"},
            [](Bench& b) { b.set("data_offset", 512); });
        row("a file that is too short", {"vdi.file.too-short"},
            [](Bench& b) { b.cut(dataAt + block); });
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
        mapRows(*image);
        for (const Finding& finding : image->quickLook().findings)
            QVERIFY(!QString::fromStdString(describe(finding)).contains('%'));
    }

    void checksLikeQemu_data()
    {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QStringList>("ids");
        QTest::addColumn<int>("overlookedByQemu");
        const auto row
            = [](const char* name, const QStringList& ids, int overlooked, Damage damage) {
                  QTest::addRow("%s", name) << damage << ids << overlooked;
              };
        row("a good image", {}, 0, [](Bench&) {});
        row("an entry that is too large",
            {"vdi.map.count", "vdi.map.too-large", "vdi.block.leaked"}, 0,
            [](Bench& b) { b.setEntry(0, 7); });
        row("an entry that is far too large",
            {"vdi.map.count", "vdi.map.too-large", "vdi.block.leaked"}, 0,
            [](Bench& b) { b.setEntry(0, 0xfffffffd); });
        row("a number that is used twice", {"vdi.map.count", "vdi.map.twice"}, 0,
            [](Bench& b) { b.setEntry(1, 1); });
        row("a number that is used three times",
            {"vdi.map.count", "vdi.map.twice", "vdi.map.twice"}, 0,
            [](Bench& b) { b.setEntry(1, 1).setEntry(3, 1); });
        row("a wrong count", {"vdi.map.count"}, 0, [](Bench& b) { b.set("blocks_allocated", 1); });
        row("a zero block in place of a stored one", {"vdi.map.count", "vdi.block.leaked"}, 0,
            [](Bench& b) { b.setEntry(0, 0xfffffffe); });
        row("an entry past the end of the file",
            {"vdi.map.count-low", "vdi.map.past-end", "vdi.block.leaked"}, 2,
            [](Bench& b) { b.setEntry(0, 4); });
        row("a file that ends inside a block", {"vdi.map.cut"}, 1,
            [](Bench& b) { b.cut(dataAt + block + 512); });
        row("a file that ends before its blocks", {"vdi.map.past-end", "vdi.map.past-end"}, 2,
            [](Bench& b) { b.cut(dataAt); });
        row("data inside the block map", {"vdi.header.data-in-map"}, 1,
            [](Bench& b) { b.set("data_offset", 512); });
        row("an unknown type", {"vdi.header.field"}, 0, [](Bench& b) { b.set("image_type", 9); });
    }
    void checksLikeQemu()
    {
        QFETCH(const Damage, damage);
        QFETCH(const QStringList, ids);
        QFETCH(const int, overlookedByQemu);
        Bench bench{m_valid};
        damage(bench);
        const QString path = m_folder.filePath("check.vdi");
        write(path, bench.bytes());
        const CheckReport report
            = openVdi(DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly))
                  ->check({}, {});
        QCOMPARE(findingIds(report.findings), ids);
        const QJsonObject qemu = qemuJson({"check", path}).object();
        QCOMPARE(
            static_cast<int>(report.corruptions), qemu["corruptions"].toInt() + overlookedByQemu);
        QCOMPARE(static_cast<qsizetype>(report.leaks), ids.count("vdi.block.leaked")); // one each
        QCOMPARE(static_cast<int>(report.checkErrors), qemu["check-errors"].toInt());
        for (const Finding& finding : report.findings)
            QVERIFY(!QString::fromStdString(describe(finding)).contains('%'));
    }

    void keepsAsManyFindingsAsAsked()
    {
        Bench bench{m_valid};
        for (unsigned i = 0; i < 5; ++i)
            bench.setEntry(i, 100 + i);
        CheckOptions options;
        options.keepFindings = 2;
        const CheckReport report = bench.open()->check(options, {});
        QCOMPARE(report.findings.size(), std::size_t{2});
        QCOMPARE(report.corruptions, std::uint64_t{6});
    }

    void mapsWhatOnlyVirtualBoxWrites()
    {
        // Blocks of 2 MiB with 512 extra bytes in front, a zero block, a free one at the end.
        Bench bench{m_valid};
        bench.cut(dataAt + 3 * (2 * block + 512));
        bench.set("block_size", 2 * block).set("block_extra", 512);
        bench.set("blocks_in_image", 5).set("blocks_allocated", 3).setDiskSize(10 * block);
        bench.setEntry(0, 0).setEntry(1, 1).setEntry(2, 0xfffffffe).setEntry(3, 0xffffffff);
        bench.setEntry(4, 2);
        const auto image = bench.open();
        const std::uint64_t stride = 2 * block + 512;
        QList<std::pair<ExtentKind, std::uint64_t>> found;
        image->activeState().scan(GuestOffset{0}, image->virtualSize(),
            [&](const Extent& extent) {
                found << std::pair{extent.kind, extent.host.value};
                QCOMPARE(extent.length, Bytes{2 * block});
            },
            {});
        QCOMPARE(found.size(), 5);
        QVERIFY(found[0] == std::pair(ExtentKind::Data, dataAt + 512));
        QVERIFY(found[1] == std::pair(ExtentKind::Data, dataAt + stride + 512));
        QVERIFY(found[2] == std::pair(ExtentKind::Zero, std::uint64_t{0}));
        QVERIFY(found[3] == std::pair(ExtentKind::Unallocated, std::uint64_t{0}));
        QVERIFY(found[4] == std::pair(ExtentKind::Data, dataAt + 2 * stride + 512));
        QCOMPARE(mapRowsByLookup(*image, 4_MiB), mapRows(*image));
        QCOMPARE(image->check({}, {}).corruptions, std::uint64_t{0});
        QCOMPARE(hostRows(*image),
            (QStringList{"0+456 header", "456+56 free", "512+20 block-map", "532+492 free",
                "1024+512 data", "1536+2097152 data guest 0", "2098688+512 data",
                "2099200+2097152 data guest 2097152", "4196352+512 data",
                "4196864+2097152 data guest 8388608"}));
    }

    void joinsNoRunWithTheSpecialEntries()
    {
        Bench bench{m_valid};
        bench.setEntry(0, 0xfffffffc).setEntry(1, 0xfffffffd).setEntry(2, 0xfffffffe);
        bench.setEntry(3, 0xffffffff).setEntry(4, 0);
        const auto image = bench.open();
        QList<ExtentKind> kinds;
        image->activeState().scan(GuestOffset{0}, image->virtualSize(),
            [&](const Extent& extent) { kinds << extent.kind; }, {});
        QCOMPARE(kinds,
            (QList{ExtentKind::Data, ExtentKind::Zero, ExtentKind::Unallocated, ExtentKind::Data}));
    }

    void clipsAScanToItsRange()
    {
        const auto image = Bench{m_valid}.open();
        QList<std::pair<std::uint64_t, std::uint64_t>> found;
        image->activeState().scan(GuestOffset{block / 2}, Bytes{2 * block},
            [&](const Extent& extent) {
                found << std::pair{extent.start.value, extent.length.value};
            },
            {});
        QCOMPARE(found,
            (QList<std::pair<std::uint64_t, std::uint64_t>>{
                {block / 2, block / 2}, {block, block}, {2 * block, block / 2}}));
    }

    void showsWhatEachPartOfTheFileIsFor()
    {
        Bench bench{m_valid};
        QCOMPARE(hostRows(*bench.open()),
            (QStringList{"0+456 header", "456+56 free", "512+20 block-map", "532+492 free",
                "1024+1048576 data guest 2097152", "1049600+1048576 data guest 0"}));
        bench.setEntry(0, 0xffffffff);
        QCOMPARE(hostRows(*bench.open()).last(), QString("1049600+1048576 leaked"));
        bench.set("blocks_allocated", 1);
        QCOMPARE(hostRows(*bench.open()).last(), QString("1049600+1048576 leaked"));
        bench.setEntry(0, 0);
        QCOMPARE(hostRows(*bench.open())[4], QString("1024+1048576 problem"));
        bench.set("data_offset", 512);
        QCOMPARE(hostRows(*bench.open())[2], QString("512+1048576 problem"));
    }

    void namesTheParentOfADifferencingImage()
    {
        Bench bench{m_valid};
        QVERIFY(!bench.open()->backingFile());
        QVERIFY(bench.open()->formatProperties().empty());
        bench.set("image_type", 4).setUuid("link_uuid", 0xab);
        bench.setUuid("parent_modification_uuid", 0xcd);
        const auto image = bench.open();
        const auto parent = image->backingFile();
        QVERIFY(parent.has_value());
        QVERIFY(parent->role == NamedFile::Role::VdiParent);
        QCOMPARE(parent->name, std::string("abababab-abab-abab-abab-abababababab"));
        QCOMPARE(parent->format.value_or(""), std::string("vdi"));
        QVERIFY(image->quickLook().findings.empty());
        const auto identity = readVdiIdentity(MemoryFile{bench.bytes()});
        QVERIFY(identity.has_value());
        QCOMPARE(identity->linkUuid, parent->name);
        QCOMPARE(
            identity->parentModificationUuid, std::string("cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd"));
        QStringList keys;
        for (const Property& property : image->formatProperties())
            keys << QString::fromStdString(property.key);
        QCOMPARE(keys,
            (QStringList{"image-type", "uuid", "modification-uuid", "parent-uuid",
                "parent-modification-uuid"}));
    }

    void identifiesOnlyVdi()
    {
        QVERIFY(!readVdiIdentity(MemoryFile{std::vector<std::byte>(4096)}));
        QVERIFY(!readVdiIdentity(MemoryFile{{}}));
    }

    void describesEveryField()
    {
        Bench bench{m_valid};
        QCOMPARE(bench.open()->describe()[0].fields.size(), std::size_t{23});
        bench.set("header_size", 400).set("geometry_sector_size", 512);
        const auto marks = bench.open()->describe();
        QCOMPARE(marks.size(), std::size_t{2});
        QCOMPARE(marks[0].fields.size(), std::size_t{27});
        QCOMPARE(marks[0].length, Bytes{472});
        std::uint64_t at = 0;
        for (const FieldMark& field : marks[0].fields) {
            QCOMPARE(field.at.value, at);
            QVERIFY(field.verdict.empty());
            at += field.length.value;
        }
        QCOMPARE(marks[1].length, Bytes{20});
    }

    void readsAHugeMapInSmallParts()
    {
        // 128 TiB of blocks: a sparse map of 512 MiB. Opening and single lookups must not read it.
        const QString path = m_folder.filePath("huge.vdi");
        constexpr std::uint32_t blocks = 1U << 27;
        {
            Bench bench{m_valid};
            bench.set("blocks_in_image", blocks).set("blocks_allocated", 0);
            bench.setDiskSize(std::uint64_t{blocks} * block);
            const auto file = DiskFile::create(path.toStdString());
            file->write(HostOffset{0}, std::span{bench.bytes()}.first(mapAt));
            file->resize(Bytes{mapAt + std::uint64_t{blocks} * 4});
        }
        const auto file = std::make_shared<RecordingFile>(
            DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
        const auto image = openVdi(file);
        image->quickLook();
        const Extent extent
            = image->activeState().extentAt(GuestOffset{image->virtualSize().value - 512}, 512_B);
        QVERIFY(extent.kind == ExtentKind::Data);
        QVERIFY(file->bytesRead() < 100'000);
        std::stop_source stop;
        stop.request_stop();
        JobControl job;
        job.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(image->check({}, job), Cancelled);
        QVERIFY_EXCEPTION_THROWN(image->scanHost([](const HostRange&) {}, job), Cancelled);
        QVERIFY_EXCEPTION_THROWN(
            image->activeState().scan(
                GuestOffset{0}, image->virtualSize(), [](const Extent&) {}, job),
            Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestVdi)
#include "tst_vdi.moc"
