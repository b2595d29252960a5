// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ClusterCountsModel.h"
#include "app/models/ReferencesModel.h"
#include "app/pages/PlotCard.h"
#include "app/pages/RefcountsPage.h"
#include "app/pages/RowFindBar.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace platter;
using namespace platter::app;
using platter::tests::Qcow2Builder;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

/// The page of reference counts as a part of its window: room, copying, finding, reading again.
class TestRefcountsPage final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void everythingIsInView_data();
    void everythingIsInView();
    void copyingTellsPlotsAndRows();
    void clustersAreFound();
    void aStoppedScanStartsAgain();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void showPage();
    void open(const QString& name);
    bool hasText(const QString& part) const;
    QPushButton* button(const QString& text) const;

    QTemporaryDir m_folder;
    std::unique_ptr<QAction> m_check;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<RefcountsPage> m_page;
    QList<PlotCard*> m_cards; ///< counts, places, differences
    PlainTable* m_clusters = nullptr;
    PlainTable* m_references = nullptr;
};

void TestRefcountsPage::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    QLocale::setDefault(QLocale::c());
    loadResources();
    Theme::show(Theme::Shade::Light);

    qemuImg({"create", "-q", "-f", "qcow2", path("states.qcow2"), "64M"});
    qemuIo(path("states.qcow2"), {"write -P 1 0 4M"});
    qemuImg({"snapshot", "-c", "first", path("states.qcow2")});
    qemuIo(path("states.qcow2"), {"write -P 2 1M 512k", "write -P 3 32M 1M"});

    Qcow2Builder broken;
    broken.cut(broken.cluster(10)).refcount(9, 3).refcount(5, 0); // one leak, one too low
    const auto bytes = broken.bytes();
    QFile file{path("broken.qcow2")};
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

void TestRefcountsPage::showPage()
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_check = std::make_unique<QAction>(QStringLiteral("Check"));
    m_page = std::make_unique<RefcountsPage>(*m_document, *m_check);
    m_page->resize(1091, 684);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    m_cards = m_page->findChildren<PlotCard*>();
    QCOMPARE(m_cards.size(), 3);
    for (PlainTable* table : m_page->findChildren<PlainTable*>()) {
        if (qobject_cast<ClusterCountsModel*>(table->model()))
            m_clusters = table;
        if (qobject_cast<ReferencesModel*>(table->model()))
            m_references = table;
    }
}

void TestRefcountsPage::open(const QString& name)
{
    showPage();
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(m_clusters->model()->rowCount() > 0);
    QTRY_VERIFY(!m_document->isBusy());
}

bool TestRefcountsPage::hasText(const QString& part) const
{
    return std::ranges::any_of(m_page->findChildren<QLabel*>(), [&](const QLabel* label) {
        return label->isVisibleTo(m_page.get()) && label->text().contains(part);
    });
}

QPushButton* TestRefcountsPage::button(const QString& text) const
{
    for (QPushButton* one : m_page->findChildren<QPushButton*>()) {
        if (one->text() == text && one->isVisible())
            return one;
    }
    return nullptr;
}

void TestRefcountsPage::everythingIsInView_data()
{
    QTest::addColumn<QSize>("page");
    QTest::addColumn<int>("plots");
    QTest::addRow("in a window of 900 x 600") << QSize{851, 484} << 1;
    QTest::addRow("in a window of 1280 x 800") << QSize{1091, 684} << 3;
    QTest::addRow("in a window of 1920 x 1080") << QSize{1731, 964} << 3;
}

