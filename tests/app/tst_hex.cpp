// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ByteValuesModel.h"
#include "app/pages/ByteInspector.h"
#include "app/pages/FindBar.h"
#include "app/pages/HexCopier.h"
#include "app/pages/HexPage.h"
#include "app/text/ByteText.h"
#include "app/window/Look.h"
#include "app/window/SegmentSwitch.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/hexview/HexView.h"
#include "widgets/theme/Theme.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QSplitter>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

QPushButton* buttonWith(const QWidget& page, const QString& part)
{
    for (QPushButton* button : page.findChildren<QPushButton*>()) {
        if (button->isVisibleTo(&page) && button->text().contains(part))
            return button;
    }
    return nullptr;
}

} // namespace

/// The Hex page with real events.
class TestHex final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void valuesOfBytes_data();
    void valuesOfBytes();
    void valuesAreATable();
    void copiesInForms();

    void namesTheFieldUnderTheCursor();
    void namesTableEntriesAndFollowsThem();
    void showsTheGuestDisk();
    void saysWhyALockedDiskIsNotShown();
    void selectionGoesBothWays();
    void findsForwardsAndBackwards();
    void saysWhatIsWrongWithAPattern();
    void foldsZerosAndOpensThem();
    void showsADamagedImage();
    void readsAgainAfterReload();
    void goesWhereTheLineSays_data();
    void goesWhereTheLineSays();
    void saysWhyItCannotGoThere_data();
    void saysWhyItCannotGoThere();
    void aTableThatIsNotThereLeadsToItsL1Entry();
    void goingTwiceToOnePlaceShowsItAgain();
    void aLockedDiskCannotBeSearched();
    void tellsHowFarASearchIs();
    void savesWhatIsSelected();
    void thePanelLeavesRoomForBytes_data();
    void thePanelLeavesRoomForBytes();
    void thePanelKeepsTheWidthThatWasChosen();
    void everyControlHasAName();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void open(const QString& name, const std::string& format = {});
    /// Types an address into the line of the page.
    void goTo(const QString& words)
    {
        auto* line = m_page->findChild<QLineEdit*>(QStringLiteral("goTo"));
        line->setFocus();
        line->clear();
        QTest::keyClicks(line, words);
        QTest::keyClick(line, Qt::Key_Return);
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(m_hex, key, modifiers);
    }

    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<HexPage> m_page;
    HexView* m_hex = nullptr;
};

void TestHex::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    Theme::show(Theme::Shade::Light);
    qemuImg({"create", "-q", "-f", "qcow2", path("plain.qcow2"), "64T"});
    qemuIo(path("plain.qcow2"), {"write -P 0x41 1M 64k", "write -P 0x42 40T 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path("luks.qcow2"),
        "10M"});
    qemuImg({"create", "-q", "-f", "qcow2", path("damaged.qcow2"), "64M"});
    qemuIo(path("damaged.qcow2"), {"write -P 1 0 64k"});
    QFile file{path("damaged.qcow2")};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(0x40000)); // the L2 table; its first entry now leads behind the file
    file.write(QByteArray::fromHex("800000ff00000000"));
}

void TestHex::open(const QString& name, const std::string& format)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<HexPage>(*m_document);
    m_page->resize(1200, 700);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_hex = m_page->findChild<HexView*>();
    if (format.empty())
        m_document->open(path(name).toStdString());
    else
        m_document->openAs(path(name).toStdString(), format);
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
    m_hex->setFocus();
}

void TestHex::valuesOfBytes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("little");
    QTest::addColumn<QString>("big");
    const auto row = [](const char* bytes, const char* name, const char* little, const char* big) {
        QTest::addRow("%s of %s", name, bytes)
            << QByteArray::fromHex(bytes) << name << QString::fromUtf8(little)
            << QString::fromUtf8(big);
    };
    row("a5", "Bits", "1010 0101", "");
    row("fe", "Unsigned 8", "254", "");
    row("fe", "Signed 8", "-2", "");
    row("0180", "Unsigned 16", "32769", "384");
    row("0180", "Signed 16", "-32767", "384");
    row("ffffffff", "Signed 32", "-1", "-1");
    row("0000000000000080", "Signed 64", "-9223372036854775808", "128");
    row("0000000000000080", "Unsigned 64", "9223372036854775808", "128");
    row("0000000000100000", "Size", "16\u00a0TiB", "1\u00a0MiB");
    row("0000000000050000", "Offset", "0x500_0000_0000", "0x5_0000");
    row("00000001", "Time, UTC", "1970-07-14 04:20:16", "1970-01-01 00:00:01");
    row("00112233445566778899aabbccddeeff", "UUID", "33221100-5544-7766-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeeff");
    row("c3bc41000042", "Text", "üA", "");
    row("01", "Unsigned 16", "–", "–");
}

