// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/CountingFile.h"
#include "core/operations/ConvertToRaw.h"
#include "core/operations/KeepBitmaps.h"
#include "core/operations/Measure.h"
#include "core/operations/RequireRoom.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace platter;
using namespace platter::tests;

namespace {

using Reading = MeasureOptions::Reading;

QJsonObject jsonOf(const QByteArray& text)
{
    return QJsonDocument::fromJson(text).object();
}

/// A raw file whose blocks of 64 KiB are zeros, noise or text, as `kinds` says of each in turn.
void makeRaw(const QString& path, int blocks, const QByteArray& kinds)
{
    QRandomGenerator random{7};
    QFile file{path};
    QVERIFY(file.open(QIODevice::WriteOnly));
    QByteArray block(64 << 10, '\0');
    for (int i = 0; i < blocks; ++i) {
        const char kind = kinds[static_cast<int>(random.bounded(kinds.size()))];
        if (kind == '0') {
            block.fill('\0');
        } else if (kind == 'n') {
            for (qsizetype at = 0; at < block.size(); at += 4)
                qToUnaligned(random.generate(), block.data() + at);
        } else {
            block.fill(kind);
            for (qsizetype at = 0; at < block.size(); at += 40)
                block[at] = static_cast<char>(random.bounded(256));
        }
        QCOMPARE(file.write(block), block.size());
    }
}

std::uint64_t storedBytes(const QString& path)
{
    struct stat status { };
    if (::stat(path.toLocal8Bit().constData(), &status) != 0)
        throw std::runtime_error("cannot stat " + path.toStdString());
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

/// What ext4 takes beside the data: a file of many pieces has their places in blocks of 340 each.
std::uint64_t recordBytes(const QString& path)
{
    const int file = ::open(path.toLocal8Bit().constData(), O_RDONLY);
    std::uint64_t pieces = 0;
    for (off_t at = 0; (at = ::lseek(file, at, SEEK_DATA)) >= 0; ++pieces)
        at = ::lseek(file, at, SEEK_HOLE);
    ::close(file);
    return (3 + pieces / 340 * 2) * 4096;
}

void write(const VirtualDisk& disk, CountingFile& file, const ConvertOptions& options)
{
    if (options.format == "raw")
        writeRaw(disk, file, {options.sparseBlock, options.threads}, {});
    else
        writeImage(disk, file, options, {});
}

} // namespace

/// What is measured is what qemu-img measures, and what a conversion then makes.
class TestMeasure final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void figuresOfQemu_data();
    void figuresOfQemu();
    void figuresOfQemuForASize_data();
    void figuresOfQemuForASize();
    void printsAsQemuDoes();
    void lengthOfWhatConvertMakes_data();
    void lengthOfWhatConvertMakes();
    void newImages_data();
    void newImages();
    void mapSaysAllWithoutZeros_data();
    void mapSaysAllWithoutZeros();
    void countsBitmaps();
    void samplesHoldTheTruth_data();
    void samplesHoldTheTruth();
    void noticesTooLittleRoom_data();
    void noticesTooLittleRoom();
    void asksTheFileSystem();
    void refusals();

private:
    QTemporaryDir m_folder;
};

