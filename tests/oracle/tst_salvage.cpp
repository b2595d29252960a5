// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Salvage.h"
#include "core/io/MemoryFile.h"
#include "core/operations/SalvageImage.h"
#include "tests/support/LostStructures.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr Lost everyLoss[]
    = {Lost::Header, Lost::L1, Lost::Refcounts, Lost::HeaderAndL1, Lost::AllButL2};

const char* nameOf(Lost lost)
{
    switch (lost) {
    case Lost::Header: return "header";
    case Lost::L1: return "L1";
    case Lost::L2: return "L2";
    case Lost::Refcounts: return "refcounts";
    case Lost::HeaderAndL1: return "header and L1";
    case Lost::AllButL2: return "all but L2";
    }
    return "";
}

/// An image that is written all over, so that there is no gap to be unsure of.
void makeFull(const QString& path, const QString& options, int mebibytes)
{
    qemuImg({"create", "-q", "-f", "qcow2", "-o", options, path, QString("%1M").arg(mebibytes)});
    QStringList commands;
    for (int i = 0; i < mebibytes; ++i)
        commands << QString("write -P %1 %2M 1M").arg(1 + i % 250).arg(i);
    qemuIo(path, commands);
}

std::shared_ptr<MemoryFile> fileOf(std::vector<std::byte> bytes)
{
    return std::make_shared<MemoryFile>(std::move(bytes));
}

} // namespace

