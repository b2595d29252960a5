// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr int diskSize = (6 << 20) + 1536; // ends inside a cluster of every size

/// How an image is asked for; the first two words say the format.
const QStringList targets{"-O raw", "-O raw -S 0", "-O qcow2", "-O qcow2 -o cluster_size=512",
    "-O qcow2 -o cluster_size=2M", "-O qcow2 -o compat=0.10",
    "-O qcow2 -o extended_l2=on,cluster_size=32k", "-O qcow2 -o refcount_bits=1",
    "-O qcow2 -o refcount_bits=64,lazy_refcounts=on", "-O qcow2 -o preallocation=metadata",
    "-O qcow2 -c", "-O qcow2 -c -o compression_type=zstd,cluster_size=4k", "-O qcow", "-O qcow -c",
    "-O vdi", "-O vdi -o static=on"};

QStringList words(const QString& text)
{
    return text.split(' ');
}

/// What an option of one target leaves open, a QCOW2 source decides; not all of it goes together.
QStringList completed(const QString& target)
{
    QStringList arguments = words(target);
    if (arguments[1] != "qcow2")
        return arguments;
    const qsizetype options = arguments.indexOf("-o");
    QString text = options < 0 ? QString{} : arguments[options + 1];
    const auto settle = [&](const char* name, const char* value) {
        if (!text.contains(QString(name) + "="))
            text += (text.isEmpty() ? "" : ",") + QString("%1=%2").arg(name, value);
    };
    settle("extended_l2", "off");
    settle("cluster_size", "64k");
    settle("lazy_refcounts", "off");
    settle("compression_type", "zlib");
    settle("refcount_bits", "16");
    settle("compat", "1.1");
    if (options >= 0)
        arguments[options + 1] = text;
    else
        arguments << "-o" << text;
    return arguments;
}

} // namespace

/// Every kind of source becomes every kind of target, with the same content.
class TestConvertMatrix final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void everySourceToEveryTarget_data();
    void everySourceToEveryTarget();
    void thereAndBack_data();
    void thereAndBack();
    void theSameAgain_data();
    void theSameAgain();

private:
    void make(const QString& name, const QString& options);
    void checks(const QString& format, const QString& path);

    QTemporaryDir m_folder;
    QHash<QString, QStringList> m_sources; ///< by name: how qemu-img and platter-cli call it
    QHash<QString, QByteArray> m_contents; ///< hashes
};

void TestConvertMatrix::make(const QString& name, const QString& options)
{
    qemuImg(QStringList{"convert", "-f", "raw"} + words(options) + QStringList{"disk.raw", name});
    m_sources[name] = {name};
}

