// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/MemoryFile.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/KeepBitmaps.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Oracle.h"
#include "tests/support/PeakMemory.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr quint64 mebibyte = 1 << 20;
constexpr quint64 diskSize = 40 * mebibyte + 1536;

/// What was written to the source while its bitmaps recorded it.
struct Range {
    quint64 start;
    quint64 length;
    bool operator==(const Range&) const = default;
};
const QList<Range> writes{{1 * mebibyte, 5 * 1024}, {3 * mebibyte + 512, 512},
    {7 * mebibyte, 20 * mebibyte}, {40 * mebibyte, 1536}};

/// The ranges that a bitmap of this granularity has dirty, clipped to the disk.
QList<Range> expectedRanges(quint64 granularity, quint64 size = diskSize)
{
    QList<Range> ranges;
    for (const Range& write : writes) {
        const quint64 start = write.start / granularity * granularity;
        const quint64 end = qMin(
            size, (write.start + write.length + granularity - 1) / granularity * granularity);
        if (start < end)
            ranges << Range{start, end - start};
    }
    return ranges;
}

/// The dirty ranges as QEMU's server tells them.
QList<Range> rangesByQemu(const QString& path, const QString& bitmap)
{
    const QString socket = QDir::current().filePath("nbd");
    QProcess server;
    server.start("qemu-nbd", {"-r", "-k", socket, "-B", bitmap, "-f", "qcow2", path});
    for (int i = 0; i < 500 && !QFile::exists(socket); ++i)
        server.waitForFinished(20);
    server.waitForFinished(50); // the name is there just before the server listens
    if (server.state() != QProcess::Running)
        throw std::runtime_error(server.readAllStandardError().toStdString());
    const QJsonDocument map = qemuJson({"map", "--output=json", "--image-opts",
        "driver=nbd,server.type=unix,server.path=" + socket
            + ",x-dirty-bitmap=qemu:dirty-bitmap:" + bitmap});
    // It ends with its client, and only then gives up its lock and takes its socket away.
    if (!server.waitForFinished(20'000))
        throw std::runtime_error("qemu-nbd does not end");
    QList<Range> ranges;
    for (const QJsonValue part : map.array()) {
        if (!part["data"].toBool()) // NOTE(qemu): dirty is told as "no data" here
            ranges << Range{static_cast<quint64>(part["start"].toInteger()),
                static_cast<quint64>(part["length"].toInteger())};
    }
    return ranges;
}

QList<Range> rangesByPlatter(const Image& image, std::size_t bitmap)
{
    QList<Range> ranges;
    image.scanBitmap(bitmap,
        [&](const Extent& extent) {
            ranges << Range{extent.start.value, extent.length.value};
        },
        {});
    return ranges;
}

QJsonValue bitmapsOf(const QString& path)
{
    return qemuJson({"info", "--output=json", path})["format-specific"]["data"]["bitmaps"];
}

/// Writes into the directory entry or table of a bitmap.
void patch(const QString& path, HostOffset at, const QByteArray& bytes)
{
    QFile file{path};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(static_cast<qint64>(at.value)));
    QCOMPARE(file.write(bytes), bytes.size());
}

OpenedImage opened(const QString& path)
{
    return openImage(path.toStdString(), {}, {});
}

const qcow2::BitmapEntry& entryOf(const OpenedImage& image, std::size_t index)
{
    return dynamic_cast<const qcow2::Qcow2Image&>(*image.image).bitmapEntries().at(index);
}

} // namespace

/// A conversion from QCOW2 to QCOW2 keeps the dirty bitmaps.
class TestConvertBitmaps final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup() { QFile::remove("out"); }
    void everyBitStays_data();
    void everyBitStays();
    void virtualMachinesGoOnTracking();
    void othersAreNamed_data();
    void othersAreNamed();
    void staleOnesAreLeftOut();
    void damagedOnesAreLeftOut();
    void otherSizes_data();
    void otherSizes();
    void manyBitmaps();
    void hugeBitmapsTakeLittleMemory();
    void everyWriteMayFail_data();
    void everyWriteMayFail();

private:
    QTemporaryDir m_folder;
};

void TestConvertBitmaps::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    qemuImg({"create", "-q", "-f", "qcow2", "source", QString::number(diskSize)});
    qemuIo("source", {"write -P 9 0 300k"});
    qemuImg({"snapshot", "-c", "before", "source"});
    qemuImg({"bitmap", "--add", "-g", "512", "source", "fine"});
    qemuImg({"bitmap", "--add", "source", "coarse: \303\251 \"x\""});
    qemuImg({"bitmap", "--add", "-g", "1M", "source", "off"});
    QStringList commands;
    for (const Range& write : writes)
        commands << QString("write -P 7 %1 %2").arg(write.start).arg(write.length);
    qemuIo("source", commands);
    qemuImg({"bitmap", "--disable", "source", "off"});
    qemuImg({"bitmap", "--add", "source", "empty"});
}

