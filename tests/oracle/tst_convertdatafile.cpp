// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"
#include "core/operations/Convert.h"
#include "core/operations/NewFile.h"
#include "core/operations/NewImageFile.h"
#include "tests/support/FaultyFile.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cstring>

#include <sys/inotify.h>
#include <unistd.h>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr int diskSize = (9 << 20) + 1536;

QByteArray contentOf(const QString& path)
{
    QFile file{path};
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray{};
}

void writeFile(const QString& path, const QByteArray& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot write " + path.toStdString());
}

/// All that lies in the current folder and is named "it" or "it.data", also in hidden files.
QStringList leftOver()
{
    return QDir{}.entryList({"it", "it.data", ".it*"}, QDir::AllEntries | QDir::Hidden);
}

} // namespace

/// Guest data goes to a file beside the image, and neither appears without the other.
class TestConvertDataFile final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void everyKind_data();
    void everyKind();
    void newOnesAreLikeThoseOfQemu_data();
    void newOnesAreLikeThoseOfQemu();
    void keepsBackingFile_data();
    void keepsBackingFile();
    void sourceBecomesPlainUnlessAsked();
    void namesLeadWhereQemuLooks();
    void refusals_data();
    void refusals();
    void everyWriteMayFail_data();
    void everyWriteMayFail();
    void whatFailsLeavesWhatWasThere_data();
    void whatFailsLeavesWhatWasThere();
    void dataFileComesFirst_data();
    void dataFileComesFirst();

private:
    QTemporaryDir m_folder;
};

void TestConvertDataFile::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    qemuImg({"create", "-q", "-f", "raw", "disk.raw", QString::number(diskSize)});
    qemuIo("disk.raw",
        {"write -P 7 1M 700k", "write -P 201 3000k 3k", "write -P 9 5M 1M",
            QString("write -P 5 %1 512").arg(diskSize - 512)},
        {"-f", "raw"});
}

void TestConvertDataFile::cleanup()
{
    for (const QString& name : leftOver())
        QFile::remove(name);
}

void TestConvertDataFile::everyKind_data()
{
    QTest::addColumn<QString>("options");
    for (const char* options : {"", "cluster_size=4k", "cluster_size=2M", "cluster_size=512",
             "extended_l2=on", "refcount_bits=1", "preallocation=metadata", "preallocation=falloc",
             "preallocation=full", "lazy_refcounts=on"}) {
        for (const char* raw : {"", "data_file_raw=on,", "data_file_raw=off,"})
            QTest::addRow("%s%s", raw, options) << QString("%1%2").arg(raw, options);
    }
}

