// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsModel.h"
#include "app/pages/CheckPage.h"
#include "app/text/CoreText.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QJsonArray>
#include <QJsonObject>
#include <QTreeView>
#include <QtEndian>

#include <algorithm>
#include <map>

using namespace platter;
using namespace platter::app;
using platter::tests::platterCli;
using platter::tests::Qcow2Builder;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using platter::tests::WindowBench;

class TestCheck final : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void countsAreThoseOfQemu();
    void itsCardSpeaksOfItsOwnList();
    void thousandsOfAlikeStayOneGroup();
    void walksThroughProblemsByKey();
    void theWalkIsTheSameOnEveryPage_data();
    void theWalkIsTheSameOnEveryPage();
    void theWalkGoesOnFromAnotherPage();
    void selectsThePlaceOfAFinding();
    void followsASelectionMadeElsewhere();
    void saysWhatAFindingMeans();
    void hidesASeverity();
    void saysWhatACleanCheckLookedAt();
    void saysThatTheFileChangedSince();
    void stopsWhenAsked();
    void savesTheReport();

private:
    void write(const QString& name, const Qcow2Builder& builder);
    void damage();
    bool check();
    QTreeView& tree() { return *page().findChild<QTreeView*>(); }
    CheckPage& page() { return m_bench->view().checkPage(); }
    std::unique_ptr<WindowBench> m_bench;
};

void TestCheck::init()
{
    m_bench = std::make_unique<WindowBench>();
}

void TestCheck::cleanup()
{
    m_bench.reset();
}

