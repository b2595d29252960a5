// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/operations/Conversion.h"
#include "core/operations/ConvertStates.h"
#include "core/operations/ConvertToSet.h"
#include "core/operations/VerifyConversion.h"
#include "tests/support/EncryptedDisks.h"
#include "tests/support/Qcow2Builder.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

/// Where the source has bytes other than zeros.
constexpr GuestOffset inData{(5 << 20) + 12345};

QStringList everythingIn(const QString& folder)
{
    return QDir{folder}.entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
}

/// The lines that `hash` prints.
QByteArray hashesOf(const QStringList& arguments)
{
    const Finished done = platterCli(QStringList{"hash"} + arguments);
    if (done.exitCode != 0)
        throw std::runtime_error(done.errors.toStdString());
    return done.output;
}

QByteArray firstWord(const QByteArray& line)
{
    return line.left(line.indexOf(' '));
}

/// The only file that is being written under this name, wherever it is below the current folder.
QString unfinished(const QString& name)
{
    QStringList found;
    for (const QString& folder :
        QStringList{"."} + QDir{}.entryList({".set*"}, QDir::Dirs | QDir::Hidden)) {
        for (const QString& file :
            QDir{folder}.entryList({"." + name + ".platter-*"}, QDir::Files | QDir::Hidden))
            found << folder + "/" + file;
    }
    if (found.size() != 1)
        throw std::runtime_error("not one file: " + found.join(' ').toStdString());
    return found.front();
}

void flip(const QString& path, qint64 at)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadWrite) || at >= file.size())
        throw std::runtime_error("cannot open " + path.toStdString());
    char byte = 0;
    file.seek(at);
    file.read(&byte, 1);
    byte = static_cast<char>(byte ^ 4);
    file.seek(at);
    file.write(&byte, 1);
}

std::shared_ptr<Image> opened(const QString& path, const std::string& format)
{
    return formatCalled(format).open(
        DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
}

/// Where the file has a guest byte, or the stream that it is in.
qint64 placeIn(const GuestMapping& mapping, GuestOffset at)
{
    const Extent extent = mapping.extentAt(at, Bytes{512});
    const std::uint64_t skipped
        = extent.kind == ExtentKind::Compressed ? 3 : (at - extent.start).value;
    return static_cast<qint64>(extent.host.value + skipped);
}

ConversionRequest request(const char* source, const char* target, const std::string& format)
{
    ConversionRequest wanted;
    wanted.source = source;
    wanted.policy = OpenPolicy::trustPlainPaths();
    wanted.target = target;
    wanted.overwrite = true;
    wanted.verify = true;
    wanted.options.format = format;
    return wanted;
}

/// What the error says of a conversion that is verified after `damage`; empty: there was none.
QString errorOf(const ConversionRequest& wanted, const std::function<void()>& damage)
{
    const Conversion conversion{wanted, {}};
    try {
        conversion.run({}, damage);
    } catch (const VerificationError& error) {
        return QString{error.what()};
    }
    return {};
}

} // namespace

/// New images are compared with their sources before they get their names.
class TestVerify final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void everyTarget_data();
    void everyTarget();
    void backingFilesStayBelow();
    void everySnapshot();
    void everyFileOfASet();
    void savedMemoryToo();
    void whatDiffersIsNotKept_data();
    void whatDiffersIsNotKept();
    void snapshotsThatDiffer();
    void setsThatDiffer();
    void bitmapsThatDiffer_data();
    void bitmapsThatDiffer();
    void dataFilesThatDiffer();
    void noByteGoesUnseen_data();
    void noByteGoesUnseen();
    void sourcesThatChange();
    void stoppingLeavesNothing_data();
    void stoppingLeavesNothing();

private:
    QTemporaryDir m_folder;
};