void TestHex::valuesOfBytes()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, name);
    QFETCH(const QString, little);
    QFETCH(const QString, big);
    ByteValuesModel model;
    const auto data
        = std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())});
    model.setBytes({data.begin(), data.end()});
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.index(row, ByteValuesModel::NameColumn).data() != name)
            continue;
        QCOMPARE(model.index(row, ByteValuesModel::LittleColumn).data().toString(), little);
        QCOMPARE(model.index(row, ByteValuesModel::BigColumn).data().toString(), big);
        return;
    }
    QFAIL("there is no such row");
}

void TestHex::valuesAreATable()
{
    ByteValuesModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    model.setBytes({});
    model.setBytes({std::byte{1}});
}

void TestHex::copiesInForms()
{
    const QByteArray bytes = QByteArray::fromHex("514649fb0a");
    QCOMPARE(asCArray(bytes), QStringLiteral("{\n    0x51, 0x46, 0x49, 0xfb, 0x0a,\n}"));
    QVERIFY(asText("QFI").startsWith("QFI"));
    QVERIFY(asJson(bytes, 16, "Header, magic").contains("\"hex\": \"514649fb0a\""));
    QVERIFY(asJson(bytes, 16, "Header, magic").contains("\"offset\": \"16\""));
}

void TestHex::namesTheFieldUnderTheCursor()
{
    open("plain.qcow2");
    QTest::mouseClick(
        m_hex->viewport(), Qt::LeftButton, {}, m_hex->geometryOfBytes().hexRect(21).center());
    QTRY_VERIFY(hasText(*m_page, "Header, cluster_bits"));
    QVERIFY(hasText(*m_page, "64 KiB"));
    QTRY_COMPARE(m_document->selection().host, std::optional{HostOffset{21}});
    press(Qt::Key_Right); // still cluster_bits, now known to the other pages
    QCOMPARE(m_document->selection().field, QStringLiteral("cluster_bits"));
    QCOMPARE(m_document->selection().structure, QStringLiteral("Header"));
    QVERIFY(m_hex->rowText(21).contains("cluster_bits"));
}

void TestHex::namesTableEntriesAndFollowsThem()
{
    open("plain.qcow2");
    const auto entries = m_document->image()->entriesOf(GuestOffset{1 << 20}, {});
    Selection entry;
    entry.host = entries.back().fields.front().at;
    entry.hostLength = Bytes{8};
    m_document->select(entry);
    QTRY_VERIFY(hasText(*m_page, "L2 table 0, entry 16"));
    const quint64 target = entries.back().fields.front().target->value;
    QVERIFY(buttonWith(*m_page, QStringLiteral("Points at")));
    press(Qt::Key_Return);
    QCOMPARE(m_document->selection().host, std::optional{HostOffset{target}});
    QCOMPARE(m_hex->selectionStart(), target);
    QTRY_VERIFY(hasText(*m_page, "Guest data"));
    QTest::mouseClick(buttonWith(*m_page, QStringLiteral("Named by the entry")), Qt::LeftButton);
    QCOMPARE(m_hex->selectionStart(), entry.host->value);
}

void TestHex::showsTheGuestDisk()
{
    open("plain.qcow2");
    auto* choice = m_page->findChild<SegmentSwitch*>();
    m_page->showSpace(HexPage::Space::Guest);
    QCOMPARE(choice->current(), 1);
    QCOMPARE(m_hex->geometryOfBytes().size, quint64{64} << 40);
    Selection place;
    place.guest = GuestOffset{std::uint64_t{40} << 40};
    m_document->select(place);
    QCOMPARE(m_hex->selectionStart(), quint64{40} << 40);
    QTRY_VERIFY(m_hex->rowText(quint64{40} << 40).contains("42 42 42"));
    // What is stored has a place in the file, and the page leads there.
    QTRY_VERIFY(buttonWith(*m_page, QStringLiteral("Points at")));
    QTest::mouseClick(buttonWith(*m_page, QStringLiteral("Points at")), Qt::LeftButton);
    QCOMPARE(m_page->space(), HexPage::Space::File);
    QTRY_VERIFY(m_hex->rowText(m_hex->cursor()).contains("42 42 42"));
}

void TestHex::saysWhyALockedDiskIsNotShown()
{
    open("luks.qcow2");
    QTRY_VERIFY(m_hex->rowText(0).contains("51 46 49 fb")); // the structure can be seen
    m_page->showSpace(HexPage::Space::Guest);
    QVERIFY(hasText(*m_page, "Locked"));
    QVERIFY(!m_hex->isVisibleTo(m_page.get()));
}

