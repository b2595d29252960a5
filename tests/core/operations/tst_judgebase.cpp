// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/JudgeDataFile.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

namespace fs = std::filesystem;

bool has(const BaseJudgement& judgement, const char* id)
{
    for (const Evidence& evidence : judgement.evidence) {
        if (QByteArray(evidence.kind->id) == id)
            return true;
    }
    return false;
}

QString words(const BaseJudgement& judgement)
{
    QStringList lines;
    for (const Evidence& evidence : judgement.evidence)
        lines << QString::fromStdString(std::string{evidence.kind->id} + ": " + describe(evidence));
    return lines.join('\n');
}

} // namespace

class TestJudgeBase final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void knowsTheRightBaseByItsContent();
    void doubtsAnotherDiskOfTheSameSize();
    void knowsAFileSystemByItsIdentifier();
    void saysWhenContentTellsNothing();
    void excludes_data();
    void excludes();
    void warnsOfTablesTakenForADisk();
    void putsTheBestOfAFolderFirst();
    void putsTheBetterOfEqualVerdictsFirst();
    void stopsWhenTold();
    void knowsADataFile_data();
    void knowsADataFile();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void fill(const QString& name, quint32 seed, qint64 length);
    std::vector<OpenedImage> above(const QString& name) const;
    BaseJudgement judge(const QString& overlay, const QString& candidate) const
    {
        return judgeBase(above(overlay), path(candidate).toStdString(), {});
    }
    QTemporaryDir m_folder;
};