void TestMeasure::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeRaw("base.raw", 96, "0nt0t");
    qemuImg({"convert", "-O", "qcow2", "-o", "cluster_size=4k", "base.raw", "small.qcow2"});
    qemuImg({"snapshot", "-c", "before", "small.qcow2"});
    qemuIo("small.qcow2", {"write -P 9 1M 700k", "write -z 3M 300k", "discard 4M 1M"});
    qemuImg({"convert", "-c", "-O", "qcow2", "base.raw", "packed.qcow2"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "extended_l2=on", "parts.qcow2", "100M"});
    qemuIo("parts.qcow2", {"write -P 1 2k 6k", "write -P 2 9M 31k", "write -z 50M 1M"});
    qemuImg({"bitmap", "--add", "parts.qcow2", "first"});
    qemuImg({"bitmap", "--add", "-g", "4k", "parts.qcow2", "a second one of a longer name"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "preallocation=metadata", "ready.qcow2", "50M"});
    qemuIo("ready.qcow2", {"write -P 3 7M 2M"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "small.qcow2", "-F", "qcow2", "over.qcow2"});
    qemuIo("over.qcow2", {"write -P 5 2M 100k", "write -z 1M 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "compat=0.10", "old.qcow2", "1000000"});
    qemuIo("old.qcow2", {"write -P 6 0 512"});
    qemuImg({"create", "-q", "-f", "qcow2", "wide.qcow2", "3T"});
    qemuIo("wide.qcow2", {"write -P 4 1T 300k", "write -P 4 2047G 1M"});
}

void TestMeasure::figuresOfQemu_data()
{
    QTest::addColumn<QString>("image");
    QTest::addColumn<QStringList>("options");
    const QStringList images{"base.raw", "small.qcow2", "packed.qcow2", "parts.qcow2",
        "ready.qcow2", "over.qcow2", "old.qcow2", "wide.qcow2"};
    const QStringList options{"", "cluster_size=512", "cluster_size=4k", "cluster_size=2M",
        "refcount_bits=1", "refcount_bits=64,cluster_size=1k", "extended_l2=on",
        "extended_l2=on,cluster_size=16k", "compat=0.10", "lazy_refcounts=on",
        "preallocation=metadata", "preallocation=falloc", "preallocation=full",
        "backing_file=small.qcow2,backing_fmt=qcow2", "compression_type=zstd"};
    for (const QString& image : images) {
        QTest::addRow("%s to raw", qPrintable(image)) << image << QStringList{"-O", "raw"};
        for (const QString& option : options) {
            // Its map has more than 32 MiB of L1 entries with these.
            if (image == "wide.qcow2" && option.contains("cluster_size") && !option.contains("M"))
                continue;
            // Platter wants to know what the new image keeps; QEMU does not look.
            if (option.contains("backing") && image != "over.qcow2")
                continue;
            QStringList arguments{"-O", "qcow2"};
            if (!option.isEmpty())
                arguments << "-o" << option;
            QTest::addRow("%s with %s", qPrintable(image), qPrintable(option))
                << image << arguments;
        }
    }
    QTest::addRow("a snapshot") << "small.qcow2" << QStringList{"-O", "qcow2", "-l", "before"};
}

void TestMeasure::figuresOfQemu()
{
    QFETCH(const QString, image);
    QFETCH(const QStringList, options);
    const QStringList source
        = image == "base.raw" ? QStringList{"-f", "raw", image} : QStringList{"-f", "qcow2", image};
    const auto theirs = jsonOf(qemuImg(QStringList{"measure", "--output=json"} + options + source));
    const Finished mine = platterCli(QStringList{"measure", "--output", "json"} + options + source);
    QVERIFY2(mine.exitCode == 0, mine.errors);
    const auto ours = jsonOf(mine.output);
    for (const char* key : {"required", "fully-allocated", "bitmaps"})
        QCOMPARE(ours.value(key), theirs.value(key));
    QVERIFY(ours.value("file-length").toDouble() > 0);
}

void TestMeasure::figuresOfQemuForASize_data()
{
    QTest::addColumn<QString>("size");
    QTest::addColumn<QStringList>("options");
    for (const char* size : {"1", "512", "65537", "1G", "100G", "7T"}) {
        for (const char* option :
            {"cluster_size=64k", "cluster_size=2M", "cluster_size=128k,refcount_bits=64",
                "preallocation=metadata", "preallocation=full", "extended_l2=on"})
            QTest::addRow("%s with %s", size, option)
                << size << QStringList{"-O", "qcow2", "-o", option};
        QTest::addRow("%s to raw", size) << size << QStringList{};
    }
}

void TestMeasure::figuresOfQemuForASize()
{
    QFETCH(const QString, size);
    QFETCH(const QStringList, options);
    const QStringList arguments = QStringList{"--size", size} + options;
    const auto theirs = jsonOf(qemuImg(QStringList{"measure", "--output=json"} + arguments));
    const Finished mine = platterCli(QStringList{"measure", "--output=json"} + arguments);
    QVERIFY2(mine.exitCode == 0, mine.errors);
    const auto ours = jsonOf(mine.output);
    for (const char* key : {"required", "fully-allocated", "bitmaps"})
        QCOMPARE(ours.value(key), theirs.value(key));
}

void TestMeasure::printsAsQemuDoes()
{
    const QStringList arguments{"measure", "-O", "qcow2", "parts.qcow2"};
    const Finished mine = platterCli(arguments);
    QCOMPARE(mine.exitCode, 0);
    const QByteArray theirs = qemuImg(arguments);
    QVERIFY(theirs.contains("bitmaps size"));
    QVERIFY2(mine.output.startsWith(theirs), mine.output);
    const QByteArray rest = mine.output.mid(theirs.size());
    QVERIFY2(rest.startsWith("file length: ") && rest.contains("\nbytes on disk: "), rest);
    QVERIFY(!rest.contains("about"));
}

void TestMeasure::lengthOfWhatConvertMakes_data()
{
    QTest::addColumn<QString>("image");
    QTest::addColumn<QStringList>("options");
    const QList<QStringList> options{{"-O", "qcow2"}, {"-O", "qcow2", "-c"},
        {"-O", "qcow2", "-o", "cluster_size=512"},
        {"-O", "qcow2", "-o", "extended_l2=on,cluster_size=128k"},
        {"-O", "qcow2", "-o", "compat=0.10"}, {"-O", "qcow2", "-o", "preallocation=metadata"},
        {"-O", "qcow2", "-o", "preallocation=metadata,cluster_size=4k"},
        {"-O", "qcow2", "-o", "preallocation=metadata,extended_l2=on"},
        {"-O", "qcow2", "-o", "preallocation=metadata,extended_l2=on,cluster_size=16k"},
        {"-O", "qcow2", "-o", "preallocation=falloc"}, {"-O", "vdi"},
        {"-O", "vdi", "-o", "static=on"}, {"-O", "qcow"}, {"-O", "qcow", "-c"}, {"-O", "raw"},
        {"-O", "raw", "-S", "0"}, {"-O", "raw", "-S", "4k"}};
    for (const char* image :
        {"base.raw", "small.qcow2", "packed.qcow2", "parts.qcow2", "over.qcow2", "old.qcow2"}) {
        for (const QStringList& option : options)
            QTest::addRow("%s as %s", image, qPrintable(option.join(' '))) << image << option;
    }
    QTest::addRow("all snapshots")
        << "small.qcow2" << QStringList{"-O", "qcow2", "--keep-snapshots"};
    QTest::addRow("without bitmaps") << "parts.qcow2" << QStringList{"-O", "qcow2", "--no-bitmaps"};
    QTest::addRow("over a kept file")
        << "over.qcow2" << QStringList{"-O", "qcow2", "-o", "backing_file=small.qcow2"};
    QTest::addRow("over a kept file, old")
        << "over.qcow2" << QStringList{"-O", "qcow2", "-o", "backing_file=small.qcow2,compat=0.10"};
    QTest::addRow("over a kept file, as qcow")
        << "over.qcow2" << QStringList{"-O", "qcow", "-o", "backing_file=small.qcow2"};
}

void TestMeasure::lengthOfWhatConvertMakes()
{
    QFETCH(const QString, image);
    QFETCH(const QStringList, options);
    QFile::remove("out");
    const Finished converted = platterCli(
        QStringList{"convert", "-q", "--decrypt"} + options + QStringList{image, "out"});
    QVERIFY2(converted.exitCode == 0, converted.errors);
    for (const QStringList& more : {QStringList{}, QStringList{"--exact"}}) {
        const Finished mine = platterCli(
            QStringList{"measure", "--output=json"} + options + more + QStringList{image});
        QVERIFY2(mine.exitCode == 0, mine.errors);
        const auto ours = jsonOf(mine.output);
        QVERIFY(ours.value("exact").toBool());
        QCOMPARE(
            ours.value("file-length").toDouble(), static_cast<double>(QFileInfo{"out"}.size()));
        // Where a file has many pieces, the file system stores their places in blocks of its own.
        const double stored = static_cast<double>(storedBytes("out"));
        const double measured = ours.value("bytes-on-disk").toDouble();
        QVERIFY2(measured <= stored && stored <= measured + static_cast<double>(recordBytes("out")),
            qPrintable(QString("measured %1, stored %2").arg(measured).arg(stored)));
    }
}

void TestMeasure::newImages_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("size");
    for (const char* size : {"1M", "300M", "5G"}) {
        for (const char* option : {"cluster_size=64k", "cluster_size=512", "preallocation=metadata",
                 "preallocation=metadata,refcount_bits=64,cluster_size=4k", "extended_l2=on"})
            QTest::addRow("%s of qcow2 with %s", size, option) << "qcow2" << option << size;
        QTest::addRow("%s of vdi", size) << "vdi"
                                         << "static=off" << size;
        QTest::addRow("%s of fixed vdi", size) << "vdi"
                                               << "static=on" << size;
        QTest::addRow("%s of qcow", size) << "qcow"
                                          << "cluster_size=4k" << size;
        QTest::addRow("%s of raw", size) << "raw"
                                         << "preallocation=off" << size;
    }
    QTest::addRow("reserved raw") << "raw"
                                  << "preallocation=falloc"
                                  << "3M";
    QTest::addRow("reserved qcow2") << "qcow2"
                                    << "preallocation=falloc"
                                    << "3M";
}

