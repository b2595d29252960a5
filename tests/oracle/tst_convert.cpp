// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "core/operations/Convert.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Oracle.h"
#include "tests/support/PeakMemory.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

/// Writes of all kinds that leave text, noise, zeros and nothing in a disk of `size` bytes.
QStringList randomWrites(QRandomGenerator& random, quint64 size, int count)
{
    QStringList commands;
    for (int i = 0; i < count; ++i) {
        const QStringList kinds{"write -P 7", "write -P 201", "write -z", "write -z -u", "discard"};
        const quint64 at = random.bounded(static_cast<quint32>(size / 512)) * 512ULL;
        const quint64 length
            = qMin(size - at, (1 + random.bounded(random.bounded(2) ? 8U : 3000U)) * 512ULL);
        commands << QString("%1 %2 %3").arg(kinds[random.bounded(5)]).arg(at).arg(length);
    }
    return commands;
}

QByteArray noise(quint32 seed, qsizetype length)
{
    QRandomGenerator random{seed};
    QByteArray bytes(length, Qt::Uninitialized);
    for (char& byte : bytes)
        byte = static_cast<char>(random.bounded(256));
    return bytes;
}

} // namespace

/// Every image that a conversion writes is what qemu-img says it should be.
class TestConvert final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup() { QFile::remove("out"); }
    void everyTarget_data();
    void everyTarget();
    void keepsBackingFile_data();
    void keepsBackingFile();
    void keepsWhatQcow2Has();
    void asksForAWordWhereSomethingIsLost();
    void snapshotsBecomeImages();
    void oddSizes_data();
    void oddSizes();
    void newImages_data();
    void newImages();
    void bytesDoNotDependOnThreads();
    void everyWriteMayFail_data();
    void everyWriteMayFail();
    void hugeDisksTakeLittleMemory_data();
    void hugeDisksTakeLittleMemory();
    void refusals_data();
    void refusals();

private:
    void converts(const QStringList& arguments, const QString& source, const QString& format);
    QTemporaryDir m_folder;
};