void TestCheck::write(const QString& name, const Qcow2Builder& builder)
{
    const auto bytes = builder.bytes();
    QFile file(m_bench->path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
}

/// A leak, a count that is too low, an entry that cannot be followed, and two flags.
void TestCheck::damage()
{
    Qcow2Builder builder;
    builder.cut(builder.cluster(12));
    builder.refcount(10, 1);
    builder.refcount(6, 0);
    builder.l2(3, Qcow2Builder::copied | (builder.cluster(8) + 512));
    write("damaged.qcow2", builder);
    QVERIFY(m_bench->open("damaged.qcow2"));
    QVERIFY(check());
}

bool TestCheck::check()
{
    QTest::keyClick(&m_bench->window(), Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    return QTest::qWaitFor(
        [this] { return m_bench->document().checkReport() && !m_bench->document().isBusy(); });
}

void TestCheck::countsAreThoseOfQemu()
{
    damage();
    const CheckReport& report = *m_bench->document().checkReport();
    const QString path = m_bench->path("damaged.qcow2");
    const QJsonObject qemu = qemuJson({"check", "--output=json", path}).object();
    QCOMPARE(static_cast<qint64>(report.corruptions), qemu["corruptions"].toInteger());
    QCOMPARE(static_cast<qint64>(report.leaks), qemu["leaks"].toInteger());
    QCOMPARE(static_cast<qint64>(report.allocatedClusters), qemu["allocated-clusters"].toInteger());
    const QJsonObject cli
        = QJsonDocument::fromJson(platterCli({"check", "--output=json", path}).output).object();
    const QJsonObject counts = cli["finding-counts"].toObject();
    QCOMPARE(static_cast<qsizetype>(report.countOf.size()), counts.size());
    for (const auto& [kind, count] : report.countOf)
        QCOMPARE(static_cast<qint64>(count), counts[QLatin1String(kind->id)].toInteger());
    // The same numbers stand on the page.
    QVERIFY(!m_bench->text(QStringLiteral("Corruptions: %1").arg(report.corruptions)).isEmpty());
    QVERIFY(!m_bench->text(QStringLiteral("Leaked clusters: %1").arg(report.leaks)).isEmpty());
}

void TestCheck::itsCardSpeaksOfItsOwnList()
{
    damage();
    m_bench->view().showPage(PageId::Check);
    QVERIFY(!m_bench->text(QStringLiteral("The list says where.")).isEmpty());
    QVERIFY(m_bench->text(QStringLiteral("The page Check says")).isEmpty());
    m_bench->view().showPage(PageId::Overview);
    QVERIFY(!m_bench->text(QStringLiteral("The page Check says where.")).isEmpty());
}

void TestCheck::thousandsOfAlikeStayOneGroup()
{
    qemuImg(
        {"create", "-f", "qcow2", "-o", "cluster_size=4k", m_bench->path("leaky.qcow2"), "128M"});
    qemuIo(m_bench->path("leaky.qcow2"), {"write -P 1 0 48M"});
    // Without its L1 table, nothing uses what is counted.
    QFile file(m_bench->path("leaky.qcow2"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray header = file.read(48);
    const auto entries = qFromBigEndian<quint32>(header.constData() + 36);
    file.seek(static_cast<qint64>(qFromBigEndian<quint64>(header.constData() + 40)));
    file.write(QByteArray(static_cast<qsizetype>(entries) * 8, '\0'));
    file.close();
    QVERIFY(m_bench->open("leaky.qcow2"));
    QVERIFY(check());
    const CheckReport& report = *m_bench->document().checkReport();
    QVERIFY(report.leaks > 12'000);
    QCOMPARE(report.findings.size(), std::size_t{10'000});
    const QAbstractItemModel& model = *tree().model();
    // The leaks are one group; those among them that look like L2 tables are another.
    std::map<std::string, int> alike;
    for (const Finding& finding : report.findings)
        ++alike[finding.kind->id];
    QCOMPARE(alike.size(), std::size_t{2});
    QCOMPARE(alike["qcow2.leak.fills-range"], 24);
    QCOMPARE(model.rowCount(), 2);
    std::vector<int> counts{model.rowCount(model.index(0, 0)), model.rowCount(model.index(1, 0))};
    std::sort(counts.begin(), counts.end());
    QCOMPARE(counts, (std::vector<int>{24, 10'000 - 24}));
    QVERIFY(!tree().isExpanded(model.index(0, 0)));
    QVERIFY(!tree().isExpanded(model.index(1, 0)));
    QVERIFY(!m_bench->text(QStringLiteral("listed with their place")).isEmpty());
    // Opening a group and going to its end are instant for the model: rows exist on demand.
    QTest::keyClick(&m_bench->window(), Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(tree().currentIndex().row(), model.rowCount(model.index(1, 0)) - 1);
    QVERIFY(tree().isExpanded(model.index(1, 0)));
    QVERIFY(m_bench->document().selection().host.has_value());
}

void TestCheck::walksThroughProblemsByKey()
{
    damage();
    const auto& report = *m_bench->document().checkReport();
    m_bench->view().showPage(PageId::Overview);
    std::set<std::pair<std::uint64_t, QString>> seen;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        QTest::keyClick(&m_bench->window(), Qt::Key_F8);
        QCOMPARE(m_bench->view().currentPage(), PageId::Check);
        const Selection& selection = m_bench->document().selection();
        QVERIFY(selection.host.has_value());
        seen.emplace(selection.host->value, tree().currentIndex().data().toString());
    }
    QCOMPARE(seen.size(), report.findings.size()); // each one once
    const QModelIndex last = tree().currentIndex();
    QTest::keyClick(&m_bench->window(), Qt::Key_F8); // round again
    const QModelIndex first = tree().currentIndex();
    QVERIFY(first != last);
    QTest::keyClick(&m_bench->window(), Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(tree().currentIndex(), last);
    // The gravest come first.
    QCOMPARE(
        first.data(FindingsModel::SeverityRole).toInt(), static_cast<int>(Severity::Corruption));
    QCOMPARE(last.data(FindingsModel::SeverityRole).toInt(), static_cast<int>(Severity::Leak));
}

void TestCheck::theWalkIsTheSameOnEveryPage_data()
{
    QTest::addColumn<PageId>("page");
    QTest::addRow("the map") << PageId::Map;
    QTest::addRow("the bytes") << PageId::Hex;
    QTest::addRow("the header") << PageId::Header;
}

void TestCheck::theWalkIsTheSameOnEveryPage()
{
    QFETCH(const PageId, page);
    damage();
    const std::size_t count = m_bench->document().checkReport()->findings.size();
    QVERIFY(count > 2);
    const auto walk = [&](PageId where, Qt::KeyboardModifiers modifiers) {
        m_bench->document().select({});
        m_bench->view().showPage(where);
        if (where == PageId::Check)
            tree().setCurrentIndex(tree().model()->index(0, 0));
        std::vector<HostOffset> places;
        for (std::size_t i = 0; i < count + 1; ++i) {
            QTest::keyClick(&m_bench->window(), Qt::Key_F8, modifiers);
            if (m_bench->view().currentPage() != where)
                break;
            places.push_back(m_bench->document().selection().host.value_or(HostOffset{}));
        }
        return places;
    };
    const auto list = walk(PageId::Check, {});
    QCOMPARE(list.size(), count + 1);
    QCOMPARE(list.back(), list.front()); // round again
    // After a check, where nobody has been led anywhere yet.
    QVERIFY(check());
    QCOMPARE(walk(page, {}), list);
    QVERIFY(check());
    auto back = walk(page, Qt::ShiftModifier);
    QCOMPARE(back.size(), count + 1);
    std::reverse(back.begin(), back.end());
    back.erase(back.begin());
    QCOMPARE(back, std::vector<HostOffset>(list.begin(), list.end() - 1));
}

void TestCheck::theWalkGoesOnFromAnotherPage()
{
    damage();
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    const Selection first = m_bench->document().selection();
    m_bench->view().showPage(PageId::Map);
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    const Selection second = m_bench->document().selection();
    QVERIFY(first != second);
    m_bench->view().showPage(PageId::Check);
    QTest::keyClick(&m_bench->window(), Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(m_bench->document().selection().host, first.host);
    m_bench->view().showPage(PageId::Hex);
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    QCOMPARE(m_bench->view().currentPage(), PageId::Hex);
    QCOMPARE(m_bench->document().selection().host, second.host);
}

void TestCheck::selectsThePlaceOfAFinding()
{
    damage();
    QTest::keyClick(&m_bench->window(), Qt::Key_F8);
    const Selection selected = m_bench->document().selection();
    QVERIFY(selected.host.has_value());
    QVERIFY(WindowBench::click(page(), QStringLiteral("Show on the map")));
    QCOMPARE(m_bench->view().currentPage(), PageId::Map);
    QCOMPARE(m_bench->document().selection(), selected);
}

void TestCheck::followsASelectionMadeElsewhere()
{
    damage();
    const CheckReport& report = *m_bench->document().checkReport();
    for (const Finding& finding : report.findings) {
        QVERIFY(finding.host.has_value());
        m_bench->view().showPage(PageId::Map);
        Selection selection;
        selection.host = finding.host;
        m_bench->document().reveal(PageId::Check, selection);
        QCOMPARE(
            tree().currentIndex().siblingAtColumn(FindingsModel::PlaceColumn).data().toString(),
            shownOffset(finding.host->value));
        QCOMPARE(m_bench->document().selection(), selection); // it is not answered by another one
    }
}

void TestCheck::saysWhatAFindingMeans()
{
    damage();
    for (const auto& [kind, count] : m_bench->document().checkReport()->countOf) {
        for (int row = 0; row < tree().model()->rowCount(); ++row)
            tree().setCurrentIndex(tree().model()->index(row, 0));
        bool found = false;
        for (int row = 0; row < tree().model()->rowCount() && !found; ++row) {
            tree().setCurrentIndex(tree().model()->index(row, 0));
            found = !m_bench->text(QString::fromUtf8(kind->causes)).isEmpty()
                && !m_bench->text(QString::fromUtf8(kind->guestSees)).isEmpty()
                && !m_bench->text(QString::fromUtf8(kind->meaning)).isEmpty();
        }
        QVERIFY2(found, kind->id);
    }
}

void TestCheck::hidesASeverity()
{
    damage();
    QAbstractItemModelTester tester(
        tree().model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    const int all = tree().model()->rowCount();
    QCheckBox* leaks = nullptr;
    for (QCheckBox* box : page().findChildren<QCheckBox*>()) {
        if (box->isVisible() && box->text().startsWith(QStringLiteral("Lost space")))
            leaks = box;
    }
    QVERIFY(leaks);
    QTest::keyClick(leaks, Qt::Key_Space);
    QCOMPARE(tree().model()->rowCount(), all - 1);
    QTest::keyClick(&m_bench->window(), Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(tree().currentIndex().data(FindingsModel::SeverityRole).toInt(),
        static_cast<int>(Severity::Corruption));
    QTest::keyClick(leaks, Qt::Key_Space);
    QCOMPARE(tree().model()->rowCount(), all);
}

void TestCheck::saysWhatACleanCheckLookedAt()
{
    qemuImg({"create", "-f", "qcow2", m_bench->path("clean.qcow2"), "1M"});
    QVERIFY(m_bench->open("clean.qcow2"));
    m_bench->view().showPage(PageId::Check);
    QVERIFY(m_bench->text(QStringLiteral("Healthy")).isEmpty());
    QVERIFY(check());
    QVERIFY(!m_bench->text(QStringLiteral("Healthy")).isEmpty());
    QVERIFY(!m_bench->text(QStringLiteral("Not looked at")).isEmpty());
    QVERIFY(!m_bench->text(QStringLiteral("Checked ")).isEmpty());
}

void TestCheck::saysThatTheFileChangedSince()
{
    qemuImg({"create", "-f", "qcow2", m_bench->path("later.qcow2"), "1M"});
    QVERIFY(m_bench->open("later.qcow2"));
    QVERIFY(check());
    qemuIo(m_bench->path("later.qcow2"), {"write -P 1 0 64k"});
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->document().changedSinceCheck(), 12000);
    QVERIFY(!m_bench->text(QStringLiteral("has changed since this check")).isEmpty());
    QVERIFY(m_bench->text(QStringLiteral("Healthy")).isEmpty());
    m_bench->view().showPage(PageId::Overview);
    QVERIFY(!m_bench->text(QStringLiteral("Changed since it was checked")).isEmpty());
    QVERIFY(check());
    QTRY_VERIFY(!m_bench->document().changedSinceCheck());
    QCOMPARE(m_bench->document().checkReport()->allocatedClusters, std::uint64_t{1});
}

void TestCheck::stopsWhenAsked()
{
    damage();
    m_bench->document().startCheck();
    m_bench->document().cancelCheck();
    QTRY_VERIFY(!m_bench->document().checker()->isRunning());
    if (m_bench->document().isCheckCancelled())
        QVERIFY(!m_bench->text(QStringLiteral("Nothing is known from it")).isEmpty());
    else
        QVERIFY(m_bench->document().checkReport()); // it was faster
    QVERIFY(check());
}

void TestCheck::savesTheReport()
{
    damage();
    const auto saved = [&](const QString& name) {
        page().saveReport(m_bench->path(name));
        if (!QTest::qWaitFor([&] { return !m_bench->document().isBusy(); }))
            return QByteArray();
        QFile file(m_bench->path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const CheckReport& report = *m_bench->document().checkReport();
    const QJsonObject json = QJsonDocument::fromJson(saved("report.json")).object();
    const QJsonObject cli = QJsonDocument::fromJson(
        platterCli({"check", "--output=json", m_bench->path("damaged.qcow2")}).output)
                                .object();
    for (const char* key : {"corruptions", "leaks", "finding-counts", "findings", "format"})
        QCOMPARE(json[QLatin1String(key)], cli[QLatin1String(key)]);
    QCOMPARE(json["changed-since"].toBool(true), false);
    const QByteArray csv = saved("report.csv");
    QCOMPARE(csv.count("\r\n"), static_cast<qsizetype>(report.findings.size() + 1));
    const QByteArray text = saved("report.txt");
    for (const Finding& finding : report.findings)
        QVERIFY(text.contains(QByteArray::fromStdString(describe(finding))));
    QVERIFY(!m_bench->text(QStringLiteral("Saved as report.txt")).isEmpty());
}

PLATTER_GUI_MAIN(TestCheck)
#include "tst_check.moc"