class TestSalvage : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }

    void writesWhatWasThere_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<int>("mebibytes");
        QTest::addColumn<int>("snapshots");
        QTest::addColumn<int>("lost");
        const struct {
            const char* name;
            const char* options;
            int mebibytes;
            int snapshots;
        } images[] = {{"512 B", "cluster_size=512", 2, 0}, {"4 KiB", "cluster_size=4096", 9, 0},
            {"64 KiB", "cluster_size=65536", 3, 0}, {"2 MiB", "cluster_size=2M", 8, 0},
            {"version 2", "compat=0.10,cluster_size=4096", 5, 0},
            {"extended", "extended_l2=on,cluster_size=16384", 24, 0},
            {"4 KiB with snapshots", "cluster_size=4096", 9, 2},
            {"64 KiB with snapshots", "cluster_size=65536", 3, 1}};
        for (const auto& image : images) {
            for (const Lost lost : everyLoss)
                QTest::addRow("%s: %s", image.name, nameOf(lost))
                    << QString(image.options) << image.mebibytes << image.snapshots
                    << static_cast<int>(lost);
        }
    }
    void writesWhatWasThere()
    {
        QFETCH(const QString, options);
        QFETCH(const int, mebibytes);
        QFETCH(const int, snapshots);
        QFETCH(const int, lost);
        const QString image = m_folder->filePath("whole.qcow2");
        const QString damaged = m_folder->filePath("damaged.qcow2");
        const QString result = m_folder->filePath("result.qcow2");
        makeFull(image, options, mebibytes);
        for (int i = 0; i < snapshots; ++i) {
            qemuImg({"snapshot", "-c", QString("s%1").arg(i), image});
            qemuIo(image, {QString("write -P 251 %1M 300k").arg(i)});
        }
        QVERIFY(QFile::copy(image, damaged));
        loseStructures(damaged, static_cast<Lost>(lost), Filler::Noise);
        const QByteArray before = fileHash(damaged);
        const Finished finished = platterCli({"salvage", damaged, result});
        QVERIFY2(finished.exitCode == 0, finished.errors.constData());
        QCOMPARE(fileHash(damaged), before);
        qemuImg({"check", "-q", result});
        const Finished compared = run("qemu-img", {"compare", image, result});
        QVERIFY2(compared.exitCode == 0, compared.output + finished.output);
    }

    void keepsCompressedClusters_data()
    {
        QTest::addColumn<QString>("type");
        QTest::newRow("zlib") << "zlib";
        QTest::newRow("zstd") << "zstd";
    }
    void keepsCompressedClusters()
    {
        QFETCH(const QString, type);
        const QString plain = m_folder->filePath("plain.qcow2");
        const QString image = m_folder->filePath("whole.qcow2");
        makeFull(plain, "cluster_size=65536", 12);
        qemuImg({"convert", "-c", "-O", "qcow2", "-o",
            "cluster_size=16384,compression_type=" + type, plain, image});
        const QString result = m_folder->filePath("result.qcow2");
        for (const Lost lost : everyLoss) {
            const QString damaged = m_folder->filePath("damaged.qcow2");
            QFile::remove(damaged);
            QFile::remove(result);
            QVERIFY(QFile::copy(image, damaged));
            loseStructures(damaged, lost, Filler::Zeros);
            const Finished finished = platterCli({"salvage", damaged, result});
            QVERIFY2(finished.exitCode == 0, finished.errors.constData());
            qemuImg({"check", "-q", result});
            const Finished compared = run("qemu-img", {"compare", image, result});
            QVERIFY2(compared.exitCode == 0, nameOf(lost) + compared.output + finished.output);
        }
    }

    void planWritesNothing()
    {
        const QString image = m_folder->filePath("whole.qcow2");
        makeFull(image, "cluster_size=4096", 5);
        loseStructures(image, Lost::L1, Filler::Zeros);
        const QStringList before = QDir(m_folder->path()).entryList();
        const QByteArray hash = fileHash(image);
        const Finished human = platterCli({"salvage", "--plan", image});
        QCOMPARE(human.exitCode, 0);
        QVERIFY(human.output.contains("L1 table"));
        const Finished finished = platterCli({"--output", "json", "salvage", "--plan", image});
        QCOMPARE(finished.exitCode, 0);
        const QJsonObject plan = QJsonDocument::fromJson(finished.output).object();
        QCOMPARE(plan["virtual-size"].toInt(), 5 << 20);
        QCOMPARE(plan["tables-used"].toInt(), 3);
        const QJsonArray ranges = plan["ranges"].toArray();
        qint64 covered = 0;
        for (const auto range : ranges) {
            QCOMPARE(range.toObject()["start"].toInteger(), covered);
            covered += range.toObject()["length"].toInteger();
            QVERIFY(range.toObject()["percent"].toInt() > 0);
            QVERIFY(!range.toObject()["evidence"].toString().isEmpty());
        }
        QCOMPARE(covered, qint64{5} << 20);
        QCOMPARE(QDir(m_folder->path()).entryList(), before);
        QCOMPARE(fileHash(image), hash);
    }

    void takesAWordFor_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<bool>("isRight");
        QTest::newRow("the right cluster size") << QStringList{"--cluster-size", "4096"} << true;
        QTest::newRow("a wrong cluster size") << QStringList{"--cluster-size", "65536"} << false;
        QTest::newRow("the right L1 table") << QStringList{"--l1", "0x3000"} << true;
        QTest::newRow("a smaller disk") << QStringList{"--size", "1M"} << false;
        QTest::newRow("the order of the file") << QStringList{"--order", "file"} << true;
    }
    void takesAWordFor()
    {
        QFETCH(const QStringList, words);
        QFETCH(const bool, isRight);
        const QString image = m_folder->filePath("whole.qcow2");
        const QString damaged = m_folder->filePath("damaged.qcow2");
        const QString result = m_folder->filePath("result.qcow2");
        makeFull(image, "cluster_size=4096", 5);
        QVERIFY(QFile::copy(image, damaged));
        loseStructures(damaged, Lost::Header, Filler::Zeros);
        const Finished finished
            = platterCli(QStringList{"salvage"} + words + QStringList{damaged, result});
        const bool isSame = finished.exitCode == 0
            && run("qemu-img", {"compare", "-s", "-q", image, result}).exitCode == 0;
        QCOMPARE(isSame, isRight);
    }

    void leavesNamesAlone()
    {
        const QString image = m_folder->filePath("whole.qcow2");
        makeFull(image, "cluster_size=4096", 3);
        loseStructures(image, Lost::Header, Filler::Zeros);
        const QByteArray hash = fileHash(image);
        QCOMPARE(platterCli({"salvage", image, image}).exitCode, 1);
        QCOMPARE(platterCli({"salvage", "--overwrite", image, image}).exitCode, 1);
        const QString other = m_folder->filePath("other");
        QFile taken(other);
        QVERIFY(taken.open(QIODevice::WriteOnly) && taken.write("mine") == 4);
        taken.close();
        QCOMPARE(platterCli({"salvage", image, other}).exitCode, 1);
        QCOMPARE(QFile(other).size(), qint64{4});
        QCOMPARE(platterCli({"salvage", "--overwrite", image, other}).exitCode, 0);
        qemuImg({"check", "-q", other});
        QCOMPARE(fileHash(image), hash);
    }

    void readsLostTablesFromABackup_data()
    {
        QTest::addColumn<int>("lost");
        for (const Lost lost :
            {Lost::Header, Lost::L1, Lost::L2, Lost::HeaderAndL1, Lost::AllButL2})
            QTest::newRow(nameOf(lost)) << static_cast<int>(lost);
    }
    void readsLostTablesFromABackup()
    {
        QFETCH(const int, lost);
        const QString image = m_folder->filePath("whole.qcow2");
        const QString backup = m_folder->filePath("tables");
        const QString damaged = m_folder->filePath("damaged.qcow2");
        const QString result = m_folder->filePath("result.qcow2");
        // Written back to front and with gaps, which nothing but an L1 table can tell.
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=4096", image, "64M"});
        for (int i = 15; i >= 0; --i)
            qemuIo(image, {QString("write -P %1 %2M 100k").arg(1 + i).arg(i * 4)});
        qemuImg({"snapshot", "-c", "one", image});
        const Finished made = platterCli({"backup-metadata", image, backup});
        QVERIFY2(made.exitCode == 0, made.errors.constData());
        QVERIFY(QFile(backup).size() < 20'000);
        QVERIFY(QFile::copy(image, damaged));
        loseStructures(damaged, static_cast<Lost>(lost), Filler::Noise);
        const QByteArray before = fileHash(damaged);
        const Finished finished = platterCli({"salvage", "--backup", backup, damaged, result});
        QVERIFY2(finished.exitCode == 0, finished.errors.constData());
        QCOMPARE(fileHash(damaged), before);
        qemuImg({"check", "-q", result});
        const Finished compared = run("qemu-img", {"compare", "-s", image, result});
        QVERIFY2(compared.exitCode == 0, compared.output + finished.output);
    }

    /// What was written after the backup is in tables that the file still has.
    void keepsWhatIsNewerThanTheBackup()
    {
        const QString image = m_folder->filePath("whole.qcow2");
        const QString backup = m_folder->filePath("tables");
        const QString damaged = m_folder->filePath("damaged.qcow2");
        const QString result = m_folder->filePath("result.qcow2");
        makeFull(image, "cluster_size=4096", 6);
        qemuIo(image, {"discard 1M 64k"});
        QCOMPARE(platterCli({"backup-metadata", image, backup}).exitCode, 0);
        qemuIo(image, {"write -P 99 1M 64k", "write -P 98 5M 16k"});
        QVERIFY(QFile::copy(image, damaged));
        loseStructures(damaged, Lost::HeaderAndL1, Filler::Zeros);
        const Finished finished
            = platterCli({"--output", "json", "salvage", "--backup", backup, damaged, result});
        QVERIFY2(finished.exitCode == 0, finished.errors.constData());
        QVERIFY(finished.output.contains("were written since"));
        qemuImg({"check", "-q", result});
        const Finished compared = run("qemu-img", {"compare", "-s", image, result});
        QVERIFY2(compared.exitCode == 0, compared.output + finished.output);
    }

    void refusesBackupsThatDoNotFit()
    {
        const QString image = m_folder->filePath("whole.qcow2");
        const QString other = m_folder->filePath("other.qcow2");
        const QString backup = m_folder->filePath("tables");
        makeFull(image, "cluster_size=4096", 4);
        // Other places for everything: the first megabytes were written last.
        qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=4096", other, "4M"});
        qemuIo(other, {"write 3M 500k", "write 1M 900k", "write 0 700k"});
        QCOMPARE(platterCli({"backup-metadata", other, backup}).exitCode, 0);
        QCOMPARE(platterCli({"backup-metadata", other, backup}).exitCode, 1); // the name is taken
        // Who may not read the image may not read its tables either.
        QFile::remove(backup);
        QVERIFY(QFile::setPermissions(other, QFile::ReadOwner | QFile::WriteOwner));
        QCOMPARE(platterCli({"backup-metadata", other, backup}).exitCode, 0);
        QVERIFY((QFile::permissions(backup) & (QFile::ReadGroup | QFile::ReadOther)) == 0);
        const QString result = m_folder->filePath("result.qcow2");
        const Finished foreign = platterCli({"salvage", "--backup", backup, image, result});
        QCOMPARE(foreign.exitCode, 1);
        QVERIFY2(foreign.errors.contains("another image"), foreign.errors.constData());
        QFile file(backup);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray whole = file.readAll();
        file.close();
        QRandomGenerator random(3);
        for (int i = 0; i < 60; ++i) {
            QByteArray bytes = whole;
            if (i % 2 == 0)
                bytes.truncate(random.bounded(static_cast<int>(whole.size())));
            else
                bytes[random.bounded(static_cast<int>(whole.size()))]
                    ^= static_cast<char>(1 << random.bounded(8));
            std::vector<std::byte> copy(static_cast<std::size_t>(bytes.size()));
            std::memcpy(copy.data(), bytes.constData(), copy.size());
            QVERIFY_THROWS_EXCEPTION(FormatError, (MetadataBackup{fileOf(copy), {}}));
        }
        QVERIFY(!QFile::exists(result));
    }

    /// A compressed cluster that was overwritten reads as zeros, and is told.
    void tellsOfStreamsThatDoNotDecode()
    {
        const QString plain = m_folder->filePath("plain.qcow2");
        const QString image = m_folder->filePath("whole.qcow2");
        makeFull(plain, "cluster_size=65536", 2);
        qemuImg({"convert", "-c", "-O", "qcow2", plain, image});
        const QJsonArray map = qemuJson({"map", image}).array();
        QVERIFY(!map.isEmpty());
        QFile file(image);
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(0x50000); // the first stream lies behind header, counts, L1 and L2 table
        QVERIFY(file.write(QByteArray(20, '\xff')) == 20);
        file.close();
        const Finished finished = platterCli({"--output", "json", "salvage", "--plan", image});
        QCOMPARE(finished.exitCode, 0);
        QVERIFY(QJsonDocument::fromJson(finished.output)["streams-left-out"].toInt() >= 1);
        const QString result = m_folder->filePath("result.qcow2");
        QCOMPARE(platterCli({"salvage", image, result}).exitCode, 0);
        qemuImg({"check", "-q", result});
    }

    void endsOnHostileFiles_data()
    {
        QTest::addColumn<int>("kind");
        const char* const names[] = {"one byte", "all ones", "noise",
            "entries that lead to themselves", "every word leads to the first cluster",
            "an empty file", "a table of billions", "words that rise"};
        for (int i = 0; i < 8; ++i)
            QTest::newRow(names[i]) << i;
    }
    void endsOnHostileFiles()
    {
        QFETCH(const int, kind);
        std::vector<std::byte> bytes(kind == 0 ? 1 : kind == 5 ? 0 : 3 << 20);
        QRandomGenerator random(5);
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            std::uint64_t word = 0;
            switch (kind) {
            case 1: word = ~std::uint64_t{0}; break;
            case 2: word = random.generate64(); break;
            case 3: word = at / 4096 * 4096 | Qcow2Builder::copied; break;
            case 4: word = 0x10000 | Qcow2Builder::copied; break;
            case 6: word = 0x0000'0000'0001'0000; break;
            case 7: word = (at * 512) % (3 << 20) / 512 * 512; break;
            default: break;
            }
            storeBig(bytes.data() + at, word);
        }
        if (kind == 6) {
            Qcow2Builder builder;
            builder.set("size", std::uint64_t{1} << 41).set("l1_size", 4'194'304);
            const auto header = builder.bytes();
            std::copy_n(header.begin(), 4096, bytes.begin());
        }
        const auto file = fileOf(bytes);
        try {
            const SalvagePlan plan = planSalvage(file, {}, {});
            QVERIFY(plan.image != nullptr);
        } catch (const Error& error) {
            QVERIFY(std::string_view{error.what()}.size() > 20);
        }
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestSalvage)
#include "tst_salvage.moc"
