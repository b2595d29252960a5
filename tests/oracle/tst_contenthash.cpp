// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/io/MemoryFile.h"
#include "core/operations/ContentHash.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"
#include "tests/support/RecordingFile.h"

#include <QCryptographicHash>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr qsizetype block = 1 << 20;

QByteArray sha256(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
}

/// As ContentHash.h describes it, without a thought for speed.
QString hashByTheBook(const QByteArray& disk)
{
    QList<QByteArray> level;
    for (qsizetype at = 0; at < disk.size() || at == 0; at += block)
        level << sha256(QByteArray(1, 0) + disk.mid(at, block).leftJustified(block, '\0'));
    const QByteArray zeros = sha256(QByteArray(1, 0) + QByteArray(block, '\0'));
    while ((level.size() & (level.size() - 1)) != 0)
        level << zeros;
    while (level.size() > 1) {
        QList<QByteArray> above;
        for (qsizetype i = 0; i < level.size(); i += 2)
            above << sha256(QByteArray(1, 1) + level[i] + level[i + 1]);
        level = above;
    }
    QByteArray length(8, '\0');
    qToBigEndian(static_cast<quint64>(disk.size()), length.data());
    return "platter-1:" + sha256(QByteArray(1, 2) + length + level[0]).toHex();
}

QString hashOf(const QString& file, const QStringList& options = {})
{
    const Finished finished = platterCli(QStringList{"hash"} + options + QStringList{file});
    if (finished.exitCode != 0)
        throw std::runtime_error(finished.errors.toStdString());
    return QString{finished.output}.section(' ', 0, 0).trimmed();
}

QByteArray contentOf(const QString& path)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot read " + path.toStdString());
    return file.readAll();
}

} // namespace

/// Equal disks have equal hashes, others have not.
class TestContentHash final : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir::setCurrent(m_folder->path()));
    }
    void cleanup() { QDir::setCurrent("/"); }
    void byTheBook_data();
    void byTheBook();
    void sameInEveryFormat();
    void everyByteCounts();
    void statesOneByOne();
    void whatStatesShareIsReadOnce();
    void copiesOfAnySize_data();
    void copiesOfAnySize();
    void hugeSparseDisks();
    void refusals();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestContentHash::byTheBook_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<QStringList>("writes");
    QTest::addRow("nothing but zeros") << qint64{5 << 20} << QStringList{};
    QTest::addRow("one sector") << qint64{512} << QStringList{"write -P 1 0 512"};
    QTest::addRow("one block") << qint64{1 << 20} << QStringList{"write -P 1 100k 512"};
    QTest::addRow("a power of two") << qint64{8 << 20} << QStringList{"write -P 1 7M 1M"};
    QTest::addRow("the end is in a block")
        << qint64{(11 << 20) + 1536} << QStringList{"write -P 1 11M 1536", "write -P 3 2M 3M"};
    QTest::addRow("written zeros")
        << qint64{6 << 20} << QStringList{"write -P 0 0 2M", "write -P 4 3M 64k"};
}

void TestContentHash::byTheBook()
{
    QFETCH(const qint64, size);
    QFETCH(const QStringList, writes);
    qemuImg({"create", "-q", "-f", "raw", "disk", QString::number(size)});
    if (!writes.isEmpty())
        qemuIo("driver=raw,file.filename=disk", writes, {"--image-opts"});
    QCOMPARE(hashOf("disk", {"-f", "raw"}), hashByTheBook(contentOf("disk")));
    QCOMPARE(hashOf("disk", {"-f", "raw", "-m", "1"}), hashByTheBook(contentOf("disk")));
    QCOMPARE(hashOf("disk", {"-f", "raw", "-m", "7"}), hashByTheBook(contentOf("disk")));
}

void TestContentHash::sameInEveryFormat()
{
    qemuImg({"create", "-q", "-f", "qcow2", "base.qcow2", "70M"});
    qemuIo("base.qcow2", {"write -P 1 1M 3M", "write -P 2 50M 700k", "write -z 60M 2M"});
    qemuImg({"convert", "-O", "raw", "base.qcow2", "plain.raw"});
    const QString expected = hashByTheBook(contentOf("plain.raw"));
    for (const QStringList& target : QList<QStringList>{{"raw"}, {"qcow2", "-c"},
             {"qcow2", "-o", "cluster_size=512"}, {"qcow2", "-o", "preallocation=full"}, {"qcow"},
             {"vdi"}, {"vdi", "-o", "static=on"}, {"raw", "-S", "0"}}) {
        qemuImg(QStringList{"convert", "-O"} + target + QStringList{"base.qcow2", "same"});
        QCOMPARE(hashOf("same"), expected);
    }
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "over.qcow2"});
    QCOMPARE(hashOf("over.qcow2"), expected);
    qemuIo("over.qcow2", {"write -P 3 1M 512"});
    QVERIFY(hashOf("over.qcow2") != expected);
    qemuIo("over.qcow2", {"write -P 1 1M 512"});
    QCOMPARE(hashOf("over.qcow2"), expected);
}

