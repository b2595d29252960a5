// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/LocateDialog.h"
#include "app/models/ChainModel.h"
#include "app/pages/ChainBoxes.h"
#include "app/pages/ChainPage.h"
#include "app/pages/OverlaysPanel.h"
#include "app/window/PlainTable.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonObject>
#include <QPlainTextEdit>
#include <QRandomGenerator>

using namespace platter;
using namespace platter::app;
using platter::tests::fileHash;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using platter::tests::WindowBench;

class TestChain final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void asksWithFullPathsAndWhereLinksLead();
    void sharesAreThoseOfQemu();
    void saysTheStateOfEachLink_data();
    void saysTheStateOfEachLink();
    void boxesAndTableShareTheSelection();
    void locatesAMissingBase();
    void locatesAMissingDataFile();
    void listsTheFilesOfAFolderBestFirst();
    void anotherImageEndsTheChoice();
    void findsTheImagesThatRestOnThisOne();
    void aRawBaseHasTheOverlaysToo();

private:
    QString path(const QString& name) const { return m_bench->path(name); }
    ChainPage& page()
    {
        return *qobject_cast<ChainPage*>(m_bench->view().pageWidget(PageId::Chain));
    }
    ChainBoxes& boxes() { return *page().findChild<ChainBoxes*>(); }
    QString cell(int row, ChainModel::Column column)
    {
        return boxes().model()->index(row, column).data().toString();
    }
    void overlay(const QString& base, const QString& format, const QString& name)
    {
        qemuImg({"create", "-f", "qcow2", "-b", base, "-F", format, path(name)});
    }
    void fill(const QString& name, quint32 seed);
    bool openAgreed(const QString& name);
    std::unique_ptr<WindowBench> m_bench;
};

void TestChain::init()
{
    m_bench = std::make_unique<WindowBench>();
}

void TestChain::cleanup()
{
    m_bench.reset();
}

