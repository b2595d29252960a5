// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/FindOverlays.h"
#include "tests/support/Qemu.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace platter;
using platter::tests::qemuImg;

namespace {

namespace fs = std::filesystem;

FoundOverlays find(const QString& image, const std::vector<QString>& folders,
    const FindOverlaysOptions& options = {})
{
    const fs::path path{image.toStdString()};
    std::vector<fs::path> paths;
    for (const QString& folder : folders)
        paths.emplace_back(folder.toStdString());
    return findOverlays(
        *DiskFile::open(path, DiskFile::Access::ReadOnly), path, paths, options, {});
}

/// "name<-name 1": what rests on what, and how far from the image.
QStringList lines(const FoundOverlays& found)
{
    QStringList list;
    for (const FoundOverlay& overlay : found.overlays)
        list << QStringLiteral("%1<-%2 %3")
                    .arg(QString::fromStdString(overlay.restsOn.filename().string()),
                        QString::fromStdString(overlay.path.filename().string()))
                    .arg(overlay.distance);
    return list;
}

} // namespace

class TestFindOverlays final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void findsDirectAndIndirectOnes();
    void looksBelowOnlyWhenAsked();
    void comparesFilesNotNames();
    void stepsOverWhatIsNoRegularFile();
    void countsWhatCannotBeRead();
    void keepsTheLimit();
    void stopsWhenTold();
    void endsInALoop();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

void TestFindOverlays::initTestCase()
{
    QDir(m_folder.path()).mkpath("below/deep");
    qemuImg({"create", "-f", "raw", path("base.raw"), "1M"});
    qemuImg({"create", "-f", "raw", path("other.raw"), "1M"});
    const auto overlay = [&](const QString& base, const QString& format, const QString& name) {
        qemuImg({"create", "-f", "qcow2", "-b", base, "-F", format, path(name)});
    };
    overlay("base.raw", "raw", "a.qcow2");
    overlay(path("base.raw"), "raw", "b.qcow2");
    overlay("a.qcow2", "qcow2", "a1.qcow2");
    overlay("a1.qcow2", "qcow2", "a2.qcow2");
    overlay("other.raw", "raw", "stranger.qcow2");
    overlay("../../base.raw", "raw", "below/deep/c.qcow2");
}

void TestFindOverlays::findsDirectAndIndirectOnes()
{
    const FoundOverlays found = find(path("base.raw"), {m_folder.path()});
    QCOMPARE(lines(found),
        (QStringList{"base.raw<-a.qcow2 1", "base.raw<-b.qcow2 1", "a.qcow2<-a1.qcow2 2",
            "a1.qcow2<-a2.qcow2 3"}));
    QCOMPARE(found.images, std::size_t{5});
    QCOMPARE(found.overlays[0].virtualSize, 1_MiB);
    QCOMPARE(found.overlays[0].formatId, std::string("qcow2"));
}

void TestFindOverlays::looksBelowOnlyWhenAsked()
{
    FindOverlaysOptions options;
    options.reach = FindOverlaysOptions::Reach::FoldersBelow;
    const FoundOverlays found = find(path("base.raw"), {m_folder.path(), path("below")}, options);
    QVERIFY(lines(found).contains("base.raw<-c.qcow2 1"));
    QCOMPARE(found.overlays.size(), std::size_t{5});
    QCOMPARE(found.folders, std::size_t{3});
}

void TestFindOverlays::comparesFilesNotNames()
{
    // Another file with the name of the base, in another folder.
    QTemporaryDir elsewhere;
    qemuImg({"create", "-f", "raw", elsewhere.filePath("base.raw"), "1M"});
    QCOMPARE(lines(find(elsewhere.filePath("base.raw"), {m_folder.path()})), QStringList{});
    // The base by another of its names.
    QVERIFY(QFile::link(path("base.raw"), elsewhere.filePath("link.raw")));
    QCOMPARE(
        find(elsewhere.filePath("link.raw"), {m_folder.path()}).overlays.size(), std::size_t{4});
}

void TestFindOverlays::stepsOverWhatIsNoRegularFile()
{
    QTemporaryDir folder;
    QVERIFY(QFile::link(path("a.qcow2"), folder.filePath("link.qcow2")));
    QCOMPARE(::mkfifo(QFile::encodeName(folder.filePath("pipe")).constData(), 0600), 0);
    const FoundOverlays found = find(path("base.raw"), {folder.path()});
    QCOMPARE(found.files, std::size_t{0});
    QCOMPARE(found.overlays.size(), std::size_t{0});
}

void TestFindOverlays::countsWhatCannotBeRead()
{
    QTemporaryDir folder;
    QFile broken(folder.filePath("broken.qcow2"));
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write(QByteArray("QFI\xfb\0\0\0\3", 8));
    broken.close();
    const FoundOverlays found
        = find(path("base.raw"), {folder.path(), folder.filePath("does not exist")});
    QCOMPARE(found.unreadable, std::size_t{2});
}

void TestFindOverlays::keepsTheLimit()
{
    FindOverlaysOptions options;
    options.maximumFiles = 2;
    const FoundOverlays found = find(path("base.raw"), {m_folder.path()}, options);
    QVERIFY(found.limitReached);
    QCOMPARE(found.files, std::size_t{2});
}

void TestFindOverlays::stopsWhenTold()
{
    std::stop_source stop;
    stop.request_stop();
    const fs::path base{path("base.raw").toStdString()};
    QVERIFY_THROWS_EXCEPTION(Cancelled,
        findOverlays(*DiskFile::open(base, DiskFile::Access::ReadOnly), base,
            {m_folder.path().toStdString()}, {}, {stop.get_token(), {}}));
}

void TestFindOverlays::endsInALoop()
{
    QTemporaryDir folder;
    const auto at = [&](const QString& name) { return folder.filePath(name); };
    qemuImg({"create", "-f", "qcow2", at("one.qcow2"), "1M"});
    qemuImg({"create", "-f", "qcow2", "-b", "one.qcow2", "-F", "qcow2", at("two.qcow2")});
    qemuImg({"rebase", "-u", "-b", "two.qcow2", "-F", "qcow2", at("one.qcow2")});
    QCOMPARE(lines(find(at("one.qcow2"), {folder.path()})), QStringList{"one.qcow2<-two.qcow2 1"});
}

QTEST_GUILESS_MAIN(TestFindOverlays)
#include "tst_findoverlays.moc"