void TestContentHash::everyByteCounts()
{
    QSet<QString> hashes;
    for (const char* place : {"0", "511", "1048575", "1048576", "3145727"}) {
        qemuImg({"create", "-q", "-f", "raw", "disk", "3M"});
        qemuIo("driver=raw,file.filename=disk", {QString("write -P 1 %1 1").arg(place)},
            {"--image-opts"});
        hashes << hashOf("disk", {"-f", "raw"});
    }
    // The size is part of it, even where only zeros are added.
    for (const char* size : {"512", "1M", "3M", "4M", "5M"}) {
        qemuImg({"create", "-q", "-f", "raw", "disk", size});
        hashes << hashOf("disk", {"-f", "raw"});
    }
    QCOMPARE(hashes.size(), 10);
}

void TestContentHash::statesOneByOne()
{
    qemuImg({"create", "-q", "-f", "qcow2", "states.qcow2", "8M"});
    qemuIo("states.qcow2", {"write -P 1 0 1M"});
    qemuImg({"snapshot", "-c", "first", "states.qcow2"});
    qemuImg({"resize", "-q", "states.qcow2", "12M"});
    qemuIo("states.qcow2", {"write -P 2 9M 1M"});
    qemuImg({"snapshot", "-c", "second", "states.qcow2"});
    qemuIo("states.qcow2", {"write -P 3 5M 1M"});
    const Finished all = platterCli({"hash", "--all", "states.qcow2"});
    QCOMPARE(all.exitCode, 0);
    const QList<QByteArray> lines = all.output.trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY(lines[0].endsWith("  1 first") && lines[1].endsWith("  2 second")
        && lines[2].endsWith("  now"));
    const QStringList names{"first", "second", ""};
    const Finished json = platterCli({"--output", "json", "hash", "--all", "states.qcow2"});
    const QJsonArray states = QJsonDocument::fromJson(json.output).array();
    QCOMPARE(states.size(), 3);
    for (int i = 0; i < 3; ++i) {
        QStringList source{"states.qcow2"};
        QStringList option;
        if (!names[i].isEmpty()) {
            source = QStringList{"-l", names[i]} + source;
            option = QStringList{"-l", names[i]};
        }
        qemuImg(QStringList{"convert", "-O", "raw"} + source + QStringList{"state.raw"});
        // qemu-img gives every state the present size.
        const QString expected
            = hashByTheBook(contentOf("state.raw").left(qsizetype{i == 0 ? 8 : 12} << 20));
        QCOMPARE(QString{lines[i]}.section(' ', 0, 0), expected);
        QCOMPARE(hashOf("states.qcow2", option), expected);
        QCOMPARE(states[i].toObject()["hash"].toString(), expected);
        QCOMPARE(states[i].toObject()["name"].toString(), names[i]);
        QCOMPARE(states[i].toObject()["virtual-size"].toInteger(), qint64{i == 0 ? 8 : 12} << 20);
    }
}

void TestContentHash::whatStatesShareIsReadOnce()
{
    qemuImg({"create", "-q", "-f", "qcow2", "states.qcow2", "70G"});
    qemuIo("states.qcow2", {"write -P 1 0 8M", "write -P 2 66G 4M"});
    for (int i = 0; i < 4; ++i) {
        qemuImg({"snapshot", "-c", QString::number(i), "states.qcow2"});
        qemuIo("states.qcow2",
            {QString("write -P %1 %2M 64k").arg(i + 3).arg(i + 1),
                QString("write -z %1M 1M").arg(i + 4)});
    }
    const auto file = std::make_shared<RecordingFile>(
        DiskFile::open("states.qcow2", DiskFile::Access::ReadOnly));
    BackingChain chain;
    chain.layers.emplace_back();
    chain.layers.front().image = formatCalled("qcow2").open(file);
    ContentHasher hasher{0, ContentHasher::Remember::LastState};
    const std::uint64_t before = file->bytesRead();
    std::vector<std::string> hashes;
    for (std::size_t i = 0; i < 5; ++i)
        hashes.push_back(
            hasher.hash(VirtualDisk{chain, i < 4 ? std::optional{i} : std::nullopt}, {}));
    // The first state has 12 MiB; in each of the others one block is new and one is zeros.
    const std::uint64_t read = file->bytesRead() - before;
    QVERIFY2(read >= 12 << 20 && read < 18 << 20, qPrintable(QString::number(read)));
    for (std::size_t i = 0; i < 5; ++i)
        QCOMPARE(hashes[i],
            contentHash(VirtualDisk{chain, i < 4 ? std::optional{i} : std::nullopt}, 0, {}));
    QVERIFY(file->bytesRead() - before - read > 40 << 20);
}

