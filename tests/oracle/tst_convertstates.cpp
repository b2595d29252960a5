// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/MemoryFile.h"
#include "core/operations/ConvertStates.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"
#include "tests/support/SnapshotHistory.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

/// Everything that qemu-img says of the snapshots, place of their tables aside.
QJsonValue snapshotsOf(const QString& path)
{
    return qemuJson({"info", "--output=json", path})["snapshots"];
}

/// Writes a big-endian number into the entry of snapshot `index`.
void patchSnapshot(const QString& path, std::size_t index, std::uint64_t field, quint64 value)
{
    QFile file{path};
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray header = file.read(72);
    const auto* const bytes = reinterpret_cast<const std::byte*>(header.constData());
    std::uint64_t at = loadBig<std::uint64_t>(bytes + 64);
    for (std::size_t i = 0; i < index; ++i) {
        QVERIFY(file.seek(static_cast<qint64>(at)));
        const QByteArray head = file.read(40);
        const auto* const entry = reinterpret_cast<const std::byte*>(head.constData());
        at += 40 + loadBig<std::uint32_t>(entry + 36) + loadBig<std::uint16_t>(entry + 12)
            + loadBig<std::uint16_t>(entry + 14);
        at = (at + 7) / 8 * 8;
    }
    std::array<std::byte, 8> word{};
    storeBig(word.data(), value);
    QVERIFY(file.seek(static_cast<qint64>(at + field)));
    file.write(reinterpret_cast<const char*>(word.data()), word.size());
}
constexpr std::uint64_t vmStateField = 40;
constexpr std::uint64_t diskSizeField = 48;

BackingChain chainOf(const QString& path)
{
    return openChain(path.toStdString(), {}, OpenPolicy::trustPlainPaths(), {});
}

} // namespace

/// A conversion that keeps the snapshots keeps everything about them.
class TestConvertStates final : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void everyStateStays_data();
    void everyStateStays();
    void randomLivesStay_data();
    void randomLivesStay();
    void whatIsSharedStaysShared();
    void savedMemoryStays_data();
    void savedMemoryStays();
    void chainsAreFlattened();
    void manySnapshots();
    void tooManyReferencesAreCopied();
    void everyWriteMayFail();
    void bytesDoNotDependOnThreads();
    void claimedSizesTakeNoTime_data();
    void claimedSizesTakeNoTime();
    void cutStreamsAreNotShared();
    void refusals_data();
    void refusals();

private:
    void makeStates(const QString& options);
    void compareStates(const QString& source, const QString& target);
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestConvertStates::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir::setCurrent(m_folder->path()));
}

void TestConvertStates::cleanup()
{
    QDir::setCurrent("/");
    m_folder.reset();
}

/// Four snapshots, two of them of a larger disk, and a present state that went on from the first.
void TestConvertStates::makeStates(const QString& options)
{
    qemuImg({"create", "-q", "-f", "qcow2", "-o", options, "source", "20M"});
    qemuIo("source", {"write -P 1 0 5M", "write -P 2 12M 300k"});
    qemuImg({"snapshot", "-c", "first", "source"});
    qemuIo("source", {"write -P 3 1M 70k", "discard 12M 100k"});
    if (!options.contains("2M")) // whole clusters only can be compressed
        qemuIo("source", {"write -c -P 9 14M 64k", "write -c -P 8 15M 64k"});
    qemuImg({"snapshot", "-c", "second, with a comma", "source"});
    if (!options.contains("0.10"))
        qemuImg({"resize", "-q", "source", "30M"});
    qemuIo("source", {"write -P 4 16M 1M", "write -z 2M 1M"});
    qemuImg({"snapshot", "-c", "third", "source"});
    qemuImg({"snapshot", "-c", "third again", "source"});
    qemuImg({"snapshot", "-a", "first", "source"});
    qemuIo("source", {"write -P 7 3M 200k"});
}

