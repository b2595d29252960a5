// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/FindingsModel.h"
#include "app/models/SnapshotsModel.h"
#include "app/models/SpaceModel.h"
#include "app/text/CoreText.h"
#include "app/window/PageList.h"
#include "app/window/RecentImages.h"
#include "tests/app/WatchedTest.h"

#include <QAbstractItemModelTester>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::app;

namespace {

constexpr FindingKind leak{
    "test.leak", Severity::Leak, "Cluster %1.", "Lost.", Basis::Counted, "Nothing.", "A crash."};
constexpr FindingKind wrong{
    "test.wrong", Severity::Corruption, "Entry %1.", "Wrong.", Basis::Bytes, "Zeros.", "A cut."};

Finding findingOf(const FindingKind& kind, std::uint64_t host, const std::string& argument)
{
    Finding finding;
    finding.kind = &kind;
    finding.host = HostOffset{host};
    finding.arguments = {argument};
    return finding;
}

} // namespace

class TestModels final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void snapshotsKeepTheirModelPromises();
    void snapshotNamesAreMadeSafe();
    void findingsAreGroupedGravestFirst();
    void findingsBeyondTheKeptAreCounted();
    void spaceSharesAddUp();
    void pagesCarryMarks();
    void recentImagesAreKeptAndBounded();
    void sizesHaveThreeDigits_data();
    void sizesHaveThreeDigits();

private:
    QTemporaryDir m_settings;
};

void TestModels::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
}

void TestModels::snapshotsKeepTheirModelPromises()
{
    SnapshotsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    SnapshotInfo first;
    first.id = "1";
    first.name = "clean";
    first.vmClockNanoseconds = 3'723'004'000'000;
    first.vmStateSize = Bytes{3 << 20};
    first.diskSize = Bytes{1 << 30};
    SnapshotInfo second = first;
    second.name = "broken-upgrade";
    second.diskSize = Bytes{2ULL << 30};
    model.setSnapshots({first, second}, Bytes{1 << 30});
    // Now, and then the youngest first.
    QCOMPARE(model.rowCount(), 3);
    const auto text
        = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, SnapshotsModel::NameColumn), QStringLiteral("Now"));
    QCOMPARE(text(1, SnapshotsModel::NameColumn), QStringLiteral("broken-upgrade"));
    QCOMPARE(text(2, SnapshotsModel::NameColumn), QStringLiteral("clean"));
    QCOMPARE(text(2, SnapshotsModel::ClockColumn), QStringLiteral("01:02:03.004"));
    QCOMPARE(text(2, SnapshotsModel::StateColumn), QString::fromUtf8("3\u00a0MiB"));
    QCOMPARE(text(1, SnapshotsModel::NoteColumn), QString::fromUtf8("disk of 2\u00a0GiB"));
    QCOMPARE(text(2, SnapshotsModel::NoteColumn), QString());
    QCOMPARE(text(1, SnapshotsModel::FreesColumn), QString::fromUtf8("–"));
    QCOMPARE(model.rowOf(1), 1);
    QCOMPARE(model.stateOf(2), std::optional<std::size_t>{0});

    auto report = std::make_shared<SnapshotReport>();
    report->snapshots.resize(2);
    report->snapshots[0].parent = {std::nullopt, ParentEvidence::First, 100};
    report->snapshots[1].usage = {Bytes{3 << 20}, Bytes{1 << 20}};
    report->snapshots[1].parent = {0, ParentEvidence::OnlyOrder, 80};
    report->now.usage = {Bytes{5 << 20}, {}};
    report->now.parent = {0, ParentEvidence::KeepsItsClusters, 99};
    model.setReport(report);
    QCOMPARE(text(1, SnapshotsModel::FreesColumn), QString::fromUtf8("3\u00a0MiB"));
    QCOMPARE(text(1, SnapshotsModel::NoteColumn),
        QString::fromUtf8("probably from “clean”, disk of 2\u00a0GiB"));
    QCOMPARE(text(0, SnapshotsModel::FreesColumn), QString());
    QCOMPARE(text(0, SnapshotsModel::NoteColumn),
        QString::fromUtf8("5\u00a0MiB of its own, from “clean”"));
    QCOMPARE(model.lanes(), 2U);
    const auto row = model.index(2, SnapshotsModel::GraphColumn)
                         .data(SnapshotsModel::GraphRole)
                         .value<GraphRow>();
    QCOMPARE(row.lane, 0U);
    QCOMPARE(row.joining, std::uint16_t{2});
    QCOMPARE(row.below, std::uint16_t{0});
    model.setSnapshots({}, {});
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::snapshotNamesAreMadeSafe()
{
    SnapshotsModel model;
    SnapshotInfo snapshot;
    snapshot.name = "a\xe2\x80\xae"
                    "b\x1b[31m\xff";
    model.setSnapshots({snapshot}, {});
    QCOMPARE(model.index(1, SnapshotsModel::NameColumn).data().toString(),
        QStringLiteral("a\\u{202e}b\\x1b[31m\\xff"));
}

