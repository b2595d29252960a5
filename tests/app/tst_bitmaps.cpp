// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/BitmapsModel.h"
#include "app/pages/BitmapsPage.h"
#include "app/pages/RowFindBar.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "core/formats/qcow2/Header.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;

namespace {

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

} // namespace

class TestBitmaps final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void figuresAreThoseOfQemuAndOfTheWrites();
    void staleBitmapsAreExplained();
    void bitmapsThatCannotBeReadSayWhy();
    void withoutBitmapsThePageSaysWhatTheyAreFor();
    void aRowIsSelectedEverywhere();
    void copyAsCsv();
    void copyingTellsTheChosenRow();
    void rowsAreFound();
    void aStoppedCountStartsAgain();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void open(const QString& name);
    QString cell(int row, BitmapsModel::Column column) const
    {
        return m_table->model()->index(row, column).data().toString();
    }
    int rowOf(const QString& name) const
    {
        for (int row = 0; row < m_table->model()->rowCount(); ++row) {
            if (cell(row, BitmapsModel::NameColumn) == name)
                return row;
        }
        return -1;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<BitmapsPage> m_page;
    PlainTable* m_table = nullptr;
};

void TestBitmaps::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    Theme::show(Theme::Shade::Light);

    const QString kept = path("kept.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", kept, "1G"});
    qemuImg({"bitmap", "--add", "-g", "65536", kept, "daily"});
    qemuIo(kept, {"write -P 1 0 64k", "write -P 2 512M 1M"});
    qemuImg({"bitmap", "--add", "-g", "4096", kept, "fine"});
    qemuIo(kept, {"write -P 3 100M 4k"});
    qemuImg({"bitmap", "--disable", kept, "daily"});
    qemuIo(kept, {"write -P 4 900M 1M"});

    QVERIFY(QFile::copy(kept, path("crashed.qcow2")));
    QVERIFY(QFile::copy(kept, path("damaged.qcow2")));
    qemuImg({"create", "-q", "-f", "qcow2", path("none.qcow2"), "1G"});
}

void TestBitmaps::open(const QString& name)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<BitmapsPage>(*m_document);
    m_page->resize(900, 500);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    m_table = m_page->findChild<PlainTable*>();
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
}

void TestBitmaps::figuresAreThoseOfQemuAndOfTheWrites()
{
    open(QStringLiteral("kept.qcow2"));
    const QAbstractItemModelTester tester{
        m_table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest};
    const QJsonArray known = qemuJson({"info", "--output=json", path("kept.qcow2")})
                                 .object()["format-specific"]
                                 .toObject()["data"]
                                 .toObject()["bitmaps"]
                                 .toArray();
    QCOMPARE(m_table->model()->rowCount(), known.size());
    QCOMPARE(known.size(), 2);
    for (const QJsonValue& value : known) {
        const QJsonObject one = value.toObject();
        const int row = rowOf(one["name"].toString());
        QVERIFY(row >= 0);
        QCOMPARE(cell(row, BitmapsModel::GranularityColumn),
            shownSize(Bytes{static_cast<std::uint64_t>(one["granularity"].toInteger())}));
        const bool enabled = one["flags"].toArray().contains(QJsonValue(QStringLiteral("auto")));
        QCOMPARE(cell(row, BitmapsModel::StateColumn),
            enabled ? QString("Enabled") : QString("Disabled"));
    }
    const auto* model = qobject_cast<BitmapsModel*>(m_table->model());
    // 64 KiB, 1 MiB and the granule around 4 KiB; the last write came when it was disabled.
    QCOMPARE(*model->count(rowOf("daily"))->dirty, Bytes{65536 + 1048576 + 65536});
    QCOMPARE(*model->count(rowOf("fine"))->dirty, Bytes{4096 + 1048576});
    QCOMPARE(cell(rowOf("daily"), BitmapsModel::ShareColumn), QString("0.1 %"));
    // A table and a stored cluster of 64 KiB each.
    QCOMPARE(model->count(rowOf("daily"))->inFile, Bytes{2 * 65536});
}

void TestBitmaps::staleBitmapsAreExplained()
{
    // The header's autoclear bit off: a program that knows no bitmaps has written.
    QFile file{path("crashed.qcow2")};
    QVERIFY(file.open(QIODevice::ReadWrite));
    const auto at = qcow2::headerVersion3Fields.find("autoclear_features")->at;
    file.seek(at + 7);
    file.write("\0", 1);
    file.close();
    open(QStringLiteral("crashed.qcow2"));
    QCOMPARE(cell(0, BitmapsModel::StateColumn), QString("Stale: not reliable"));
    QVERIFY(hasText(*m_page, QStringLiteral("next backup must be a full one")));

    BitmapInfo used;
    used.inUse = true;
    used.consistent = false;
    BitmapsModel model;
    model.setBitmaps({used}, 1_GiB);
    QCOMPARE(model.index(0, BitmapsModel::StateColumn).data().toString(),
        QString("In use: not reliable"));
    QVERIFY(model.meaningOf(0).contains(QStringLiteral("did not finish")));
}

