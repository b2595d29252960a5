// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageRepair.h"
#include "app/pages/CheckPage.h"
#include "app/pages/RepairPanel.h"
#include "app/text/CoreText.h"
#include "core/edit/Transaction.h"
#include "core/io/FileLock.h"
#include "core/operations/RepairImage.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"
#include "tests/support/ScriptedIo.h"
#include "tests/support/VdiBuilder.h"

#include <QCheckBox>
#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtEndian>

using namespace platter;
using namespace platter::app;
using platter::tests::Finished;
using platter::tests::platterCli;
using platter::tests::Qcow2Builder;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using platter::tests::WindowBench;

/// The repair in the window: looked at, chosen from, done, taken back.
class TestRepairPanel final : public QObject {
    Q_OBJECT

private slots:
    void init() { m_bench = std::make_unique<WindowBench>(); }
    void cleanup() { m_bench.reset(); }
    void thePlanIsThatOfTheCommandLine();
    void repairsAndTakesBack();
    void leavesOutWhatIsUnticked();
    void losesNothingUnasked();
    void putsALostTableBack();
    void asksWhatADoubtfulFileIs();
    void saysWhoHoldsTheImage();
    void undoHasItsKey();
    void tellsOfAnInterruptedEdit();
    void repairsAVdiImage();
    void goneWhenNothingIsWrong();

private:
    /// A leak, a count that is too low, an entry that cannot be followed.
    void damage(const QString& name = QStringLiteral("damaged.qcow2"));
    void lose();
    bool check();
    bool review();
    RepairPanel& panel() { return *m_bench->view().checkPage().findChild<RepairPanel*>(); }
    ImageRepair& repair() { return m_bench->document().repair(); }
    QCheckBox* tick(const char* step) { return panel().tickOf(step); }
    bool untick(const char* step);
    bool settled();
    QByteArray hash(const QString& name);
    QAbstractButton* goButton();
    std::unique_ptr<WindowBench> m_bench;
};