void TestJudgeBase::fill(const QString& name, quint32 seed, qint64 length)
{
    QRandomGenerator random(seed);
    QByteArray bytes(length, '\0');
    random.fillRange(reinterpret_cast<quint32*>(bytes.data()), length / 4);
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

std::vector<OpenedImage> TestJudgeBase::above(const QString& name) const
{
    OpenOptions options;
    options.sharing = OpenOptions::Sharing::Look;
    return {openImage(path(name).toStdString(), options, {})};
}

void TestJudgeBase::initTestCase()
{
    fill("right.raw", 1, 4 << 20);
    fill("wrong.raw", 2, 4 << 20);
    fill("small.raw", 3, 1 << 20);
    // A guest that changes 4 KiB of each cluster: the rest is copied up from the base.
    qemuImg({"create", "-f", "qcow2", "-b", "right.raw", "-F", "raw", path("over.qcow2")});
    QStringList writes;
    for (int i = 0; i < 20; ++i)
        writes << QStringLiteral("write -P %1 %2k 4k").arg(i + 1).arg(i * 128);
    qemuIo(path("over.qcow2"), writes);
    QVERIFY(QFile::copy(path("right.raw"), path("copy.raw")));
    QVERIFY(QFile::rename(path("right.raw"), path("moved.raw")));
}

void TestJudgeBase::knowsTheRightBaseByItsContent()
{
    const BaseJudgement judgement = judge("over.qcow2", "moved.raw");
    QVERIFY2(judgement.verdict == BaseVerdict::Convincing, qPrintable(words(judgement)));
    QVERIFY(has(judgement, "content.blocks-shared"));
    QVERIFY(has(judgement, "format.same"));
    QVERIFY(has(judgement, "size.same"));
    QVERIFY(!has(judgement, "name.same"));
    QCOMPARE(judgement.virtualSize, 4_MiB);
}

void TestJudgeBase::doubtsAnotherDiskOfTheSameSize()
{
    const BaseJudgement judgement = judge("over.qcow2", "wrong.raw");
    QVERIFY2(judgement.verdict == BaseVerdict::Doubtful, qPrintable(words(judgement)));
    QVERIFY(has(judgement, "content.blocks-other"));
}

void TestJudgeBase::knowsAFileSystemByItsIdentifier()
{
    // The superblock of ext, by its magic and two different UUIDs.
    const auto disk = [&](const QString& name, char id) {
        QByteArray bytes(1 << 20, '\0');
        bytes.replace(1080, 2, "\x53\xef");
        bytes.replace(1128, 16, QByteArray(16, id));
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    };
    disk("ext.raw", 'a');
    qemuImg({"create", "-f", "qcow2", "-b", "ext.raw", "-F", "raw", path("ext.qcow2")});
    qemuIo(path("ext.qcow2"), {"write -P 9 32k 4k"});
    QVERIFY(has(judge("ext.qcow2", "ext.raw"), "content.identity-same"));
    disk("ext.raw", 'b');
    const BaseJudgement other = judge("ext.qcow2", "ext.raw");
    QVERIFY2(other.verdict == BaseVerdict::Doubtful, qPrintable(words(other)));
    QVERIFY(has(other, "content.identity-other"));
    QVERIFY(has(other, "time.later"));
}

void TestJudgeBase::saysWhenContentTellsNothing()
{
    qemuImg({"create", "-f", "qcow2", "-b", "moved.raw", "-F", "raw", path("fresh.qcow2")});
    const BaseJudgement judgement = judge("fresh.qcow2", "moved.raw");
    QVERIFY2(judgement.verdict == BaseVerdict::Possible, qPrintable(words(judgement)));
    QVERIFY(has(judgement, "content.nothing-to-compare"));
    QVERIFY(has(judgement, "name.same"));
}

void TestJudgeBase::excludes_data()
{
    QTest::addColumn<QString>("candidate");
    QTest::addColumn<QByteArray>("why");
    qemuImg({"create", "-f", "qcow2", "-b", "moved.raw", "-F", "raw", path("q.qcow2")});
    qemuImg({"rebase", "-u", "-b", "over.qcow2", "-F", "qcow2", path("q.qcow2")});
    qemuImg({"create", "-f", "qcow2", path("base.qcow2"), "4M"});
    qemuImg({"create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("qover.qcow2")});
    qemuImg({"create", "-f", "qcow2", "-b", "qover.qcow2", "-F", "qcow2", path("loop.qcow2")});
    QTest::addRow("the image itself") << "qover.qcow2" << QByteArray("file.overlay");
    QTest::addRow("an image that rests on it") << "loop.qcow2" << QByteArray("file.loop");
    QTest::addRow("a raw file where QCOW2 is stored") << "moved.raw" << QByteArray("format.other");
    QTest::addRow("a file that is not there") << "nowhere" << QByteArray("file.unreadable");
}

void TestJudgeBase::excludes()
{
    QFETCH(const QString, candidate);
    QFETCH(const QByteArray, why);
    const BaseJudgement judgement = judge("qover.qcow2", candidate);
    QVERIFY2(judgement.verdict == BaseVerdict::Impossible, qPrintable(words(judgement)));
    QVERIFY2(has(judgement, why.constData()), qPrintable(words(judgement)));
}

void TestJudgeBase::warnsOfTablesTakenForADisk()
{
    const BaseJudgement judgement = judge("over.qcow2", "base.qcow2");
    QVERIFY(has(judgement, "format.signature"));
    QVERIFY(judgement.verdict == BaseVerdict::Doubtful);
}

void TestJudgeBase::putsTheBestOfAFolderFirst()
{
    const auto judgements = judgeFolder(above("over.qcow2"), m_folder.path().toStdString(), {});
    QStringList names;
    for (const BaseJudgement& judgement : judgements)
        names << QString::fromStdString(judgement.path.filename().string());
    // Two copies of the right one, then the wrong one; the small one is not even a candidate.
    QCOMPARE(names.size(), 3);
    QVERIFY(names.mid(0, 2).contains("moved.raw"));
    QVERIFY(names.mid(0, 2).contains("copy.raw"));
    QCOMPARE(names[2], QStringLiteral("wrong.raw"));
}

void TestJudgeBase::putsTheBetterOfEqualVerdictsFirst()
{
    QTemporaryDir folder;
    const auto file = [&](const char* name) { return folder.filePath(QString::fromLatin1(name)); };
    // The names would put the larger one first, and nothing is written that could be compared.
    qemuImg({"create", "-f", "qcow2", file("a-larger.qcow2"), "32M"});
    qemuImg({"create", "-f", "qcow2", file("b-as-large.qcow2"), "16M"});
    qemuImg({"create", "-u", "-f", "qcow2", "-b", "gone.qcow2", "-F", "qcow2", file("c-over.qcow2"),
        "16M"});
    const std::vector<OpenedImage> over{openImage(file("c-over.qcow2").toStdString(), {}, {})};
    const auto judgements = judgeFolder(over, folder.path().toStdString(), {});
    QCOMPARE(judgements.size(), std::size_t{2});
    QCOMPARE(judgements[0].verdict, judgements[1].verdict);
    QCOMPARE(judgements[0].path.filename().string(), std::string{"b-as-large.qcow2"});
}

void TestJudgeBase::stopsWhenTold()
{
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled,
        judgeBase(above("over.qcow2"), path("moved.raw").toStdString(), {stop.get_token(), {}}));
}

void TestJudgeBase::knowsADataFile_data()
{
    QTest::addColumn<QString>("candidate");
    QTest::addColumn<int>("verdict");
    QTest::addColumn<QByteArray>("why");
    qemuImg({"create", "-f", "qcow2", "-o", "data_file=" + path("data.raw"), path("split.qcow2"),
        "16M"});
    QStringList writes;
    for (int i = 0; i < 20; ++i)
        writes << QStringLiteral("write -P %1 %2k 64k").arg(i + 1).arg(i * 512);
    qemuIo(path("split.qcow2"), writes);
    fill("full.raw", 7, 16 << 20);
    QFile bare(path("bare.raw"));
    QVERIFY(bare.open(QIODevice::WriteOnly) && bare.resize(16 << 20));
    QFile cut(path("cut.raw"));
    QVERIFY(QFile::copy(path("data.raw"), path("cut.raw")) && cut.resize(1 << 20));
    const auto row = [](const char* what, const char* name, BaseVerdict verdict, const char* why) {
        QTest::addRow("%s", what) << QString(name) << static_cast<int>(verdict) << QByteArray(why);
    };
    row("the right one", "data.raw", BaseVerdict::Convincing, "data.content.fits");
    row("a disk that is full everywhere", "full.raw", BaseVerdict::Possible,
        "data.content.elsewhere");
    row("an empty file", "bare.raw", BaseVerdict::Doubtful, "data.content.empty");
    row("a part of the right one", "cut.raw", BaseVerdict::Doubtful, "data.size.short");
    row("an image", "over.qcow2", BaseVerdict::Doubtful, "data.signature");
    row("the image itself", "split.qcow2", BaseVerdict::Impossible, "data.image");
    row("a file that is not there", "nowhere", BaseVerdict::Impossible, "data.unreadable");
}

void TestJudgeBase::knowsADataFile()
{
    QFETCH(const QString, candidate);
    QFETCH(const int, verdict);
    QFETCH(const QByteArray, why);
    const BaseJudgement judgement
        = judgeDataFile(above("split.qcow2").back(), path(candidate).toStdString(), {});
    QVERIFY2(has(judgement, why.constData()), qPrintable(words(judgement)));
    QVERIFY2(static_cast<int>(judgement.verdict) == verdict, qPrintable(words(judgement)));
    const auto folder
        = judgeDataFolder(above("split.qcow2").back(), m_folder.path().toStdString(), {});
    QVERIFY(!folder.empty());
    QCOMPARE(folder.front().path.filename().string(), std::string("data.raw"));
}

QTEST_GUILESS_MAIN(TestJudgeBase)
#include "tst_judgebase.moc"
