// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/ConvertToSet.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

QJsonDocument manifestOf(const QString& folder)
{
    QFile file{folder + "/manifest.json"};
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.readAll());
}

QStringList everythingIn(const QString& folder)
{
    return QDir{folder}.entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
}

void writeFile(const QString& path, const QByteArray& bytes)
{
    QFile file{path};
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

/// An image that says nothing but its snapshots.
class Named final : public Image {
public:
    explicit Named(std::vector<SnapshotInfo> all)
        : Image(nullptr)
        , m_all(std::move(all))
    {
    }
    std::string formatId() const override { return "named"; }
    std::string formatName() const override { return "named"; }
    Bytes virtualSize() const override { return {}; }
    const GuestMapping& activeState() const override { throw Error("no state"); }
    const std::vector<SnapshotInfo>& snapshots() const override { return m_all; }
    std::vector<StructureMark> describe() const override { return {}; }
    void scanHost(const HostSink&, const JobControl&) const override { }
    void scanOwners(const OwnerSink&, const JobControl&) const override { }
    std::vector<StructureMark> describeOwner(const HostOwner&, HostOffset, Bytes) const override
    {
        return {};
    }
    UnownedRange unownedAt(HostOffset, HostOffset, HostOffset) const override { return {}; }

private:
    std::vector<SnapshotInfo> m_all;
};

} // namespace

/// Each state of a disk becomes a file of its own.
class TestConvertToSet final : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void everyStateGetsAFile_data();
    void everyStateGetsAFile();
    void manifestSaysWhatTheFilesAre();
    void namesAreHarmless();
    void bitmapsBelongToThePresentState();
    void savedMemoryIsNamed();
    void imagesWithoutSnapshotsAreSetsToo();
    void nothingIsReplaced();
    void refusals_data();
    void refusals();
    void stoppingLeavesNothing();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestConvertToSet::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir::setCurrent(m_folder->path()));
    qemuImg({"create", "-q", "-f", "qcow2", "source", "6M"});
    qemuIo("source", {"write -P 1 0 2M"});
    qemuImg({"snapshot", "-c", "before the update", "source"});
    qemuIo("source", {"write -P 2 1M 70k"});
    qemuImg({"resize", "-q", "source", "9M"});
    qemuImg({"snapshot", "-c", "larger", "source"});
    qemuIo("source", {"write -P 3 8M 64k", "write -z 0 64k"});
}

void TestConvertToSet::cleanup()
{
    QDir::setCurrent("/");
    m_folder.reset();
}

void TestConvertToSet::everyStateGetsAFile_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("vdi") << "vdi" << QStringList{};
    QTest::newRow("raw") << "raw" << QStringList{};
    QTest::newRow("qcow compressed") << "qcow" << QStringList{"-c"};
    QTest::newRow("qcow2 with other clusters") << "qcow2" << QStringList{"-o", "cluster_size=4k"};
}