void TestRepairPanel::damage(const QString& name)
{
    Qcow2Builder builder;
    builder.cut(builder.cluster(12));
    builder.refcount(10, 1);
    builder.refcount(6, 0);
    builder.l2(3, Qcow2Builder::copied | (builder.cluster(8) + 512));
    const auto bytes = builder.bytes();
    QFile file(m_bench->path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    file.close();
    QVERIFY(m_bench->open(name));
    QVERIFY(check());
}

/// The last L2 table is lost: its L1 entry is 0.
void TestRepairPanel::lose()
{
    const QString path = m_bench->path("lost.qcow2");
    qemuImg({"create", "-f", "qcow2", "-o", "cluster_size=4k", path, "16M"});
    qemuIo(path, {"write -P 7 0 16M"});
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray header = file.read(48);
    const auto l1 = qFromBigEndian<quint64>(header.constData() + 40);
    file.seek(static_cast<qint64>(l1) + 3 * 8);
    file.write(QByteArray(8, '\0'));
}

bool TestRepairPanel::settled()
{
    return QTest::qWaitFor(
        [this] { return !m_bench->document().isBusy() && m_bench->document().checkReport(); });
}

bool TestRepairPanel::check()
{
    QTest::keyClick(&m_bench->window(), Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    return settled();
}

bool TestRepairPanel::review()
{
    return WindowBench::click(panel(), QStringLiteral("Review repairs…")) && settled()
        && repair().plan();
}

bool TestRepairPanel::untick(const char* step)
{
    QCheckBox* const box = tick(step);
    if (!box || !box->isChecked())
        return false;
    QTest::keyClick(box, Qt::Key_Space);
    return settled();
}

QByteArray TestRepairPanel::hash(const QString& name)
{
    QFile file(m_bench->path(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(&file);
    return hash.result();
}

QAbstractButton* TestRepairPanel::goButton()
{
    for (QAbstractButton* button : panel().findChildren<QAbstractButton*>()) {
        if (button->isVisible() && button->text().startsWith(QLatin1String("Repair ")))
            return button;
    }
    return nullptr;
}

void TestRepairPanel::thePlanIsThatOfTheCommandLine()
{
    damage();
    QVERIFY(review());
    const QJsonObject cli = QJsonDocument::fromJson(
        platterCli({"check", "--plan", "--output=json", m_bench->path("damaged.qcow2")}).output)
                                .object();
    const RepairPlan& plan = *repair().plan();
    QCOMPARE(static_cast<qint64>(plan.steps.size()), cli["steps"].toArray().size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const QJsonObject step = cli["steps"].toArray()[static_cast<qsizetype>(i)].toObject();
        const std::string id = step["id"].toString().toStdString();
        QCOMPARE(plan.steps[i].id, id);
        QVERIFY(tick(id.c_str()));
        QCOMPARE(tick(id.c_str())->isChecked(), step["chosen"].toBool());
    }
    QCOMPARE(static_cast<qint64>(repair().bytesChanged().value), cli["bytes-written"].toInteger());
    QVERIFY(!m_bench->text(QStringLiteral("Bytes changed:")).isEmpty());
}

void TestRepairPanel::repairsAndTakesBack()
{
    damage();
    const QByteArray before = hash("damaged.qcow2");
    QVERIFY(review());
    QCOMPARE(hash("damaged.qcow2"), before);
    QVERIFY(goButton());
    const std::uint64_t left = repair().plan()->after.corruptions;
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QVERIFY(settled());
    QTRY_VERIFY(!m_bench->text(QStringLiteral("The image was repaired")).isEmpty());
    QVERIFY(hash("damaged.qcow2") != before);
    // The new check ran by itself, and says what the plan said.
    QTRY_COMPARE(m_bench->document().checkReport()->corruptions, left);
    QCOMPARE(m_bench->document().checkReport()->leaks, std::uint64_t{0});
    const QJsonObject qemu
        = qemuJson({"check", "--output=json", m_bench->path("damaged.qcow2")}).object();
    QCOMPARE(static_cast<qint64>(left), qemu["corruptions"].toInteger());

    QTRY_VERIFY(WindowBench::button(panel(), QStringLiteral("Undo repair")));
    QVERIFY(WindowBench::click(panel(), QStringLiteral("Undo repair")));
    QTRY_VERIFY(!m_bench->text(QStringLiteral("was taken back")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(hash("damaged.qcow2"), before);
    QVERIFY(m_bench->document().checkReport()->corruptions > left);
    QVERIFY(!repair().whyNotTakeBack().isEmpty());
}

void TestRepairPanel::leavesOutWhatIsUnticked()
{
    damage();
    QVERIFY(review());
    const std::uint64_t leaks = m_bench->document().checkReport()->leaks;
    QVERIFY(leaks > 0);
    QVERIFY(untick("free-leaks"));
    QVERIFY(tick("free-leaks") && !tick("free-leaks")->isChecked());
    QCOMPARE(repair().plan()->after.leaks, leaks);
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QTRY_VERIFY(!m_bench->text(QStringLiteral("The image was repaired")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(m_bench->document().checkReport()->leaks, leaks);
}

void TestRepairPanel::losesNothingUnasked()
{
    damage();
    QVERIFY(review());
    for (const RepairStep& step : repair().plan()->steps)
        QVERIFY2(!step.chosen || step.guestLost.value == 0, step.id.c_str());
    QVERIFY(tick("clear"));
    QVERIFY(!tick("clear")->isChecked());
    tick("clear")->setFocus();
    QTest::keyClick(tick("clear"), Qt::Key_Space);
    QVERIFY(settled());
    QVERIFY(tick("clear")->isChecked());
    QVERIFY(tick("clear")->hasFocus());
    QCOMPARE(repair().plan()->after.corruptions, std::uint64_t{0});
    QVERIFY(untick("clear"));
    QVERIFY(repair().plan()->after.corruptions > 0);
}

void TestRepairPanel::putsALostTableBack()
{
    lose();
    QVERIFY(m_bench->open("lost.qcow2"));
    QVERIFY(check());
    QVERIFY(review());
    QVERIFY(tick("relink") && tick("relink")->isChecked());
    QVERIFY(!m_bench
                 ->text(QStringLiteral("brings up to %1 of guest data back")
                            .arg(shownSize(Bytes{2 << 20})))
                 .isEmpty());
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QTRY_VERIFY(!m_bench->text(QStringLiteral("The image was repaired")).isEmpty());
    QVERIFY(settled());
    qemuImg({"check", m_bench->path("lost.qcow2")});
    qemuIo(m_bench->path("lost.qcow2"), {"read -P 7 0 16M"});
}

void TestRepairPanel::asksWhatADoubtfulFileIs()
{
    damage(QStringLiteral("damaged.img"));
    QVERIFY(review());
    QVERIFY(goButton());
    QVERIFY(!goButton()->isEnabled());
    auto* const confirm = panel().findChild<QCheckBox*>(QStringLiteral("formatIsRight"));
    QVERIFY(confirm && confirm->isVisible());
    QTest::keyClick(confirm, Qt::Key_Space);
    QVERIFY(goButton()->isEnabled());
}

void TestRepairPanel::saysWhoHoldsTheImage()
{
    lose();
    QVERIFY(m_bench->open("lost.qcow2"));
    QVERIFY(check());
    QVERIFY(review());
    QProcess holder;
    holder.start(QStringLiteral("qemu-io"),
        {QStringLiteral("-f"), QStringLiteral("qcow2"), m_bench->path("lost.qcow2")});
    QVERIFY(holder.waitForStarted());
    const auto file
        = DiskFile::open(m_bench->path("lost.qcow2").toStdString(), DiskFile::Access::ReadOnly);
    QTRY_VERIFY_WITH_TIMEOUT(inspectUse(*file).mayBeWritten, 10'000);
    const QByteArray before = hash("lost.qcow2");
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QTRY_VERIFY(!repair().problem().isEmpty());
    QCOMPARE(hash("lost.qcow2"), before);
    QVERIFY(!m_bench->text(repair().problem()).isEmpty());
    holder.write("quit\n");
    QVERIFY(holder.waitForFinished());
}

void TestRepairPanel::undoHasItsKey()
{
    damage();
    const QByteArray before = hash("damaged.qcow2");
    QVERIFY(review());
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QTRY_VERIFY(!m_bench->text(QStringLiteral("The image was repaired")).isEmpty());
    QVERIFY(settled());
    // Ctrl+Z does what the button does.
    QTRY_VERIFY(repair().whyNotTakeBack().isEmpty());
    QTest::keyClick(&m_bench->window(), Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(!m_bench->text(QStringLiteral("was taken back")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(hash("damaged.qcow2"), before);
}

/// As after a crash in the middle of a repair.
void TestRepairPanel::tellsOfAnInterruptedEdit()
{
    damage();
    const QByteArray before = hash("damaged.qcow2");
    const std::filesystem::path image = m_bench->path("damaged.qcow2").toStdString();
    const auto plan = [&image] {
        const OpenedImage opened = openImage(image, {}, {});
        EditPlan edit = editOf(opened.image->planRepair({}, {}), *opened.image, {});
        edit.base = opened.stamp;
        return edit;
    };
    // The last write of the whole edit that changes the image, and nothing after it, succeeds.
    tests::ScriptedIo whole;
    applyEdit(image, plan(), {}, whole);
    takeBack(image, {});
    std::size_t last = 0;
    for (std::size_t i = 0; i < whole.events().size(); ++i) {
        if (whole.events()[i].kind == tests::DiskEvent::Kind::Write
            && whole.events()[i].path == image)
            last = i;
    }
    using Failure = tests::ScriptedIo::Failure;
    tests::ScriptedIo io{{}, Failure{last + 1, Failure::Kind::Input, Failure::Lasting::FromThenOn}};
    QVERIFY_EXCEPTION_THROWN(applyEdit(image, plan(), {}, io), EditInterrupted);
    QVERIFY(hash("damaged.qcow2") != before);

    QVERIFY(m_bench->open("damaged.qcow2"));
    QTRY_VERIFY(!m_bench->text(QStringLiteral("was interrupted on")).isEmpty());
    QVERIFY(WindowBench::click(m_bench->window(), QStringLiteral("Take it back")));
    QTRY_VERIFY(!m_bench->text(QStringLiteral("was taken back")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(hash("damaged.qcow2"), before);
    QVERIFY(m_bench->text(QStringLiteral("was interrupted on")).isEmpty());
}

/// Two blocks share a place, the block map names one that is not in the file, and one is lost.
void TestRepairPanel::repairsAVdiImage()
{
    constexpr std::uint32_t none = tests::VdiBuilder::freeBlock;
    tests::VdiBuilder builder{{0, 1, 2, none, 3, none}};
    builder.entry(1, none).entry(3, 2).entry(5, 100);
    const QString path = m_bench->path("damaged.vdi");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(builder.bytes().data()),
        static_cast<qint64>(builder.bytes().size()));
    file.close();
    QVERIFY(m_bench->open("damaged.vdi"));
    QVERIFY(check());
    QVERIFY(panel().isVisible());
    const QByteArray before = hash("damaged.vdi");
    QVERIFY(review());
    // What could give data up is shown and not ticked.
    QVERIFY(tick("clear") && !tick("clear")->isChecked());
    QTest::keyClick(tick("clear"), Qt::Key_Space);
    QVERIFY(settled());
    QVERIFY(tick("copy-blocks-apart") && tick("copy-blocks-apart")->isChecked());
    QVERIFY(tick("free-blocks") && !tick("free-blocks")->isChecked());
    QTest::keyClick(tick("free-blocks"), Qt::Key_Space);
    QVERIFY(settled());
    QCOMPARE(repair().plan()->after.corruptions + repair().plan()->after.leaks, std::uint64_t{0});
    QVERIFY(tick("copy-blocks-apart")->accessibleName().contains(QStringLiteral("named twice")));
    QVERIFY(goButton());
    QTest::mouseClick(goButton(), Qt::LeftButton);
    QTRY_VERIFY(!m_bench->text(QStringLiteral("The image was repaired")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(m_bench->document().checkReport()->corruptions, std::uint64_t{0});
    QCOMPARE(m_bench->document().checkReport()->leaks, std::uint64_t{0});
    qemuImg({"check", path});
    QTRY_VERIFY(WindowBench::button(panel(), QStringLiteral("Undo repair")));
    QVERIFY(WindowBench::click(panel(), QStringLiteral("Undo repair")));
    QTRY_VERIFY(!m_bench->text(QStringLiteral("was taken back")).isEmpty());
    QVERIFY(settled());
    QCOMPARE(hash("damaged.vdi"), before);
}

void TestRepairPanel::goneWhenNothingIsWrong()
{
    qemuImg({"create", "-f", "qcow2", m_bench->path("clean.qcow2"), "16M"});
    QVERIFY(m_bench->open("clean.qcow2"));
    QVERIFY(check());
    QVERIFY(!panel().isVisible());
    damage();
    QVERIFY(panel().isVisible());
    QVERIFY(review());
    QVERIFY(m_bench->open("clean.qcow2"));
    QVERIFY(!repair().plan());
    QVERIFY(!panel().isVisible());
}

PLATTER_GUI_MAIN(TestRepairPanel)
#include "tst_repairpanel.moc"
