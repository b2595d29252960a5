// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

/// Snapshots are kept above a backing file that is kept.
class TestConvertStatesAbove final : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void everyStateStays_data();
    void everyStateStays();
    void whatNoStateHasIsLeftOut();
    void zerosHideTheBase();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestConvertStatesAbove::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir::setCurrent(m_folder->path()));
    qemuImg({"create", "-q", "-f", "raw", "base.raw", "20M"});
    qemuIo("base.raw", {"write -P 1 0 20M"}, {"-f", "raw"});
}

void TestConvertStatesAbove::cleanup()
{
    QDir::setCurrent("/");
    m_folder.reset();
}

void TestConvertStatesAbove::everyStateStays_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("base");
    QTest::addColumn<QStringList>("target");
    for (const char* source : {"cluster_size=64k", "extended_l2=on,cluster_size=128k",
             "cluster_size=4k,compression_type=zstd", "compat=0.10"}) {
        for (const char* base : {"base.raw", "middle.qcow2"}) {
            for (const char* target : {"", "-c", "-o cluster_size=2M,extended_l2=off",
                     "-o cluster_size=512,extended_l2=off",
                     "-o compat=1.1,extended_l2=on,cluster_size=64k"})
                QTest::addRow("%s above %s %s", source, base, target) << QString(
                    source) << QString(base) << QString(target).split(' ', Qt::SkipEmptyParts);
        }
        QTest::addRow("%s to version 2", source)
            << QString(source) << "middle.qcow2"
            << QStringList{
                   "-o", "compat=0.10,extended_l2=off,compression_type=zlib,lazy_refcounts=off"};
    }
}

void TestConvertStatesAbove::everyStateStays()
{
    QFETCH(const QString, source);
    QFETCH(const QString, base);
    QFETCH(const QStringList, target);
    // Shorter than its base in the middle, longer at the top: zeros and holes over data everywhere.
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "middle.qcow2", "18M"});
    qemuIo("middle.qcow2", {"write -P 2 1M 5M", "write -z 8M 2M", "discard 14M 1M"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", source, "-b", "middle.qcow2", "-F", "qcow2",
        "source", "24M"});
    qemuIo("source", {"write -P 3 2M 70k", "write -P 4 21M 3k", "write -z 4M 200k"});
    qemuImg({"snapshot", "-c", "first", "source"});
    qemuIo("source", {"write -P 5 2050k 9k", "write -P 6 17M 3M", "write -z 9M 100k"});
    qemuImg({"snapshot", "-c", "second", "source"});
    if (!source.contains("0.10") && !target.join(' ').contains("0.10"))
        qemuImg({"resize", "-q", "source", "27M"});
    qemuIo("source", {"write -P 7 0 64k", "write -P 8 12M 1M", "discard 2M 70k"});
    const Finished done
        = platterCli(QStringList{"convert", "--keep-snapshots", "-O", "qcow2", "-B", base} + target
            + QStringList{"source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    qemuImg({"check", "-q", "target"});
    QCOMPARE(platterCli({"check", "target"}).exitCode, 0);
    qemuImg({"compare", "-q", "source", "target"});
    const QJsonDocument before = qemuJson({"info", "--output=json", "source"});
    const QJsonDocument after = qemuJson({"info", "--output=json", "target"});
    QCOMPARE(after["snapshots"], before["snapshots"]);
    QCOMPARE(after["backing-filename"].toString(), base);
    for (const char* id : {"snapshot.id=1", "snapshot.id=2"})
        QCOMPARE(qemuHash({"-l", id, "target"}, m_folder->path()),
            qemuHash({"-l", id, "source"}, m_folder->path()));
    // The base's 20 MiB are not stored again; with large clusters, more is copied up.
    if (!target.join(' ').contains("2M"))
        QVERIFY2(after["actual-size"].toDouble() < 19e6,
            qPrintable(QString::number(after["actual-size"].toDouble())));
    // QEMU can go on with it.
    qemuImg({"snapshot", "-a", "first", "target"});
    qemuImg({"snapshot", "-d", "second", "target"});
    qemuImg({"check", "-q", "target"});
}

void TestConvertStatesAbove::whatNoStateHasIsLeftOut()
{
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "source"});
    qemuImg({"snapshot", "-c", "untouched", "source"});
    qemuIo("source", {"write -P 9 5M 64k"});
    const Finished done = platterCli(
        {"convert", "--keep-snapshots", "-O", "qcow2", "-B", "base.raw", "source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    const auto map = [](const QStringList& state) {
        const Finished got
            = platterCli(QStringList{"--output", "json", "map"} + state + QStringList{"target"});
        return QJsonDocument::fromJson(got.output).array();
    };
    const QJsonArray untouched = map({"-l", "untouched"});
    QCOMPARE(untouched.size(), 1);
    QCOMPARE(untouched[0]["depth"].toInt(), 1);
    const QJsonArray now = map({});
    QCOMPARE(now.size(), 3);
    QCOMPARE(now[1]["depth"].toInt(), 0);
    QCOMPARE(now[1]["length"].toInt(), 65536);
}

/// Zeros that only one state has are no hole, and cost no cluster.
void TestConvertStatesAbove::zerosHideTheBase()
{
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "source"});
    qemuImg({"snapshot", "-c", "with data", "source"});
    qemuIo("source", {"write -z 1M 10M"});
    const Finished done = platterCli(
        {"convert", "--keep-snapshots", "-O", "qcow2", "-B", "base.raw", "source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    qemuImg({"check", "-q", "target"});
    qemuImg({"compare", "-q", "source", "target"});
    QCOMPARE(qemuHash({"-l", "with data", "target"}, m_folder->path()), fileHash("base.raw"));
    QVERIFY(qemuJson({"info", "--output=json", "target"})["actual-size"].toDouble() < 1e6);
}

QTEST_APPLESS_MAIN(TestConvertStatesAbove)
#include "tst_convertstatesabove.moc"