void TestHex::selectionGoesBothWays()
{
    open("plain.qcow2");
    Selection place;
    place.host = HostOffset{100};
    place.hostLength = Bytes{4};
    m_document->select(place);
    QCOMPARE(m_hex->selectionStart(), quint64{100});
    QCOMPARE(m_hex->selectionLength(), quint64{4});
    press(Qt::Key_Home, Qt::ControlModifier);
    press(Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(m_document->selection().host, std::optional{HostOffset{0}});
    QCOMPARE(m_document->selection().hostLength.value, std::uint64_t{2});
}

void TestHex::findsForwardsAndBackwards()
{
    open("plain.qcow2");
    auto* bar = m_page->findChild<FindBar*>();
    QVERIFY(!bar->isVisible());
    QVERIFY(m_page->canFind());
    m_page->startFind();
    QVERIFY(bar->isVisible());
    auto* line = bar->findChild<QLineEdit*>();
    QTest::keyClicks(line, "41 41 4?");
    QTest::keyClick(line, Qt::Key_Return);
    const auto data = m_document->image()->activeState().extentAt(GuestOffset{1 << 20}, Bytes{1});
    QTRY_COMPARE(m_hex->selectionStart(), data.host.value);
    QCOMPARE(m_hex->selectionLength(), quint64{3});
    m_page->findNext(1);
    QTRY_COMPARE(m_hex->selectionStart(), data.host.value + 1);
    m_page->findNext(-1);
    QTRY_COMPARE(m_hex->selectionStart(), data.host.value);
    m_page->findNext(-1);
    QTRY_VERIFY(hasText(*bar, "Not found"));
    // In the guest disk of 64 TiB, over its holes.
    m_page->showSpace(HexPage::Space::Guest);
    line->setText("BBBB");
    bar->findChild<QComboBox*>()->setCurrentIndex(static_cast<int>(FindBar::Kind::Text));
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(m_hex->selectionStart(), quint64{40} << 40);
}

void TestHex::saysWhatIsWrongWithAPattern()
{
    open("plain.qcow2");
    auto* bar = m_page->findChild<FindBar*>();
    bar->open();
    auto* line = bar->findChild<QLineEdit*>();
    QTest::keyClicks(line, "5");
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(hasText(*bar, "one is missing"));
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!bar->isVisible());
}

void TestHex::foldsZerosAndOpensThem()
{
    open("plain.qcow2");
    m_page->showSpace(HexPage::Space::Guest);
    const auto folded = [&] {
        const auto& shown = m_hex->geometryOfBytes().shown;
        return shown.size() > 0 && shown.front().kind == HexRow::Kind::Zeros
            && shown.front().end == quint64{1} << 20;
    };
    QTRY_VERIFY(folded());
    m_hex->setFocus();
    press(Qt::Key_Home, Qt::ControlModifier);
    press(Qt::Key_Down); // over the zeros
    QCOMPARE(m_hex->cursor(), quint64{1} << 20);
    press(Qt::Key_Up);
    QCOMPARE(m_hex->cursor(), quint64{0});
    press(Qt::Key_Return);
    QVERIFY(!folded());
    QCOMPARE(m_hex->geometryOfBytes().shown.front().end, quint64{16});
    press(Qt::Key_Down);
    QCOMPARE(m_hex->cursor(), quint64{16});
}

void TestHex::showsADamagedImage()
{
    open("damaged.qcow2");
    Selection place;
    place.host = HostOffset{0x40000};
    place.hostLength = Bytes{8};
    m_document->select(place);
    QTRY_VERIFY(hasText(*m_page, "past the end of the file"));
}

void TestHex::readsAgainAfterReload()
{
    open("plain.qcow2");
    Selection place;
    place.host = m_document->image()->activeState().extentAt(GuestOffset{1 << 20}, Bytes{1}).host;
    place.hostLength = Bytes{1};
    m_document->select(place);
    QTRY_VERIFY(m_hex->rowText(place.host->value).contains("41 41"));
    qemuIo(path("plain.qcow2"), {"write -P 0x43 1M 64k"});
    m_document->reload();
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    m_document->select(place);
    QTRY_VERIFY(m_hex->rowText(place.host->value).contains("43 43"));
}

