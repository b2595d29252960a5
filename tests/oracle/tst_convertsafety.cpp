// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
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
        QTest::qSleep(1);
    }
    QVERIFY(working.waitForFinished(20'000));
    QCOMPARE(working.exitStatus(), QProcess::NormalExit);
    QCOMPARE(working.exitCode(), 128 + SIGTERM);
    QCOMPARE(working.readAllStandardError().count('\n'), 1);
    QCOMPARE(files(), QStringList{});
}

QTEST_APPLESS_MAIN(TestConvertSafety)
#include "tst_convertsafety.moc"
