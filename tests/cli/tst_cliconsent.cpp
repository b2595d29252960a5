// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace platter::tests;

namespace {

/// The files below `folder` that platter-cli opened, in order, once each.
QStringList openedBelow(const QString& folder, const QStringList& arguments)
{
    const QString log = folder + "/trace";
    run("strace",
        QStringList{"-f", "-e", "trace=open,openat,openat2,connect,execve", "-o", log,
            qEnvironmentVariable("PLATTER_CLI")}
            + arguments);
    QFile file{log};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("strace left no log");
    const QString calls = QString::fromUtf8(file.readAll());
    file.remove();
    if (!calls.contains("execve") || calls.contains("connect("))
        throw std::runtime_error("not traced, or connected to something");
    static const QRegularExpression opening{R"(open\w*\((?:AT_FDCWD, )?"([^"]*)\")"};
    QStringList result;
    for (auto match = opening.globalMatch(calls); match.hasNext();) {
        const QString name = match.next().captured(1);
        const bool fromSystem = name.startsWith("/etc/ld") || name.startsWith("/lib")
            || name.startsWith("/usr/") || name.startsWith("/proc") || name.startsWith("/sys")
            || name.startsWith("/etc/localtime") || name.startsWith("/etc/ssl")
            || name.startsWith("/etc/gcrypt") || name.startsWith("/dev/");
        if (!fromSystem && !result.contains(name))
            result << name;
    }
    return result;
}

} // namespace

class TestCliConsent : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir{m_folder->path()}.mkpath("images/below"));
        QVERIFY(QDir{m_folder->path()}.mkpath("other"));
        QVERIFY(QDir::setCurrent(m_folder->path() + "/images"));
    }
    void cleanup()
    {
        QDir::setCurrent("/");
        m_folder.reset();
    }

    void looksAtNothingButTheFile_data()
    {
        QTest::addColumn<QStringList>("arguments");
        for (const QString verb : {"info", "header", "check", "map --host"})
            QTest::addRow("%s", qPrintable(verb)) << verb.split(' ');
    }
    void looksAtNothingButTheFile()
    {
        QFETCH(const QStringList, arguments);
        qemuImg({"create", "-q", "-f", "raw", "base", "1M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "x", "1M"});
        QCOMPARE(openedBelow(m_folder->path(), arguments + QStringList{"x"}), QStringList{"x"});
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "data_file=data.bin", "y", "1M"});
        QCOMPARE(openedBelow(m_folder->path(), arguments + QStringList{"y"}), QStringList{"y"});
        // That this would notice: the map of the guest does read the backing file.
        QVERIFY(openedBelow(m_folder->path(), {"map", "x"}).join(' ').contains("base"));
    }

    void refusesNamesThatLeadElsewhere_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("trusting"); ///< --trust-chain follows it
        QTest::addRow("an absolute path") << "%1/other/base" << true;
        QTest::addRow("a path that climbs") << "../other/base" << true;
        QTest::addRow("a link to another folder") << "link" << true;
        QTest::addRow("a folder reached by a link") << "linked/base" << true;
        QTest::addRow("a FIFO") << "fifo" << false;
        QTest::addRow("a device") << "/dev/zero" << false;
        QTest::addRow("a folder") << "below" << false;
        QTest::addRow("a tree of drivers")
            << R"(json:{"driver":"raw","file":{"driver":"file","filename":"beside"}})" << false;
        QTest::addRow("a server") << "nbd://localhost/disk" << false;
        QTest::addRow("a protocol for a file") << "file:beside" << false;
    }
    void refusesNamesThatLeadElsewhere()
    {
        QFETCH(QString, name);
        QFETCH(const bool, trusting);
        if (name.contains("%1"))
            name = name.arg(m_folder->path());
        qemuImg({"create", "-q", "-f", "raw", "../other/base", "1M"});
        qemuImg({"create", "-q", "-f", "raw", "beside", "1M"});
        QVERIFY(QFile::link("../other/base", "link"));
        QVERIFY(QFile::link("../other", "linked"));
        QCOMPARE(::mkfifo("fifo", 0600), 0);
        qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", "raw", "x", "1M"});

        for (const QStringList& command : {QStringList{"map", "x"},
                 QStringList{"compare", "x", "x"}, QStringList{"convert", "-O", "raw", "x", "y"},
                 QStringList{"info", "--backing-chain", "x"}}) {
            const Finished refused = platterCli(command);
            QVERIFY(refused.exitCode > 0);
            QCOMPARE(refused.output, QByteArray{});
            QCOMPARE(refused.errors.count('\n'), 1);
            if (trusting)
                QVERIFY2(refused.errors.contains("--trust-chain"), refused.errors.constData());
            QVERIFY(!QFile::exists("y"));
            const Finished trusted = platterCli(command + QStringList{"--trust-chain"});
            QCOMPARE(trusted.exitCode == 0, trusting);
            QFile::remove("y");
        }
        QCOMPARE(platterCli({"info", "x"}).exitCode, 0); // it is shown all the same
    }

    void followsNamesBesideTheFile()
    {
        qemuImg({"create", "-q", "-f", "raw", "below/base", "1M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "below/base", "-F", "raw", "x", "1M"});
        QVERIFY(QFile::link("below/base", "link"));
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "link", "-F", "raw", "y", "1M"});
        QCOMPARE(platterCli({"map", "x"}).exitCode, 0);
        QCOMPARE(platterCli({"map", "y"}).exitCode, 0);
        QCOMPARE(platterCli({"map", "images/x"}, m_folder->path()).exitCode, 0);
    }

    void hostileNamesDoNotReachTheTerminal_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addRow("a line break") << QByteArray{"two\nlines"};
        QTest::addRow("an escape code") << QByteArray{"red\x1b[31m"};
        QTest::addRow("a change of direction") << QByteArray{"abc\xe2\x80\xae"
                                                             "def"};
        QTest::addRow("bytes that are not UTF-8") << QByteArray{"bad\xff\xfe"};
        QTest::addRow("a carriage return") << QByteArray{"over\rwritten"};
        QTest::addRow("quotation marks and backslashes") << QByteArray{"q\"\\u0041\\"};
    }
    void hostileNamesDoNotReachTheTerminal()
    {
        QFETCH(const QByteArray, name);
        // Through a shell: QProcess would change bytes that are not UTF-8.
        QFile script{"script"};
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write("n=$(cat name; echo .); n=${n%.}\n"
                     "qemu-img create -q -f qcow2 -u -b \"$n\" -F raw \"$n.qcow2\" 1M\n"
                     "qemu-img snapshot -c \"$n\" \"$n.qcow2\" 2>/dev/null\n"
                     "for c in info header check map compare\\ x; do for o in human json; do\n"
                     "  \"$PLATTER_CLI\" $c --output=$o \"$n.qcow2\"; done; done\n"
                     "\"$PLATTER_CLI\" info \"$n.missing\"\n"
                     "\"$PLATTER_CLI\" \"$n\" x\n"
                     "true\n");
        script.close();
        QFile nameFile{"name"};
        QVERIFY(nameFile.open(QIODevice::WriteOnly));
        nameFile.write(name);
        nameFile.close();
        const Finished finished = run("bash", {"script"});
        const QByteArray all = finished.output + finished.errors;
        QVERIFY(finished.output.contains("backing-filename"));
        for (const char one : all)
            QVERIFY(one == '\n' || (static_cast<unsigned char>(one) >= 0x20 && one != 0x7f));
        QVERIFY(!all.contains("\xe2\x80\xae"));
        QVERIFY(QString::fromUtf8(all).toUtf8() == all);
        QVERIFY(!QString::fromUtf8(all).contains(QChar::ReplacementCharacter));
        for (const QByteArray& line : finished.errors.split('\n'))
            QVERIFY2(line.isEmpty() || line.startsWith("platter-cli: "), line.constData());
    }

    void hostileNamesAreTheSameInJson()
    {
        for (const QString name :
            {"two\nlines", "red\x1b[31m", "q\"\\u0041\\", "\u202e\U0001f600"}) {
            qemuImg({"create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", "raw", "x", "1M"});
            const auto ours
                = QJsonDocument::fromJson(platterCli({"info", "--output=json", "x"}).output);
            QCOMPARE(ours.object().value("backing-filename").toString(), name);
        }
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliConsent)
#include "tst_cliconsent.moc"