void TestHex::goesWhereTheLineSays_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<HexPage::Space>("from");
    QTest::addColumn<HexPage::Space>("space");
    QTest::addColumn<quint64>("offset");
    using Space = HexPage::Space;
    QTest::addRow("a byte of the file") << "0x14" << Space::File << Space::File << quint64{0x14};
    QTest::addRow("the same while the disk is shown: of the disk")
        << "0x14" << Space::Guest << Space::Guest << quint64{0x14};
    QTest::addRow("a byte of the file by its space")
        << "file 64k" << Space::Guest << Space::File << quint64{65536};
    QTest::addRow("a byte of the disk")
        << "guest 40T" << Space::File << Space::Guest << (quint64{40} << 40);
    QTest::addRow("a cluster") << "cluster 2" << Space::File << Space::File << quint64{2} * 65536;
    QTest::addRow("the guest cluster of an L2 entry")
        << "l2 0/16" << Space::Guest << Space::Guest << (quint64{1} << 20);
}

void TestHex::goesWhereTheLineSays()
{
    QFETCH(const QString, words);
    QFETCH(const HexPage::Space, from);
    QFETCH(const HexPage::Space, space);
    QFETCH(const quint64, offset);
    open("plain.qcow2");
    m_page->showSpace(from);
    goTo(words);
    QCOMPARE(m_page->space(), space);
    QCOMPARE(m_hex->selectionStart(), offset);
    QVERIFY(m_hex->hasFocus());
    QVERIFY(m_hex->geometryOfBytes().shownRowOf(offset) >= 0);
}

void TestHex::saysWhyItCannotGoThere_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("why");
    QTest::addRow("no address") << "nowhere"
                                << "is no address";
    QTest::addRow("behind the file") << "file 1P"
                                     << "The file ends at";
    QTest::addRow("behind the disk") << "guest 65T"
                                     << "The disk ends at";
    QTest::addRow("no such entry") << "l2 0/9999"
                                   << "An L2 table of this image has";
}

void TestHex::saysWhyItCannotGoThere()
{
    QFETCH(const QString, words);
    QFETCH(const QString, why);
    open("plain.qcow2");
    const quint64 before = m_hex->cursor();
    goTo(words);
    QVERIFY(hasText(*m_page, why));
    QVERIFY(m_page->findChild<QLineEdit*>(QStringLiteral("goTo"))
                ->accessibleDescription()
                .contains(why));
    QCOMPARE(m_hex->cursor(), before);
}

void TestHex::aTableThatIsNotThereLeadsToItsL1Entry()
{
    open("plain.qcow2");
    goTo(QStringLiteral("l2 0/16")); // in the file: the bytes of the entry
    const auto entries = m_document->image()->entriesOf(GuestOffset{1 << 20}, {});
    QCOMPARE(m_page->space(), HexPage::Space::File);
    QCOMPARE(m_hex->selectionStart(), entries.back().fields.front().at.value);
    QCOMPARE(m_hex->selectionLength(), quint64{8});
    QCOMPARE(m_document->selection().guest, GuestOffset{1 << 20});
    goTo(QStringLiteral("l2 5/3"));
    QVERIFY(hasText(*m_page, QStringLiteral("There is no L2 table 5")));
    const auto missing = m_document->image()->entriesOf(GuestOffset{std::uint64_t{5} << 29}, {});
    QCOMPARE(missing.size(), std::size_t{1});
    QCOMPARE(m_hex->selectionStart(), missing.front().fields.front().at.value);
    QTRY_VERIFY(m_hex->rowText(m_hex->cursor()).contains(QStringLiteral("L1 table, entry 5")));
}

void TestHex::goingTwiceToOnePlaceShowsItAgain()
{
    open("plain.qcow2");
    goTo(QStringLiteral("0x14"));
    m_hex->ensureVisible(m_hex->geometryOfBytes().size - 1);
    QVERIFY(m_hex->geometryOfBytes().shownRowOf(0x14) < 0);
    goTo(QStringLiteral("0x14"));
    QVERIFY(m_hex->geometryOfBytes().shownRowOf(0x14) >= 0);
}

void TestHex::aLockedDiskCannotBeSearched()
{
    open("luks.qcow2");
    QVERIFY(m_page->canFind());
    QSignalSpy told(m_page.get(), &HexPage::commandsChanged);
    m_page->showSpace(HexPage::Space::Guest);
    QVERIFY(!m_page->canFind());
    QVERIFY(told.size() > 0);
    m_page->startFind();
    QVERIFY(!m_page->findChild<FindBar*>()->isVisible());
    m_page->showSpace(HexPage::Space::File);
    QVERIFY(m_page->canFind());
    m_document->unlock("abc");
    QTRY_VERIFY(!m_document->isBusy() && !m_document->isLocked());
    m_page->showSpace(HexPage::Space::Guest);
    QVERIFY(m_page->canFind());
}