void TestChain::fill(const QString& name, quint32 seed)
{
    QRandomGenerator random(seed);
    QByteArray bytes(4 << 20, '\0');
    random.fillRange(reinterpret_cast<quint32*>(bytes.data()), bytes.size() / 4);
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

bool TestChain::openAgreed(const QString& name)
{
    if (!m_bench->open(name))
        return false;
    m_bench->view().showPage(PageId::Chain);
    if (m_bench->document().chainNeedsConsent())
        m_bench->document().agreeToChain(ImageDocument::Consent::AlsoNamedBesideThem);
    return QTest::qWaitFor([this] { return !m_bench->document().isBusy(); });
}

void TestChain::asksWithFullPathsAndWhereLinksLead()
{
    fill("real.raw", 1);
    QVERIFY(QFile::link(path("real.raw"), path("link.raw")));
    overlay("link.raw", "raw", "top.qcow2");
    QVERIFY(m_bench->open("top.qcow2"));
    QVERIFY(m_bench->document().chainNeedsConsent());
    m_bench->view().showPage(PageId::Chain);
    QCOMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Needs your consent"));
    ConsentDialog dialog(m_bench->document());
    const QString words = dialog.findChild<QPlainTextEdit*>()->toPlainText();
    QVERIFY2(words.contains(path("link.raw")), qPrintable(words));
    QVERIFY2(words.contains(path("real.raw")), qPrintable(words));
}

void TestChain::sharesAreThoseOfQemu()
{
    fill("base.raw", 1);
    overlay("base.raw", "raw", "middle.qcow2");
    qemuIo(path("middle.qcow2"), {"write -P 2 0 1M"});
    overlay("middle.qcow2", "qcow2", "top.qcow2");
    qemuIo(path("top.qcow2"), {"write -P 3 512k 1M"});
    QVERIFY(openAgreed("top.qcow2"));
    QTRY_VERIFY(boxes().model()->index(2, 0).data(ChainModel::ShareRole).isValid());
    QAbstractItemModelTester tester(
        boxes().model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::vector<double> data(3);
    for (const auto& value : qemuJson({"map", "--output=json", path("top.qcow2")}).array()) {
        const QJsonObject entry = value.toObject();
        if (entry["data"].toBool())
            data[static_cast<std::size_t>(entry["depth"].toInt())] += entry["length"].toDouble();
    }
    const double all = data[0] + data[1] + data[2];
    for (int row = 0; row < 3; ++row)
        QCOMPARE(boxes().model()->index(row, 0).data(ChainModel::ShareRole).toDouble(),
            data[static_cast<std::size_t>(row)] / all);
    QVERIFY(cell(0, ChainModel::ShareColumn).contains(QStringLiteral("25.0 %")));
}

void TestChain::saysTheStateOfEachLink_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("state");
    const auto row = [](const char* what, const char* base, const char* format, const char* state) {
        QTest::addRow("%s", what) << QString(base) << QString(format) << QString(state);
    };
    row("a missing file", "gone.raw", "raw", "Missing");
    row("a json: name", "json:{\"driver\":\"null-co\"}", "raw", "Not followed: json: description");
    row("a name of the network", "nbd://localhost/x", "raw",
        "Not followed: network or protocol name");
    row("another format than stored", "base.raw", "qcow2", "Other format than stored");
    row("a loop", "top.qcow2", "qcow2", "Loop: rests on itself");
    row("a base that is newer", "base.raw", "raw", "Found, newer than its overlay");
}

void TestChain::saysTheStateOfEachLink()
{
    QFETCH(const QString, base);
    QFETCH(const QString, format);
    QFETCH(const QString, state);
    qemuImg({"create", "-f", "qcow2", path("top.qcow2"), "4M"});
    qemuImg({"rebase", "-u", "-b", base, "-F", format, path("top.qcow2")});
    QTest::qSleep(20); // another tick of the file system's clock
    fill("base.raw", 1);
    QVERIFY(openAgreed("top.qcow2"));
    QCOMPARE(cell(1, ChainModel::StateColumn), state);
    // What is wrong is selected by itself and explained.
    QCOMPARE(boxes().currentIndex().row(), 1);
    const QStringList remarks = boxes().currentIndex().data(ChainModel::RemarksRole).toStringList();
    QVERIFY(!remarks.isEmpty());
    QVERIFY(!m_bench->text(remarks.join(QLatin1Char('\n'))).isEmpty());
}

void TestChain::boxesAndTableShareTheSelection()
{
    fill("base.raw", 1);
    overlay("base.raw", "raw", "top.qcow2");
    QVERIFY(openAgreed("top.qcow2"));
    boxes().setFocus();
    QTest::keyClick(&boxes(), Qt::Key_Home);
    QTest::keyClick(&boxes(), Qt::Key_Down);
    QCOMPARE(boxes().currentIndex().row(), 1);
    QVERIFY(WindowBench::click(page(), QStringLiteral("Table")));
    auto* table = page().findChild<PlainTable*>(QStringLiteral("chainTable"));
    QVERIFY(table->isVisible());
    QCOMPARE(table->currentIndex().row(), 1);
    QVERIFY(boxes()
                .currentIndex()
                .data(Qt::AccessibleTextRole)
                .toString()
                .contains(QStringLiteral("base.raw")));
}

void TestChain::locatesAMissingBase()
{
    fill("base.raw", 1);
    fill("wrong.raw", 2);
    overlay("base.raw", "raw", "top.qcow2");
    QStringList writes;
    for (int i = 0; i < 20; ++i)
        writes << QStringLiteral("write -P %1 %2k 4k").arg(i + 1).arg(i * 128);
    qemuIo(path("top.qcow2"), writes);
    QVERIFY(QFile::rename(path("base.raw"), path("moved.raw")));
    const QByteArray before = fileHash(path("top.qcow2"));
    QVERIFY(openAgreed("top.qcow2"));
    QVERIFY(!m_bench->document().openedChain());
    QVERIFY(WindowBench::click(page(), QStringLiteral("Locate…")));
    auto* dialog = page().findChild<LocateDialog*>();
    QVERIFY(dialog);
    const auto judged = [&](const QString& words) {
        for (const QLabel* label : dialog->findChildren<QLabel*>()) {
            if (label->text().contains(words))
                return true;
        }
        return false;
    };
    QVERIFY(!WindowBench::button(*dialog, QStringLiteral("Look with this file"))->isEnabled());
    dialog->judgeFile(path("wrong.raw"));
    QTRY_VERIFY(judged(QStringLiteral("wrong.raw: Doubtful")));
    QVERIFY(judged(QStringLiteral("Strongly against:")));
    dialog->judgeFile(path("moved.raw"));
    QTRY_VERIFY(judged(QStringLiteral("moved.raw: Fits by its content")));
    QVERIFY(WindowBench::click(*dialog, QStringLiteral("Look with this file")));
    QTRY_VERIFY(m_bench->document().openedChain());
    QCOMPARE(m_bench->document().openedChain()->layers.size(), std::size_t{2});
    QCOMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Chosen for looking"));
    QCOMPARE(fileHash(path("top.qcow2")), before); // nothing was written
    // Reading again keeps the choice; going back ends it.
    QTest::keyClick(&m_bench->window(), Qt::Key_F5);
    QTRY_VERIFY(!m_bench->document().isBusy());
    QTRY_VERIFY(m_bench->document().openedChain());
    QVERIFY(WindowBench::click(page(), QStringLiteral("Back to the files that are named")));
    QTRY_COMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Missing"));
}

void TestChain::locatesAMissingDataFile()
{
    qemuImg(
        {"create", "-f", "qcow2", "-o", "data_file=" + path("data.raw"), path("top.qcow2"), "16M"});
    QStringList writes;
    for (int i = 0; i < 20; ++i)
        writes << QStringLiteral("write -P %1 %2k 64k").arg(i + 1).arg(i * 512);
    qemuIo(path("top.qcow2"), writes);
    QVERIFY(QFile::rename(path("data.raw"), path("moved.raw")));
    QFile bare(path("bare.raw"));
    QVERIFY(bare.open(QIODevice::WriteOnly));
    QVERIFY(bare.resize(16 << 20));
    bare.close();
    const QByteArray before = fileHash(path("top.qcow2"));
    QVERIFY(openAgreed("top.qcow2"));
    QCOMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Missing"));
    QVERIFY(WindowBench::click(page(), QStringLiteral("Locate…")));
    auto* dialog = page().findChild<LocateDialog*>();
    QVERIFY(dialog);
    const auto judged = [&](const QString& words) {
        for (const QLabel* label : dialog->findChildren<QLabel*>()) {
            if (label->text().contains(words))
                return true;
        }
        return false;
    };
    dialog->judgeFile(path("bare.raw"));
    QTRY_VERIFY(judged(QStringLiteral("bare.raw: Doubtful")));
    dialog->judgeFilesOf(m_bench->folder());
    QTRY_VERIFY(judged(QStringLiteral("moved.raw: Fits by its content"))); // the best is chosen
    QVERIFY(judged(QStringLiteral("content at 20 of 20 places")));
    QVERIFY(WindowBench::click(*dialog, QStringLiteral("Look with this file")));
    QTRY_VERIFY(m_bench->document().openedChain());
    QCOMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Chosen for looking"));
    const auto firstByte = [this] {
        std::byte byte{};
        m_bench->document().image()->guestDataFile().read(HostOffset{512 << 10}, {&byte, 1});
        return byte;
    };
    QCOMPARE(firstByte(), std::byte{2});
    QCOMPARE(fileHash(path("top.qcow2")), before); // nothing was written
    // Reading again keeps the choice; going back ends it.
    QTest::keyClick(&m_bench->window(), Qt::Key_F5);
    QTRY_VERIFY(!m_bench->document().isBusy());
    QCOMPARE(firstByte(), std::byte{2});
    QVERIFY(WindowBench::click(page(), QStringLiteral("Back to the files that are named")));
    QTRY_COMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Missing"));
}

void TestChain::listsTheFilesOfAFolderBestFirst()
{
    fill("base.raw", 1);
    fill("a-wrong.raw", 2);
    overlay("base.raw", "raw", "top.qcow2");
    QStringList writes;
    for (int i = 0; i < 20; ++i)
        writes << QStringLiteral("write -P %1 %2k 4k").arg(i + 1).arg(i * 128);
    qemuIo(path("top.qcow2"), writes);
    QVERIFY(QFile::rename(path("base.raw"), path("moved.raw")));
    QVERIFY(openAgreed("top.qcow2"));
    LocateDialog dialog(m_bench->document(), 0);
    dialog.show();
    dialog.judgeFilesOf(m_bench->folder());
    const auto* table = dialog.findChild<PlainTable*>();
    QTRY_COMPARE(table->model()->rowCount(), 2);
    QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("moved.raw"));
    QCOMPARE(table->model()->index(0, 1).data().toString(), QStringLiteral("Fits by its content"));
    QCOMPARE(table->model()->index(1, 1).data().toString(), QStringLiteral("Doubtful"));
}