void TestVerify::initTestCase()
{
    QVERIFY(QDir::setCurrent(m_folder.path()));
    makeEncryptedDisks();
    qemuImg({"create", "-q", "-f", "qcow2", "states.qcow2", "6M"});
    qemuIo("states.qcow2", {"write -P 1 0 2M"});
    qemuImg({"snapshot", "-c", "before the update", "states.qcow2"});
    qemuIo("states.qcow2", {"write -P 2 1M 70k"});
    qemuImg({"resize", "-q", "states.qcow2", "9M"});
    qemuImg({"snapshot", "-c", "larger", "states.qcow2"});
    qemuIo("states.qcow2", {"write -P 3 8M 64k", "write -z 0 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "states.qcow2", "-F", "qcow2", "top.qcow2"});
    qemuIo("top.qcow2", {"write -P 9 1M 300k", "write -z 8M 64k"});
}

void TestVerify::cleanup()
{
    QDir{"set"}.removeRecursively();
    for (const QString& name : QDir{}.entryList({"out*", ".*"}, QDir::Files | QDir::Hidden))
        QFile::remove(name);
}

void TestVerify::everyTarget_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QStringList>("arguments");
    const QStringList targets{"-O raw", "-O raw -S 0", "-O qcow2", "-O qcow2 -c",
        "-O qcow2 -c -o compression_type=zstd,cluster_size=2M",
        "-O qcow2 -o extended_l2=on,cluster_size=16k", "-O qcow2 -o compat=0.10,cluster_size=512",
        "-O qcow2 -o preallocation=metadata", "-O qcow2 -o preallocation=full",
        "-O qcow2 -o data_file=out.data", "-O qcow2 -o data_file=out.data,data_file_raw=on",
        "-O qcow", "-O qcow -c", "-O vdi -o uuid=01020304050607080910111213141516",
        "-O vdi -o static=on,uuid=01020304050607080910111213141516"};
    for (const QString& target : targets) {
        QTest::newRow(qPrintable(target)) << "disk.raw" << target.split(' ');
        QTest::newRow(qPrintable("in the clear " + target))
            << "luks-cbc.qcow2" << ("--decrypt " + target).split(' ');
    }
    for (const char* target : {"-O qcow2 -o encrypt.format=luks,encrypt.iter-time=10",
             "-O qcow2 -o encrypt.format=aes", "-O qcow -o encryption=on",
             "-O qcow2 -o data_file=out.data,encrypt.format=luks,encrypt.iter-time=10"}) {
        const QStringList arguments
            = QStringList{"--target-passphrase-file", "other"} + QString{target}.split(' ');
        QTest::newRow(target) << "disk.raw" << arguments;
        QTest::addRow("from encrypted %s", target) << "luks.qcow2" << arguments;
    }
}

void TestVerify::everyTarget()
{
    QFETCH(const QString, source);
    QFETCH(const QStringList, arguments);
    const QStringList base = QStringList{"convert", "--passphrase-file", "sesame"} + arguments
        + (source == "disk.raw" ? QStringList{"-f", "raw", source} : QStringList{source});
    const Finished done = platterCli(QStringList{base} << "--verify"
                                                       << "out");
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors.count('\n'), arguments.contains("--decrypt") ? 1 : 0);
    QCOMPARE(done.output.count('\n'), 1);
    QVERIFY2(done.output.endsWith("  out\n"), done.output);
    const QByteArray hash = firstWord(done.output);
    QVERIFY2(hash.startsWith("platter-1:") && hash.size() == 74, hash);
    QCOMPARE(firstWord(hashesOf({"-f", "raw", "disk.raw"})), hash);
    const QString format = arguments[arguments.indexOf("-O") + 1];
    const bool isEncrypted = arguments.contains("other");
    QCOMPARE(firstWord(hashesOf(
                 {"-f", format, "--passphrase-file", isEncrypted ? "other" : "empty", "out"})),
        hash);
    QCOMPARE(guestHash(openDisk("out", isEncrypted ? other : QString{})), fileHash("disk.raw"));
    if (isEncrypted) // keys are random
        return;
    const auto bytes = [&] {
        QByteArray all = contentOf("out");
        if (format == "vdi") // the UUID of the modification is random
            all.replace(0x198, 16, QByteArray(16, '\0'));
        return all;
    };
    const QByteArray verified = bytes();
    const bool hasData = QFile::exists("out.data");
    const QByteArray data = hasData ? contentOf("out.data") : QByteArray{};
    const Finished again = platterCli(QStringList{base} << "--overwrite"
                                                        << "out");
    QVERIFY2(again.exitCode == 0, again.errors);
    QCOMPARE(again.output, QByteArray());
    QVERIFY(bytes() == verified);
    if (hasData)
        QVERIFY(contentOf("out.data") == data);
}