void TestModels::findingsAreGroupedGravestFirst()
{
    auto report = std::make_shared<CheckReport>();
    report->add(findingOf(leak, 0x10000, "one"), 100);
    report->add(findingOf(wrong, 0x20000, "two"), 100);
    report->add(findingOf(leak, 0x30000, "three"), 100);
    FindingsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setReport(report);
    QCOMPARE(model.rowCount(), 2);
    const QModelIndex gravest = model.index(0, 0);
    QCOMPARE(gravest.data().toString(), QStringLiteral("Damage: Entry two.")); // the only one
    QCOMPARE(model.rowCount(gravest), 1);
    const QModelIndex leaks = model.index(1, 0);
    QCOMPARE(leaks.data().toString(), QStringLiteral("Lost space, 2 times: Lost."));
    QCOMPARE(model.rowCount(leaks), 2);
    QCOMPARE(model.index(1, FindingsModel::TextColumn, leaks).data().toString(),
        QStringLiteral("Cluster three."));
    QCOMPARE(model.index(1, FindingsModel::PlaceColumn, leaks).data().toString(),
        QStringLiteral("0x3_0000"));
    QVERIFY(model.finding(model.index(0, 0, leaks)));
    QVERIFY(!model.finding(leaks));
    model.setReport(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::findingsBeyondTheKeptAreCounted()
{
    auto report = std::make_shared<CheckReport>();
    for (std::uint64_t i = 0; i < 5; ++i)
        report->add(findingOf(leak, i << 16, "x"), 2);
    FindingsModel model;
    model.setReport(report);
    QCOMPARE(model.rowCount(model.index(0, 0)), 2);
    QCOMPARE(model.index(0, 0).data().toString(),
        QStringLiteral("Lost space, 5 times, of which 2 are listed: Lost."));
}

void TestModels::spaceSharesAddUp()
{
    SpaceModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRows({{SpaceKind::Data, QStringLiteral("Data"), Bytes{3072}},
        {SpaceKind::Free, QStringLiteral("Free"), Bytes{1024}}});
    QCOMPARE(model.index(0, SpaceModel::ShareColumn).data().toString(), QStringLiteral("75.0 %"));
    QCOMPARE(model.index(1, SpaceModel::ShareColumn).data().toString(), QStringLiteral("25.0 %"));
}

void TestModels::pagesCarryMarks()
{
    PageListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    PageListModel::Entry entry;
    entry.page = PageId::Check;
    entry.title = QStringLiteral("Check");
    model.setEntries({entry});
    QCOMPARE(model.rowOf(PageId::Map), -1);
    model.setMark(
        PageId::Check, QStringLiteral("3!"), Token::ProblemText, QStringLiteral("problems"));
    QCOMPARE(model.index(0).data(PageListModel::MarkRole).toString(), QStringLiteral("3!"));
    QCOMPARE(
        model.index(0).data(Qt::AccessibleTextRole).toString(), QStringLiteral("Check, problems"));
}

void TestModels::recentImagesAreKeptAndBounded()
{
    RecentImages recent;
    QAbstractItemModelTester tester(
        &recent, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (int i = 0; i < RecentImages::mostKept + 5; ++i)
        recent.remember(
            QStringLiteral("/images/%1").arg(i), QStringLiteral("facts"), Health::NotChecked);
    recent.remember(QStringLiteral("/images/20"), QStringLiteral("newer facts"), Health::Clean);
    QCOMPARE(recent.rowCount(), RecentImages::mostKept);
    QCOMPARE(recent.index(0).data(RecentImages::PathRole).toString(), QStringLiteral("/images/20"));
    const RecentImages again;
    QCOMPARE(again.rowCount(), RecentImages::mostKept);
    QCOMPARE(
        again.index(0).data(RecentImages::FactsRole).toString(), QStringLiteral("newer facts"));
    recent.clear();
    QCOMPARE(RecentImages().rowCount(), 0);
}

void TestModels::sizesHaveThreeDigits_data()
{
    QTest::addColumn<qulonglong>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing is said in bytes") << 0ULL << QString::fromUtf8("0\u00a0B");
    QTest::newRow("below the next unit") << 999ULL << QString::fromUtf8("999\u00a0B");
    QTest::newRow("a thousand is a part of the next unit")
        << 1000ULL << QString::fromUtf8("0.98\u00a0KiB");
    QTest::newRow("a whole number has no zeros behind it")
        << (20ULL << 30) << QString::fromUtf8("20\u00a0GiB");
    QTest::newRow("two digits behind the point")
        << 1428357120ULL << QString::fromUtf8("1.33\u00a0GiB");
    QTest::newRow("the largest number has a unit") << ~0ULL << QString::fromUtf8("16\u00a0EiB");
}

void TestModels::sizesHaveThreeDigits()
{
    QFETCH(qulonglong, bytes);
    QFETCH(QString, text);
    QCOMPARE(shownSize(Bytes{bytes}), text);
}

PLATTER_GUI_MAIN(TestModels)
#include "tst_models.moc"
