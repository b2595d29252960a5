// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <unistd.h>

using namespace platter;
using namespace platter::tests;

/// New images cost nobody anything that is there, and what is not complete is not left behind.
class TestConvertSafety final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QVERIFY(QDir::setCurrent(m_folder.path())); }
    void tellsOfCutSources();
    void tellsOfLostData_data();
    void tellsOfLostData();
    void packingLeavesRoomForSnapshots();
    void noImageRestsOnItself();
    void noDiskIsTooLargeForItsNumbers();
    void signalsLeaveNothing_data();
    void signalsLeaveNothing();

private:
    QTemporaryDir m_folder;
};

/// Tables past the end of a file read as zeros, to QEMU too; but somebody has to say so.
void TestConvertSafety::tellsOfCutSources()
{
    qemuImg({"create", "-q", "-f", "qcow2", "cut.qcow2", "64M"});
    qemuIo("cut.qcow2", {"write -P 5 0 40M"});
    qemuImg({"snapshot", "-c", "one", "cut.qcow2"});
    qemuIo("cut.qcow2", {"write -P 6 0 1M"}); // which gets an L2 table at the end
    qemuImg({"snapshot", "-d", "one", "cut.qcow2"});
    QVERIFY(QFile::resize("cut.qcow2", 20 << 20));
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "cut.qcow2", "-F", "qcow2", "overcut.qcow2"});
    for (const char* source : {"cut.qcow2", "overcut.qcow2"}) {
        const Finished done = platterCli({"convert", "--overwrite", "-O", "raw", source, "out"});
        QCOMPARE(done.exitCode, 0);
        QCOMPARE(done.errors.count('\n'), 1);
        QVERIFY2(done.errors.contains("cut.qcow2: The source is damaged")
                && done.errors.contains("L1 entry 0"),
            done.errors);
        const Finished quiet
            = platterCli({"convert", "-q", "--overwrite", "-O", "raw", source, "out"});
        QCOMPARE(quiet.errors, QByteArray());
    }
}

void TestConvertSafety::tellsOfLostData_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<qint64>("cut"); // bytes, off the end
    QTest::addColumn<QString>("told"); // of the loss; empty: nothing is told
    QTest::newRow("qcow2, whole") << "qcow2" << qint64{0} << "";
    QTest::newRow("qcow2, four clusters") << "qcow2" << qint64{4 << 16} << "256 KiB of its data";
    // A cluster that the file ends in may never have been written to its end.
    QTest::newRow("qcow2, inside the last") << "qcow2" << qint64{512} << "";
    QTest::newRow("vdi") << "vdi" << qint64{(1 << 20) + 512} << "1 MiB of its data";
    QTest::newRow("raw") << "raw" << qint64{100} << "";
}

/// Data clusters behind the end of a file read as zeros, to QEMU too; but somebody has to say so.
void TestConvertSafety::tellsOfLostData()
{
    QFETCH(const QString, format);
    QFETCH(const qint64, cut);
    QFETCH(const QString, told);
    QFile::remove("lost");
    qemuImg({"create", "-q", "-f", format, "lost", "8M"});
    qemuIo("lost", {"write -P 5 0 4M"}, {"-f", format});
    QVERIFY(QFile::resize("lost", QFileInfo{"lost"}.size() - cut));
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "lost", "-F", format, "overlost", "8M"});
    for (const QStringList& source : {QStringList{"-f", format, "lost"}, QStringList{"overlost"}}) {
        const Finished done = platterCli(
            QStringList{"convert", "--overwrite", "-O", "raw"} + source + QStringList{"out"});
        QVERIFY2(done.exitCode == 0, done.errors);
        QCOMPARE(done.errors.count('\n'), told.isEmpty() ? 0 : 1);
        if (!told.isEmpty())
            QVERIFY2(done.errors.contains("lost: The ") && done.errors.contains("ends too early")
                    && done.errors.contains(told.toUtf8() + ", from guest offset 0x"),
                done.errors);
    }
}

/// A snapshot made later counts each compressed stream of a cluster once more.
void TestConvertSafety::packingLeavesRoomForSnapshots()
{
    qemuImg({"create", "-q", "-f", "raw", "packed.raw", "8M"});
    QStringList writes;
    for (int i = 0; i < 128; ++i) // each 64 KiB compress to a few hundred bytes
        writes << QString("write -P %1 %2k 64k").arg(i + 1).arg(i * 64);
    qemuIo("packed.raw", writes, {"-f", "raw"});
    for (const int bits : {2, 4, 8, 16}) {
        QFile::remove("out");
        const Finished done = platterCli({"convert", "-f", "raw", "-O", "qcow2", "-c", "-o",
            QString("refcount_bits=%1").arg(bits), "packed.raw", "out"});
        QVERIFY2(done.exitCode == 0, done.errors);
        qemuImg({"snapshot", "-c", "later", "out"});
        qemuImg({"check", "-q", "out"});
        qemuImg({"compare", "-q", "-f", "raw", "-F", "qcow2", "packed.raw", "out"});
        // Packed they are all the same where the counts allow it: 7 streams to a cluster, 127, …
        if (bits > 2)
            QVERIFY(QFileInfo{"out"}.size() < 3 << 20);
    }
}