void TestConvertDataFile::everyKind()
{
    QFETCH(const QString, options);
    const Finished done = platterCli({"convert", "-f", "raw", "-O", "qcow2", "-o",
        options + (options.isEmpty() || options.endsWith(',') ? "" : ",") + "data_file=it.data",
        "disk.raw", "it"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    const auto isRight = [](const QString& raw) {
        const Finished check = run("qemu-img", {"check", "-f", "qcow2", "it"});
        QVERIFY2(check.exitCode == 0, check.output + check.errors);
        const Finished same = run("qemu-img", {"compare", "-f", "raw", "-F", "qcow2", raw, "it"});
        QVERIFY2(same.exitCode == 0, same.output + same.errors);
        QCOMPARE(platterCli({"check", "it"}).exitCode, 0);
        QCOMPARE(guestHash(openDisk("it")), fileHash(raw));
    };
    isRight("disk.raw");
    const bool isRaw = options.contains("raw=on");
    if (isRaw)
        QCOMPARE(contentOf("it.data"), contentOf("disk.raw"));
    QCOMPARE(QFile{"it.data"}.size(), diskSize);

    QFile::remove("after.raw");
    QVERIFY(QFile::copy("disk.raw", "after.raw"));
    QRandomGenerator random{3};
    QStringList commands;
    for (int i = 0; i < 12; ++i) {
        const quint32 at = random.bounded(quint32{diskSize / 512}) * 512;
        const quint32 length = qMin<quint32>(diskSize - at, (1 + random.bounded(400U)) * 512);
        commands << QString("write -P %1 %2 %3").arg(i + 20).arg(at).arg(length);
    }
    qemuIo("after.raw", commands, {"-f", "raw"});
    qemuIo("it", commands, {"-f", "qcow2"});
    isRight("after.raw");
    if (!isRaw)
        return;
    // What another program writes to the raw file is seen.
    qemuIo("it.data", {"write -P 99 2M 64k"}, {"-f", "raw"});
    qemuIo("after.raw", {"write -P 99 2M 64k"}, {"-f", "raw"});
    isRight("after.raw");
}

void TestConvertDataFile::newOnesAreLikeThoseOfQemu_data()
{
    QTest::addColumn<QString>("options");
    for (const char* options : {"data_file=it.data", "data_file=it.data,data_file_raw=on",
             "data_file=it.data,preallocation=metadata",
             "data_file=it.data,preallocation=falloc,extended_l2=on",
             "data_file=it.data,data_file_raw=on,cluster_size=4k"})
        QTest::newRow(options) << QString(options);
}

void TestConvertDataFile::newOnesAreLikeThoseOfQemu()
{
    QFETCH(const QString, options);
    const QString size = QString::number(4 << 20);
    qemuImg({"create", "-q", "-f", "qcow2", "-o", options, "it", size});
    const QJsonDocument theirs = qemuJson({"info", "it"});
    const QJsonDocument theirMap = qemuJson({"map", "it"});
    const qint64 theirSize = QFile{"it.data"}.size();
    const Finished done
        = platterCli({"create", "--overwrite", "-f", "qcow2", "-o", options, "it", size});
    QVERIFY2(done.exitCode == 0, done.errors);
    const QJsonDocument ours = qemuJson({"info", "it"});
    for (const char* key : {"virtual-size", "cluster-size", "format-specific"})
        QCOMPARE(ours[key], theirs[key]);
    if (!options.contains("extended")) // NOTE(qemu): 7.2 forgets the subclusters
        QCOMPARE(qemuJson({"map", "it"}), theirMap);
    QCOMPARE(QFile{"it.data"}.size(), theirSize);
    QCOMPARE(run("qemu-img", {"check", "it"}).exitCode, 0);
    QCOMPARE(contentOf("it.data"), QByteArray(4 << 20, '\0'));
}

void TestConvertDataFile::keepsBackingFile_data()
{
    QTest::addColumn<QString>("options");
    for (const char* options :
        {"data_file=it.data", "data_file=it.data,extended_l2=on,cluster_size=32k",
            "data_file=it.data,cluster_size=4k"})
        QTest::newRow(options) << QString(options);
}

void TestConvertDataFile::keepsBackingFile()
{
    QFETCH(const QString, options);
    QFile::remove("top");
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "top", "12M"});
    qemuIo("top", {"write -P 2 0 100k", "write -z 1M 300k", "write -P 3 11M 1k"});
    const Finished done
        = platterCli({"convert", "-O", "qcow2", "-B", "disk.raw", "-o", options, "top", "it"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(run("qemu-img", {"check", "it"}).exitCode, 0);
    const Finished same = run("qemu-img", {"compare", "top", "it"});
    QVERIFY2(same.exitCode == 0, same.output + same.errors);
    QCOMPARE(qemuJson({"info", "it"})["backing-filename"].toString(), QString("disk.raw"));
    qemuIo("it", {"write -P 8 1100k 5k", "write -P 8 5M 3k"});
    qemuIo("top", {"write -P 8 1100k 5k", "write -P 8 5M 3k"});
    QCOMPARE(run("qemu-img", {"compare", "top", "it"}).exitCode, 0);
    QCOMPARE(run("qemu-img", {"check", "it"}).exitCode, 0);
}

void TestConvertDataFile::sourceBecomesPlainUnlessAsked()
{
    QFile::remove("source");
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "-o", "data_file=source.data", "disk.raw",
        "source"});
    QCOMPARE(platterCli({"convert", "-O", "qcow2", "source", "it"}).exitCode, 0);
    QVERIFY(!qemuJson({"info", "it"})["format-specific"]["data"].toObject().contains("data-file"));
    QCOMPARE(run("qemu-img", {"compare", "source", "it"}).exitCode, 0);
    QCOMPARE(platterCli({"convert", "--overwrite", "-O", "qcow2", "-o", "data_file=it.data",
                            "source", "it"})
                 .exitCode,
        0);
    QCOMPARE(run("qemu-img", {"compare", "source", "it"}).exitCode, 0);
    // Never the one that is read.
    const QByteArray before = fileHash("source.data");
    const Finished itself = platterCli(
        {"convert", "--overwrite", "-O", "qcow2", "-o", "data_file=source.data", "source", "it"});
    QCOMPARE(itself.exitCode, 1);
    QVERIFY2(itself.errors.contains("read from"), itself.errors);
    QCOMPARE(fileHash("source.data"), before);
    // An old version cannot have one; then the new image has the new version.
    qemuImg({"convert", "-f", "raw", "-O", "qcow2", "-o", "compat=0.10", "disk.raw", "old"});
    QCOMPARE(platterCli(
                 {"convert", "--overwrite", "-O", "qcow2", "-o", "data_file=it.data", "old", "it"})
                 .exitCode,
        0);
    QCOMPARE(run("qemu-img", {"compare", "old", "it"}).exitCode, 0);
}

