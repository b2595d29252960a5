// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "tests/support/CrashStates.h"
#include "tests/support/ImageLayouts.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace platter;
using namespace platter::tests;

namespace {

EditPlan planOf(const std::filesystem::path& image, const AmendOptions& options)
{
    OpenOptions open;
    open.format = "qcow2";
    open.sharing = OpenOptions::Sharing::Look;
    const OpenedImage opened = openImage(image, open, {});
    EditPlan plan = opened.image->planAmend(options);
    plan.base = opened.stamp;
    return plan;
}

/// Everything that qemu-img says of an image, without its size on the host.
QJsonObject facts(const QString& image)
{
    QJsonObject info = qemuJson({"info", image}).object();
    info.remove("actual-size");
    info.remove("filename");
    info.remove("full-backing-filename");
    return info;
}

QJsonObject formatFacts(const QString& image)
{
    return facts(image)["format-specific"].toObject()["data"].toObject();
}

QByteArray content(const ImageLayout& layout, const QString& image, const QString& folder)
{
    return layout.encrypted ? qemuHash(encryptedSource(image, "qcow2", "words"), folder)
                            : qemuHash({"-f", "qcow2", image}, folder);
}

void check(const ImageLayout& layout, const QString& image)
{
    QStringList arguments{"check"};
    if (layout.encrypted)
        arguments += encryptedSource(image, "qcow2", "words");
    else
        arguments << "-f"
                  << "qcow2" << image;
    const Finished finished = run("qemu-img", arguments);
    if (finished.exitCode != 0)
        throw std::runtime_error(
            (finished.output + finished.errors).toStdString() + ": not clean for qemu-img check");
}

QByteArray writtenTo(const QString& path, const std::vector<std::byte>& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly)
        || file.write(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size())) < 0)
        throw std::runtime_error("cannot write " + path.toStdString());
    return {};
}

void allLayouts()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < imageLayouts().size(); ++i)
        QTest::addRow("%s", imageLayouts()[i].name) << int(i);
}

const ImageLayout& layoutOf(int index)
{
    return imageLayouts()[static_cast<std::size_t>(index)];
}

} // namespace

/// Version and lazy refcounts changed in place, against qemu-img amend, over every kind of image.
class TestAmend : public QObject {
    Q_OBJECT
private slots:
    void does_what_qemu_img_does_data() { allLayouts(); }
    void does_what_qemu_img_does();
    void survives_a_crash_at_every_point_data() { allLayouts(); }
    void survives_a_crash_at_every_point();
    void survives_every_error();
    void survives_being_killed_at_every_call();
    void keeps_what_it_does_not_know();
    void refuses_what_it_cannot_do_data();
    void refuses_what_it_cannot_do();
    void refuses_an_image_that_qemu_holds();
    void the_command_line_amends_lists_and_undoes();
};

void TestAmend::does_what_qemu_img_does()
{
    QFETCH(const int, index);
    const ImageLayout& layout = layoutOf(index);
    const QTemporaryDir folder;
    const QString image = makeImage(layout, folder.path());
    const QString theirs = folder.filePath("theirs.qcow2");
    QVERIFY(QFile::copy(image, theirs));
    const QByteArray before = fileHash(image);
    const QByteArray guest = content(layout, image, folder.path());

    for (const bool lazy : {true, false}) {
        const QString options = (layout.isOld ? "compat=1.1,lazy_refcounts=" : "lazy_refcounts=")
            + QString(lazy ? "on" : "off");
        const Finished done = platterCli({"amend", "-f", "qcow2", "-o", options, image});
        QCOMPARE(done.errors, QByteArray{});
        QCOMPARE(done.exitCode, 0);
        if (layout.encrypted)
            qemuImg(
                QStringList{"amend", "-o", options} + encryptedSource(theirs, "qcow2", "words"));
        else
            qemuImg({"amend", "-f", "qcow2", "-o", options, theirs});
        QCOMPARE(formatFacts(image)["compat"].toString(), QString("1.1"));
        QCOMPARE(formatFacts(image)["lazy-refcounts"].toBool(), lazy);
        QCOMPARE(facts(image), facts(theirs));
        check(layout, image);
        QCOMPARE(content(layout, image, folder.path()), guest);
    }
    // A version 3 image was not lazy before, so the second amendment undid the first.
    while (!listEdits(image.toStdString()).empty())
        takeBack(image.toStdString(), {});
    QCOMPARE(fileHash(image), before);
    QCOMPARE(QDir(folder.path()).entryList({".*undo*"}, QDir::Files | QDir::Hidden).size(), 0);
}