void TestVerify::backingFilesStayBelow()
{
    const QByteArray hash = firstWord(hashesOf({"top.qcow2"}));
    for (const char* kind : {"cluster_size=64k", "data_file=out.data", "extended_l2=on"}) {
        const Finished done = platterCli({"convert", "--verify", "--overwrite", "-O", "qcow2", "-o",
            kind, "-B", "states.qcow2", "top.qcow2", "out"});
        QVERIFY2(done.exitCode == 0, done.errors);
        QCOMPARE(firstWord(done.output), hash);
        QCOMPARE(firstWord(hashesOf({"out"})), hash);
    }
    // A byte of the new image, not of those below.
    ConversionRequest wanted = request("top.qcow2", "out", "qcow2");
    wanted.options.image.backingName = "states.qcow2";
    const QString error = errorOf(wanted, [] {
        const QString file = unfinished("out");
        flip(file, placeIn(opened(file, "qcow2")->activeState(), GuestOffset{1 << 20}));
    });
    QVERIFY2(error.contains("guest offset 0x100000."), qPrintable(error));
}

void TestVerify::everySnapshot()
{
    const QByteArray hashes = hashesOf({"--all", "states.qcow2"});
    QCOMPARE(hashes.count('\n'), 3);
    for (const char* kind : {"cluster_size=64k", "cluster_size=4k", "compat=0.10"}) {
        const Finished done = platterCli({"convert", "--verify", "--overwrite", "--keep-snapshots",
            "-O", "qcow2", "-o", kind, "states.qcow2", "out"});
        QVERIFY2(done.exitCode == 0, done.errors);
        QCOMPARE(done.output, hashes);
        QCOMPARE(hashesOf({"--all", "out"}), hashes);
    }
    const Finished one = platterCli(
        {"convert", "--verify", "-O", "vdi", "-l", "larger", "states.qcow2", "out.vdi"});
    QVERIFY2(one.exitCode == 0, one.errors);
    QCOMPARE(firstWord(one.output), firstWord(hashes.split('\n')[1]));
    const Finished quiet = platterCli({"convert", "-q", "--verify", "--overwrite",
        "--keep-snapshots", "-O", "qcow2", "states.qcow2", "out"});
    QCOMPARE(quiet.output, QByteArray());
    const Finished json = platterCli({"--output=json", "convert", "--verify", "--overwrite",
        "--keep-snapshots", "-O", "qcow2", "states.qcow2", "out"});
    const QJsonDocument told = QJsonDocument::fromJson(json.output);
    QCOMPARE(told["target"].toString(), QString("out"));
    QVERIFY(told["verified"].toBool());
    QCOMPARE(told["states"].toArray(),
        QJsonDocument::fromJson(
            platterCli({"--output=json", "hash", "--all", "states.qcow2"}).output)
            .array());
}

void TestVerify::everyFileOfASet()
{
    const QByteArrayList hashes = hashesOf({"--all", "states.qcow2"}).trimmed().split('\n');
    for (const QString format : {"raw", "qcow2", "vdi"}) {
        QDir{"set"}.removeRecursively();
        const Finished done = platterCli(
            {"convert", "--verify", "--all-snapshots", "-O", format, "states.qcow2", "set"});
        QVERIFY2(done.exitCode == 0, done.errors);
        QCOMPARE(done.errors, QByteArray());
        const QStringList files{"1-before_the_update", "2-larger", "now"};
        const QJsonArray states
            = QJsonDocument::fromJson(contentOf("set/manifest.json"))["states"].toArray();
        QByteArray lines;
        for (int i = 0; i < 3; ++i) {
            const QString file = files[i] + "." + format;
            const QByteArray hash = firstWord(hashes[i]);
            lines += hash + "  set/" + file.toUtf8() + "\n";
            const QJsonObject state = states[i].toObject();
            QCOMPARE(state["file"].toString(), file);
            QCOMPARE(state["content-hash"].toString().toUtf8(), hash);
            QCOMPARE(state["sha256"].toString().toUtf8(), fileHash("set/" + file));
            QCOMPARE(firstWord(hashesOf({"-f", format, "set/" + file})), hash);
        }
        QCOMPARE(done.output, lines);
    }
    QDir{"set"}.removeRecursively();
    QCOMPARE(
        platterCli({"convert", "--all-snapshots", "-O", "raw", "states.qcow2", "set"}).exitCode, 0);
    QVERIFY(!contentOf("set/manifest.json").contains("sha256"));
}