void TestConvertBitmaps::everyBitStays_data()
{
    QTest::addColumn<QStringList>("arguments");
    for (const char* arguments : {"-c", "-o cluster_size=512", "-o cluster_size=4k,refcount_bits=1",
             "-o cluster_size=2M", "-o extended_l2=on", "-o lazy_refcounts=on",
             "-o preallocation=metadata", "-c -o compression_type=zstd", "--keep-snapshots",
             "--keep-snapshots -o cluster_size=512", "--keep-snapshots -c -o cluster_size=1M",
             "--bitmaps", "--bitmaps --skip-broken-bitmaps"})
        QTest::newRow(arguments) << QString(arguments).split(' ');
}

void TestConvertBitmaps::everyBitStays()
{
    QFETCH(const QStringList, arguments);
    const Finished done = platterCli(
        QStringList{"convert", "-O", "qcow2"} + arguments + QStringList{"source", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(!done.errors.contains("bitmap"), done.errors);
    qemuImg({"check", "-q", "out"});
    QCOMPARE(platterCli({"check", "out"}).exitCode, 0);
    qemuImg({"compare", "-q", "source", "out"});
    QCOMPARE(bitmapsOf("out").toArray().size(), 4);
    QCOMPARE(bitmapsOf("out"), bitmapsOf("source"));
    const OpenedImage target = opened("out");
    const std::vector<std::pair<QString, QList<Range>>> expected{{"fine", expectedRanges(512)},
        {"coarse: \303\251 \"x\"", expectedRanges(65536)}, {"off", expectedRanges(mebibyte)},
        {"empty", {}}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(QString::fromStdString(target.image->bitmaps()[i].name), expected[i].first);
        QVERIFY(target.image->bitmaps()[i].consistent);
        QCOMPARE(rangesByPlatter(*target.image, i), expected[i].second);
        QCOMPARE(rangesByQemu("out", expected[i].first), expected[i].second);
    }
}

void TestConvertBitmaps::virtualMachinesGoOnTracking()
{
    QCOMPARE(platterCli({"convert", "-O", "qcow2", "source", "out"}).exitCode, 0);
    qemuIo("out", {"write -P 3 30M 64k"});
    qemuImg({"check", "-q", "out"});
    QVERIFY(rangesByQemu("out", "fine").contains(Range{30 * mebibyte, 65536}));
    QCOMPARE(rangesByQemu("out", "off"), expectedRanges(mebibyte)); // it does not record
    qemuImg({"bitmap", "--merge", "empty", "out", "off"});
    qemuImg({"bitmap", "--remove", "out", "fine"});
    qemuImg({"check", "-q", "out"});
}

void TestConvertBitmaps::othersAreNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<bool>("told");
    const auto row = [](const char* arguments, bool told) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << told;
    };
    row("-O vdi", true);
    row("-O raw", true);
    row("-O qcow", true);
    row("-O qcow2 -o compat=0.10", true);
    row("-O qcow2 -l before", true);
    row("-O qcow2 --no-bitmaps", true);
    row("-O qcow2 --no-bitmaps --keep-snapshots", true);
    row("-q -O vdi", false);
}

void TestConvertBitmaps::othersAreNamed()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const bool, told);
    const Finished done
        = platterCli(QStringList{"convert"} + arguments + QStringList{"source", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors.contains("4 bitmaps (\"fine\", \"coarse: "), told);
    if (arguments[1] == "qcow2")
        QVERIFY(bitmapsOf("out").isUndefined());
}