void TestAmend::survives_a_crash_at_every_point()
{
    QFETCH(const int, index);
    const ImageLayout& layout = layoutOf(index);
    const QTemporaryDir folder{QString::fromStdString(folderInMemory())};
    const QString image = makeImage(layout, folder.path());
    const QByteArray guest = content(layout, image, folder.path());
    const auto path = std::filesystem::path{image.toStdString()};
    const auto original = bytesOf(path);
    AmendOptions options;
    options.version = 3;
    options.lazyRefcounts = true;
    const EditPlan plan = planOf(path, options);

    // What qemu-img says of a state depends on its bytes alone.
    std::map<QByteArray, bool> known;
    int lazy = 0;
    int old = 0;
    const StateCheck eachState = [&](const CrashedImage& state) {
        const QString file = QString::fromStdString(state.image.string());
        const auto [one, isNew] = known.try_emplace(fileHash(file), true);
        if (!isNew)
            return;
        check(layout, file);
        if (content(layout, file, folder.path()) != guest)
            throw std::runtime_error("the guest sees something else");
        const QJsonObject info = formatFacts(file);
        const bool isNewHeader = info["lazy-refcounts"].toBool();
        if (info["compat"].toString() != (layout.isOld && !isNewHeader ? "0.10" : "1.1"))
            throw std::runtime_error("the header is neither the old nor the new one");
        ++(isNewHeader ? lazy : old);
    };
    const CrashCount count = everyCrashState(
        path, original,
        [&](const std::filesystem::path& file, EditIo& io) { applyEdit(file, plan, {}, io); },
        eachState);
    qInfo("%zu calls, %zu states, %zu different images", count.calls, count.states, known.size());
    QVERIFY(count.states >= 20);
    QVERIFY(lazy >= 1 && old >= 1);
    QCOMPARE(content(layout, image, folder.path()), guest);
}

void TestAmend::survives_every_error()
{
    for (const char* name : {"snapshots", "version 2 with a very long backing name"}) {
        const auto layout = std::find_if(imageLayouts().begin(), imageLayouts().end(),
            [&](const ImageLayout& one) { return QString(one.name) == name; });
        const QTemporaryDir folder{QString::fromStdString(folderInMemory())};
        const QString image = makeImage(*layout, folder.path());
        const auto path = std::filesystem::path{image.toStdString()};
        const auto original = bytesOf(path);
        const CrashCount count = everyIoError(
            path, original,
            [](const std::filesystem::path& file, EditIo& io) {
                AmendOptions options;
                options.version = 3;
                options.lazyRefcounts = true;
                applyEdit(file, planOf(file, options), {}, io);
            },
            [&](const CrashedImage& state) {
                // Half of a short write may have reached the first sector; everything else must be
                // whole.
                if (state.words.find("way 2") == std::string::npos)
                    check(*layout, QString::fromStdString(state.image.string()));
            });
        QVERIFY(count.states > 20);
    }
}