/// A new image never takes the place of a file that it rests on.
void TestConvertSafety::noImageRestsOnItself()
{
    qemuImg({"create", "-q", "-f", "raw", "under.raw", "1M"});
    qemuIo("under.raw", {"write -P 7 0 1M"}, {"-f", "raw"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "under.raw", "-F", "raw", "over.qcow2"});
    QVERIFY(::link("under.raw", "hard.raw") == 0);
    QVERIFY(QFile::link("under.raw", "soft.raw"));
    const QByteArray under = fileHash("under.raw");
    const QByteArray over = fileHash("over.qcow2");
    const QList<QStringList> all{{"-b", "under.raw", "-F", "raw", "under.raw"},
        {"-b", "under.raw", "-F", "raw", "hard.raw"}, {"-b", "under.raw", "-F", "raw", "soft.raw"},
        {"-b", "over.qcow2", "-F", "qcow2", "over.qcow2"},
        {"-b", "over.qcow2", "-F", "qcow2", "under.raw"}};
    for (const QStringList& arguments : all) {
        const Finished done
            = platterCli(QStringList{"create", "--overwrite", "-f", "qcow2"} + arguments);
        QCOMPARE(done.exitCode, 1);
        QVERIFY2(done.errors.contains("rest on the file"), done.errors);
        QCOMPARE(fileHash("under.raw"), under);
        QCOMPARE(fileHash("over.qcow2"), over);
    }
}

void TestConvertSafety::noDiskIsTooLargeForItsNumbers()
{
    for (const char* format : {"qcow2", "qcow", "vdi", "raw"}) {
        for (const char* size : {"9223372036854775807", "18446744073709551104",
                 "18446744073709551105", "18446744073709551615"}) {
            const Finished done = platterCli({"create", "-f", format, "huge", size});
            QVERIFY2(done.exitCode == 1, size);
            QCOMPARE(done.errors.count('\n'), 1);
            QVERIFY(!QFile::exists("huge"));
        }
    }
}

void TestConvertSafety::signalsLeaveNothing_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("times");
    const QStringList convert{
        "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_level=best"};
    const QStringList create{"create", "-f", "raw", "-o", "preallocation=full"};
    QTest::newRow("convert") << convert + QStringList{"slow.raw", "stopped"} << 1;
    QTest::newRow("convert, sent twice") << convert + QStringList{"slow.raw", "stopped"} << 2;
    QTest::newRow("convert, sent until it has ended")
        << convert + QStringList{"slow.raw", "stopped"} << 4000;
    QTest::newRow("create") << create + QStringList{"stopped", "30G"} << 1;
}

void TestConvertSafety::signalsLeaveNothing()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const int, times);
    if (!QFile::exists("slow.raw")) {
        QFile slow{"slow.raw"};
        QVERIFY(slow.open(QIODevice::WriteOnly));
        QRandomGenerator random{5};
        QByteArray part(4 << 20, Qt::Uninitialized);
        for (char& byte : part)
            byte = static_cast<char>(random.bounded(256));
        for (int i = 0; i < 60; ++i)
            slow.write(part);
    }
    const auto files = [] {
        return QDir{}.entryList({".stopped*", "stopped"}, QDir::Files | QDir::Hidden);
    };
    QProcess working;
    working.start(qEnvironmentVariable("PLATTER_CLI"), arguments);
    QVERIFY(working.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(!files().empty(), 10'000);
    for (int i = 0; i < times; ++i) {
        ::kill(static_cast<pid_t>(working.processId()), SIGTERM);
        ::usleep(times > 2 ? 10 : 1000);
    }
    QVERIFY(working.waitForFinished(20'000));
    QCOMPARE(working.exitStatus(), QProcess::NormalExit);
    QCOMPARE(working.exitCode(), 128 + SIGTERM);
    QCOMPARE(working.readAllStandardError().count('\n'), 1);
    QCOMPARE(files(), QStringList{});
}

QTEST_APPLESS_MAIN(TestConvertSafety)
#include "tst_convertsafety.moc"