void TestConvertMatrix::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    qemuImg({"create", "-q", "-f", "raw", "disk.raw", QString::number(diskSize)});
    QRandomGenerator random{71};
    QByteArray noise(300'000, Qt::Uninitialized);
    for (char& byte : noise)
        byte = static_cast<char>(random.bounded(256));
    QFile disk{"disk.raw"};
    QVERIFY(disk.open(QIODevice::ReadWrite));
    disk.write(QByteArray(70'000, 'r'));
    QVERIFY(disk.seek(1 << 20));
    disk.write(noise);
    QVERIFY(disk.seek((3 << 20) + 512));
    for (int line = 0; line < 9000; ++line)
        disk.write("line " + QByteArray::number(line * 7919 % 10'007) + " of a long text\n");
    QVERIFY(disk.seek(diskSize - 1));
    disk.write("x");
    disk.close();

    m_sources["disk.raw"] = {"disk.raw"};
    make("clusters of 512", "-O qcow2 -o cluster_size=512");
    make("clusters of 4k", "-O qcow2 -o cluster_size=4k");
    make("clusters of 2M", "-O qcow2 -o cluster_size=2M");
    make("version 2", "-O qcow2 -o compat=0.10");
    make("refcounts of 1 bit", "-O qcow2 -o refcount_bits=1");
    make("refcounts of 64 bits", "-O qcow2 -o refcount_bits=64");
    make("extended L2", "-O qcow2 -o extended_l2=on");
    make("lazy refcounts", "-O qcow2 -o lazy_refcounts=on");
    make("zlib", "-O qcow2 -c");
    make("zstd", "-O qcow2 -c -o compression_type=zstd");
    make("preallocated", "-O qcow2 -o preallocation=metadata");
    make("external data", "-O qcow2 -o data_file=external.raw");
    make("qcow", "-O qcow");
    make("vdi", "-O vdi");
    make("fixed vdi", "-O vdi -o static=on");
    // NOTE(qemu): 7.2 compresses QCOW one cluster at a time only.
    qemuImg({"create", "-q", "-f", "qcow", "compressed qcow", "3M"});
    qemuIo(
        "compressed qcow", {"write -P 7 2M 300k", "write -c -P 5 0 4096", "write -c -P 6 1M 4096"});
    m_sources["compressed qcow"] = {"compressed qcow"};
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "middle", "5M"});
    qemuIo("middle", {"write -P 2 1M 70k", "write -z 3M 200k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "extended_l2=on,cluster_size=128k", "-b",
        "middle", "-F", "qcow2", "chain", "7M"});
    qemuIo("chain", {"write -P 3 1030k 5k", "write -P 4 6M 64k", "discard 0 64k"});
    m_sources["chain"] = {"chain"};
    make("of a snapshot", "-O qcow2");
    qemuImg({"snapshot", "-c", "before", "of a snapshot"});
    qemuIo("of a snapshot", {"write -P 8 0 2M"});
    m_sources["of a snapshot"] = {"-l", "before", "of a snapshot"};
    for (auto source = m_sources.begin(); source != m_sources.end(); ++source)
        m_contents[source.key()] = qemuHash(source.value(), m_folder.path());
    QCOMPARE(m_sources.size(), 19);
}

/// As QEMU and Platter see it.
void TestConvertMatrix::checks(const QString& format, const QString& path)
{
    const Finished theirs = run("qemu-img", {"check", "-f", format, path});
    QVERIFY2(theirs.exitCode == 0 || theirs.exitCode == 63, theirs.output + theirs.errors);
    const Finished ours = platterCli({"check", "-f", format, path});
    QVERIFY2(ours.exitCode == 0 || ours.exitCode == 63, ours.output + ours.errors);
}

void TestConvertMatrix::everySourceToEveryTarget_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("target");
    QStringList sources = m_sources.keys();
    sources.sort();
    for (const QString& source : sources) {
        for (const QString& target : targets)
            QTest::newRow(qPrintable(source + " to " + target.mid(3))) << source << target;
    }
}

void TestConvertMatrix::everySourceToEveryTarget()
{
    QFETCH(const QString, source);
    QFETCH(const QString, target);
    const QString format = words(target)[1];
    const Finished done = platterCli(QStringList{"convert", "--overwrite"} + completed(target)
        + m_sources[source] + QStringList{"out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    checks(format, "out");
    QCOMPARE(qemuHash({"-f", format, "out"}, m_folder.path()), m_contents[source]);
}

void TestConvertMatrix::thereAndBack_data()
{
    QTest::addColumn<QString>("target");
    for (const QString& target : targets)
        QTest::newRow(qPrintable(target)) << target;
}

void TestConvertMatrix::thereAndBack()
{
    QFETCH(const QString, target);
    QCOMPARE(platterCli(QStringList{"convert", "-f", "raw", "--overwrite"} + words(target)
                 + QStringList{"disk.raw", "there"})
                 .exitCode,
        0);
    QCOMPARE(
        platterCli({"convert", "--overwrite", "-f", words(target)[1], "-O", "raw", "there", "back"})
            .exitCode,
        0);
    QCOMPARE(fileHash("back"), fileHash("disk.raw"));
}

void TestConvertMatrix::theSameAgain_data()
{
    QTest::addColumn<QString>("target");
    for (const QString& target : targets) {
        if (!target.contains("vdi"))
            QTest::newRow(qPrintable(target)) << target;
    }
}

/// Bytes follow from content and options alone; what was converted is what it would become.
void TestConvertMatrix::theSameAgain()
{
    QFETCH(const QString, target);
    const auto convert = [&](const char* from, const QString& format, const char* to) {
        const Finished done = platterCli(QStringList{"convert", "--overwrite", "-f", format}
            + completed(target) + QStringList{from, to});
        QVERIFY2(done.exitCode == 0, done.errors);
    };
    convert("disk.raw", "raw", "first");
    convert("disk.raw", "raw", "second");
    QCOMPARE(fileHash("second"), fileHash("first"));
    convert("first", words(target)[1], "third");
    QCOMPARE(fileHash("third"), fileHash("first"));
}

QTEST_APPLESS_MAIN(TestConvertMatrix)
#include "tst_convertmatrix.moc"