void TestVerify::savedMemoryToo()
{
    Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "running");
    builder.savedMemory();
    const auto all = builder.bytes();
    writeFile("running.qcow2",
        QByteArray(reinterpret_cast<const char*>(all.data()), static_cast<qsizetype>(all.size())));
    ConversionRequest wanted = request("running.qcow2", "out", "qcow2");
    wanted.keepSnapshots = true;
    QCOMPARE(errorOf(wanted, {}), QString());
    QVERIFY(QFile::remove("out"));
    const QString error = errorOf(wanted, [] {
        const QString file = unfinished("out");
        flip(file, placeIn(*opened(file, "qcow2")->vmState(0), GuestOffset{100}));
    });
    QVERIFY2(error.contains(
                 "the saved memory of snapshot \"running\"; they differ first at guest offset "
                 "0x64."),
        qPrintable(error));
    QVERIFY(!QFile::exists("out"));
}

void TestVerify::whatDiffersIsNotKept_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("kind");
    for (const char* format : {"raw", "qcow2", "qcow", "vdi"})
        QTest::addRow("%s", format) << format << "";
    QTest::newRow("qcow2 compressed") << "qcow2"
                                      << "compressed";
    QTest::newRow("qcow compressed") << "qcow"
                                     << "compressed";
    QTest::newRow("qcow2 with LUKS") << "qcow2"
                                     << "luks";
    QTest::newRow("qcow with AES") << "qcow"
                                   << "aes";
}

void TestVerify::whatDiffersIsNotKept()
{
    QFETCH(const QString, format);
    QFETCH(const QString, kind);
    ConversionRequest wanted = request("plain.qcow2", "out", format.toStdString());
    NewImage& image = wanted.options.image;
    image.compress = kind == "compressed";
    if (kind == "luks")
        image.encryption = quickEncryption(NewEncryption::Format::Luks);
    if (kind == "aes")
        image.encryption = quickEncryption(NewEncryption::Format::Aes);
    wanted.targetPassphrase = image.encryption ? image.encryption->passphrase : nullptr;
    const auto damage = [&] {
        const QString file = unfinished("out");
        flip(file, placeIn(opened(file, wanted.options.format)->activeState(), inData));
    };
    const QStringList before = everythingIn(".");
    const QString error = errorOf(wanted, damage);
    QVERIFY2(error.contains("guest offset 0x") || error.contains("cannot be read again"),
        qPrintable(error));
    QVERIFY2(error.contains("It was not kept."), qPrintable(error));
    if (kind.isEmpty()) // where a byte stands for a byte
        QVERIFY2(error.contains("guest offset 0x503039."), qPrintable(error));
    QCOMPARE(everythingIn("."), before);
    // What was there before is there again.
    writeFile("out", "mine");
    QVERIFY(!errorOf(wanted, damage).isEmpty());
    QCOMPARE(contentOf("out"), QByteArray("mine"));
    QCOMPARE(errorOf(wanted, {}), QString());
    QVERIFY(contentOf("out") != QByteArray("mine"));
}

void TestVerify::snapshotsThatDiffer()
{
    ConversionRequest wanted = request("states.qcow2", "out", "qcow2");
    wanted.keepSnapshots = true;
    const QString inFirst = errorOf(wanted, [] {
        const QString file = unfinished("out");
        flip(file, placeIn(*opened(file, "qcow2")->snapshotState(0), GuestOffset{(1 << 20) + 5}));
    });
    QVERIFY2(
        inFirst.contains("of snapshot \"before the update\"; they differ first at guest offset "
                         "0x100005."),
        qPrintable(inFirst));
    const QString inLast = errorOf(wanted, [] {
        const QString file = unfinished("out");
        flip(file, placeIn(opened(file, "qcow2")->activeState(), GuestOffset{8 << 20}));
    });
    QVERIFY2(inLast.contains("what the source holds; they differ first at guest offset 0x800000."),
        qPrintable(inLast));
    QVERIFY(!QFile::exists("out"));
}

void TestVerify::setsThatDiffer()
{
    ConversionRequest wanted = request("states.qcow2", "set", "qcow2");
    wanted.eachSnapshot = true;
    const QStringList before = everythingIn(".");
    int files = 0;
    const QString error = errorOf(wanted, [&] {
        if (++files < 3)
            return;
        const QString file = unfinished("now.qcow2");
        flip(file, placeIn(opened(file, "qcow2")->activeState(), GuestOffset{8 << 20}));
    });
    QVERIFY2(error.contains("guest offset 0x800000."), qPrintable(error));
    QCOMPARE(everythingIn("."), before);
}

