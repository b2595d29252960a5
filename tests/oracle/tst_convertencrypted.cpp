// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"
#include "core/operations/ConvertStates.h"
#include "tests/support/EncryptedDisks.h"
#include "tests/support/FaultyFile.h"

#include <QDir>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

/// Images are encrypted as somebody wants it; QEMU reads them, and nobody without the passphrase.
class TestConvertEncrypted final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup() { QFile::remove("out"); }
    void everyPair_data();
    void everyPair();
    void preallocates_data();
    void preallocates();
    void newImagesAreEmpty_data();
    void newImagesAreEmpty();
    void bytesDoNotDependOnThreads();
    void everyWriteMayFail_data();
    void everyWriteMayFail();

private:
    QString passphraseOf(const QString& source) const
    {
        return source.contains("luks") || source.contains("aes") ? sesame : QString{};
    }
    QTemporaryDir m_folder;
    QByteArray m_hash; ///< of the disk
};

void TestConvertEncrypted::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeEncryptedDisks();
    m_hash = fileHash("disk.raw");
}

void TestConvertEncrypted::everyPair_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("encryption"); // expected
    struct Target {
        const char* format;
        const char* options;
        const char* encryption; ///< empty: that of the source
    };
    const QList<Target> targets{{"qcow2", "encrypt.format=luks", "luks"},
        {"qcow2",
            "encrypt.format=luks,encrypt.cipher-alg=serpent-256,encrypt.cipher-mode=ctr,"
            "encrypt.hash-alg=sha1,cluster_size=512",
            "luks"},
        {"qcow2", "encrypt.format=luks,extended_l2=on,cluster_size=32k", "luks"},
        {"qcow2", "encrypt.format=luks,compat=0.10,cluster_size=2M", "luks"},
        {"qcow2", "encryption=on,cluster_size=4k", "aes"}, {"qcow2", "encrypt.format=aes", "aes"},
        {"qcow", "encryption=on", "aes"}, {"qcow2", "data_file=out.data", ""},
        {"qcow2", "data_file=out.data,data_file_raw=on", ""},
        {"qcow2", "data_file=out.data,encrypt.format=luks", "luks"},
        {"qcow2", "data_file=out.data,data_file_raw=on,encrypt.format=luks", "luks"},
        {"qcow2", "data_file=out.data,encrypt.format=aes,extended_l2=on,cluster_size=16k", "aes"},
        {"qcow2", "", ""}, {"raw", "", "none"}, {"vdi", "", "none"}};
    for (const char* source :
        {"disk.raw", "plain.qcow2", "luks.qcow2", "luks-cbc.qcow2", "aes.qcow2", "aes.qcow"}) {
        for (const Target& target : targets) {
            QString encryption = target.encryption;
            if (encryption.isEmpty()) {
                const QString name = source;
                encryption = name.contains("luks") ? "luks" : name.contains("aes") ? "aes" : "none";
            }
            QTest::addRow("%s to %s %s", source, target.format, target.options) << QString(
                source) << QString(target.format) << QString(target.options) << encryption;
        }
    }
}

void TestConvertEncrypted::everyPair()
{
    QFETCH(const QString, source);
    QFETCH(const QString, format);
    QFETCH(const QString, options);
    QFETCH(const QString, encryption);
    const bool isEncrypted = encryption != "none";
    QStringList arguments{"convert", "-q", "--overwrite", "-O", format};
    QString all = options;
    if (encryption == "luks")
        all += (all.isEmpty() ? "" : ",") + QString("encrypt.iter-time=1");
    if (!all.isEmpty())
        arguments << "-o" << all;
    if (!passphraseOf(source).isEmpty())
        arguments << "--passphrase-file"
                  << "sesame";
    if (isEncrypted)
        arguments << "--target-passphrase-file"
                  << "other";
    const Finished done = platterCli(arguments + QStringList{source, "out"});
    QVERIFY2(done.exitCode == 0, done.errors);

    const QStringList target = sourceOf("out", format, isEncrypted ? other : QString{});
    QCOMPARE(qemuHash(target, m_folder.path()), m_hash);
    if (format == "qcow2")
        QCOMPARE(encryptionOf("out")["format"].toString(), isEncrypted ? encryption : QString{});
    const Finished theirs = run("qemu-img", QStringList{"check"} + target);
    QVERIFY2(theirs.exitCode == 0 || theirs.exitCode == 63, theirs.output + theirs.errors);
    const Finished ours = platterCli({"check", "-f", format, "out"});
    QVERIFY2(ours.exitCode == 0 || ours.exitCode == 63, ours.output + ours.errors);
    const QByteArray read = guestHash(format == "raw"
            ? openDisk("out")
            : openDisk("out", isEncrypted ? std::optional{other} : std::nullopt));
    QCOMPARE(read, m_hash);
    if (isEncrypted) {
        QVERIFY(!contentOf("out").contains(marker));
        if (options.contains("data_file"))
            QVERIFY(!contentOf("out.data").contains(marker));
    }

    // It goes on being an image.
    QRandomGenerator random{7};
    QStringList commands;
    for (int i = 0; i < 12; ++i) {
        const quint32 at = random.bounded(quint32{diskSize / 512}) * 512;
        const quint32 length = qMin<quint32>(diskSize - at, (1 + random.bounded(400U)) * 512);
        commands << QString("write -P %1 %2 %3").arg(i + 20).arg(at).arg(length);
    }
    if (format == "vdi")
        return;
    QFile::remove("after.raw");
    QVERIFY(QFile::copy("disk.raw", "after.raw"));
    qemuIo("after.raw", commands, {"-f", "raw"});
    writeByQemu(target, commands);
    QCOMPARE(qemuHash(target, m_folder.path()), fileHash("after.raw"));
    const Finished later = run("qemu-img", QStringList{"check"} + target);
    QVERIFY2(later.exitCode == 0 || later.exitCode == 63, later.output + later.errors);
}