void TestMeasure::newImages()
{
    QFETCH(const QString, format);
    QFETCH(const QString, options);
    QFETCH(const QString, size);
    QFile::remove("out");
    const Finished made = platterCli({"create", "-q", "-f", format, "-o", options, "out", size});
    QVERIFY2(made.exitCode == 0, made.errors);
    const Finished mine
        = platterCli({"measure", "--output=json", "-O", format, "-o", options, "--size", size});
    QVERIFY2(mine.exitCode == 0, mine.errors);
    const auto ours = jsonOf(mine.output);
    QCOMPARE(ours.value("file-length").toDouble(), static_cast<double>(QFileInfo{"out"}.size()));
    const double stored = static_cast<double>(storedBytes("out"));
    const double measured = ours.value("bytes-on-disk").toDouble();
    QVERIFY2(measured <= stored && stored <= measured + static_cast<double>(recordBytes("out")),
        qPrintable(QString("measured %1, stored %2").arg(measured).arg(stored)));
}

void TestMeasure::mapSaysAllWithoutZeros_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<quint64>("cluster");
    QTest::addColumn<unsigned>("refcountBits");
    QTest::addColumn<bool>("extended");
    for (const quint64 cluster : {512ULL, 4096ULL, 65536ULL, 2097152ULL}) {
        for (const unsigned bits : {1U, 16U, 64U})
            QTest::addRow("clusters of %llu, %u bits", cluster, bits)
                << "qcow2" << cluster << bits << false;
    }
    QTest::addRow("subclusters of 512") << "qcow2" << quint64{16384} << 16U << true;
    QTest::addRow("subclusters of 4096") << "qcow2" << quint64{131072} << 16U << true;
    QTest::addRow("vdi") << "vdi" << quint64{1} << 16U << false;
    QTest::addRow("qcow") << "qcow" << quint64{1} << 16U << false;
    QTest::addRow("raw") << "raw" << quint64{1} << 16U << false;
}