void TestConvertDataFile::namesLeadWhereQemuLooks()
{
    QVERIFY(QDir{}.mkpath("deep"));
    const auto creates = [](const QString& data, const QString& image) {
        return platterCli({"create", "-f", "qcow2", "-o", "data_file=" + data, image, "1M"});
    };
    // From the current folder, not from that of the image.
    QCOMPARE(creates("it.data", "deep/image").exitCode, 0);
    QVERIFY(QFile::exists("it.data"));
    QCOMPARE(run("qemu-img", {"check", "deep/image"}).exitCode, 0);
    qemuIo("deep/image", {"write -P 5 0 64k"});
    QCOMPARE(contentOf("it.data").left(65536), QByteArray(65536, 5));
    QFile::remove("deep/image");
    QFile::remove("it.data");
    const QString absolute = QDir{}.absoluteFilePath("it.data");
    QCOMPARE(creates(absolute, "deep/image").exitCode, 0);
    QCOMPARE(qemuJson({"info", "deep/image"})["format-specific"]["data"]["data-file"].toString(),
        absolute);
    QFile::remove("deep/image");
    QFile::remove("it.data");
    // Platter looks beside the image first: what lies there would be taken for it.
    writeFile("deep/it.data", "somebody's");
    const Finished taken = creates("it.data", "deep/image");
    QCOMPARE(taken.exitCode, 1);
    QVERIFY2(taken.errors.contains("beside the new image"), taken.errors);
    QCOMPARE(contentOf("deep/it.data"), QByteArray("somebody's"));
    QVERIFY(!QFile::exists("deep/image"));
    QVERIFY(!QFile::exists("it.data"));
}