void TestVerify::bitmapsThatDiffer_data()
{
    QTest::addColumn<QString>("damage");
    QTest::addColumn<QString>("words");
    QTest::newRow("a bit") << "bit"
                           << "does not have the bits of the bitmap \"the other one\"";
    QTest::newRow("a granularity") << "granularity"
                                   << "bitmap";
    QTest::newRow("a name") << "name"
                            << "does not have the bitmap \"the other one\"";
    QTest::newRow("whether it records")
        << "flags"
        << "does not tell of the bitmap \"the other one\" what the source tells";
    QTest::newRow("their number") << "number"
                                  << "has 1 bitmaps, not 2";
}

/// In an image of the present state alone and in one with all snapshots.
void TestVerify::bitmapsThatDiffer()
{
    QFETCH(const QString, damage);
    QFETCH(const QString, words);
    const QString source = "marked.qcow2";
    if (!QFile::exists(source)) {
        QVERIFY(QFile::copy("states.qcow2", source));
        qemuImg({"bitmap", "--add", "-g", "4k", source, "one"});
        qemuImg({"bitmap", "--add", source, "the other one"});
        qemuIo(source, {"write -P 4 1M 70k", "write -P 5 5M 3M"});
    }
    const auto harm = [&] {
        const QString file = unfinished("out");
        const QByteArray bytes = contentOf(file);
        const auto number = [&](qint64 at, int length) {
            quint64 value = 0;
            for (int i = 0; i < length; ++i)
                value = value << 8 | static_cast<quint8>(bytes[at + i]);
            return static_cast<qint64>(value);
        };
        const qint64 name = bytes.indexOf("the other one");
        const qint64 entry = name - 24; // of the bitmap directory
        QVERIFY(entry > 0 && number(entry + 18, 2) == 13);
        if (damage == "name")
            flip(file, name);
        else if (damage == "granularity")
            flip(file, entry + 17);
        else if (damage == "flags") {
            QFile image{file};
            QVERIFY(image.open(QIODevice::ReadWrite) && image.seek(entry + 15));
            image.write("\0", 1);
        } else if (damage == "bit") {
            const qint64 cluster = number(number(entry, 8), 8) & ~qint64{511};
            QVERIFY(cluster > 0);
            flip(file, cluster);
        } else { // in the header extension: how many, and the length of the directory without one
            const qint64 extension = bytes.indexOf(QByteArray::fromHex("23852875"));
            const qint64 directory = number(extension + 24, 8);
            const qint64 first = (24 + number(directory + 18, 2) + 7) / 8 * 8;
            QFile image{file};
            QVERIFY(image.open(QIODevice::ReadWrite) && image.seek(extension + 11));
            image.write("\1", 1);
            image.seek(extension + 23);
            image.write(QByteArray(1, static_cast<char>(first)));
        }
    };
    for (const bool keepsSnapshots : {false, true}) {
        ConversionRequest wanted = request("marked.qcow2", "out", "qcow2");
        wanted.keepSnapshots = keepsSnapshots;
        QCOMPARE(errorOf(wanted, {}), QString());
        QVERIFY(QFile::remove("out"));
        const QString error = errorOf(wanted, harm);
        QVERIFY2(error.contains(words), qPrintable(error));
        QVERIFY2(error.contains("It was not kept."), qPrintable(error));
        QVERIFY(!QFile::exists("out"));
        if (keepsSnapshots)
            continue;
        wanted.options.image.size = Bytes{std::uint64_t{30} << 20}; // more bits, none of them set
        QCOMPARE(errorOf(wanted, {}), QString());
        QVERIFY(QFile::remove("out"));
    }
}

void TestVerify::dataFilesThatDiffer()
{
    for (const bool isRaw : {false, true}) {
        ConversionRequest wanted = request("plain.qcow2", "out", "qcow2");
        wanted.options.image.dataFileName = "out.data";
        wanted.options.image.dataFileRaw = isRaw;
        const QStringList before = everythingIn(".");
        const QString error = errorOf(wanted, [] {
            flip(unfinished("out.data"),
                placeIn(opened(unfinished("out"), "qcow2")->activeState(), inData));
        });
        QVERIFY2(error.contains("guest offset 0x503039."), qPrintable(error));
        QCOMPARE(everythingIn("."), before);
    }
}

void TestVerify::noByteGoesUnseen_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("compress");
    QTest::newRow("qcow2") << "qcow2" << false;
    QTest::newRow("qcow2 compressed") << "qcow2" << true;
    QTest::newRow("qcow compressed") << "qcow" << true;
    QTest::newRow("vdi") << "vdi" << false;
}