void TestConvert::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    // Text, noise, runs, holes, and an end inside a cluster of every size.
    qemuImg({"create", "-q", "-f", "raw", "disk.raw", QString::number((40 << 20) + 1536)});
    QRandomGenerator random{20261126};
    qemuIo("disk.raw", randomWrites(random, 40 << 20, 60), {"-f", "raw"});
    QFile disk{"disk.raw"};
    QVERIFY(disk.open(QIODevice::ReadWrite));
    QVERIFY(disk.seek(9 << 20));
    disk.write(noise(1, 700'000));
    QVERIFY(disk.seek(20 << 20));
    for (int line = 0; line < 40'000; ++line)
        disk.write("line " + QByteArray::number(line * 7919 % 10'007) + " of a long text\n");
    QVERIFY(disk.seek((40 << 20) + 1535));
    disk.write("x");
}

/// Converts with platter-cli and has qemu-img and Platter look at the result.
void TestConvert::converts(
    const QStringList& arguments, const QString& source, const QString& format)
{
    const Finished done = platterCli(
        QStringList{"convert", "--overwrite"} + arguments + QStringList{source, "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    const Finished theirs = run("qemu-img", {"check", "-f", format, "out"});
    QVERIFY2(theirs.exitCode == 0 || theirs.exitCode == 63, theirs.output + theirs.errors);
    const Finished ours = platterCli({"check", "out"});
    QVERIFY2(ours.exitCode == 0 || ours.exitCode == 63, ours.output + ours.errors);
    const Finished same = run("qemu-img", {"compare", "-F", format, source, "out"});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
}

void TestConvert::everyTarget_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("format");
    const auto row = [](const QString& name, const QString& arguments, const char* format) {
        QTest::newRow(qPrintable(name)) << arguments.split(' ') << QString(format);
    };
    for (const char* cluster : {"512", "4096", "65536", "2M"}) {
        for (const char* bits : {"1", "2", "4", "8", "16", "32", "64"}) {
            const QString options
                = QString("-o cluster_size=%1,refcount_bits=%2").arg(cluster, bits);
            row(options, "-O qcow2 " + options, "qcow2");
            row("compressed " + options, "-O qcow2 -c " + options, "qcow2");
        }
    }
    for (const char* options : {"compat=0.10", "compat=0.10,cluster_size=4096", "extended_l2=on",
             "extended_l2=on,cluster_size=2M", "extended_l2=on,cluster_size=16k",
             "lazy_refcounts=on", "preallocation=metadata", "preallocation=falloc",
             "preallocation=full", "preallocation=metadata,extended_l2=on",
             "preallocation=metadata,cluster_size=512"})
        row(options, QString("-O qcow2 -o ") + options, "qcow2");
    for (const char* options : {"compression_type=zstd", "compression_level=fast",
             "compression_level=best", "compression_type=zstd,compression_level=best",
             "compression_type=zstd,compression_level=fast,cluster_size=2M", "compat=0.10",
             "extended_l2=on", "compression_type=zstd,cluster_size=512"})
        row(QString("compressed ") + options, QString("-O qcow2 -c -o ") + options, "qcow2");
    row("vdi", "-O vdi", "vdi");
    row("vdi fixed", "-O vdi -o static=on", "vdi");
    row("vdi preallocated", "-O vdi -o preallocation=metadata", "vdi");
    row("qcow", "-O qcow", "qcow");
    row("qcow compressed", "-O qcow -c", "qcow");
    row("qcow compressed best", "-O qcow -c -o compression_level=best", "qcow");
    row("raw", "-O raw", "raw");
    row("raw in full", "-O raw -S 0", "raw");
}

void TestConvert::everyTarget()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, format);
    const Finished done = platterCli(QStringList{"convert", "-f", "raw", "--overwrite"} + arguments
        + QStringList{"disk.raw", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    const Finished theirs = run("qemu-img", {"check", "-f", format, "out"});
    QVERIFY2(theirs.exitCode == 0 || theirs.exitCode == 63, theirs.output + theirs.errors);
    const Finished ours = platterCli({"check", "-f", format, "out"});
    QVERIFY2(ours.exitCode == 0 || ours.exitCode == 63, ours.output + ours.errors);
    const Finished same
        = run("qemu-img", {"compare", "-f", "raw", "-F", format, "disk.raw", "out"});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
}

void TestConvert::keepsBackingFile_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QStringList>("arguments");
    for (const char* base : {"base.raw", "middle.qcow2"}) {
        for (const char* arguments : {"-O qcow2", "-O qcow2 -o cluster_size=4k,extended_l2=off",
                 "-O qcow2 -o extended_l2=off,cluster_size=2M",
                 "-O qcow2 -o compat=0.10,extended_l2=off", "-O qcow2 -c",
                 "-O qcow2 -c -o extended_l2=off,compression_type=zstd", "-O qcow", "-O qcow -c"})
            QTest::addRow("%s %s", base, arguments)
                << QString(base) << QString(arguments).split(' ');
    }
}

void TestConvert::keepsBackingFile()
{
    QFETCH(const QString, base);
    QFETCH(const QStringList, arguments);
    if (!QFile::exists("top.qcow2")) {
        qemuImg({"create", "-q", "-f", "raw", "base.raw", "20M"});
        qemuIo("base.raw", {"write -P 1 0 20M"}, {"-f", "raw"});
        // Each longer than the one below, with zeros and holes over its data.
        qemuImg(
            {"create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "middle.qcow2", "30M"});
        qemuIo("middle.qcow2",
            {"write -P 2 1M 5M", "write -z 8M 3M", "write -P 4 19M 3000k", "discard 14M 1M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "extended_l2=on,cluster_size=128k", "-b",
            "middle.qcow2", "-F", "qcow2", "top.qcow2", "40M"});
        qemuIo("top.qcow2",
            {"write -P 5 2M 70k", "write -z 9M 100k", "write -P 6 35M 3k", "write -P 8 4100k 9k"});
    }
    const QString format = arguments[1];
    converts(arguments + QStringList{"-B", base}, "top.qcow2", format);
    const QJsonDocument info = qemuJson({"info", "--output=json", "-f", format, "out"});
    QCOMPARE(info["backing-filename"].toString(), base);
    if (format == "qcow2")
        QCOMPARE(info["backing-filename-format"].toString(),
            base.endsWith("raw") ? QString("raw") : QString("qcow2"));
    // What lies below is not stored again: at most half of what the whole disk would take.
    QVERIFY(info["actual-size"].toDouble() < 30e6);
}

void TestConvert::keepsWhatQcow2Has()
{
    for (const char* options :
        {"cluster_size=4k,refcount_bits=64", "lazy_refcounts=on", "extended_l2=on,cluster_size=32k",
            "compression_type=zstd", "compat=0.10,cluster_size=8k"}) {
        QFile::remove("kept.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", "-o", options, "kept.qcow2", "1M"});
        converts({"-O", "qcow2"}, "kept.qcow2", "qcow2");
        const QJsonDocument before = qemuJson({"info", "--output=json", "kept.qcow2"});
        const QJsonDocument after = qemuJson({"info", "--output=json", "out"});
        QCOMPARE(after["format-specific"], before["format-specific"]);
        QCOMPARE(after["cluster-size"], before["cluster-size"]);
    }
    // An option has the last word.
    converts({"-O", "qcow2", "-o", "compat=1.1,cluster_size=64k"}, "kept.qcow2", "qcow2");
    QCOMPARE(qemuJson({"info", "--output=json", "out"})["cluster-size"].toInt(), 65536);
}

void TestConvert::asksForAWordWhereSomethingIsLost()
{
    qemuImg({"create", "-q", "-f", "qcow2", "lost.qcow2", "1M"});
    qemuImg({"bitmap", "--add", "lost.qcow2", "b"});
    qemuImg({"snapshot", "-c", "one", "lost.qcow2"});
    qemuImg({"snapshot", "-c", "two", "lost.qcow2"});
    QFile::remove("out");
    const Finished done = platterCli({"convert", "-O", "vdi", "lost.qcow2", "out"});
    QCOMPARE(done.exitCode, 0);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY(done.errors.contains("2 internal snapshots and 1 bitmap"));
    // Nothing is overwritten without a word.
    const Finished again = platterCli({"convert", "-O", "vdi", "lost.qcow2", "out"});
    QCOMPARE(again.exitCode, 1);
    QVERIFY(again.errors.contains("--overwrite"));

    qemuImg({"create", "-q", "--object", "secret,id=key,data=sesame", "-f", "qcow2", "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10", "locked.qcow2", "1M"});
    QFile key{"key"};
    QVERIFY(key.open(QIODevice::WriteOnly));
    key.write("sesame");
    key.close();
    const QStringList source{"--passphrase-file", "key", "locked.qcow2"};
    QFile::remove("clear");
    const Finished kept
        = platterCli(QStringList{"convert", "-c", "-O", "qcow2"} + source + QStringList{"clear"});
    QCOMPARE(kept.exitCode, 1);
    QVERIFY(kept.errors.contains("--decrypt"));
    QVERIFY(!QFile::exists("clear"));
    const Finished clear = platterCli(
        QStringList{"convert", "--decrypt", "-O", "qcow2"} + source + QStringList{"clear"});
    QCOMPARE(clear.exitCode, 0);
    QVERIFY(clear.errors.contains("the encryption"));
}

void TestConvert::snapshotsBecomeImages()
{
    QFile::remove("states.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", "states.qcow2", "8M"});
    for (int i = 1; i <= 3; ++i) {
        qemuIo("states.qcow2", {QString("write -P %1 %1M 300k").arg(i)});
        qemuImg({"snapshot", "-c", QString("s%1").arg(i), "states.qcow2"});
    }
    for (const char* name : {"s1", "s2", "s3"}) {
        for (const char* format : {"qcow2", "vdi", "qcow"}) {
            const Finished done = platterCli(
                {"convert", "--overwrite", "-l", name, "-O", format, "states.qcow2", "out"});
            QVERIFY2(done.exitCode == 0, done.errors);
            QCOMPARE(qemuHash({"-f", format, "out"}, m_folder.path()),
                qemuHash({"-l", name, "states.qcow2"}, m_folder.path()));
        }
    }
}

void TestConvert::oddSizes_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<QString>("format");
    for (const int size : {1, 511, 512, 513, 65536, 65537, 1048575, 1048577}) {
        for (const char* format : {"qcow2", "qcow", "vdi", "raw"})
            QTest::addRow("%d to %s", size, format) << size << QString(format);
    }
}

void TestConvert::oddSizes()
{
    QFETCH(const int, size);
    QFETCH(const QString, format);
    QFile odd{"odd.raw"};
    QVERIFY(odd.open(QIODevice::WriteOnly));
    odd.write(noise(3, size));
    odd.close();
    QFile::remove("out");
    const Finished done = platterCli({"convert", "-f", "raw", "-O", format, "odd.raw", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    const Finished same = run("qemu-img", {"compare", "-f", "raw", "-F", format, "odd.raw", "out"});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
}

void TestConvert::newImages_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("size");
    const auto row = [](const char* arguments, const char* size) {
        QTest::addRow("%s %s", arguments, size) << QString(arguments).split(' ') << QString(size);
    };
    for (const char* size : {"512", "1M", "100G"}) {
        for (const char* arguments : {"-f qcow2", "-f qcow2 -o compat=0.10",
                 "-f qcow2 -o cluster_size=2M,extended_l2=on", "-f qcow2 -o compression_type=zstd",
                 "-f qcow", "-f vdi", "-f vdi -o static=on", "-f raw"})
            row(arguments, size);
    }
    row("-f qcow2 -o preallocation=metadata", "1G");
    row("-f qcow2 -o preallocation=falloc", "10M");
    row("-f qcow2 -o preallocation=full", "10M");
    row("-f raw -o preallocation=full", "10M");
    row("-f qcow2", "0");
}

void TestConvert::newImages()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, size);
    QFile::remove("out");
    const Finished done = platterCli(QStringList{"create"} + arguments + QStringList{"out", size});
    QVERIFY2(done.exitCode == 0, done.errors);
    const QString format = arguments[1];
    const Finished check = run("qemu-img", {"check", "-f", format, "out"});
    QVERIFY2(check.exitCode == 0 || check.exitCode == 63, check.output + check.errors);
    // The same figures as an image of qemu-img's own.
    QFile::remove("theirs");
    QStringList theirs{"create", "-q"};
    theirs += arguments;
    qemuImg(theirs + QStringList{"theirs", size});
    const QJsonDocument ourInfo = qemuJson({"info", "--output=json", "-f", format, "out"});
    const QJsonDocument theirInfo = qemuJson({"info", "--output=json", "-f", format, "theirs"});
    for (const char* key : {"virtual-size", "cluster-size", "format-specific", "format"})
        QCOMPARE(ourInfo[key], theirInfo[key]);
    const Finished same = run("qemu-img", {"compare", "-f", format, "-F", format, "out", "theirs"});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
}

void TestConvert::bytesDoNotDependOnThreads()
{
    for (const char* options : {"cluster_size=65536", "cluster_size=4096,compression_type=zstd"}) {
        QByteArray first;
        for (const char* threads : {"1", "2", "7"}) {
            const Finished done = platterCli({"convert", "--overwrite", "-m", threads, "-c", "-O",
                "qcow2", "-o", options, "-f", "raw", "disk.raw", "out"});
            QVERIFY2(done.exitCode == 0, done.errors);
            const QByteArray hash = fileHash("out");
            if (first.isEmpty())
                first = hash;
            QCOMPARE(hash, first);
        }
    }
}

void TestConvert::everyWriteMayFail_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("compress");
    QTest::newRow("qcow2") << "qcow2" << false;
    QTest::newRow("qcow2 compressed") << "qcow2" << true;
    QTest::newRow("qcow") << "qcow" << false;
    QTest::newRow("qcow compressed") << "qcow" << true;
    QTest::newRow("vdi") << "vdi" << false;
}

void TestConvert::everyWriteMayFail()
{
    QFETCH(const QString, format);
    QFETCH(const bool, compress);
    const VirtualDisk disk = openDisk("disk.raw");
    ConvertOptions options;
    options.format = format.toStdString();
    options.image.compress = compress;
    options.image.level = CompressionLevel::Fast;
    options.threads = 2;
    const auto writes = [&](std::optional<unsigned> failing) {
        FaultyFile::Faults faults;
        faults.failWrite = failing;
        FaultyFile file{std::make_shared<MemoryFile>(std::vector<std::byte>{}), faults};
        writeImage(disk, file, options, {});
        return file.writes();
    };
    const unsigned all = writes({});
    QVERIFY(all >= 3);
    for (unsigned failing = 0; failing < all; failing += failing < 40 ? 1 : 17) {
        bool failed = false;
        try {
            writes(failing);
        } catch (const IoError&) {
            failed = true;
        }
        QVERIFY2(failed, qPrintable(QString("write %1 of %2").arg(failing).arg(all)));
    }
}

void TestConvert::hugeDisksTakeLittleMemory_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("qcow2") << QStringList{"-O", "qcow2"};
    QTest::newRow("qcow2 compressed") << QStringList{"-O", "qcow2", "-c"};
    QTest::newRow("vdi") << QStringList{"-O", "vdi"};
    QTest::newRow("qcow") << QStringList{"-O", "qcow"};
}