void TestConvertEncrypted::preallocates_data()
{
    QTest::addColumn<QString>("options");
    for (const char* encryption :
        {"encrypt.format=luks,encrypt.iter-time=1", "encrypt.format=aes"}) {
        for (const char* preallocation : {"metadata", "falloc", "full"}) {
            for (const char* rest : {"", ",compat=0.10", ",extended_l2=on", ",data_file=out.data"})
                QTest::addRow("%s %s%s", encryption, preallocation, rest)
                    << QString("%1,preallocation=%2%3").arg(encryption, preallocation, rest);
        }
    }
}

/// NOTE(qemu): qemu-img makes preallocated encrypted images that read as noise; here they read as
/// what was put into them.
void TestConvertEncrypted::preallocates()
{
    QFETCH(const QString, options);
    const QStringList target = encryptedSource("out", "qcow2", other);
    // NOTE(spec): of zeros at offset 0 of a data file nothing can tell that they have a place.
    const auto hasAllClusters = [&](bool beginsWithZeros) {
        const int without = beginsWithZeros && options.contains("data_file") ? 1 : 0;
        const Finished found = run("qemu-img", QStringList{"check", "--output=json"} + target);
        const QJsonObject told = QJsonDocument::fromJson(found.output).object();
        return found.exitCode == 0
            && told["allocated-clusters"].toInt() == told["total-clusters"].toInt() - without;
    };
    const QStringList how{"--overwrite", "-o", options, "--target-passphrase-file", "other"};
    const Finished done
        = platterCli(QStringList{"convert", "-O", "qcow2"} + how + QStringList{"disk.raw", "out"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(qemuHash(target, m_folder.path()), m_hash);
    QCOMPARE(guestHash(openDisk("out", other)), m_hash);
    const QByteArray first = contentOf("disk.raw").left(64 << 10);
    QVERIFY(hasAllClusters(first.count('\0') == first.size()));

    const Finished created = platterCli(
        QStringList{"create", "-f", "qcow2"} + how + QStringList{"out", QString::number(diskSize)});
    QVERIFY2(created.exitCode == 0, created.errors);
    QVERIFY(hasAllClusters(true));
    writeByQemu(target, {"write -P 6 1000k 700", "write -P 6 5M 1M"});
    QFile::remove("empty.raw");
    qemuImg({"create", "-q", "-f", "raw", "empty.raw", QString::number(diskSize)});
    qemuIo("empty.raw", {"write -P 6 1000k 700", "write -P 6 5M 1M"}, {"-f", "raw"});
    QCOMPARE(qemuHash(target, m_folder.path()), fileHash("empty.raw"));
}

void TestConvertEncrypted::newImagesAreEmpty_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("options");
    QTest::newRow("luks") << "qcow2"
                          << "encrypt.format=luks";
    QTest::newRow("luks, old version") << "qcow2"
                                       << "encrypt.format=luks,compat=0.10";
    QTest::newRow("luks, small clusters") << "qcow2"
                                          << "encrypt.format=luks,cluster_size=512";
    QTest::newRow("luks, other cipher")
        << "qcow2"
        << "encrypt.format=luks,encrypt.cipher-alg=cast5-128,encrypt.cipher-mode=cbc,"
           "encrypt.hash-alg=ripemd160";
    QTest::newRow("luks, essiv") << "qcow2"
                                 << "encrypt.format=luks,encrypt.cipher-mode=cbc,"
                                    "encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256";
    QTest::newRow("aes") << "qcow2"
                         << "encrypt.format=aes";
    QTest::newRow("qcow") << "qcow"
                          << "encryption=on";
}

/// What qemu-img tells of them is what it tells of its own.
void TestConvertEncrypted::newImagesAreEmpty()
{
    QFETCH(const QString, format);
    QFETCH(const QString, options);
    const bool isLuks = options.contains("luks");
    const Finished done = platterCli(
        {"create", "-f", format, "-o", options + (isLuks ? ",encrypt.iter-time=1" : ""),
            "--passphrase-file", "other", "out", QString::number(diskSize)});
    QVERIFY2(done.exitCode == 0, done.errors);
    QFile::remove("theirs");
    qemuImg({"create", "-q", "--object", "secret,id=s,data=x", "-f", format, "-o",
        options + ",encrypt.key-secret=s" + (isLuks ? ",encrypt.iter-time=100" : ""), "theirs",
        QString::number(diskSize)});
    QCOMPARE(encryptionOf("out"), encryptionOf("theirs"));
    const QStringList target = encryptedSource("out", format, other);
    QFile::remove("empty.raw");
    qemuImg({"create", "-q", "-f", "raw", "empty.raw", QString::number(diskSize)});
    QCOMPARE(qemuHash(target, m_folder.path()), fileHash("empty.raw"));
    writeByQemu(target, {"write -P 6 1000k 700", "write -P 6 5M 1M"});
    qemuIo("empty.raw", {"write -P 6 1000k 700", "write -P 6 5M 1M"}, {"-f", "raw"});
    QCOMPARE(qemuHash(target, m_folder.path()), fileHash("empty.raw"));
    QCOMPARE(guestHash(openDisk("out", other)), fileHash("empty.raw"));
}

/// With the same key, for a key is random.
void TestConvertEncrypted::bytesDoNotDependOnThreads()
{
    const VirtualDisk disk = openDisk("disk.raw");
    ConvertOptions options;
    options.format = "qcow2";
    options.image.encryption = quickEncryption(NewEncryption::Format::Luks);
    options.image.key = makeKey(*options.image.encryption, {});
    std::vector<std::byte> first;
    for (const unsigned threads : {1U, 2U, 7U}) {
        options.threads = threads;
        MemoryFile file{std::vector<std::byte>{}};
        writeImage(disk, file, options, {});
        const std::vector<std::byte> bytes = bytesOf(file);
        if (first.empty())
            first = bytes;
        QVERIFY(bytes == first);
    }
}

void TestConvertEncrypted::everyWriteMayFail_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("isLuks");
    QTest::addColumn<bool>("withStates");
    QTest::newRow("qcow2 luks") << "qcow2" << true << false;
    QTest::newRow("qcow2 aes") << "qcow2" << false << false;
    QTest::newRow("qcow aes") << "qcow" << false << false;
    QTest::newRow("snapshots luks") << "qcow2" << true << true;
}