void TestChain::anotherImageEndsTheChoice()
{
    fill("base.raw", 1);
    overlay("base.raw", "raw", "top.qcow2");
    QVERIFY(QFile::rename(path("base.raw"), path("moved.raw")));
    QVERIFY(openAgreed("top.qcow2"));
    m_bench->document().useInstead(0, std::filesystem::path{path("moved.raw").toStdString()});
    QTRY_VERIFY(m_bench->document().openedChain());
    QVERIFY(openAgreed("top.qcow2"));
    QVERIFY(!m_bench->document().hasStandIns());
    QCOMPARE(cell(1, ChainModel::StateColumn), QStringLiteral("Missing"));
}

void TestChain::findsTheImagesThatRestOnThisOne()
{
    fill("base.raw", 1);
    overlay("base.raw", "raw", "one.qcow2");
    overlay("one.qcow2", "qcow2", "two.qcow2");
    overlay("two.qcow2", "qcow2", "three.qcow2");
    QVERIFY(openAgreed("one.qcow2"));
    page().overlays().lookIn(m_bench->folder());
    QTRY_VERIFY(!m_bench->text(QStringLiteral("2 found")).isEmpty());
    const auto* table = page().overlays().findChild<PlainTable*>();
    QCOMPARE(table->model()->rowCount(), 2);
    QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("two.qcow2"));
    QCOMPARE(table->model()->index(0, 1).data().toString(), QStringLiteral("this image, directly"));
    QCOMPARE(
        table->model()->index(1, 1).data().toString(), QStringLiteral("two.qcow2, 2 steps away"));
    // Another image: what was found says nothing about it; the folder is remembered.
    QVERIFY(openAgreed("three.qcow2"));
    QCOMPARE(table->model()->rowCount(), 0);
    QVERIFY(WindowBench::click(page(), QStringLiteral("Look again")));
    QTRY_VERIFY(!m_bench->text(QStringLiteral("None found")).isEmpty());
}

void TestChain::aRawBaseHasTheOverlaysToo()
{
    fill("base.raw", 1);
    overlay("base.raw", "raw", "one.qcow2");
    m_bench->window().openHereAs(path("base.raw"), "raw");
    QTRY_VERIFY(m_bench->document().state() == ImageDocument::State::Ready);
    m_bench->view().showPage(PageId::Chain);
    QVERIFY(!m_bench->text(QStringLiteral("rests on no other file")).isEmpty());
    page().overlays().lookIn(m_bench->folder());
    QTRY_VERIFY(!m_bench->text(QStringLiteral("1 found")).isEmpty());
}

PLATTER_GUI_MAIN(TestChain)
#include "tst_chain.moc"