void TestBitmaps::bitmapsThatCannotBeReadSayWhy()
{
    const auto image = openImage(path("damaged.qcow2").toStdString(), {}, {}).image;
    HostOffset table{};
    for (const StructureMark& mark : image->describe()) {
        for (const FieldMark& field : mark.fields) {
            if (field.name == "bitmap_table_offset" && table.value == 0)
                table = HostOffset{*field.number};
        }
    }
    QVERIFY(table.value > 0);
    QFile file{path("damaged.qcow2")};
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(static_cast<qint64>(table.value));
    file.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    file.close();
    open(QStringLiteral("damaged.qcow2"));
    QCOMPARE(cell(0, BitmapsModel::DirtyColumn), QString("not readable"));
    m_table->selectRow(0);
    QVERIFY(hasText(*m_page, QStringLiteral("cannot be read")));
    QVERIFY(cell(1, BitmapsModel::DirtyColumn) != QString("not readable"));
}

void TestBitmaps::withoutBitmapsThePageSaysWhatTheyAreFor()
{
    open(QStringLiteral("none.qcow2"));
    QVERIFY(hasText(*m_page, QStringLiteral("a backup need not read")));
    for (const QPushButton* button : m_page->findChildren<QPushButton*>())
        QVERIFY(!button->isVisible());
}

void TestBitmaps::aRowIsSelectedEverywhere()
{
    open(QStringLiteral("kept.qcow2"));
    QSignalSpy requested{m_document.get(), &ImageDocument::pageRequested};
    m_table->setFocus();
    QTest::keyClick(m_table, Qt::Key_Down);
    QCOMPARE(m_document->selection().bitmap, std::optional<std::size_t>{1});
    QTest::keyClick(m_table, Qt::Key_Return);
    QCOMPARE(requested.size(), 1);
    QCOMPARE(requested.front().front().value<PageId>(), PageId::Map);
    Selection selection;
    selection.bitmap = 0;
    m_document->select(selection);
    QCOMPARE(m_table->currentIndex().row(), 0);
}

void TestBitmaps::copyAsCsv()
{
    open(QStringLiteral("kept.qcow2"));
    emit m_table->customContextMenuRequested({5, 5});
    QMenu* menu = m_page->findChild<QMenu*>();
    QVERIFY(menu);
    menu->actions().constLast()->trigger();
    const QStringList lines = QGuiApplication::clipboard()->text().split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 3);
    QVERIFY(lines.contains("\"daily\",65536,1179648,1073741824,false,false,true,131072"));
}

void TestBitmaps::copyingTellsTheChosenRow()
{
    open(QStringLiteral("kept.qcow2"));
    m_table->selectRow(rowOf("fine"));
    QVERIFY(m_page->copied(CopyForm::Text).startsWith(QLatin1String("fine\t")));
    const auto json = QJsonDocument::fromJson(m_page->copied(CopyForm::Json).toUtf8());
    QCOMPARE(json[0]["Name"].toString(), QString("fine"));
    QVERIFY(m_page->showCopyMenu());
    const auto* menu = m_page->findChild<QMenu*>();
    QVERIFY(menu);
    menu->actions().constFirst()->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QString("fine"));
    open(QStringLiteral("none.qcow2"));
    QVERIFY(!m_page->showCopyMenu());
    QVERIFY(!m_page->canFind());
}

void TestBitmaps::rowsAreFound()
{
    open(QStringLiteral("kept.qcow2"));
    m_table->selectRow(rowOf("fine"));
    m_page->startFind();
    auto* line = m_page->findChild<RowFindBar*>()->findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("dail"));
    m_page->findNext(1);
    QTRY_COMPARE(m_table->currentIndex().row(), rowOf("daily"));
}

void TestBitmaps::aStoppedCountStartsAgain()
{
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<BitmapsPage>(*m_document);
    m_page->show();
    m_table = m_page->findChild<PlainTable*>();
    auto* counter = m_page->findChild<JobRunner*>();
    const auto stopping = connect(counter, &JobRunner::started, counter, &JobRunner::cancel);
    m_document->open(path("kept.qcow2").toStdString());
    QTRY_VERIFY(hasText(*m_page, QStringLiteral("Counting was stopped")));
    QCOMPARE(cell(0, BitmapsModel::DirtyColumn), QString("not read"));
    disconnect(stopping);
    QPushButton* again = nullptr;
    for (QPushButton* button : m_page->findChildren<QPushButton*>()) {
        if (button->text() == QLatin1String("Read again"))
            again = button;
    }
    QVERIFY(again && again->isVisible());
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_COMPARE(cell(rowOf("daily"), BitmapsModel::ShareColumn), QString("0.1 %"));
    QVERIFY(!again->isVisible());
}

PLATTER_GUI_MAIN(TestBitmaps)
#include "tst_bitmaps.moc"
