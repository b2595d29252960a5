// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace platter::tests;

class TestCliUsage : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir::setCurrent(m_folder->path()));
    }
    void cleanup()
    {
        QDir::setCurrent("/");
        m_folder.reset();
    }

    void refusesInOneLine_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("words"); // in the line
        const auto row = [](const char* name, const QString& arguments, int exitCode,
                             const QByteArray& words) {
            QTest::addRow("%s", name)
                << arguments.split(' ', Qt::SkipEmptyParts) << exitCode << words;
        };
        row("no command", "", 1, "command is missing");
        row("an unknown command", "frobnicate x", 1, "\"frobnicate\"");
        row("an unknown option", "info --frobnicate x", 1, "--frobnicate");
        row("an unknown letter among known ones", "compare -sZ x y", 2, "-Z");
        row("an option without its value", "info x -f", 1, "-f needs a value");
        row("a value for an option that takes none", "info --backing-chain=yes x", 1, "no value");
        row("a value that is not in the list", "info --output=xml x", 1, "human|json");
        row("no file", "info", 1, "Expected FILE");
        row("two files", "check x y", 1, "got 2");
        row("one file for compare", "compare x", 2, "got 1");
        row("a file that does not exist", "info nosuch", 1, "nosuch: ");
        row("a second image that does not exist", "compare x nosuch", 2, "nosuch: ");
        row("a folder", "info .", 1, ".: ");
        row("a format that does not exist", "info -f vmdk x", 1, "vmdk");
        row("another format than it is", "info -f qcow2 x", 1, "magic");
        row("a check of a raw image", "check x", 63, "check");
        row("a repair of a raw image", "check -f raw -r leaks x", 63, "repair");
        row("a repair that does not exist", "check -f raw -r some x", 1, "leaks or all");
        row("a plan of a raw image", "check --plan x", 63, "repair");
        row("a compressed conversion to raw", "convert -c -O raw x y", 1, "compressed");
        row("snapshots in a format without them", "convert --keep-snapshots -O vdi x y", 1,
            "snapshots");
        row("a conversion to a format that is not written", "convert -O vmdk x y", 1, "vmdk");
        row("a conversion without a format", "convert x y", 1, "-O");
        row("a conversion of what does not exist", "convert -O raw nosuch y", 1, "nosuch: ");
        row("a conversion into a folder that does not exist", "convert -O raw x no/where", 1,
            "no/where");
        row("a conversion onto itself", "convert -O raw x x", 1, "x: ");
        row("a size that is none", "convert -O raw -S 4q x y", 1, "4q");
        row("a number of threads that is none", "convert -O raw -m 0 x y", 1, "-m");
        row("a snapshot that raw has not", "convert -O raw -l one x y", 1, "one");
        row("a snapshot to be taken", "snapshot -c one x", 1, "not available in this version");
        row("a roll back", "snapshot -a one x", 1, "not available in this version");
        row("a snapshot to be deleted", "snapshot -d one x", 1, "not available in this version");
        row("a snapshot to be renamed", "snapshot --rename one x", 1,
            "not available in this version");
        row("a list and a tree", "snapshot -l --tree x", 1, "Only one of");
        row("a difference of one state", "snapshot --diff now x", 1, "Expected B FILE");
        row("a difference with a snapshot that is not there", "snapshot --diff now one x", 1,
            "one");
        row("content of no difference", "snapshot --content x", 1, "--diff");
        row("a passphrase file that does not exist", "convert --passphrase-file nokey -O raw x y",
            1, "nokey");
        row("an amendment of nothing", "amend -f qcow2 x", 1, "-o");
        row("undo of what was never edited", "undo x", 1, "no edit of this image");
        row("an amendment of a raw image", "amend -f raw -o compat=1.1 x", 1, "cannot be amended");
        row("a salvage without a name for the new image", "salvage x", 1, "name");
        row("a salvage of what is no image", "salvage x y", 1, "shape of a QCOW2 table");
        row("a salvage with a backup that is none", "salvage --backup x x y", 1, "PLTRMETA");
        row("a backup of the tables of a raw image", "backup-metadata -f raw x y", 1, "QCOW2");
        row("a salvage in clusters of no size", "salvage --cluster-size 1000 x y", 1, "power");
        for (const char* command : {"compact", "resize", "rebase", "commit", "bitmap"})
            row(qPrintable(QString("%1, which comes later").arg(command)),
                QString("%1 -l x").arg(command), 1, "not available in this version");
    }
    void refusesInOneLine()
    {
        QFETCH(const QStringList, arguments);
        QFETCH(const int, exitCode);
        QFETCH(const QByteArray, words);
        qemuImg({"create", "-q", "-f", "raw", "x", "1M"});
        const Finished finished = platterCli(arguments);
        QCOMPARE(finished.exitCode, exitCode);
        QCOMPARE(finished.output, QByteArray{});
        QVERIFY2(finished.errors.startsWith("platter-cli: "), finished.errors.constData());
        QCOMPARE(finished.errors.count('\n'), 1);
        QVERIFY2(finished.errors.contains(words), finished.errors.constData());
        QCOMPARE(QDir{}.entryList(QDir::Files), QStringList{"x"});
    }

    void optionsMayStandAnywhere_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const char* name, const QStringList& arguments) {
            QTest::addRow("%s", name) << arguments;
        };
        row("before the command", {"--output=json", "--trust-chain", "info", "-f", "raw", "x"});
        row("behind the command", {"info", "--output", "json", "-f", "raw", "x"});
        row("behind the file", {"info", "x", "-fraw", "--output=json"});
        row("letters together", {"info", "-Uf", "raw", "x", "--output", "json"});
        row("the long name of a letter",
            {"info", "--force-share", "x", "-f", "raw", "--output=json"});
        row("ended by two dashes", {"info", "-f", "raw", "--output=json", "--", "x"});
    }
    void optionsMayStandAnywhere()
    {
        QFETCH(const QStringList, arguments);
        qemuImg({"create", "-q", "-f", "raw", "x", "1M"});
        const Finished finished = platterCli(arguments);
        QCOMPARE(finished.errors, QByteArray{});
        QCOMPARE(QJsonDocument::fromJson(finished.output).object().value("format").toString(),
            QString("raw"));
    }

    void helpTellsEachOption()
    {
        const Finished all = platterCli({"--help"});
        QCOMPARE(all.exitCode, 0);
        for (const char* command :
            {"info", "header", "map", "check", "compare", "convert", "report"}) {
            QVERIFY(all.output.contains(QByteArray{"\n  "} + command + ' '));
            const Finished one = platterCli({command, "--help"});
            QCOMPARE(one.exitCode, 0);
            QVERIFY(one.output.contains(QByteArray{"platter-cli "} + command));
            QVERIFY(one.output.contains("\n  -U"));
            QVERIFY(one.output.contains("\n  --passphrase-file"));
        }
        QVERIFY(platterCli({"--version"}).output.startsWith("platter-cli "));
    }

    void heldImages()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        QProcess holder;
        holder.start("qemu-io", {"x"}); // waits for commands and holds the image meanwhile
        QVERIFY(holder.waitForStarted());
        // Looking on takes no lock, which could keep the holder from getting its own.
        QTRY_VERIFY_WITH_TIMEOUT(
            platterCli({"info", "-U", "x"}).output.contains("in use: yes"), 10'000);
        QCOMPARE(run("qemu-img", {"info", "x"}).exitCode, 1);

        for (const QString command : {"info", "header", "check", "map"}) {
            const Finished refused = platterCli({command, "x"});
            QCOMPARE(refused.exitCode, 1);
            QCOMPARE(refused.output, QByteArray{});
            QCOMPARE(refused.errors.count('\n'), 1);
            QVERIFY2(refused.errors.contains("qemu-io"), refused.errors.constData());
            QCOMPARE(platterCli({command, "-U", "x"}).exitCode, 0);
        }
        QCOMPARE(platterCli({"compare", "x", "x"}).exitCode, 2);
        const QJsonObject info
            = QJsonDocument::fromJson(platterCli({"info", "-U", "--output=json", "x"}).output)
                  .object();
        QVERIFY(info.value("in-use").toBool());
        QVERIFY(platterCli({"info", "-U", "x"}).output.contains("in use: yes, by qemu-io"));

        holder.write("quit\n");
        holder.closeWriteChannel();
        QVERIFY(holder.waitForFinished());
        QCOMPARE(platterCli({"info", "x"}).exitCode, 0);
    }

    void twoReadersDoNotDisturbEachOther()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        QCOMPARE(platterCli({"compare", "x", "x"}).exitCode, 0);
    }

    void aClosedPipeEndsInSilence()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=512", "x", "16M"});
        QStringList commands;
        for (int i = 0; i < 2000; ++i)
            commands << QString("write -P 1 %1 512").arg(i * 8192);
        qemuIo("x", commands);
        const Finished finished = run("bash",
            {"-c",
                "set -o pipefail; \"$PLATTER_CLI\" map --output=json x | head -c 1 >/dev/null; "
                "echo ${PIPESTATUS[0]}"});
        QCOMPARE(finished.errors, QByteArray{});
        // All of it may have fitted into the pipe before it was closed.
        QVERIFY2(
            finished.output == "141\n" || finished.output == "0\n", finished.output.constData());
    }

    void aFullDiskIsAnError()
    {
        qemuImg({"create", "-q", "-f", "raw", "x", "1M"});
        const Finished finished = run("sh", {"-c", "\"$PLATTER_CLI\" info x > /dev/full"});
        QCOMPARE(finished.exitCode, 1);
        QCOMPARE(finished.errors.count('\n'), 1);
        QVERIFY(finished.errors.contains("standard output"));
    }

    void signalsCancelWithoutATrace_data()
    {
        QTest::addColumn<int>("number");
        QTest::addRow("Ctrl-C") << SIGINT;
        QTest::addRow("a request to end") << SIGTERM;
        QTest::addRow("a hang-up") << SIGHUP;
    }
    void signalsCancelWithoutATrace()
    {
        QFETCH(const int, number);
        if (!m_slow.isValid() || !QFile::exists(m_slow.filePath("x"))) {
            // Compressed data cannot be skipped: this takes longer than the test's reaction.
            const QString source = m_slow.filePath("source");
            qemuImg({"create", "-q", "-f", "raw", source, "1500M"});
            qemuIo(source, {"write -P 3 0 1500M"}, {"-f", "raw"});
            qemuImg({"convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type=zstd",
                source, m_slow.filePath("x")});
            QVERIFY(QFile::remove(source));
        }
        QProcess convert;
        convert.start(qEnvironmentVariable("PLATTER_CLI"),
            {"convert", "-O", "raw", m_slow.filePath("x"), "y"});
        QVERIFY(convert.waitForStarted());
        // Its temporary file shows that the work has begun.
        QTRY_VERIFY_WITH_TIMEOUT(!QDir{}.entryList(QDir::Files | QDir::Hidden).empty(), 10'000);
        ::kill(static_cast<pid_t>(convert.processId()), number);
        QVERIFY(convert.waitForFinished());
        QCOMPARE(convert.exitCode(), 128 + number);
        QCOMPARE(convert.readAllStandardError().count('\n'), 1);
        QCOMPARE(QDir{}.entryList(QDir::Files | QDir::Hidden), QStringList{});
    }

    void progressIsToldWhenAsked()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "8M"});
        qemuIo("x", {"write -P 3 0 8M"});
        QVERIFY(platterCli({"--progress=always", "convert", "-O", "raw", "x", "y"})
                    .errors.contains("(100.00/100%)"));
        QCOMPARE(platterCli({"convert", "-O", "raw", "x", "z"}).errors, QByteArray{});
    }

private:
    QTemporaryDir m_slow; ///< an image that takes long to convert, made once
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliUsage)
#include "tst_cliusage.moc"