void TestRefcountsPage::everythingIsInView()
{
    QFETCH(const QSize, page);
    QFETCH(const int, plots);
    open(QStringLiteral("broken.qcow2"));
    m_page->resize(page);
    m_document->startCheck();
    QTRY_VERIFY(m_document->checkReport());
    Selection selection;
    selection.host = HostOffset{m_document->image()->clusterSize()->value}; // a table
    m_document->select(selection);
    QTRY_VERIFY(m_references->model()->rowCount() > 0 && !m_document->isBusy());
    QTest::qWait(1);
    QCOMPARE(m_page->verticalScrollBar()->maximum(), 0);
    const QWidget& room = *m_page->viewport();
    const auto inView = [&](const QWidget& widget) {
        return widget.isVisible()
            && room.rect().contains(QRect{widget.mapTo(&room, QPoint{}), widget.size()});
    };
    QCOMPARE(
        std::ranges::count_if(m_cards, [&](const PlotCard* card) { return inView(*card); }), plots);
    for (const PlotCard* card : m_cards) {
        if (card->isVisible())
            QVERIFY(card->plot().axisRect()->height() >= 70);
    }
    for (const PlainTable* table : {m_clusters, m_references}) {
        QVERIFY(inView(*table));
        QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
        QVERIFY(table->viewport()->height() >= 3 * table->rowHeight(0));
    }
    QVERIFY(m_clusters->viewport()->height() >= 5 * m_clusters->rowHeight(0));
    // Where one plot is shown, the others are a click away.
    if (plots == 1) {
        for (auto* button : m_page->findChildren<QAbstractButton*>()) {
            if (button->text() == QLatin1String("Differences"))
                QTest::mouseClick(button, Qt::LeftButton);
        }
        QVERIFY(!m_cards[0]->isVisible());
        QVERIFY(m_cards[2]->isVisible());
        QCOMPARE(m_cards[2]->face(), PlotCard::Face::Plot);
    }
}

void TestRefcountsPage::copyingTellsPlotsAndRows()
{
    open(QStringLiteral("states.qcow2"));
    m_cards[0]->plot().setFocus();
    QTRY_VERIFY(m_cards[0]->plot().hasFocus());
    QVERIFY(m_page->copied(CopyForm::Text).contains(QStringLiteral("56 clusters")));
    QVERIFY(m_page->copied(CopyForm::Json).isEmpty());
    m_clusters->setFocus();
    QVERIFY(m_page->copied(CopyForm::Text).isEmpty()); // the window copies the chosen rows
    m_clusters->selectRow(0);
    QVERIFY(m_page->showCopyMenu());
    const auto* menu = m_page->findChild<QMenu*>();
    QVERIFY(menu);
    menu->actions().constFirst()->trigger();
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QLatin1String("0x0\t1\t")));
    menu->actions().constLast()->trigger(); // no check: along the file is the last plot
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("Stored count")));
}

void TestRefcountsPage::clustersAreFound()
{
    open(QStringLiteral("states.qcow2"));
    QTRY_COMPARE(m_clusters->model()->index(0, ClusterCountsModel::UseColumn).data().toString(),
        hostUseText(HostUse::Header));
    QVERIFY(m_page->canFind());
    m_page->startFind();
    auto* line = m_page->findChild<RowFindBar*>()->findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("0x50000")); // shown as 0x5_0000
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(m_clusters->currentIndex().row(), 5);
    QCOMPARE(m_document->selection().host, std::optional{HostOffset{0x50000}});
}

void TestRefcountsPage::aStoppedScanStartsAgain()
{
    showPage();
    JobRunner* surveyor = nullptr;
    JobRunner* uses = nullptr;
    for (JobRunner* runner : m_page->findChildren<JobRunner*>()) {
        if (runner->title() == QLatin1String("Counts"))
            surveyor = runner;
        if (runner->title() == QLatin1String("Uses"))
            uses = runner;
    }
    QVERIFY(surveyor && uses);
    const auto stopping = connect(surveyor, &JobRunner::started, surveyor, &JobRunner::cancel);
    m_document->open(path("states.qcow2").toStdString());
    QTRY_VERIFY(hasText(QStringLiteral("Reading was stopped.")));
    QCOMPARE(m_clusters->model()->rowCount(), 0);
    disconnect(stopping);
    // The second reading is stopped later: counts are there, uses are not.
    const auto stoppingUses = connect(uses, &JobRunner::started, uses, &JobRunner::cancel);
    QVERIFY(button(QStringLiteral("Read again")));
    QTest::mouseClick(button(QStringLiteral("Read again")), Qt::LeftButton);
    QTRY_VERIFY(m_clusters->model()->rowCount() > 0);
    QTRY_VERIFY(hasText(QStringLiteral("used for is not known")));
    disconnect(stoppingUses);
    QVERIFY(button(QStringLiteral("Read again")));
    QTest::mouseClick(button(QStringLiteral("Read again")), Qt::LeftButton);
    QTRY_COMPARE(m_clusters->model()->index(0, ClusterCountsModel::UseColumn).data().toString(),
        hostUseText(HostUse::Header));
    QVERIFY(!button(QStringLiteral("Read again")));
}

PLATTER_GUI_MAIN(TestRefcountsPage)
#include "tst_refcountspage.moc"