void TestConvertToSet::everyStateGetsAFile()
{
    QFETCH(const QString, format);
    QFETCH(const QStringList, arguments);
    const Finished done = platterCli(QStringList{"convert", "--all-snapshots", "-O", format}
        + arguments + QStringList{"source", "set/"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    const QStringList files{"1-before_the_update." + format, "2-larger." + format, "now." + format};
    QCOMPARE(everythingIn("."), (QStringList{"set", "source"}));
    QCOMPARE(everythingIn("set"), (QStringList{files[0], files[1], "manifest.json", files[2]}));
    const QList<QStringList> states{
        {"-l", "snapshot.id=1", "source"}, {"-l", "snapshot.id=2", "source"}, {"source"}};
    // NOTE(qemu): 7.2 gives a snapshot the size of the present disk, so that sizes are set first.
    const QList<qint64> sizes{6 << 20, 9 << 20, 9 << 20};
    for (qsizetype i = 0; i < files.size(); ++i) {
        const QString file = "set/" + files[i];
        const Finished check = run("qemu-img", {"check", "-q", "-f", format, file});
        QVERIFY2(check.exitCode == 0 || check.exitCode == 63, check.errors);
        QCOMPARE(
            qemuJson({"info", "--output=json", "-f", format, file})["virtual-size"].toInteger(),
            sizes[i]);
        qemuImg({"convert", "-f", format, "-O", "raw", file, "ours.raw"});
        qemuImg(QStringList{"convert", "-O", "raw"} + states[i] + QStringList{"theirs.raw"});
        QVERIFY(QFile::resize("theirs.raw", sizes[i]));
        QCOMPARE(fileHash("ours.raw"), fileHash("theirs.raw"));
    }
}

void TestConvertToSet::manifestSaysWhatTheFilesAre()
{
    QCOMPARE(platterCli({"convert", "--all-snapshots", "-O", "vdi", "source", "set"}).exitCode, 0);
    const QJsonDocument manifest = manifestOf("set");
    QCOMPARE(manifest["manifest-version"].toInt(), 1);
    QCOMPARE(manifest["source"].toString(), QString("source"));
    QCOMPARE(manifest["source-format"].toString(), QString("qcow2"));
    QCOMPARE(manifest["format"].toString(), QString("vdi"));
    const QJsonArray snapshots
        = qemuJson({"info", "--output=json", "source"})["snapshots"].toArray();
    QCOMPARE(snapshots.size(), 2);
    const QJsonArray states = manifest["states"].toArray();
    QCOMPARE(states.size(), 3);
    for (qsizetype i = 0; i < states.size(); ++i) {
        const QJsonObject state = states[i].toObject();
        const QString file = "set/" + state["file"].toString();
        QCOMPARE(state["file-length"].toInteger(), QFile{file}.size());
        QCOMPARE(state["virtual-size"].toInteger(), qint64{i == 0 ? 6 : 9} << 20);
        QCOMPARE(state["present"].toBool(), i == 2);
        if (i == 2)
            break;
        const QJsonObject theirs = snapshots[i].toObject();
        for (const QString& key : theirs.keys())
            QCOMPARE(state[key], theirs[key]);
    }
    QCOMPARE(states[2]["file"].toString(), QString("now.vdi"));
    QVERIFY(states[2]["id"].isUndefined());
}

void TestConvertToSet::namesAreHarmless()
{
    const QList<std::pair<QByteArray, QByteArray>> names{{"../../etc", "a/b"}, {"1", "x y"},
        {"1", "X?Y"}, {"1", "x*:|y"}, {"", ""}, {"", ".hidden"}, {"now", ""}, {"manifest", ""},
        {"2", QByteArray(500, 'n')}, {"3", "\xff\xfe\n\x1b[31m"}, {"-rf", "-"}};
    std::vector<SnapshotInfo> all;
    for (const auto& [id, name] : names) {
        SnapshotInfo info;
        info.id = id.toStdString();
        info.name = name.toStdString();
        all.push_back(std::move(info));
    }
    const std::vector<SetMember> members = setOf(Named{all}, "raw");
    QCOMPARE(members.size(), static_cast<std::size_t>(names.size() + 1));
    QSet<QString> seen{"manifest.json"};
    for (const SetMember& member : members) {
        const QString file = QString::fromStdString(member.file);
        static const QRegularExpression plain{"^[A-Za-z0-9_][A-Za-z0-9._-]*\\.raw$"};
        QVERIFY2(plain.match(file).hasMatch(), qPrintable(file));
        QVERIFY2(file.size() < 200, qPrintable(file));
        QVERIFY2(!seen.contains(file.toLower()), qPrintable(file));
        seen.insert(file.toLower());
    }
    QCOMPARE(QString::fromStdString(members[1].file), QString("1-x_y.raw"));
    QCOMPARE(QString::fromStdString(members[2].file), QString("1-X_Y_2.raw"));
    QCOMPARE(QString::fromStdString(members.back().file), QString("now.raw"));
}

void TestConvertToSet::bitmapsBelongToThePresentState()
{
    qemuImg({"bitmap", "--add", "source", "b"});
    qemuIo("source", {"write 3M 64k"});
    const Finished done
        = platterCli({"convert", "--all-snapshots", "-O", "qcow2", "source", "set"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(done.errors, QByteArray());
    const auto bitmaps = [](const char* file) {
        return qemuJson({"info", "--output=json", file})["format-specific"]["data"]["bitmaps"]
            .toArray()
            .size();
    };
    QCOMPARE(bitmaps("set/now.qcow2"), 1);
    QCOMPARE(bitmaps("set/2-larger.qcow2"), 0);
}

void TestConvertToSet::savedMemoryIsNamed()
{
    Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "running");
    builder.put32(builder.cluster(10) + 32, 4096).put64(builder.cluster(10) + 40, 4096);
    const auto bytes = builder.bytes();
    writeFile("running",
        QByteArray(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
    const Finished done = platterCli({"convert", "--all-snapshots", "-O", "raw", "running", "set"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QVERIFY2(done.errors.contains("the saved memory of 1 snapshot"), done.errors);
    QCOMPARE(manifestOf("set")["states"][0]["vm-state-size"].toInt(), 4096);
}

void TestConvertToSet::imagesWithoutSnapshotsAreSetsToo()
{
    qemuImg({"create", "-q", "-f", "raw", "plain.raw", "1M"});
    QVERIFY(QDir::current().mkdir("set"));
    const Finished done
        = platterCli({"convert", "--all-snapshots", "-f", "raw", "-O", "vdi", "plain.raw", "set"});
    QVERIFY2(done.exitCode == 0, done.errors);
    QCOMPARE(everythingIn("set"), (QStringList{"manifest.json", "now.vdi"}));
}

void TestConvertToSet::nothingIsReplaced()
{
    QVERIFY(QDir::current().mkdir("full"));
    writeFile("full/mine", "mine");
    writeFile("file", "mine");
    for (const char* target : {"full", "file"}) {
        const Finished done = platterCli(
            {"convert", "--all-snapshots", "--overwrite", "-O", "vdi", "source", target});
        QCOMPARE(done.exitCode, 1);
        QVERIFY2(done.errors.contains("Nothing was written"), done.errors);
    }
    QCOMPARE(everythingIn("."), (QStringList{"file", "full", "source"}));
    QCOMPARE(everythingIn("full"), QStringList{"mine"});
}

void TestConvertToSet::refusals_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* arguments, const char* words) {
        QTest::newRow(arguments) << QString(arguments).split(' ') << QString(words);
    };
    row("-O vdi -l 1", "Only one");
    row("-O qcow2 --keep-snapshots", "Only one");
    row("-O vdi -o uuid=01020304050607080910111213141516", "same UUID");
    row("-O qcow2 -o cluster_size=3", "power of two");
}

void TestConvertToSet::refusals()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, words);
    const Finished done = platterCli(
        QStringList{"convert", "--all-snapshots"} + arguments + QStringList{"source", "set"});
    QCOMPARE(done.exitCode, 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QCOMPARE(everythingIn("."), QStringList{"source"});
}

void TestConvertToSet::stoppingLeavesNothing()
{
    const BackingChain chain = openChain("source", {}, OpenPolicy::trustPlainPaths(), {});
    ConvertOptions options;
    options.format = "vdi";
    unsigned all = 0;
    convertToSet(chain, "set", options, {{}, [&](const ProgressUpdate&) { ++all; }});
    QVERIFY(QDir{"set"}.removeRecursively());
    QVERIFY(all >= 3);
    for (unsigned stopAt = 1; stopAt <= all; ++stopAt) {
        std::stop_source stop;
        unsigned steps = 0;
        const JobControl job{stop.get_token(), [&](const ProgressUpdate&) {
                                 if (++steps == stopAt)
                                     stop.request_stop();
                             }};
        QVERIFY_THROWS_EXCEPTION(Cancelled, convertToSet(chain, "set", options, job));
        QCOMPARE(everythingIn("."), QStringList{"source"});
    }
}

QTEST_APPLESS_MAIN(TestConvertToSet)
#include "tst_converttoset.moc"