void TestAmend::survives_being_killed_at_every_call()
{
    const QTemporaryDir folder;
    const ImageLayout& layout = imageLayouts().back();
    const QString image = makeImage(layout, folder.path());
    const QByteArray before = fileHash(image);
    int killed = 0;
    for (const QString call : {"pwrite64", "fdatasync", "fsync", "fchmod"}) {
        bool wasKilled = true;
        for (int time = 1; wasKilled; ++time) {
            const QString inject = "inject=" + call + ":signal=KILL:when=" + QString::number(time);
            const Finished done = run("strace",
                {"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject,
                    qEnvironmentVariable("PLATTER_CLI"), "amend", "-f", "qcow2", "-o",
                    "compat=1.1,lazy_refcounts=on", image});
            wasKilled = done.exitCode != 0;
            killed += wasKilled ? 1 : 0;
            check(layout, image);
            const auto edits = listEdits(image.toStdString());
            if (!edits.empty() && edits[0].state == PastEdit::State::Interrupted) {
                // Another edit must not begin before this one is taken back.
                const Finished next
                    = platterCli({"amend", "-f", "qcow2", "-o", "compat=1.1", image});
                QCOMPARE(next.exitCode, 1);
                QVERIFY(next.errors.contains("platter-cli undo"));
                // Whoever only looks is told as well.
                const Finished look = platterCli({"map", image});
                QVERIFY2(look.errors.contains("stopped halfway"), look.errors);
                QVERIFY2(look.errors.contains("platter-cli undo"), look.errors);
            }
            while (!listEdits(image.toStdString()).empty())
                takeBack(image.toStdString(), {});
            QCOMPARE(fileHash(image), before);
        }
    }
    qInfo("killed %d times", killed);
    QVERIFY(killed >= 15);
}

void TestAmend::keeps_what_it_does_not_know()
{
    const QTemporaryDir folder;
    const QString image = folder.filePath("image.qcow2");
    Qcow2Builder builder;
    builder.set("compatible_features", 0xf0)
        .set("autoclear_features", 0x80)
        .extension(0x12345678, "something of a later version");
    writtenTo(image, builder.bytes());
    const Finished done = platterCli({"amend", "-f", "qcow2", "-o", "lazy_refcounts=on", image});
    QCOMPARE(done.exitCode, 0);
    QVERIFY(done.output.contains("0x80"));
    auto expected = builder.bytes();
    expected[87] = std::byte{0xf1};
    expected[95] = std::byte{0};
    QVERIFY(bytesOf(image.toStdString()) == expected);
    takeBack(image.toStdString(), {});
    QVERIFY(bytesOf(image.toStdString()) == builder.bytes());
}

void TestAmend::refuses_what_it_cannot_do_data()
{
    QTest::addColumn<QStringList>("create");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("words");
    const QStringList none;
    const QStringList old{"-o", "compat=0.10"};
    QTest::addRow("back to version 2") << none << "compat=0.10"
                                       << "rewrite tables";
    QTest::addRow("lazy refcounts in version 2") << old << "lazy_refcounts=on"
                                                 << "compat=1.1";
    QTest::addRow("the width of refcounts") << none << "refcount_bits=64"
                                            << "cannot be amended";
    QTest::addRow("the size") << none << "size=2M"
                              << "cannot be amended";
    QTest::addRow("a value that is none") << none << "lazy_refcounts=perhaps"
                                          << "on or off";
    QTest::addRow("a version that is none") << none << "compat=7"
                                            << "0.10 or 1.1";
}

void TestAmend::refuses_what_it_cannot_do()
{
    QFETCH(const QStringList, create);
    QFETCH(const QString, options);
    QFETCH(const QString, words);
    const QTemporaryDir folder;
    const QString image = folder.filePath("image.qcow2");
    qemuImg(QStringList{"create", "-q", "-f", "qcow2"} + create + QStringList{image, "1M"});
    const QByteArray before = fileHash(image);
    const Finished done = platterCli({"amend", "-o", options, image});
    QCOMPARE(done.exitCode, 1);
    QVERIFY2(done.errors.contains(words.toUtf8()), done.errors);
    QCOMPARE(done.errors.count('\n'), 1);
    QCOMPARE(fileHash(image), before);
}