/// Where no data are zeros, the bound that the map gives is the truth.
void TestMeasure::mapSaysAllWithoutZeros()
{
    QFETCH(const QString, format);
    QFETCH(const quint64, cluster);
    QFETCH(const unsigned, refcountBits);
    QFETCH(const bool, extended);
    QRandomGenerator random{static_cast<quint32>(cluster + refcountBits)};
    for (int round = 0; round < 3; ++round) {
        QFile::remove("source");
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=512", "source", "96M"});
        QStringList commands;
        for (int i = 0; i < 40; ++i) {
            const quint64 length = 512ULL * (1 + random.bounded(round == 0 ? 8U : 2000U));
            const quint64 at
                = random.bounded((96U << 20) - static_cast<quint32>(length)) / 512 * 512ULL;
            commands << QString("write -P %1 %2 %3").arg(1 + i).arg(at).arg(length);
        }
        qemuIo("source", commands);
        const VirtualDisk disk = openDisk("source");
        ConvertOptions options;
        options.format = format.toStdString();
        if (cluster > 1) {
            options.image.clusterSize = Bytes{cluster};
            options.image.refcountBits = refcountBits;
            options.image.extendedL2 = extended;
        }
        const ConversionSize size
            = measureConversion(disk, options, {Reading::Nothing, std::nullopt}, {});
        CountingFile truth;
        write(disk, truth, options);
        QCOMPARE(size.fileLength.high.value, truth.size().value);
        QVERIFY(size.fileLength.low <= truth.size());
        QVERIFY(size.onDisk.low <= truth.allocatedBytes());
        const std::uint64_t stored = truth.allocatedBytes().value;
        if (format == "qcow2" && (cluster < 4096 || extended))
            QVERIFY(size.onDisk.high.value >= stored);
        else if (format == "vdi") // parts of 64 KiB
            QCOMPARE(size.onDisk.high.value, stored);
        else
            QCOMPARE(size.onDisk.high.value, stored);
    }
}