void TestConvertDataFile::refusals_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* arguments, const char* words) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << QString(words);
    };
    row("convert -O qcow2 -c -o data_file=it.data disk.raw it", "compressed");
    row("convert -O qcow2 -o data_file=it.data,compat=0.10 disk.raw it", "version 3");
    row("convert -O qcow2 -o data_file_raw=on disk.raw it", "data_file");
    row("convert -O qcow2 -o data_file=it disk.raw it", "the image itself");
    row("convert -O qcow2 -o data_file=./it disk.raw it", "the image itself");
    row("convert -O qcow2 -o data_file= disk.raw it", "name of a file");
    row("convert -O qcow2 -o data_file=json:{} disk.raw it", "json:");
    row("convert -O qcow2 -o data_file=nbd:there:1 disk.raw it", "protocol");
    row("convert -O qcow2 -o data_file=nosuch/it.data disk.raw it", "nosuch/it.data");
    row("convert -O qcow2 -o data_file=disk.raw disk.raw it", "read from");
    row("convert -O qcow2 -o data_file=taken disk.raw it", "--overwrite");
    row("convert -O vdi -o data_file=it.data disk.raw it", "no option");
    row("convert -O raw -o data_file=it.data disk.raw it", "no option");
    row("convert -O qcow2 --keep-snapshots -o data_file=it.data with-snapshot it",
        "external data file");
    row("convert -O qcow2 -B disk.raw -o data_file=it.data,data_file_raw=on over it", "raw");
    row("create -f qcow2 -o data_file=taken it 1M", "--overwrite");
    row("create -f qcow2 -b disk.raw -F raw --overwrite -o data_file=disk.raw it", "rest on");
    row("create -f qcow2 -o data_file=it.data,cluster_size=3 it 1M", "power of two");
}