void TestConvertEncrypted::everyWriteMayFail()
{
    QFETCH(const QString, format);
    QFETCH(const bool, isLuks);
    QFETCH(const bool, withStates);
    const VirtualDisk disk = openDisk(withStates ? "plain.qcow2" : "disk.raw");
    ConvertOptions options;
    options.format = format.toStdString();
    options.threads = 2;
    options.image.encryption
        = quickEncryption(isLuks ? NewEncryption::Format::Luks : NewEncryption::Format::Aes);
    options.image.key = makeKey(*options.image.encryption, {});
    const auto writes = [&](std::optional<unsigned> failing) {
        FaultyFile::Faults faults;
        faults.failWrite = failing;
        FaultyFile file{std::make_shared<MemoryFile>(std::vector<std::byte>{}), faults};
        if (withStates)
            writeStates(disk.chain(), file, options, {});
        else
            writeImage(disk, file, options, {});
        return file.writes();
    };
    const unsigned all = writes({});
    QVERIFY(all >= 3);
    for (unsigned failing = 0; failing < all; ++failing) {
        bool failed = false;
        try {
            writes(failing);
        } catch (const IoError&) {
            failed = true;
        }
        QVERIFY2(failed, qPrintable(QString("write %1 of %2").arg(failing).arg(all)));
    }
}

QTEST_APPLESS_MAIN(TestConvertEncrypted)
#include "tst_convertencrypted.moc"