void TestMeasure::countsBitmaps()
{
    const VirtualDisk disk = openDisk("parts.qcow2");
    for (const quint64 cluster : {512ULL, 4096ULL, 65536ULL}) {
        ConvertOptions options;
        options.format = "qcow2";
        options.image.clusterSize = Bytes{cluster};
        const Image& image = *disk.chain().layers.front().image;
        const auto without = measureConversion(disk, options, {Reading::Nothing, std::nullopt}, {});
        options.bitmaps = bitmapsToKeep(image, options, {});
        QCOMPARE(options.bitmaps.size(), std::size_t{2});
        const auto with = measureConversion(disk, options, {Reading::Nothing, std::nullopt}, {});
        CountingFile truth;
        write(disk, truth, options);
        QVERIFY(with.fileLength.high > without.fileLength.high);
        QVERIFY(with.fileLength.high >= truth.size());
        QVERIFY(with.fileLength.low <= truth.size());
    }
}

void TestMeasure::samplesHoldTheTruth_data()
{
    QTest::addColumn<QByteArray>("kinds");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("change");
    const QList<QPair<const char*, QByteArray>> contents{{"zeros", "0"}, {"noise", "n"},
        {"text", "t"}, {"half zeros", "0n"}, {"few zeros", "nnnnnnnnnnnnnnnnnnn0"},
        {"mixed", "0nntttxy"}, {"little but zeros", QByteArray(300, '0') + "n"}};
    for (const auto& [name, kinds] : contents) {
        for (const char* format : {"qcow2", "qcow", "vdi", "raw"})
            QTest::addRow("%s to %s", name, format) << kinds << format << "";
        for (const char* change : {"small", "large", "extended", "packed", "packed small", "zstd"})
            QTest::addRow("%s, %s", name, change) << kinds << "qcow2" << change;
        QTest::addRow("%s to packed qcow", name) << kinds << "qcow"
                                                 << "packed";
    }
}

void TestMeasure::samplesHoldTheTruth()
{
    QFETCH(const QByteArray, kinds);
    QFETCH(const QString, format);
    QFETCH(const QString, change);
    static QByteArray made; // the rows of one content follow each other
    if (made != kinds)
        makeRaw("large.raw", 1200, kinds);
    made = kinds;
    const VirtualDisk disk = openDisk("large.raw");
    ConvertOptions options;
    options.format = format.toStdString();
    options.image.level = CompressionLevel::Fast;
    options.image.compress = change.startsWith("packed") || change == "zstd";
    if (change.endsWith("small"))
        options.image.clusterSize = Bytes{4096};
    else if (change == "large")
        options.image.clusterSize = Bytes{1 << 20};
    else if (change == "extended")
        options.image.extendedL2 = true;
    else if (change == "zstd")
        options.image.compression = Compression::Zstd;
    const ConversionSize size
        = measureConversion(disk, options, {Reading::Samples, std::nullopt}, {});
    CountingFile truth;
    write(disk, truth, options);
    const auto holds = [](const SizeRange& range, Bytes value) {
        const bool does = range.low <= value && value <= range.high && range.low <= range.expected
            && range.expected <= range.high;
        if (!does)
            qWarning("%llu is not between %llu and %llu (%llu)",
                static_cast<unsigned long long>(value.value),
                static_cast<unsigned long long>(range.low.value),
                static_cast<unsigned long long>(range.high.value),
                static_cast<unsigned long long>(range.expected.value));
        return does;
    };
    QVERIFY(holds(size.fileLength, truth.size()));
    QVERIFY(holds(size.onDisk, truth.allocatedBytes()));
    // A range that says something: not from nothing to all.
    const std::uint64_t widest = format == "vdi" ? 70 : 45; // of 75 MiB; few blocks are large
    QVERIFY(size.unitsRead == 0 || size.onDisk.high.value - size.onDisk.low.value < widest << 20);
    // The same for any number of threads.
    options.threads = 1;
    const ConversionSize again
        = measureConversion(disk, options, {Reading::Samples, std::nullopt}, {});
    QCOMPARE(again.onDisk.expected.value, size.onDisk.expected.value);
    QCOMPARE(again.onDisk.high.value, size.onDisk.high.value);
    QCOMPARE(again.unitsRead, size.unitsRead);
}