void TestConvertDataFile::refusals()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    writeFile("taken", "somebody's");
    if (!QFile::exists("with-snapshot")) {
        qemuImg({"create", "-q", "-f", "qcow2", "with-snapshot", "1M"});
        qemuImg({"snapshot", "-c", "one", "with-snapshot"});
        qemuImg({"create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "over"});
    }
    const QByteArray disk = fileHash("disk.raw");
    const Finished done = platterCli(arguments);
    QCOMPARE(done.exitCode, 1);
    QCOMPARE(done.errors.count('\n'), 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QCOMPARE(leftOver(), QStringList{});
    QCOMPARE(contentOf("taken"), QByteArray("somebody's"));
    QCOMPARE(fileHash("disk.raw"), disk);
}

void TestConvertDataFile::everyWriteMayFail_data()
{
    QTest::addColumn<bool>("inDataFile");
    QTest::addColumn<bool>("isRaw");
    QTest::newRow("image") << false << false;
    QTest::newRow("data file") << true << false;
    QTest::newRow("image of a raw one") << false << true;
    QTest::newRow("raw data file") << true << true;
}

void TestConvertDataFile::everyWriteMayFail()
{
    QFETCH(const bool, inDataFile);
    QFETCH(const bool, isRaw);
    const VirtualDisk disk = openDisk("disk.raw");
    ConvertOptions options;
    options.format = "qcow2";
    options.threads = 2;
    options.image.dataFileName = "it.data";
    options.image.dataFileRaw = isRaw;
    // The real way: both files under temporary names, of which one fails.
    const auto writes = [&](std::optional<unsigned> failing) {
        unsigned count = 0;
        writeNewImage("it", options.image, [&](ByteFile& file, const NewImage& image) {
            const auto borrowed = [](ByteFile& of) {
                return std::shared_ptr<ByteFile>{&of, [](ByteFile*) {}};
            };
            FaultyFile::Faults faults;
            faults.failWrite = failing;
            FaultyFile faulty{borrowed(inDataFile ? *image.dataFile : file), faults};
            ConvertOptions complete = options;
            complete.image = image;
            if (inDataFile)
                complete.image.dataFile = &faulty;
            writeImage(disk, inDataFile ? file : faulty, complete, {});
            count = faulty.writes();
        });
        return count;
    };
    const unsigned all = writes({});
    QVERIFY(all >= 3);
    QCOMPARE(leftOver(), QStringList({"it", "it.data"}));
    QCOMPARE(
        run("qemu-img", {"compare", "-f", "raw", "-F", "qcow2", "disk.raw", "it"}).exitCode, 0);
    cleanup();
    for (unsigned failing = 0; failing < all; ++failing) {
        bool failed = false;
        try {
            writes(failing);
        } catch (const IoError&) {
            failed = true;
        }
        QVERIFY2(failed, qPrintable(QString("write %1 of %2").arg(failing).arg(all)));
        QCOMPARE(leftOver(), QStringList{});
    }
}

void TestConvertDataFile::whatFailsLeavesWhatWasThere_data()
{
    QTest::addColumn<bool>("isData"); // whose name cannot be taken at the end
    QTest::addColumn<bool>("otherExists");
    QTest::newRow("the image's name, nothing was there") << false << false;
    QTest::newRow("the image's name, a data file was there") << false << true;
    QTest::newRow("the data file's name, nothing was there") << true << false;
    QTest::newRow("the data file's name, an image was there") << true << true;
}

/// At the very end a name turns out to be taken by a folder.
void TestConvertDataFile::whatFailsLeavesWhatWasThere()
{
    QFETCH(const bool, isData);
    QFETCH(const bool, otherExists);
    const QString failing = isData ? "it.data" : "it";
    const QString kept = isData ? "it" : "it.data";
    if (otherExists)
        writeFile(kept, "former");
    NewImage image;
    image.dataFileName = "it.data";
    bool failed = false;
    try {
        writeNewImage("it", image, [&](ByteFile& file, const NewImage& complete) {
            file.write({}, std::as_bytes(std::span{"new"}));
            complete.dataFile->write({}, std::as_bytes(std::span{"new"}));
            QVERIFY(QDir{}.mkpath(failing + "/in the way"));
        });
    } catch (const IoError&) {
        failed = true;
    }
    QVERIFY(failed);
    QStringList expected{failing};
    if (otherExists) {
        expected << kept;
        QCOMPARE(contentOf(kept), QByteArray("former"));
    }
    expected.sort();
    QCOMPARE(leftOver(), expected);
    QVERIFY(QDir{failing}.removeRecursively());
}

void TestConvertDataFile::dataFileComesFirst_data()
{
    QTest::addColumn<QStringList>("there");
    QTest::addColumn<QStringList>("expected"); // names that files lose (-) and get (+)
    QTest::newRow("nothing was there") << QStringList{} << QStringList{"+it.data", "+it"};
    QTest::newRow("an image was there") << QStringList{"it"} << QStringList{"+it.data", "+it"};
    QTest::newRow("a data file was there")
        << QStringList{"it.data"} << QStringList{"-it.data", "+it.data", "+it"};
    QTest::newRow("both were there")
        << QStringList{"it", "it.data"} << QStringList{"-it", "-it.data", "+it.data", "+it"};
}

/// In the order in which names change, no image ever has another's data.
void TestConvertDataFile::dataFileComesFirst()
{
    QFETCH(const QStringList, there);
    QFETCH(const QStringList, expected);
    for (const QString& name : there)
        writeFile(name, "former");
    const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    QVERIFY(watch >= 0);
    QVERIFY(::inotify_add_watch(watch, ".", IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE) >= 0);
    NewImage image;
    image.dataFileName = "it.data";
    writeNewImage("it", image, [&](ByteFile& file, const NewImage& complete) {
        file.write({}, std::as_bytes(std::span{"new"}));
        complete.dataFile->write({}, std::as_bytes(std::span{"new"}));
    });
    alignas(inotify_event) std::array<char, 16384> events{};
    const ssize_t length = ::read(watch, events.data(), events.size());
    ::close(watch);
    QStringList seen;
    for (ssize_t at = 0; at < length;) {
        inotify_event event{};
        std::memcpy(&event, events.data() + at, sizeof event);
        const QString name = QString::fromUtf8(events.data() + at + sizeof event);
        if (!name.startsWith('.'))
            seen << ((event.mask & IN_MOVED_TO) ? "+" : "-") + name;
        at += static_cast<ssize_t>(sizeof event + event.len);
    }
    QCOMPARE(seen, expected);
    QCOMPARE(leftOver(), QStringList({"it", "it.data"}));
    QCOMPARE(contentOf("it"), QByteArray("new", 4));
}

QTEST_APPLESS_MAIN(TestConvertDataFile)
#include "tst_convertdatafile.moc"