void TestConvert::hugeDisksTakeLittleMemory()
{
    QFETCH(const QStringList, arguments);
    QFile huge{"huge.raw"};
    QVERIFY(huge.open(QIODevice::ReadWrite));
    QVERIFY(huge.resize(qint64{14} << 40));
    for (qint64 at = 0; at < qint64{14} << 40; at += qint64{700} << 30) {
        QVERIFY(huge.seek(at));
        huge.write(noise(7, 100'000));
    }
    huge.close();
    const MeasuredRun measured = runMeasured(qEnvironmentVariable("PLATTER_CLI"),
        QStringList{"convert", "--overwrite", "-f", "raw"} + arguments
            + QStringList{"huge.raw", "out"},
        120);
    QCOMPARE(measured.exitCode, 0);
    QVERIFY2(measured.peakMemory < 64_MiB,
        qPrintable(QString("%1 KiB").arg(measured.peakMemory.value / 1024)));
    const Finished check = run("qemu-img", {"check", "-f", arguments[1], "out"});
    QVERIFY2(check.exitCode == 0 || check.exitCode == 63, check.output + check.errors);
}

void TestConvert::refusals_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* arguments, const char* words) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << QString(words);
    };
    row("-O nosuch", "nosuch");
    row("-O vmdk", "vmdk");
    row("-O qcow2 -o cluster_size=1000", "power of two");
    row("-O qcow2 -o cluster_size=4M", "2 MiB");
    row("-O qcow2 -o refcount_bits=3", "power of two");
    row("-O qcow2 -o compat=0.10,refcount_bits=8", "version 3");
    row("-O qcow2 -o compat=0.10,extended_l2=on", "version 3");
    row("-O qcow2 -o compat=0.10,lazy_refcounts=on", "version 3");
    row("-O qcow2 -o compat=0.10,compression_type=zstd", "version 3");
    row("-O qcow2 -o compat=0.9", "0.10 or 1.1");
    row("-O qcow2 -o extended_l2=on,cluster_size=4k", "16 KiB");
    row("-O qcow2 -o extended_l2=maybe", "on or off");
    row("-O qcow2 -o nosuch=1", "nosuch");
    row("-O qcow2 -c -o preallocation=metadata", "preallocated");
    row("-O qcow2 -o cluster_size=8M -o compat=1.1", "2 MiB");
    row("-O vdi -c", "compressed");
    row("-O raw -c", "compressed");
    row("-O vdi -o cluster_size=64k", "1 MiB");
    row("-O qcow -o preallocation=metadata", "preallocated");
    row("-O qcow -o compat=1.1", "compat");
    row("-O vdi -B base.raw", "backing");
    row("-O qcow2 -B disk.raw", "not in the backing chain");
    row("-O vdi -o uuid=12", "32 hexadecimal digits");
    row("-O qcow2 -B disk.raw -o backing_fmt=nosuch", "nosuch");
}

void TestConvert::refusals()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    const Finished done = platterCli(
        QStringList{"convert", "-f", "raw"} + arguments + QStringList{"disk.raw", "refused"});
    QCOMPARE(done.exitCode, 1);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QVERIFY(!QFile::exists("refused"));
    QVERIFY(QDir(".").entryList({".refused*"}, QDir::Files | QDir::Hidden).isEmpty());
}

QTEST_APPLESS_MAIN(TestConvert)
#include "tst_convert.moc"
