// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

/// What check counts, in the keys of qemu-img's JSON; keys that are 0 are left out there.
QMap<QString, quint64> counts(const CheckReport& report)
{
    QMap<QString, quint64> result{{"check-errors", report.checkErrors},
        {"corruptions", report.corruptions}, {"leaks", report.leaks},
        {"total-clusters", report.totalClusters}, {"allocated-clusters", report.allocatedClusters},
        {"fragmented-clusters", report.fragmentedClusters},
        {"compressed-clusters", report.compressedClusters},
        {"image-end-offset", report.imageEnd->value}};
    result.removeIf([](const auto& entry) { return entry.value() == 0; });
    return result;
}

QMap<QString, quint64> qemuCounts(const QString& path)
{
    QMap<QString, quint64> result;
    const QJsonObject object = qemuJson({"check", path}).object();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (it.value().isDouble() && it.value().toDouble() != 0)
            result[it.key()] = static_cast<quint64>(it.value().toDouble());
    }
    return result;
}

} // namespace

class TestQcow2Options : public QObject {
    Q_OBJECT
private slots:
    void readsAndChecksLikeQemu_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("passphrase");
        const auto row = [](const QString& options, const QString& passphrase = {}) {
            QTest::addRow("%s", qPrintable(options)) << options << passphrase;
        };
        for (const char* version : {"compat=0.10", "compat=1.1"}) {
            for (const char* cluster :
                {"512", "1k", "2k", "4k", "8k", "16k", "32k", "64k", "128k", "512k", "2M"})
                row(QString("%1,cluster_size=%2").arg(version, cluster));
        }
        for (const char* bits : {"1", "2", "4", "8", "32", "64"}) {
            row(QString("refcount_bits=%1,cluster_size=4k").arg(bits));
            row(QString("refcount_bits=%1").arg(bits));
        }
        for (const char* cluster : {"16k", "64k", "128k", "2M"})
            row(QString("extended_l2=on,cluster_size=%1").arg(cluster));
        row("compression_type=zstd,cluster_size=512");
        row("compression_type=zstd,cluster_size=4k");
        row("compression_type=zstd");
        row("compression_type=zstd,cluster_size=2M");
        row("extended_l2=on,compression_type=zstd");
        row("lazy_refcounts=on");
        row("preallocation=metadata");
        row("preallocation=falloc,cluster_size=4k");
        row("preallocation=full,extended_l2=on");
        row("encrypt.format=aes,encrypt.key-secret=oracle", "sesame");
        row("encrypt.format=aes,encrypt.key-secret=oracle,cluster_size=512,compat=0.10",
            "a passphrase longer than sixteen");
        for (const char* cipher : {"aes-128", "aes-256", "serpent-256", "twofish-256"})
            row(QString("encrypt.format=luks,encrypt.key-secret=oracle,encrypt.iter-time=100,"
                        "encrypt.cipher-alg=%1")
                    .arg(cipher),
                "sesame");
        row("encrypt.format=luks,encrypt.key-secret=oracle,encrypt.iter-time=100,cluster_size=4k",
            "sesame");
        row("encrypt.format=luks,encrypt.key-secret=oracle,encrypt.iter-time=100,encrypt.cipher-"
            "mode=cbc,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256,extended_l2=on",
            "sesame");
    }
    void readsAndChecksLikeQemu()
    {
        QFETCH(const QString, options);
        QFETCH(const QString, passphrase);
        const bool encrypted = !passphrase.isEmpty();
        QTemporaryDir folder;
        const QString image = folder.filePath("disk.qcow2");
        QStringList create{"create", "-q", "-f", "qcow2", "-o", options, image, "5000000"};
        if (encrypted)
            create = QStringList{"create", "-q", "--object", "secret,id=oracle,data=" + passphrase}
                + create.mid(2);
        qemuImg(create);
        QStringList io;
        QString named = image;
        if (encrypted) {
            io = encryptedSource(image, "qcow2", passphrase);
            named = io.takeLast();
        }

        const QStringList first{"write -P 1 0 300k", "write -P 2 700k 5k", "write -P 3 2M 1M",
            "write -z 2200k 200k", "discard 2700k 128k", "write -P 4 4999680 512"};
        const QStringList second{
            "write -P 5 100k 64k", "write -z -u 2M 128k", "write -P 6 3500k 1000"};
        const auto source
            = encrypted ? encryptedSource(image, "qcow2", passphrase) : QStringList{image};
        qemuIo(named, first, io);
        const bool oneBit = options.startsWith("refcount_bits=1");
        // Compressed clusters share host clusters: with a snapshot they overflow narrow counts.
        const bool narrow = QRegularExpression{"refcount_bits=[248]\\b"}.match(options).hasMatch();
        if (!encrypted && !narrow)
            compressSome(image, options);
        if (!oneBit)
            qemuImg(QStringList{"snapshot", "-c", "first"} + source);
        qemuIo(named, second, io);

        const std::optional<QString> key = encrypted ? std::optional{passphrase} : std::nullopt;
        const VirtualDisk disk = openDisk(image, key);
        QCOMPARE(guestHash(disk), qemuHash(source, folder.path()));
        if (!oneBit)
            QCOMPARE(guestHash(openDisk(image, key, 0)),
                qemuHash(QStringList{"-l", "snapshot.id=1"} + source, folder.path()));
        if (!encrypted) // qemu-img check needs the passphrase as well
            QCOMPARE(counts(disk.chain().layers[0].image->check({}, {})), qemuCounts(image));
        else
            QCOMPARE(disk.chain().layers[0].image->check({}, {}).findings.size(), std::size_t{0});
        QVERIFY(disk.chain().layers[0].image->quickLook().findings.empty());
    }

    void externalDataFiles_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addRow("its data file is no image by itself") << "data_file=%1/data.bin";
        QTest::addRow("its data file is a raw image") << "data_file=%1/data.bin,data_file_raw=on";
        QTest::addRow("with extended entries") << "data_file=%1/data.bin,extended_l2=on";
    }
    void externalDataFiles()
    {
        QFETCH(const QString, options);
        QTemporaryDir folder;
        const QString image = folder.filePath("disk.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", "-o", options.arg(folder.path()), image, "8M"});
        qemuIo(image,
            {"write -P 1 0 100k", "write -P 2 3M 1M", "write -z 3500k 64k", "discard 3M 64k"});
        const VirtualDisk disk = openDisk(image);
        QCOMPARE(guestHash(disk), qemuHash({image}, folder.path()));
        QCOMPARE(counts(disk.chain().layers[0].image->check({}, {})), qemuCounts(image));
    }

    void threeHundredSnapshots()
    {
        QTemporaryDir folder;
        const QString image = folder.filePath("disk.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", image, "4M"});
        for (int i = 0; i < 300; ++i) {
            qemuIo(image, {QString("write -P %1 %2k 12k").arg(i % 255 + 1).arg(i * 11 % 4000)});
            qemuImg({"snapshot", "-c", QString("state %1").arg(i), image});
        }
        const VirtualDisk now = openDisk(image);
        QCOMPARE(now.chain().layers[0].image->snapshots().size(), std::size_t{300});
        QCOMPARE(counts(now.chain().layers[0].image->check({}, {})), qemuCounts(image));
        for (int i = 0; i < 300; ++i) {
            QCOMPARE(guestHash(openDisk(image, {}, static_cast<std::size_t>(i))),
                qemuHash({"-l", QString("snapshot.name=state %1").arg(i), image}, folder.path()));
        }
    }

    void snapshotsOfAnotherSize()
    {
        QTemporaryDir folder;
        const QString image = folder.filePath("disk.qcow2");
        qemuImg({"create", "-q", "-f", "qcow2", image, "3M"});
        qemuIo(image, {"write -P 1 0 3M"});
        qemuImg({"snapshot", "-c", "small", image});
        qemuImg({"resize", "-q", image, "9M"});
        qemuIo(image, {"write -P 2 2M 6M"});
        // qemu-img convert -l gives a snapshot the size of the active disk; rolled back, it has its
        // own.
        QByteArray hash;
        {
            const VirtualDisk small = openDisk(image, {}, 0); // closed before qemu-img writes
            QCOMPARE(small.size().value, std::uint64_t{3} << 20);
            hash = guestHash(small);
        }
        qemuImg({"snapshot", "-a", "small", image});
        QCOMPARE(hash, qemuHash({image}, folder.path()));
    }

private:
    /// Adds compressed clusters where nothing was written yet: QEMU refuses to compress over data.
    static void compressSome(const QString& image, const QString& options)
    {
        if (!options.contains("preallocation") && !options.contains("cluster_size=2M"))
            qemuIo(image, {"write -c -P 7 4M 512k"});
    }
};

QTEST_APPLESS_MAIN(TestQcow2Options)
#include "tst_qcow2options.moc"