void TestAmend::refuses_an_image_that_qemu_holds()
{
    const QTemporaryDir folder;
    const QString image = folder.filePath("image.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", image, "1M"});
    for (const char* mode : {"-r", "-f"}) {
        QProcess holder;
        holder.setProcessChannelMode(QProcess::MergedChannels);
        holder.start("qemu-io",
            QString(mode) == "-r" ? QStringList{"-r", "-f", "qcow2", image}
                                  : QStringList{"-f", "qcow2", image});
        QVERIFY(holder.waitForStarted());
        holder.write("length\n");
        QByteArray said;
        while (!said.contains("iB")) {
            QVERIFY(holder.waitForReadyRead(30'000));
            said += holder.readAll();
        }
        const QByteArray before = fileHash(image);
        const Finished done = platterCli({"amend", "-o", "lazy_refcounts=on", image});
        QCOMPARE(done.exitCode, 1);
        QVERIFY2(done.errors.contains("qemu-io (process "), done.errors);
        QCOMPARE(fileHash(image), before);
        holder.write("quit\n");
        QVERIFY(holder.waitForFinished());
    }
    QCOMPARE(platterCli({"amend", "-o", "lazy_refcounts=on", image}).exitCode, 0);
}

void TestAmend::the_command_line_amends_lists_and_undoes()
{
    const QTemporaryDir folder;
    const QString image = folder.filePath("image.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "compat=0.10", image, "1M"});
    const QByteArray before = fileHash(image);
    QCOMPARE(platterCli({"undo", "--list", image}).output,
        QByteArray("Platter keeps no edit of this image.\n"));
    QCOMPARE(platterCli({"undo", image}).exitCode, 1);

    const Finished plan = platterCli({"amend", "--plan", "-o", "compat=1.1", image});
    QCOMPARE(plan.exitCode, 0);
    QVERIFY(plan.output.contains("Make the image version 3"));
    QCOMPARE(fileHash(image), before);
    QCOMPARE(platterCli({"amend", "-o", "compat=1.1", image}).output, QByteArray{});
    QCOMPARE(platterCli({"amend", "-o", "lazy_refcounts=on", image}).exitCode, 0);

    const auto list
        = QJsonDocument::fromJson(platterCli({"undo", "--list", "--output", "json", image}).output)
              .array();
    QCOMPARE(list.size(), 2);
    QCOMPARE(list[0].toObject()["act"].toString(), QString("amend"));
    QCOMPARE(list[0].toObject()["summary"].toString(), QString("Turn lazy refcounts on."));
    QVERIFY(list[0].toObject()["can-be-taken-back"].toBool());
    QVERIFY(list[1].toObject()["can-be-taken-back"].toBool());
    QVERIFY(platterCli({"undo", "--list", image}).output.contains("amend: Make the image version"));

    QVERIFY(platterCli({"undo", image}).output.startsWith("Taken back: Turn lazy refcounts on."));
    QCOMPARE(platterCli({"undo", image}).exitCode, 0);
    QCOMPARE(fileHash(image), before);

    // Somebody else wrote since: said, refused, and nothing is written.
    QCOMPARE(platterCli({"amend", "-o", "compat=1.1", image}).exitCode, 0);
    QTest::qSleep(20);
    qemuIo(image, {"write 0 64k"}, {"-f", "qcow2"});
    const QByteArray written = fileHash(image);
    const Finished late = platterCli({"undo", image});
    QCOMPARE(late.exitCode, 1);
    QVERIFY2(late.errors.contains("Something else has"), late.errors);
    QCOMPARE(fileHash(image), written);
    const QByteArray stale = platterCli({"undo", "--list", image}).output;
    QVERIFY2(stale.contains(", just now  amend: "), stale);
    QVERIFY2(stale.contains("It cannot be taken back: Something else has"), stale);
    QVERIFY2(stale.contains("Journals of no more use take "), stale);
    QCOMPARE(platterCli({"undo", "--forget", image}).output, QByteArray("Journals removed: 1\n"));

    // A signature alone is not enough to write into a file of another name.
    const QString disk = folder.filePath("disk.img");
    QVERIFY(QFile::copy(image, disk));
    const Finished unnamed = platterCli({"amend", "-o", "lazy_refcounts=on", disk});
    QCOMPARE(unnamed.exitCode, 1);
    QVERIFY2(unnamed.errors.contains("-f qcow2"), unnamed.errors);
    QCOMPARE(platterCli({"amend", "-f", "qcow2", "-o", "lazy_refcounts=on", disk}).exitCode, 0);
}

QTEST_GUILESS_MAIN(TestAmend)
#include "tst_amend.moc"