void TestConvertStates::compareStates(const QString& source, const QString& target)
{
    const Finished theirs = run("qemu-img", {"check", target});
    QVERIFY2(theirs.exitCode == 0, theirs.output + theirs.errors);
    const Finished ours = platterCli({"check", target});
    QVERIFY2(ours.exitCode == 0, ours.output + ours.errors);
    const Finished same = run("qemu-img", {"compare", source, target});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
    QCOMPARE(snapshotsOf(target), snapshotsOf(source));
    for (const QJsonValue snapshot : snapshotsOf(source).toArray()) {
        const QString id = "snapshot.id=" + snapshot["id"].toString();
        QCOMPARE(qemuHash({"-l", id, target}, m_folder->path()),
            qemuHash({"-l", id, source}, m_folder->path()));
    }
}

void TestConvertStates::everyStateStays_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QStringList>("target");
    for (const char* source : {"cluster_size=64k", "cluster_size=4k", "cluster_size=512",
             "cluster_size=2M", "extended_l2=on", "compression_type=zstd", "compat=0.10",
             "refcount_bits=64,cluster_size=16k"}) {
        for (const char* target : {"", "-c", "-o cluster_size=4k,extended_l2=off",
                 "-o cluster_size=2M,compat=1.1,extended_l2=off",
                 "-c -o cluster_size=16k,extended_l2=off,compat=1.1",
                 "-o extended_l2=on,cluster_size=128k,compat=1.1",
                 "-o refcount_bits=8,cluster_size=512,extended_l2=off,compat=1.1"})
            QTest::addRow("%s to %s", source, target)
                << QString(source) << QString(target).split(' ', Qt::SkipEmptyParts);
    }
}