/// Whatever byte of a new image changes: it is not kept, or reads the same.
void TestVerify::noByteGoesUnseen()
{
    QFETCH(const QString, format);
    QFETCH(const bool, compress);
    ConversionRequest wanted = request("states.qcow2", "out", format.toStdString());
    wanted.options.image.compress = compress;
    wanted.options.threads = 1;
    const QByteArray hash = guestHash(openDisk("states.qcow2"));
    qint64 length = 0;
    unsigned refused = 0;
    unsigned kept = 0;
    const auto damaged = [&](qint64 at) {
        const QString error = errorOf(wanted, [&] {
            const QString file = unfinished("out");
            length = QFile{file}.size();
            flip(file, at);
        });
        if (!error.isEmpty()) {
            ++refused;
            QVERIFY(!QFile::exists("out"));
            return;
        }
        ++kept;
        QCOMPARE(guestHash(openDisk("out")), hash);
        QVERIFY(QFile::remove("out"));
    };
    for (qint64 at = 0; at < 120; ++at)
        damaged(at);
    for (qint64 at = 120; at < length; at += length / 80 | 1)
        damaged(at);
    QVERIFY(refused > 20);
    QVERIFY(kept > 5);
}

void TestVerify::sourcesThatChange()
{
    QVERIFY(QFile::remove("changing.raw") || true);
    QVERIFY(QFile::copy("disk.raw", "changing.raw"));
    ConversionRequest wanted = request("changing.raw", "out", "qcow2");
    wanted.open.format = "raw";
    wanted.open.sharing = OpenOptions::Sharing::Look;
    const QString error = errorOf(wanted, [] {
        QTest::qSleep(20); // a tick of the file system's clock
        flip("changing.raw", static_cast<qint64>(inData.value));
    });
    QVERIFY2(error.contains("changed the source meanwhile"), qPrintable(error));
    QVERIFY(!QFile::exists("out"));
}

void TestVerify::stoppingLeavesNothing_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("states");
    QTest::newRow("raw") << "raw"
                         << "one";
    QTest::newRow("qcow2") << "qcow2"
                           << "one";
    QTest::newRow("all in one image") << "qcow2"
                                      << "all";
    QTest::newRow("each in a file") << "vdi"
                                    << "each";
}

void TestVerify::stoppingLeavesNothing()
{
    QFETCH(const QString, format);
    QFETCH(const QString, states);
    ConversionRequest wanted = request("states.qcow2", "set", format.toStdString());
    wanted.keepSnapshots = states == "all";
    wanted.eachSnapshot = states == "each";
    const Conversion conversion{wanted, {}};
    std::vector<ProgressUpdate> updates;
    std::size_t firstVerifying = 0;
    conversion.run({{}, [&](const ProgressUpdate& update) { updates.push_back(update); }},
        [&] { firstVerifying = firstVerifying ? firstVerifying : updates.size(); });
    QVERIFY(firstVerifying > 0);
    QVERIFY(firstVerifying < updates.size());
    QVERIFY(updates.back().total >= std::uint64_t{2} << 20); // bytes
    QCOMPARE(updates.back().permille(), 1000);
    int last = 0;
    for (std::size_t i = 0; i < updates.size(); ++i) {
        QVERIFY(updates[i].permille() >= last);
        last = updates[i].permille();
        if (states != "each")
            QVERIFY(i < firstVerifying ? last <= 500 : last >= 500);
    }
    QDir{"set"}.removeRecursively();
    QFile::remove("set");
    const QStringList before = everythingIn(".");
    for (std::size_t stopAt = firstVerifying + 1; stopAt <= updates.size(); ++stopAt) {
        std::stop_source stop;
        std::size_t steps = 0;
        const JobControl job{stop.get_token(), [&](const ProgressUpdate&) {
                                 if (++steps == stopAt)
                                     stop.request_stop();
                             }};
        try {
            conversion.run(job);
        } catch (const Cancelled&) {
            QCOMPARE(everythingIn("."), before);
            continue;
        }
        // At the very end there is nothing left to be stopped, or there are fewer steps.
        QVERIFY(stopAt + 3 > updates.size());
        QDir{"set"}.removeRecursively();
        QFile::remove("set");
    }
}

QTEST_APPLESS_MAIN(TestVerify)
#include "tst_verify.moc"