void TestMeasure::noticesTooLittleRoom_data()
{
    QTest::addColumn<QByteArray>("kinds");
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("compress");
    for (const char* kinds : {"n", "0", "0n"}) {
        for (const char* format : {"qcow2", "raw"})
            QTest::addRow("%s to %s", kinds, format) << QByteArray{kinds} << format << false;
    }
    QTest::addRow("packed text") << QByteArray{"t"} << "qcow2" << true;
}

/// What fits is never refused; what is far from fitting always.
void TestMeasure::noticesTooLittleRoom()
{
    QFETCH(const QByteArray, kinds);
    QFETCH(const QString, format);
    QFETCH(const bool, compress);
    makeRaw("room.raw", 1200, kinds);
    const VirtualDisk disk = openDisk("room.raw");
    ConvertOptions options;
    options.format = format.toStdString();
    options.image.compress = compress;
    CountingFile truth;
    write(disk, truth, options);
    const Bytes need = truth.allocatedBytes();
    QVERIFY(!whyNoRoom(disk, options, need, {}));
    QVERIFY(!whyNoRoom(disk, options, need + Bytes{1 << 30}, {}));
    if (need.value == 0)
        return;
    const Bytes little{need.value / 4};
    const auto why = whyNoRoom(disk, options, little, {});
    QVERIFY(why);
    QVERIFY2(
        why->find(std::to_string(little.value) + " bytes free") != std::string::npos, why->c_str());
    QVERIFY(whyNoRoom(disk, options, Bytes{0}, {}));
}

void TestMeasure::asksTheFileSystem()
{
    const auto here = freeSpaceAt("not-yet-there");
    if (!here)
        QSKIP("New files may share blocks on this file system; nothing is known beforehand.");
    QVERIFY(here->value > 0);
    QCOMPARE(freeSpaceAt(m_folder.path().toStdString() + "/base.raw").has_value(), true);
    QVERIFY(!freeSpaceAt("no/such/folder/file"));
    // More than any disk of a tester has: the conversion says so and leaves nothing.
    const Finished refused = platterCli(
        {"convert", "-O", "qcow2", "-o", "preallocation=falloc", "wide.qcow2", "out-of-room"});
    QCOMPARE(refused.exitCode, 1);
    QVERIFY2(refused.errors.contains("bytes free"), refused.errors);
    QVERIFY(!QFile::exists("out-of-room"));
    QVERIFY(QDir{}.entryList({".out-of-room*"}, QDir::Files | QDir::Hidden).isEmpty());
}

void TestMeasure::refusals()
{
    const auto says = [](const QStringList& arguments, const char* words) {
        const Finished finished = platterCli(QStringList{"measure"} + arguments);
        QCOMPARE(finished.exitCode, 1);
        QVERIFY2(finished.errors.contains(words), finished.errors);
        QVERIFY(finished.output.isEmpty());
    };
    says({"-O", "qcow2"}, "A file or --size is missing");
    says({"-O", "qcow2", "--size", "1G", "base.raw"}, "Only one of --size and FILE");
    says({"-O", "vmdk", "base.raw"}, "There is no format");
    says({"-O", "vdi", "-c", "base.raw"}, "cannot hold compressed data");
    says({"-O", "qcow2", "-o", "cluster_size=3k", "base.raw"}, "power of two");
    says({"-O", "qcow2", "-o", "cluster_size=512", "--size", "8T"}, "larger clusters");
    says({"-O", "qcow2", "-l", "none", "small.qcow2"}, "none");
    says({"-O", "qcow2", "-o", "backing_file=base.raw", "small.qcow2"}, "not in the backing chain");
}

QTEST_GUILESS_MAIN(TestMeasure)
#include "tst_measure.moc"