void TestConvertBitmaps::staleOnesAreLeftOut()
{
    QFile::remove("stale");
    QVERIFY(QFile::copy("source", "stale"));
    const qcow2::BitmapEntry fine = entryOf(opened("stale"), 0);
    patch("stale", fine.at + Bytes{15}, QByteArray(1, char(qcow2::bitmapFlag::inUse)));
    const Finished done = platterCli({"convert", "-O", "qcow2", "stale", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(done.errors.contains("1 stale bitmap (\"fine\")"), done.errors);
    qemuImg({"check", "-q", "out"});
    QCOMPARE(opened("out").image->bitmaps().size(), std::size_t{3});
    QCOMPARE(rangesByPlatter(*opened("out").image, 1), expectedRanges(mebibyte));
    // Without the bit that vouches for them, all are stale.
    patch("stale", HostOffset{95}, QByteArray(1, 0));
    const Finished none = platterCli({"convert", "--overwrite", "-O", "qcow2", "stale", "out"});
    QVERIFY2(none.exitCode == 0, none.errors);
    QVERIFY2(none.errors.contains("4 stale bitmaps"), none.errors);
    QVERIFY(bitmapsOf("out").isUndefined());
}

void TestConvertBitmaps::damagedOnesAreLeftOut()
{
    QFile::remove("damaged");
    QVERIFY(QFile::copy("source", "damaged"));
    const qcow2::BitmapEntry coarse = entryOf(opened("damaged"), 1);
    patch("damaged", coarse.tableOffset, QByteArray("\0\0\0\0\0\0\0\3", 8)); // reserved bits
    const Finished done = platterCli({"convert", "-O", "qcow2", "damaged", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(done.errors.contains("1 bitmap (\"coarse"), done.errors);
    QCOMPARE(opened("out").image->bitmaps().size(), std::size_t{3});
    qemuImg({"check", "-q", "out"});
}

void TestConvertBitmaps::otherSizes_data()
{
    QTest::addColumn<quint64>("size");
    QTest::newRow("larger") << 100 * mebibyte;
    QTest::newRow("smaller, inside a dirty range") << 8 * mebibyte + 1024;
    QTest::newRow("smaller than any dirty range") << mebibyte / 2;
}

/// As QEMU resizes a disk: what is new is clean.
void TestConvertBitmaps::otherSizes()
{
    QFETCH(const quint64, size);
    const VirtualDisk disk = openDisk("source");
    const Image& source = *disk.chain().layers.front().image;
    ConvertOptions options;
    options.format = "qcow2";
    options.image.size = Bytes{size};
    options.bitmaps = bitmapsToKeep(source, options, {});
    QCOMPARE(options.bitmaps.size(), std::size_t{4});
    convert(disk, "out", options, {});
    qemuImg({"check", "-q", "out"});
    const OpenedImage target = opened("out");
    // Source bits are whole granules; a larger disk sees all of the last one's old part.
    const auto expected
        = [&](quint64 granularity) { return expectedRanges(granularity, qMin(size, diskSize)); };
    QList<Range> fine = rangesByPlatter(*target.image, 0);
    QCOMPARE(fine, expected(512));
    QCOMPARE(rangesByQemu("out", "fine"), fine);
    const QList<Range> off = rangesByPlatter(*target.image, 2);
    QCOMPARE(rangesByQemu("out", "off"), off);
    QCOMPARE(off.size(), expected(mebibyte).size());
}

void TestConvertBitmaps::manyBitmaps()
{
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=512", "many", "1M"});
    for (int i = 0; i < 40; ++i)
        qemuImg({"bitmap", "--add", "many", QString("b%1").arg(i) + QString(i * 20, 'n')});
    qemuIo("many", {"write 100k 20k"});
    QCOMPARE(platterCli({"convert", "-O", "qcow2", "many", "out"}).exitCode, 0);
    qemuImg({"check", "-q", "out"});
    QCOMPARE(bitmapsOf("out"), bitmapsOf("many"));
    QCOMPARE(bitmapsOf("out").toArray().size(), 40);
    QCOMPARE(rangesByPlatter(*opened("out").image, 39), (QList<Range>{{100 * 1024, 20 * 1024}}));
}

void TestConvertBitmaps::hugeBitmapsTakeLittleMemory()
{
    // 2^31 bits, 256 MiB if all of them were stored.
    qemuImg({"create", "-q", "-f", "qcow2", "huge", "1T"});
    qemuImg({"bitmap", "--add", "-g", "512", "huge", "fine"});
    qemuIo("huge", {"write 0 1k", "write 700G 64k", "write -z 300G 1G", "write 1023G 512"});
    const MeasuredRun measured = runMeasured(
        qEnvironmentVariable("PLATTER_CLI"), {"convert", "-O", "qcow2", "huge", "out"}, 120);
    QCOMPARE(measured.exitCode, 0);
    QVERIFY2(measured.peakMemory < 64_MiB,
        qPrintable(QString("%1 KiB").arg(measured.peakMemory.value / 1024)));
    qemuImg({"check", "-q", "out"});
    constexpr quint64 gibibyte = 1024 * mebibyte;
    QCOMPARE(rangesByPlatter(*opened("out").image, 0),
        (QList<Range>{{0, 1024}, {300 * gibibyte, gibibyte}, {700 * gibibyte, 65536},
            {1023 * gibibyte, 512}}));
}

void TestConvertBitmaps::everyWriteMayFail_data()
{
    QTest::addColumn<bool>("withSnapshots");
    QTest::newRow("present state") << false;
    QTest::newRow("with snapshots") << true;
}

void TestConvertBitmaps::everyWriteMayFail()
{
    QFETCH(const bool, withSnapshots);
    const VirtualDisk disk = openDisk("source");
    ConvertOptions options;
    options.format = "qcow2";
    options.threads = 1;
    options.bitmaps = {0, 1, 2, 3};
    const auto writesOf = [&](std::optional<unsigned> failing) {
        FaultyFile::Faults faults;
        faults.failWrite = failing;
        FaultyFile file{std::make_shared<MemoryFile>(std::vector<std::byte>{}), faults};
        if (withSnapshots)
            writeStates(disk.chain(), file, options, {});
        else
            writeImage(disk, file, options, {});
        return file.writes();
    };
    const unsigned all = writesOf({});
    for (unsigned failing = all - 12; failing < all; ++failing)
        QVERIFY_THROWS_EXCEPTION(IoError, writesOf(failing));
}

QTEST_APPLESS_MAIN(TestConvertBitmaps)
#include "tst_convertbitmaps.moc"