void TestConvertStates::everyStateStays()
{
    QFETCH(const QString, source);
    QFETCH(const QStringList, target);
    makeStates(source);
    const Finished done = platterCli(QStringList{"convert", "--keep-snapshots", "-O", "qcow2"}
        + target + QStringList{"source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    compareStates("source", "target");
}

void TestConvertStates::randomLivesStay_data()
{
    QTest::addColumn<quint32>("seed");
    QTest::addColumn<QStringList>("target");
    const QList<QStringList> targets{{}, {"-c"}, {"-o", "cluster_size=2k,extended_l2=off"},
        {"-o", "cluster_size=256k,extended_l2=on"}};
    for (quint32 seed = 500; seed < 516; ++seed)
        QTest::addRow("seed %u", seed) << seed << targets[seed % targets.size()];
}

void TestConvertStates::randomLivesStay()
{
    QFETCH(const quint32, seed);
    QFETCH(const QStringList, target);
    SnapshotHistory history{seed, m_folder->path()};
    for (int i = 0; i < 10; ++i)
        history.step();
    const Finished done = platterCli(QStringList{"convert", "--keep-snapshots", "-O", "qcow2"}
        + target + QStringList{history.image(), "target"});
    QVERIFY2(done.exitCode == 0, qPrintable(done.errors + history.told()));
    compareStates(history.image(), "target");
}

void TestConvertStates::whatIsSharedStaysShared()
{
    qemuImg({"create", "-q", "-f", "qcow2", "source", "64M"});
    qemuIo("source", {"write -P 1 0 20M"});
    for (int i = 0; i < 10; ++i) {
        qemuImg({"snapshot", "-c", QString::number(i), "source"});
        qemuIo("source", {QString("write -P %1 %2M 64k").arg(i + 2).arg(i)});
    }
    // Of 220 MiB in eleven states, 20 MiB and ten clusters are different.
    for (const QStringList& target : {QStringList{}, QStringList{"-o", "cluster_size=16k"},
             QStringList{"-o", "cluster_size=128k"}}) {
        const Finished done
            = platterCli(QStringList{"convert", "--overwrite", "--keep-snapshots", "-O", "qcow2"}
                + target + QStringList{"source", "target"});
        QVERIFY2(done.exitCode == 0, done.errors);
        const auto sizeOf = [](const char* path) {
            return qemuJson({"info", "--output=json", path})["actual-size"].toDouble();
        };
        QVERIFY2(sizeOf("target") < sizeOf("source") * 1.1,
            qPrintable(QString("%1 of %2").arg(sizeOf("target")).arg(sizeOf("source"))));
    }
    // Deleting works on the result: the counts are what QEMU expects.
    for (int i = 0; i < 10; ++i) {
        qemuImg({"snapshot", "-d", QString::number(i), "target"});
        qemuImg({"check", "target"});
    }
}

void TestConvertStates::savedMemoryStays_data()
{
    QTest::addColumn<QStringList>("target");
    QTest::newRow("as it is") << QStringList{};
    QTest::newRow("compressed") << QStringList{"-c"};
    QTest::newRow("small clusters") << QStringList{"-o", "cluster_size=512"};
    QTest::newRow("large clusters") << QStringList{"-o", "cluster_size=1M"};
}

void TestConvertStates::savedMemoryStays()
{
    QFETCH(const QStringList, target);
    Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "running");
    builder.savedMemory();
    QFile file{"source"};
    QVERIFY(file.open(QIODevice::WriteOnly));
    const auto all = builder.bytes();
    file.write(reinterpret_cast<const char*>(all.data()), static_cast<qint64>(all.size()));
    file.close();
    const Finished done = platterCli(QStringList{"convert", "--keep-snapshots", "-O", "qcow2"}
        + target + QStringList{"source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    compareStates("source", "target");
    const auto opened = openImage("target", {}, {});
    QCOMPARE(opened.image->snapshots()[0].vmStateSize.value, Qcow2Builder::memoryBytes);
    const VirtualDisk memory{opened.image, opened.image->vmState(0)};
    std::vector<std::byte> bytes(Qcow2Builder::memoryBytes);
    memory.read(GuestOffset{0}, bytes);
    QCOMPARE(std::count(bytes.begin(), bytes.begin() + 4096, std::byte{7}), 4096);
    QCOMPARE(std::count(bytes.begin() + 4096, bytes.end(), std::byte{0}), 4096);
}

void TestConvertStates::chainsAreFlattened()
{
    qemuImg({"create", "-q", "-f", "raw", "base", "16M"});
    qemuIo("base", {"write -P 1 0 16M"}, {"-f", "raw"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base", "-F", "raw", "source", "24M"});
    qemuIo("source", {"write -P 2 1M 1M"});
    qemuImg({"snapshot", "-c", "one", "source"});
    qemuIo("source", {"write -P 3 2M 1M", "write -z 5M 1M"});
    const Finished done
        = platterCli({"convert", "--keep-snapshots", "-O", "qcow2", "source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    compareStates("source", "target");
    QVERIFY(qemuJson({"info", "--output=json", "target"})["backing-filename"].isUndefined());
    // What the base holds is stored once for both.
    QVERIFY(qemuJson({"info", "--output=json", "target"})["actual-size"].toDouble() < 19e6);
}

void TestConvertStates::manySnapshots()
{
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", "source", "8M"});
    for (int i = 0; i < 200; ++i) {
        qemuIo("source", {QString("write -P %1 %2k 4k").arg(i % 250 + 1).arg(i * 8)});
        qemuImg({"snapshot", "-c", QString("s%1").arg(i), "source"});
    }
    const Finished done
        = platterCli({"convert", "--keep-snapshots", "-O", "qcow2", "source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    qemuImg({"check", "target"});
    QCOMPARE(snapshotsOf("target"), snapshotsOf("source"));
    for (const int i : {0, 1, 57, 120, 199}) {
        const QString name = QString("s%1").arg(i);
        QCOMPARE(qemuHash({"-l", name, "target"}, m_folder->path()),
            qemuHash({"-l", name, "source"}, m_folder->path()));
    }
}

void TestConvertStates::tooManyReferencesAreCopied()
{
    // A count of two bits ends at three: eleven states need four copies of what they share.
    qemuImg({"create", "-q", "-f", "qcow2", "source", "4M"});
    qemuIo("source", {"write -P 1 0 1M"});
    for (int i = 0; i < 10; ++i)
        qemuImg({"snapshot", "-c", QString::number(i), "source"});
    for (const QStringList& options : {QStringList{}, QStringList{"-c"}}) {
        const Finished done = platterCli(QStringList{"convert", "--overwrite", "--keep-snapshots",
                                             "-O", "qcow2", "-o", "refcount_bits=2"}
            + options + QStringList{"source", "target"});
        QVERIFY2(done.exitCode == 0, done.errors);
        compareStates("source", "target");
    }
}

void TestConvertStates::everyWriteMayFail()
{
    makeStates("cluster_size=16k");
    const BackingChain chain = chainOf("source");
    ConvertOptions options;
    options.format = "qcow2";
    options.image.compress = true;
    options.image.level = CompressionLevel::Fast;
    options.threads = 2;
    const auto writes = [&](std::optional<unsigned> failing) {
        FaultyFile::Faults faults;
        faults.failWrite = failing;
        FaultyFile file{std::make_shared<MemoryFile>(std::vector<std::byte>{}), faults};
        writeStates(chain, file, options, {});
        return file.writes();
    };
    const unsigned all = writes({});
    QVERIFY(all > 10);
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

void TestConvertStates::bytesDoNotDependOnThreads()
{
    makeStates("cluster_size=64k");
    QByteArray first;
    for (const char* threads : {"1", "2", "5"}) {
        const Finished done = platterCli({"convert", "--overwrite", "--keep-snapshots", "-c", "-m",
            threads, "-O", "qcow2", "source", "target"});
        QVERIFY2(done.exitCode == 0, done.errors);
        const QByteArray hash = fileHash("target");
        if (first.isEmpty())
            first = hash;
        QCOMPARE(hash, first);
    }
}

void TestConvertStates::claimedSizesTakeNoTime_data()
{
    QTest::addColumn<quint64>("field");
    QTest::newRow("disk") << quint64{diskSizeField};
    QTest::newRow("saved memory") << quint64{vmStateField};
}

void TestConvertStates::claimedSizesTakeNoTime()
{
    QFETCH(const quint64, field);
    makeStates("cluster_size=64k");
    patchSnapshot("source", 1, field, quint64{1} << 49);
    QElapsedTimer timer;
    timer.start();
    const Finished done
        = platterCli({"convert", "--keep-snapshots", "-O", "qcow2", "source", "target"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
    qemuImg({"check", "target"});
    qemuImg({"compare", "source", "target"});
    const auto first = [](const char* path) {
        const VirtualDisk disk{chainOf(path), 1};
        std::vector<std::byte> bytes(20 << 20);
        disk.read(GuestOffset{0}, bytes);
        return bytes;
    };
    QVERIFY(first("source") == first("target"));
    const auto opened = openImage("target", {}, {});
    const SnapshotInfo& snapshot = opened.image->snapshots()[1];
    QCOMPARE((field == diskSizeField ? snapshot.diskSize : snapshot.vmStateSize).value,
        std::uint64_t{1} << 49);
}

/// Two states name the same stream, one of them without its end: what that one shows is not what
/// the other shows.
void TestConvertStates::cutStreamsAreNotShared()
{
    QFile text{"text"};
    QVERIFY(text.open(QIODevice::WriteOnly));
    QRandomGenerator random{4};
    QByteArray digits(1 << 20, Qt::Uninitialized);
    for (char& digit : digits)
        digit = static_cast<char>('0' + random.bounded(10));
    text.write(digits);
    text.close();
    qemuImg({"convert", "-c", "-f", "raw", "-O", "qcow2", "text", "source"});
    qemuImg({"snapshot", "-c", "one", "source"});
    qemuIo("source", {"write -P 1 512k 64k"});
    const auto entry
        = openImage("source", {}, {}).image->activeState().tableEntryOf(GuestOffset{0});
    QVERIFY(entry && entry->level == TableEntry::Level::Leaf);
    QFile file{"source"};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(static_cast<qint64>(entry->at.value)));
    QByteArray word = file.read(8);
    auto* const bytes = reinterpret_cast<std::byte*>(word.data());
    // The number of sectors in bits 54 to 61.
    storeBig(bytes, loadBig<std::uint64_t>(bytes) & ~(std::uint64_t{0xff} << 54));
    QVERIFY(file.seek(static_cast<qint64>(entry->at.value)));
    file.write(word);
    file.close();
    const Finished done
        = platterCli({"convert", "--keep-snapshots", "-O", "qcow2", "source", "target"});
    QCOMPARE(done.exitCode, 1);
    QVERIFY2(done.errors.contains("cannot be decoded"), done.errors);
    QVERIFY(!QFile::exists("target"));
}

void TestConvertStates::refusals_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    QTest::newRow("preallocated") << QStringList{"-O", "qcow2", "-o", "preallocation=full"}
                                  << "cannot be preallocated";
    QTest::newRow("a size that no disk has") << QStringList{"-O", "qcow2"} << "2^63";
    // Without the line that tells of damage.
    QTest::newRow("a table that is cut")
        << QStringList{"-q", "-O", "qcow2"} << "inside the snapshot";
    QTest::newRow("vdi") << QStringList{"-O", "vdi"} << "cannot hold snapshots";
    QTest::newRow("raw") << QStringList{"-O", "raw"} << "cannot hold snapshots";
    QTest::newRow("one of them") << QStringList{"-O", "qcow2", "-l", "first"} << "Only one of";
    QTest::newRow("a table that cannot be read") << QStringList{"-O", "qcow2"} << "L1 table";
}

void TestConvertStates::refusals()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    makeStates("cluster_size=64k");
    if (words == "2^63")
        patchSnapshot("source", 1, diskSizeField, ~quint64{0});
    if (words.startsWith("inside")) {
        QFile file{"source"};
        QVERIFY(file.open(QIODevice::ReadWrite));
        // The table goes to the end of the file, and only the beginning of it.
        std::array<std::byte, 8> word{};
        QVERIFY(file.seek(64));
        file.read(reinterpret_cast<char*>(word.data()), word.size());
        QVERIFY(file.seek(static_cast<qint64>(loadBig<std::uint64_t>(word.data()))));
        const QByteArray beginning = file.read(150);
        const qint64 end = (file.size() + 65535) / 65536 * 65536;
        QVERIFY(file.seek(end));
        file.write(beginning);
        storeBig(word.data(), static_cast<std::uint64_t>(end));
        QVERIFY(file.seek(64));
        file.write(reinterpret_cast<const char*>(word.data()), word.size());
    }
    if (words == "L1 table") {
        // The L1 table of the first snapshot lies past every possible file.
        const auto opened = openImage("source", {}, {});
        QFile file{"source"};
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(64));
        const QByteArray field = file.read(8);
        QVERIFY(file.seek(static_cast<qint64>(
            loadBig<std::uint64_t>(reinterpret_cast<const std::byte*>(field.constData())))));
        file.write(QByteArray(8, '\x7f'));
    }
    const Finished done = platterCli(
        QStringList{"convert", "--keep-snapshots"} + arguments + QStringList{"source", "target"});
    QCOMPARE(done.exitCode, 1);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QVERIFY(!QFile::exists("target"));
}

QTEST_APPLESS_MAIN(TestConvertStates)
#include "tst_convertstates.moc"