void TestContentHash::copiesOfAnySize_data()
{
    QTest::addColumn<qint64>("size"); // of the copy
    QTest::addColumn<qint64>("changed"); // a byte of it; -1: none
    QTest::addColumn<qint64>("differsAt"); // -1: nowhere
    const qint64 whole = (3 << 20) + 512;
    QTest::newRow("the same") << whole << qint64{-1} << qint64{-1};
    QTest::newRow("longer by zeros") << whole + (5 << 20) << qint64{-1} << qint64{-1};
    QTest::newRow("longer by more than zeros")
        << whole + (5 << 20) << whole + (4 << 20) << whole + (4 << 20);
    QTest::newRow("shorter by zeros") << qint64{2 << 20} << qint64{-1} << qint64{-1};
    QTest::newRow("shorter by more than zeros") << qint64{1 << 19} << qint64{-1} << qint64{1 << 20};
    QTest::newRow("its first byte") << whole << qint64{0} << qint64{0};
    QTest::newRow("its last byte") << whole << whole - 1 << whole - 1;
    QTest::newRow("a byte among zeros") << whole << qint64{(2 << 20) + 7} << qint64{(2 << 20) + 7};
}

void TestContentHash::copiesOfAnySize()
{
    QFETCH(const qint64, size);
    QFETCH(const qint64, changed);
    QFETCH(const qint64, differsAt);
    std::vector<std::byte> bytes((3 << 20) + 512);
    std::fill(bytes.begin(), bytes.begin() + (1 << 18), std::byte{1});
    std::fill(bytes.begin() + (1 << 20), bytes.begin() + (1 << 20) + 5, std::byte{2});
    const auto diskOf = [](const std::vector<std::byte>& content) {
        BackingChain chain;
        chain.layers.emplace_back();
        chain.layers.front().image
            = formatCalled("raw").open(std::make_shared<MemoryFile>(content));
        return VirtualDisk{chain};
    };
    const VirtualDisk disk = diskOf(bytes);
    bytes.resize(static_cast<std::size_t>(size));
    if (changed >= 0)
        bytes[static_cast<std::size_t>(changed)] ^= std::byte{64};
    const VirtualDisk copy = diskOf(bytes);
    for (const unsigned threads : {1U, 3U}) {
        ContentHasher hasher{threads, ContentHasher::Remember::Nothing};
        qint64 found = -1;
        try {
            QCOMPARE(hasher.hashOfCopy(disk, copy, {}), contentHash(copy, threads, {}));
        } catch (const CopyError& error) {
            found = static_cast<qint64>(error.at()->value);
        }
        QCOMPARE(found, differsAt);
    }
}

void TestContentHash::hugeSparseDisks()
{
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=2M", "huge.qcow2", "512T"});
    qemuIo("huge.qcow2", {"write -P 1 300T 1M"});
    QElapsedTimer timer;
    timer.start();
    const QString first = hashOf("huge.qcow2");
    QVERIFY(timer.elapsed() < 20000);
    qemuIo("huge.qcow2", {"write -P 2 511T 512"});
    QVERIFY(hashOf("huge.qcow2") != first);
    qemuIo("huge.qcow2", {"write -P 0 511T 512"});
    QCOMPARE(hashOf("huge.qcow2"), first);
}

void TestContentHash::refusals()
{
    qemuImg({"create", "-q", "-f", "qcow2", "some.qcow2", "1M"});
    const Finished both = platterCli({"hash", "--all", "-l", "x", "some.qcow2"});
    QCOMPARE(both.exitCode, 1);
    QVERIFY(both.errors.contains("Only one of -l and --all"));
    const Finished none = platterCli({"hash", "-l", "x", "some.qcow2"});
    QCOMPARE(none.exitCode, 1);
    QVERIFY(none.output.isEmpty());
}

QTEST_GUILESS_MAIN(TestContentHash)
#include "tst_contenthash.moc"