void TestHex::tellsHowFarASearchIs()
{
    // Bytes that are there but not found, so that the search goes through all of them.
    QFile file{path("big.raw")};
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QByteArray part(1 << 20, 'x');
    for (int i = 0; i < 256; ++i)
        file.write(part);
    file.close();
    open("big.raw", "raw");
    auto* bar = m_page->findChild<FindBar*>();
    bar->open();
    auto* line = bar->findChild<QLineEdit*>();
    QTest::keyClicks(line, "79 78 7?");
    QStringList told;
    JobRunner* finder = nullptr;
    for (JobRunner* runner : m_document->runners()) {
        if (runner->title() == QStringLiteral("Find"))
            finder = runner;
    }
    QVERIFY(finder);
    connect(finder, &JobRunner::progressed, bar, [&] {
        for (const QLabel* label : bar->findChildren<QLabel*>())
            told << label->text();
    });
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!finder->isRunning());
    QVERIFY(std::any_of(told.begin(), told.end(), [](const QString& text) {
        return text.contains(QStringLiteral("of 256")) && text.contains(u'%');
    }));
    QVERIFY(hasText(*bar, "Not found"));
}

void TestHex::savesWhatIsSelected()
{
    open("plain.qcow2");
    Selection place;
    place.host = HostOffset{0};
    place.hostLength = Bytes{72};
    m_document->select(place);
    // A name with a character that would turn the text around it.
    const QString name = path(QStringLiteral("part\u202e.bin"));
    m_page->copier()->save(name);
    QTRY_VERIFY(hasText(*m_page, QStringLiteral("Saved as")));
    QVERIFY(!hasText(*m_page, QStringLiteral("\u202e")));
    QFile saved{name};
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QFile image{path("plain.qcow2")};
    QVERIFY(image.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll(), image.read(72));
    m_page->copier()->save(path(QStringLiteral("no/such/folder")));
    QTRY_VERIFY(hasText(*m_page, QStringLiteral("was not saved")));
}

void TestHex::thePanelLeavesRoomForBytes_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("perRow");
    QTest::addRow("a small window") << 700 << 8;
    QTest::addRow("the least window with its side bar of icons") << 844 << 8;
    QTest::addRow("a wide window") << 1300 << 16;
}

void TestHex::thePanelLeavesRoomForBytes()
{
    QFETCH(const int, width);
    QFETCH(const int, perRow);
    open("plain.qcow2");
    m_page->resize(width, 560);
    QCoreApplication::processEvents();
    auto* splitter = m_page->findChild<QSplitter*>();
    QCOMPARE(m_page->width(), width); // the panel does not widen the page
    QVERIFY(splitter->sizes().last() >= 320);
    const auto* panel = qobject_cast<QScrollArea*>(splitter->widget(1));
    QVERIFY(!panel->horizontalScrollBar()->isVisible()); // nothing of it is cut
    QVERIFY(m_hex->geometryOfBytes().bytesPerRow >= perRow);
    QVERIFY(m_hex->geometryOfBytes().width() <= m_hex->viewport()->width());
}

void TestHex::thePanelKeepsTheWidthThatWasChosen()
{
    open("plain.qcow2");
    auto* splitter = m_page->findChild<QSplitter*>();
    QWidget* handle = splitter->handle(1);
    const QPoint middle = handle->rect().center();
    const int before = splitter->sizes().last();
    QTest::mousePress(handle, Qt::LeftButton, {}, middle);
    QTest::mouseMove(handle, middle - QPoint{100, 0});
    QTest::mouseRelease(handle, Qt::LeftButton, {}, middle - QPoint{100, 0});
    const int chosen = splitter->sizes().last();
    QVERIFY(chosen > before + 50);
    m_page->resize(1400, 700);
    QCoreApplication::processEvents();
    QCOMPARE(splitter->sizes().last(), chosen);
    const QVariantMap view = m_page->savedView();
    open("plain.qcow2");
    m_page->restoreView(view);
    QCOMPARE(m_page->findChild<QSplitter*>()->sizes().last(), chosen);
}

void TestHex::everyControlHasAName()
{
    open("plain.qcow2");
    m_page->findChild<FindBar*>()->open();
    for (const QWidget* child : m_page->findChildren<QWidget*>()) {
        if (!child->isVisibleTo(m_page.get()) || !(child->focusPolicy() & Qt::TabFocus))
            continue;
        const auto* button = qobject_cast<const QAbstractButton*>(child);
        QVERIFY2(!child->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
            child->metaObject()->className());
    }
}

PLATTER_GUI_MAIN(TestHex)
#include "tst_hex.moc"
