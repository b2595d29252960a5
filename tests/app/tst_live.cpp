// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/text/NewsText.h"
#include "core/disk/VirtualDisk.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qemu.h"
#include "tests/support/RestlessFile.h"

#include <QProcess>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::RestlessFile;
using platter::tests::WindowBench;

namespace {

/// More than the five seconds between two looks.
constexpr int oneLook = 12'000;

/// Has an image open for writing until it goes.
class Holder {
public:
    explicit Holder(const QString& image)
    {
        m_process.start(
            QStringLiteral("qemu-io"), {QStringLiteral("-f"), QStringLiteral("qcow2"), image});
        m_started = m_process.waitForStarted();
        run("length");
    }
    ~Holder()
    {
        m_process.write("quit\n");
        m_process.waitForFinished();
    }

    /// @returns what qemu-io answers to a command.
    QByteArray run(const QByteArray& command)
    {
        m_process.write(command + '\n');
        QByteArray answer;
        while (!answer.contains("qemu-io>") && m_process.waitForReadyRead(10'000))
            answer += m_process.readAllStandardOutput();
        return answer;
    }
    bool isStarted() const { return m_started && m_process.state() == QProcess::Running; }
    qint64 pid() const { return m_process.processId(); }

private:
    QProcess m_process;
    bool m_started = false;
};

} // namespace

class TestLive final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void readsAgainWhatAnotherProgramChanged();
    void keepsPageAndSelectionWhenItReadsAgain();
    void saysWhatBecameOfTheFile_data();
    void saysWhatBecameOfTheFile();
    void keepsWhatItHasWhenReadingAgainFails();
    void watchesTheFilesBelow();
    void disturbsNobodyWhoTakesTheImage();
    void marksACheckThatRanAcrossAChange();
    void readsAnUnlockedImageAgainWithItsKey();
    void saysWhenTheKeyIsAnotherOne();
    void neverShowsTwoStatesAsOne();
    void followsAMachineThatNeverRests();
    void everyFateHasItsWords();

private:
    QString path(const QString& name) const { return m_bench->path(name); }
    ImageDocument& document() { return m_bench->document(); }
    QString noticeTexts()
    {
        QStringList texts;
        for (const auto& notice : m_bench->view().noticeBar().notices())
            texts << notice.text;
        return texts.join(QLatin1Char('\n'));
    }
    bool has(FileFate fate)
    {
        return !document().news().empty() && document().news().front().look.fate == fate;
    }
    std::unique_ptr<WindowBench> m_bench;
};

void TestLive::init()
{
    m_bench = std::make_unique<WindowBench>();
    qemuImg({"create", "-f", "qcow2", path("image.qcow2"), "16M"});
    qemuIo(path("image.qcow2"), {"write -P 1 0 1M"});
}

void TestLive::cleanup()
{
    m_bench.reset();
}

void TestLive::readsAgainWhatAnotherProgramChanged()
{
    QVERIFY(m_bench->open("image.qcow2"));
    const auto before = document().image();
    qemuImg({"snapshot", "-c", "made elsewhere", path("image.qcow2")});
    QTRY_VERIFY_WITH_TIMEOUT(!document().image()->snapshots().empty(), oneLook);
    QVERIFY(before->snapshots().empty()); // a result of its own, not a mixture
    QTRY_VERIFY(!document().isBusy());
    QVERIFY(document().news().empty());
    QVERIFY(document().opened().stamp == document().opened().file->stamp());
    // The page that lists them shows the new one.
    m_bench->view().showPage(PageId::Snapshots);
    QCOMPARE(document().image()->snapshots().front().name, std::string("made elsewhere"));
}

void TestLive::keepsPageAndSelectionWhenItReadsAgain()
{
    QVERIFY(m_bench->open("image.qcow2"));
    m_bench->view().showPage(PageId::Header);
    Selection selection;
    selection.host = HostOffset{24};
    selection.hostLength = 8_B;
    selection.structure = QStringLiteral("Header");
    selection.field = QStringLiteral("size");
    document().select(selection);
    const auto before = document().image();
    qemuImg({"resize", path("image.qcow2"), "32M"});
    QTRY_VERIFY_WITH_TIMEOUT(document().image() && document().image() != before, oneLook);
    QCOMPARE(document().image()->virtualSize(), 32_MiB);
    QCOMPARE(m_bench->view().currentPage(), PageId::Header);
    QCOMPARE(document().selection(), selection);
    // What is no longer there is not selected any more.
    selection = {};
    selection.guest = GuestOffset{20 << 20};
    document().select(selection);
    qemuImg({"resize", "--shrink", path("image.qcow2"), "8M"});
    QTRY_COMPARE_WITH_TIMEOUT(document().image()->virtualSize(), 8_MiB, oneLook);
    QVERIFY(document().selection().isEmpty());
}

void TestLive::saysWhatBecameOfTheFile_data()
{
    QTest::addColumn<int>("act");
    QTest::addColumn<int>("fate");
    QTest::addColumn<QString>("words");
    QTest::addRow("deleted") << 0 << static_cast<int>(FileFate::Gone) << "no longer in its place";
    QTest::addRow("another file takes its name")
        << 1 << static_cast<int>(FileFate::Replaced) << "Another file took its name";
    QTest::addRow("cut") << 2 << static_cast<int>(FileFate::Shorter) << "made the file shorter";
}

void TestLive::saysWhatBecameOfTheFile()
{
    QFETCH(const int, act);
    QFETCH(const int, fate);
    QFETCH(const QString, words);
    QVERIFY(m_bench->open("image.qcow2"));
    const auto before = document().image();
    if (act == 0) {
        QVERIFY(QFile::remove(path("image.qcow2")));
    } else if (act == 1) {
        qemuImg({"create", "-f", "qcow2", path("other.qcow2"), "64M"});
        QCOMPARE(::rename(path("other.qcow2").toLocal8Bit().constData(),
                     path("image.qcow2").toLocal8Bit().constData()),
            0);
    } else {
        QVERIFY(QFile::resize(path("image.qcow2"), 4 * 65536));
    }
    QTRY_VERIFY_WITH_TIMEOUT(has(static_cast<FileFate>(fate)), oneLook);
    QVERIFY(!m_bench->text(words).isEmpty());
    QVERIFY(document().image() == before); // left to the user
    if (act == 1) {
        QTest::keyClick(&m_bench->window(), Qt::Key_F5);
        QTRY_COMPARE(document().image()->virtualSize(), 64_MiB);
        QTRY_VERIFY(document().news().empty());
    }
}

void TestLive::keepsWhatItHasWhenReadingAgainFails()
{
    QVERIFY(m_bench->open("image.qcow2"));
    const auto before = document().image();
    QFile file(path("image.qcow2"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write(QByteArray(4, '\0')); // no signature any more
    file.close();
    QTRY_VERIFY_WITH_TIMEOUT(!document().reloadProblem().isEmpty(), oneLook);
    QVERIFY(document().image() == before);
    QCOMPARE(document().state(), ImageDocument::State::Ready);
    QVERIFY(noticeTexts().contains(QStringLiteral("could not be read again")));
    // Made whole again, it is read again.
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write(QByteArray("QFI\xfb", 4));
    file.close();
    QTRY_VERIFY_WITH_TIMEOUT(document().image() != before && document().news().empty(), oneLook);
    QVERIFY(document().reloadProblem().isEmpty());
}

void TestLive::watchesTheFilesBelow()
{
    qemuImg({"create", "-f", "qcow2", "-b", "image.qcow2", "-F", "qcow2", path("top.qcow2")});
    QVERIFY(m_bench->open("top.qcow2"));
    document().agreeToChain(ImageDocument::Consent::AlsoNamedBesideThem);
    QTRY_VERIFY(document().openedChain());
    QTRY_VERIFY(!document().isBusy());
    const DiskFile::Stamp before = document().chain()[0].opened->stamp;
    qemuIo(path("image.qcow2"), {"write -P 2 2M 1M"});
    // Read again as well: the base as it is now, and it is newer than its overlay.
    QTRY_VERIFY_WITH_TIMEOUT(document().chain().size() == 1 && document().chain()[0].opened
            && document().chain()[0].opened->stamp != before,
        oneLook);
    QVERIFY(!document().chain()[0].remarks.empty());
    QVERIFY(QFile::remove(path("image.qcow2")));
    QTRY_VERIFY_WITH_TIMEOUT(has(FileFate::Gone), oneLook);
    QVERIFY(!document().news().front().isImage);
    QVERIFY(
        !m_bench->text(QStringLiteral("“image.qcow2”, which it rests on, is no longer")).isEmpty());
}

void TestLive::disturbsNobodyWhoTakesTheImage()
{
    QVERIFY(m_bench->open("image.qcow2"));
    const auto before = document().image();
    {
        // Platter looks; a machine starts from the image all the same, and may write.
        Holder machine(path("image.qcow2"));
        QVERIFY(machine.isStarted());
        QTRY_VERIFY_WITH_TIMEOUT(document().opened().use.mayBeWritten, oneLook);
        QVERIFY(document().mayChange());
        QVERIFY2(noticeTexts().contains(QStringLiteral("qemu-io (pid %1)").arg(machine.pid())),
            qPrintable(noticeTexts()));
        QVERIFY2(noticeTexts().contains(QStringLiteral("may change while you look")),
            qPrintable(noticeTexts()));
        QVERIFY(machine.run("write -P 7 8M 64k").contains("wrote 65536/65536"));
        QVERIFY(machine.run("flush").contains("qemu-io>"));
        // What it wrote is shown while it goes on.
        QTRY_VERIFY_WITH_TIMEOUT(document().image() != before && document().news().empty(), 20'000);
        QVERIFY(document().mayChange());
        QCOMPARE(document().image()->activeState().extentAt(GuestOffset{8 << 20}, 64_KiB).kind,
            ExtentKind::Data);
        QVERIFY(!document().facts().mixed);
        QVERIFY(machine.run("write -P 8 9M 64k").contains("wrote 65536/65536"));
    }
    // Its end is noticed, although that alone changes no file.
    QTRY_VERIFY_WITH_TIMEOUT(!document().mayChange() && document().news().empty(), 20'000);
    QVERIFY(!noticeTexts().contains(QStringLiteral("may change while you look")));
}

void TestLive::followsAMachineThatNeverRests()
{
    QVERIFY(m_bench->open("image.qcow2"));
    Holder machine(path("image.qcow2"));
    QTRY_VERIFY_WITH_TIMEOUT(document().opened().use.mayBeWritten, oneLook);
    const auto before = document().image();
    bool written = true;
    for (int i = 0; document().image() == before && i < 400; ++i) {
        const QByteArray at = QByteArray::number(64 * (i % 200)) + 'k';
        written = written && machine.run("write -P 3 " + at + " 64k").contains("wrote")
            && machine.run("flush").contains("qemu-io>");
        QTest::qWait(50);
    }
    QVERIFY(written);
    QVERIFY(document().image() != before); // between two writes
    QVERIFY(!document().facts().mixed);
}

void TestLive::marksACheckThatRanAcrossAChange()
{
    qemuImg({"create", "-f", "qcow2", "-o", "preallocation=metadata", path("large.qcow2"), "64G"});
    QVERIFY(m_bench->open("large.qcow2"));
    bool ended = false;
    {
        const RestlessFile restless(path("large.qcow2"));
        document().startCheck();
        ended = QTest::qWaitFor([&] { return document().checkReport() != nullptr; }, 60'000);
    }
    QVERIFY(ended);
    QVERIFY(document().changedDuringCheck());
    m_bench->view().showPage(PageId::Check);
    QVERIFY(m_bench->text(QStringLiteral("Healthy")).isEmpty());
    // At rest, the next one holds.
    QTRY_VERIFY_WITH_TIMEOUT(document().news().empty() && !document().isBusy(), 20'000);
    document().startCheck();
    QTRY_VERIFY_WITH_TIMEOUT(document().checkReport() != nullptr, 60'000);
    QVERIFY(!document().changedDuringCheck());
}

void TestLive::readsAnUnlockedImageAgainWithItsKey()
{
    const QStringList secret{"--object", "secret,id=s,data=sesame"};
    const QString source
        = "driver=qcow2,encrypt.key-secret=s,file.filename=" + path("secret.qcow2");
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=s,data=sesame", "-o",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path("secret.qcow2"),
        "1M"});
    QVERIFY(m_bench->open("secret.qcow2"));
    document().unlock("sesame");
    QTRY_VERIFY_WITH_TIMEOUT(!document().isLocked(), 30'000);
    QTRY_VERIFY(!document().isBusy());
    const auto before = document().image();
    qemuIo(source, {"write -P 0x5a 64k 64k"}, secret + QStringList{"--image-opts"});
    QTRY_VERIFY_WITH_TIMEOUT(document().image() != before && document().news().empty(), oneLook);
    QVERIFY(!document().isLocked()); // and nobody was asked
    const auto now = document().image();
    const VirtualDisk disk(now, std::shared_ptr<const GuestMapping>(now, &now->activeState()));
    std::vector<std::byte> guest(512);
    disk.read(GuestOffset{64 << 10}, guest);
    QVERIFY(guest == std::vector<std::byte>(512, std::byte{0x5a}));
}

void TestLive::saysWhenTheKeyIsAnotherOne()
{
    qemuImg({"create", "-f", "qcow2", "--object", "secret,id=s,data=sesame", "-o",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path("secret.qcow2"),
        "1M"});
    QVERIFY(m_bench->open("secret.qcow2"));
    document().unlock("sesame");
    QTRY_VERIFY_WITH_TIMEOUT(!document().isLocked(), 30'000);
    QTRY_VERIFY(!document().isBusy());
    QFile file(path("secret.qcow2"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qint64 luks = file.readAll().indexOf(QByteArray("LUKS\xba\xbe", 6));
    QVERIFY(luks > 0);
    constexpr qint64 digest = 112; // of the master key, in the LUKS header
    QVERIFY(file.seek(luks + digest));
    file.write(QByteArray(20, 'x'));
    file.close();
    QTRY_VERIFY_WITH_TIMEOUT(document().isLocked(), oneLook);
    QVERIFY(document().isKeyLost());
    QVERIFY(!m_bench->text(QStringLiteral("changed its encryption")).isEmpty());
    QVERIFY(WindowBench::button(m_bench->view().noticeBar(), QStringLiteral("Unlock…")));
}

void TestLive::neverShowsTwoStatesAsOne()
{
    // An L1 table of 16 MiB takes longer to read than another program needs to get its turn.
    qemuImg({"create", "-f", "qcow2", "-o", "cluster_size=4k", path("large.qcow2"), "4T"});
    QVERIFY(m_bench->open("large.qcow2"));
    const auto before = document().image();
    {
        // At rest before: what was read then stays, with a word why.
        const RestlessFile restless(path("large.qcow2"));
        QTest::keyClick(&m_bench->window(), Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(!document().reloadProblem().isEmpty(), oneLook);
        QVERIFY(document().image() == before);
        QVERIFY(!document().facts().mixed);
        QVERIFY(noticeTexts().contains(QStringLiteral("written each time while it was read")));
    }
    QTRY_VERIFY_WITH_TIMEOUT(document().image() != before && document().news().empty(), oneLook);
    QVERIFY(document().reloadProblem().isEmpty());
    {
        // There is no other state to show: it says what it is.
        const RestlessFile restless(path("large.qcow2"));
        m_bench->window().openHere(path("large.qcow2"));
        QTRY_COMPARE(document().state(), ImageDocument::State::Ready);
        QVERIFY(document().facts().mixed);
        QVERIFY2(noticeTexts().contains(QStringLiteral("may be of two states")),
            qPrintable(noticeTexts()));
    }
    QTRY_VERIFY_WITH_TIMEOUT(!document().facts().mixed, oneLook);
    QVERIFY(!noticeTexts().contains(QStringLiteral("may be of two states")));
}

void TestLive::everyFateHasItsWords()
{
    QStringList all;
    for (const bool isImage : {true, false}) {
        for (const FileFate fate : {FileFate::Changed, FileFate::Shorter, FileFate::Replaced,
                 FileFate::Gone, FileFate::Unreachable}) {
            FileNews news{QStringLiteral("disk.raw"), isImage, {}};
            news.look.fate = fate;
            news.look.problem = "Input/output error";
            all << newsText(news, QDateTime::currentDateTime());
            QVERIFY(all.back().endsWith(QLatin1Char('.')));
        }
    }
    QCOMPARE(all.removeDuplicates(), 0);
}

PLATTER_GUI_MAIN(TestLive)
#include "tst_live.moc"
