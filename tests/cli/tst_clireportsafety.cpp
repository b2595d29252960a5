// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/PeakMemory.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <sys/stat.h>

using namespace platter;
using namespace platter::tests;

namespace {

QJsonObject reportOf(const QStringList& arguments)
{
    const Finished finished = platterCli(QStringList{"--output", "json", "report"} + arguments);
    if (finished.exitCode != 0)
        throw std::runtime_error(finished.errors.toStdString());
    return QJsonDocument::fromJson(finished.output).object();
}

QByteArray pageOf(const QStringList& arguments)
{
    const Finished finished = platterCli(QStringList{"report"} + arguments);
    if (finished.exitCode != 0)
        throw std::runtime_error(finished.errors.toStdString());
    return finished.output;
}

void put(const QString& name, const QByteArray& bytes)
{
    QFile file{name};
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot be written");
}

void patch(const QString& name, qint64 at, const QByteArray& bytes)
{
    QFile file{name};
    if (!file.open(QIODevice::ReadWrite) || !file.seek(at) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot be patched");
}

QStringList files()
{
    return QDir{}.entryList(QDir::Files | QDir::Hidden, QDir::Name);
}

QStringList remarkIds(const QJsonObject& report)
{
    QStringList ids;
    for (const QJsonValue& remark : report["worth-knowing"].toArray())
        ids << remark["id"].toString();
    return ids;
}

} // namespace

/// `platter-cli report` of what is damaged, locked, held or huge, and what it leaves alone.
class TestCliReportSafety : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir{m_folder->path()}.mkpath("images"));
        QVERIFY(QDir::setCurrent(m_folder->path() + "/images"));
    }
    void cleanup()
    {
        QDir::setCurrent(QDir::rootPath());
        m_folder.reset();
    }

    void filesAreNotReplacedUnasked()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        put("out", "precious");
        const Finished refused = platterCli({"report", "-o", "out", "x"});
        QCOMPARE(refused.exitCode, 1);
        QCOMPARE(refused.errors.count('\n'), 1);
        QVERIFY2(refused.errors.startsWith("platter-cli: out: "), refused.errors.constData());
        QVERIFY(refused.errors.contains("--overwrite"));
        QCOMPARE(QFile{"out"}.size(), 8);
        QCOMPARE(platterCli({"report", "--overwrite", "-o", "out", "x"}).exitCode, 0);
        QVERIFY(QFile{"out"}.size() > 1000);
        QCOMPARE(files(), (QStringList{"out", "x"}));
    }

    void targetsThatCannotBe_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addRow("no name") << "";
        QTest::addRow("a folder that does not exist") << "nowhere/r";
        QTest::addRow("a folder") << ".";
        QTest::addRow("a device") << "/dev/full";
        QTest::addRow("below a file") << "x/r";
    }
    void targetsThatCannotBe()
    {
        QFETCH(const QString, target);
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        for (const QStringList& more : {QStringList{}, QStringList{"--overwrite"}}) {
            const Finished refused
                = platterCli(QStringList{"report"} + more + QStringList{"-o", target, "x"});
            QCOMPARE(refused.exitCode, 1);
            QCOMPARE(refused.output, QByteArray{});
            QCOMPARE(refused.errors.count('\n'), 1);
            QVERIFY2(!refused.errors.startsWith("platter-cli: x:"), refused.errors.constData());
        }
        QCOMPARE(files(), QStringList{"x"});
    }

    void theImageIsNeverReplaced()
    {
        qemuImg({"create", "-q", "-f", "raw", "base", "1M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "x"});
        const QByteArray before = qemuImg({"info", "x"});
        for (const char* target : {"x", "./x", "base"}) {
            const Finished refused = platterCli({"report", "--overwrite", "-o", target, "x"});
            QCOMPARE(refused.exitCode, 1);
            QCOMPARE(refused.errors.count('\n'), 1);
        }
        QCOMPARE(qemuImg({"info", "x"}), before);
        QCOMPARE(QFile{"base"}.size(), 1 << 20);
    }

    void nothingIsOpenedUnasked()
    {
        QVERIFY(QDir{}.mkpath("../other"));
        qemuImg({"create", "-q", "-f", "qcow2", "../other/far", "1M"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "../other/far", "-F", "qcow2", "base"});
        qemuIo("base", {"write -P 1 0 64k"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "qcow2", "x"});
        const auto states = [](const QJsonObject& report) {
            QStringList all;
            for (const QJsonValue& layer : report["backing-chain"].toArray())
                all << layer["state"].toString();
            return all.join(' ');
        };
        // Whatever would be opened shows by its content: the base serves 64 KiB.
        const QJsonObject alone = reportOf({"x"});
        QCOMPARE(states(alone), QString("opened not-opened"));
        QCOMPARE(alone["not-in-these-files"].toInteger(), 1 << 20);
        QVERIFY(!alone["backing-chain"][1].toObject().contains("serves"));
        QVERIFY(remarkIds(alone).contains("chain-not-opened"));
        QVERIFY(pageOf({"x"}).contains("not opened"));

        const QJsonObject beside = reportOf({"--backing-chain", "x"});
        QCOMPARE(states(beside), QString("opened opened not-opened"));
        QCOMPARE(beside["backing-chain"][1]["serves"]["stored"].toInteger(), 64 * 1024);

        const QJsonObject all = reportOf({"--backing-chain", "--trust-chain", "x"});
        QCOMPARE(states(all), QString("opened opened opened"));
        QCOMPARE(all["served-by-none"].toInteger(), (1 << 20) - 64 * 1024);

        QVERIFY(QFile::remove("base"));
        const QJsonObject missing = reportOf({"x"});
        QCOMPARE(states(missing), QString("opened missing"));
        QVERIFY(remarkIds(missing).contains("chain-missing"));
    }

    void aDataFileIsNotOpenedUnasked()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "data_file=d", "x", "1M"});
        const auto state = [](const QJsonObject& report) {
            return report["backing-chain"][1]["state"].toString();
        };
        QCOMPARE(state(reportOf({"x"})), QString("not-opened"));
        QCOMPARE(state(reportOf({"--backing-chain", "x"})), QString("opened"));
        QVERIFY(QFile::remove("d"));
        QCOMPARE(state(reportOf({"--backing-chain", "x"})), QString("missing"));
    }

    void damagedImagesHaveAReport_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<qint64>("cutTo");
        const QByteArray far("\x80\0\x70\0\0\0\0\0", 8);
        const QByteArray odd("\x80\0\0\0\0\x05\2\0", 8);
        QTest::addRow("an L2 entry past the end of the file")
            << qint64{0x40000} << far << qint64{0};
        QTest::addRow("an L2 entry inside a cluster") << qint64{0x40008} << odd << qint64{0};
        QTest::addRow("an L1 entry past the end of the file")
            << qint64{0x30000} << far << qint64{0};
        QTest::addRow("a refcount block past the end of the file")
            << qint64{0x10000} << far << qint64{0};
        QTest::addRow("a count of zero for what is used")
            << qint64{0x20000} << QByteArray(16, '\0') << qint64{0};
        QTest::addRow("a file that ends in its data")
            << qint64{-1} << QByteArray{} << qint64{0x58000};
        QTest::addRow("a file that ends in its L2 table")
            << qint64{-1} << QByteArray{} << qint64{0x41000};
    }
    void damagedImagesHaveAReport()
    {
        QFETCH(const qint64, at);
        QFETCH(const QByteArray, bytes);
        QFETCH(const qint64, cutTo);
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        qemuIo("x", {"write -P 1 0 256k"});
        if (cutTo)
            QVERIFY(QFile::resize("x", cutTo));
        else
            patch("x", at, bytes);
        const QJsonObject report = reportOf({"x"});
        const QString verdict = report["verdict"]["id"].toString();
        QVERIFY2(verdict == "damaged" || verdict == "not-examined", qPrintable(verdict));
        QVERIFY(!report["findings-by-kind"].toArray().isEmpty());
        const QJsonObject group = report["findings-by-kind"][0].toObject();
        for (const char* key : {"id", "severity", "basis", "meaning", "guest-sees", "causes"})
            QVERIFY2(!group[key].toString().isEmpty(), key);
        const QByteArray page = pageOf({"x"});
        QVERIFY(page.contains(group["id"].toString().toUtf8()));
        QVERIFY(page.contains("It means"));
        const Finished checked = platterCli({"check", "x"});
        QCOMPARE(checked.exitCode != 0, true);
    }

    void whatIsNoImageIsRefused()
    {
        put("x", QByteArray("QFI\xfb\0\0\0\3", 8) + QByteArray(20, '\xff'));
        const Finished refused = platterCli({"report", "-o", "r", "x"});
        QCOMPARE(refused.exitCode, 1);
        QCOMPARE(refused.errors.count('\n'), 1);
        QCOMPARE(files(), QStringList{"x"});
    }

    void lockedImagesTellTheirStructure()
    {
        put("key", "secret");
        put("wrong", "public");
        qemuImg({"create", "-q", "-f", "qcow2", "--object", "secret,id=s,file=key", "-o",
            "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100", "x", "1M"});
        const auto remark = [](const QJsonObject& report) {
            for (const QJsonValue& one : report["worth-knowing"].toArray()) {
                if (one["id"].toString() == "encrypted")
                    return one["text"].toString();
            }
            return QString();
        };
        const QJsonObject locked = reportOf({"x"});
        QVERIFY2(remark(locked).contains("Locked"), qPrintable(remark(locked)));
        QCOMPARE(locked["verdict"]["id"].toString(), QString("clean"));
        QVERIFY(pageOf({"x"}).contains("Locked"));
        const QJsonObject unlocked = reportOf({"--passphrase-file", "key", "x"});
        QVERIFY2(remark(unlocked).contains("key slot 0"), qPrintable(remark(unlocked)));
        const Finished refused
            = platterCli({"report", "--passphrase-file", "wrong", "-o", "r", "x"});
        QCOMPARE(refused.exitCode, 1);
        QCOMPARE(refused.errors.count('\n'), 1);
        QVERIFY(!QFile::exists("r"));
        for (const QByteArray& page : {pageOf({"x"}), pageOf({"--passphrase-file", "key", "x"})})
            QVERIFY(!page.contains("secret"));
    }

    void heldImagesAreRefusedOrMarked()
    {
        qemuImg({"create", "-q", "-f", "qcow2", "x", "1M"});
        QProcess holder;
        holder.start("qemu-io", {"x"});
        QVERIFY(holder.waitForStarted());
        // Looking on takes no lock, which could keep the holder from getting its own.
        QTRY_VERIFY_WITH_TIMEOUT(
            platterCli({"info", "-U", "x"}).output.contains("in use: yes"), 10'000);
        const Finished refused = platterCli({"report", "x"});
        QCOMPARE(refused.exitCode, 1);
        QVERIFY(refused.errors.contains("qemu-io"));
        const QJsonObject report = reportOf({"-U", "x"});
        QVERIFY(remarkIds(report).contains("in-use"));
        QVERIFY(pageOf({"-U", "x"}).contains("qemu-io (process "));
        QVERIFY(report["verdict"]["title"].toString() != "Healthy");
        holder.write("quit\n");
        holder.closeWriteChannel();
        QVERIFY(holder.waitForFinished());
    }

    void hugeImagesTakeBoundedMemory_data()
    {
        QTest::addColumn<QStringList>("create");
        QTest::addColumn<qint64>("last");
        QTest::addRow("64 TiB of QCOW2") << QStringList{"-f", "qcow2", "-o", "cluster_size=2M", "x",
            "64T"} << (qint64{64} << 40) - (1 << 20);
        QTest::addRow("8 TiB of QCOW2 with small clusters")
            << QStringList{"-f", "qcow2", "x", "8T"} << (qint64{8} << 40) - (1 << 20);
        QTest::addRow("8 TiB of raw")
            << QStringList{"-f", "raw", "x", "8T"} << (qint64{8} << 40) - (1 << 20);
    }
    void hugeImagesTakeBoundedMemory()
    {
        QFETCH(const QStringList, create);
        QFETCH(const qint64, last);
        qemuImg(QStringList{"create", "-q"} + create);
        qemuIo("x", {"write -P 1 0 1M", QString("write -P 1 %1 1M").arg(last)}, {"-f", create[1]});
        const MeasuredRun measured = runMeasured(qEnvironmentVariable("PLATTER_CLI"),
            {"report", "-f", create[1], "-o", "r.html", "x"}, 120);
        QCOMPARE(measured.exitCode, 0);
        QVERIFY2(
            measured.peakMemory <= 256_MiB, qPrintable(QString::number(measured.peakMemory.value)));
        QVERIFY(QFile{"r.html"}.size() < 1 << 20);
        // Both ends are in the picture: what is small next to the whole does not vanish.
        const QJsonObject map = reportOf({"-f", create[1], "x"})["guest-map"].toObject();
        QVERIFY(map["cells"].toArray().first()["data"].toInt() > 0);
        QVERIFY(map["cells"].toArray().last()["data"].toInt() > 0);
        QVERIFY(map["totals"]["data"].toInteger() >= 2 << 20);
    }

    void signalsCancelWithoutATrace_data()
    {
        QTest::addColumn<int>("number");
        QTest::addRow("Ctrl-C") << SIGINT;
        QTest::addRow("a request to end") << SIGTERM;
    }
    void signalsCancelWithoutATrace()
    {
        QFETCH(const int, number);
        put("key", "secret");
        qemuImg({"create", "-q", "-f", "qcow2", "--object", "secret,id=s,file=key", "-o",
            "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100", "x", "1M"});
        // It waits for the passphrase, and so is at work for as long as the test wants.
        QCOMPARE(::mkfifo("pipe", 0600), 0);
        QProcess report;
        report.start(qEnvironmentVariable("PLATTER_CLI"),
            {"report", "--passphrase-file", "pipe", "-o", "r", "x"});
        QVERIFY(report.waitForStarted());
        QFile pipe{"pipe"};
        QVERIFY(pipe.open(QIODevice::WriteOnly | QIODevice::Unbuffered)); // once it reads
        ::kill(static_cast<pid_t>(report.processId()), number);
        const auto isPending = [&] {
            QFile status{QString("/proc/%1/status").arg(report.processId())};
            return !status.open(QIODevice::ReadOnly)
                || !status.readAll().contains("ShdPnd:\t0000000000000000");
        };
        QTRY_VERIFY_WITH_TIMEOUT(!isPending(), 10'000);
        QTest::qWait(100);
        pipe.write("secret");
        pipe.close();
        QVERIFY(report.waitForFinished());
        QCOMPARE(report.exitCode(), 128 + number);
        QCOMPARE(report.readAllStandardError().count('\n'), 1);
        QCOMPARE(files(), (QStringList{"key", "x"}));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestCliReportSafety)
#include "tst_clireportsafety.moc"
