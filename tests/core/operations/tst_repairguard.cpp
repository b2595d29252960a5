// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Transaction.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/operations/GuardImage.h"
#include "core/operations/RepairImage.h"
#include "tests/support/CrashStates.h"
#include "tests/support/Qcow2Builder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

using Bytewise = std::vector<std::byte>;

/// An image with a leak, so that there is something to repair: cluster 11 is counted and used by
/// nothing, cluster 12 is free.
Qcow2Builder leaking()
{
    Qcow2Builder image = Qcow2Builder{}.snapshot("1", "one");
    image.refcount(11, 1).cut(image.cluster(13));
    return image;
}

/// A plan that writes one byte into a cluster and says that it belongs to `use`.
RepairPlan planted(const Qcow2Builder& image, std::uint64_t cluster, HostUse use)
{
    RepairPlan plan = openQcow2(image.file())->planRepair({}, {});
    RepairPlan::Change change;
    change.at = HostOffset{image.cluster(cluster) + 100};
    change.before = {image.bytes()[change.at.value]};
    change.after = {~change.before.front()};
    change.use = use;
    plan.epochs.push_back({"A mistake.", {change}});
    return plan;
}

} // namespace

/// A planner's mistake is stopped before a byte is written.
class TestRepairGuard : public QObject {
    Q_OBJECT
private slots:
    void a_wrong_plan_writes_nothing_data()
    {
        QTest::addColumn<int>("cluster");
        QTest::addColumn<int>("use");
        const auto row = [](const char* name, int cluster, HostUse use) {
            QTest::addRow("%s", name) << cluster << static_cast<int>(use);
        };
        row("guest data as a table", 6, HostUse::L2Table);
        row("guest data as guest data", 6, HostUse::Data);
        row("guest data as what is new", 6, HostUse::Free);
        row("guest data as something odd", 6, HostUse::Problem);
        row("a leaked cluster", 11, HostUse::L2Table);
        row("a leaked cluster as leaked", 11, HostUse::Leaked);
        row("a free cluster", 12, HostUse::Free);
        row("the header as a table", 0, HostUse::L1Table);
        row("a block of counts as their table", 2, HostUse::RefcountTable);
        row("an L1 table as an L2 table", 3, HostUse::L2Table);
        row("an L2 table as an L1 table", 4, HostUse::L1Table);
        row("the table of snapshots as what is new", 10, HostUse::Free);
    }
    void a_wrong_plan_writes_nothing()
    {
        QFETCH(const int, cluster);
        QFETCH(const int, use);
        const Qcow2Builder builder = leaking();
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.filePath("image.qcow2").toStdString();
        DiskFile::create(path)->write(HostOffset{0}, builder.bytes());
        const RepairPlan plan
            = planted(builder, static_cast<std::uint64_t>(cluster), static_cast<HostUse>(use));
        EditPlan edit = editOf(plan, *openQcow2(builder.file()), {});
        edit.base = DiskFile::stampOf(path);
        QVERIFY_EXCEPTION_THROWN(applyEdit(path, edit, {}), OverlapError);
        QVERIFY(bytesOf(path) == builder.bytes());
        const auto files = std::filesystem::directory_iterator{path.parent_path()};
        QCOMPARE(std::distance(begin(files), end(files)), std::ptrdiff_t{1});
    }

    void the_right_plan_is_written()
    {
        const Qcow2Builder builder = leaking();
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.filePath("image.qcow2").toStdString();
        DiskFile::create(path)->write(HostOffset{0}, builder.bytes());
        const auto image = openQcow2(builder.file());
        EditPlan edit = editOf(image->planRepair({}, {}), *image, {});
        edit.base = DiskFile::stampOf(path);
        applyEdit(path, edit, {});
        QVERIFY(bytesOf(path) != builder.bytes());
    }

    void what_is_said_to_be_a_lost_table_must_be_nobodys()
    {
        const Qcow2Builder builder = leaking();
        const auto image = openQcow2(builder.file());
        for (const std::uint64_t cluster : {std::uint64_t{5}, std::uint64_t{8}}) {
            RepairPlan plan = planted(builder, cluster, HostUse::L2Table);
            plan.relinked = {HostOffset{builder.cluster(cluster)}};
            plan.copiedApart = plan.relinked;
            QVERIFY_EXCEPTION_THROWN(editOf(plan, *image, {}).requireNoOverlap(), OverlapError);
        }
        RepairPlan plan = planted(builder, 11, HostUse::L2Table);
        plan.relinked = {HostOffset{builder.cluster(11)}};
        editOf(plan, *image, {}).requireNoOverlap();
    }

    void a_place_of_two_uses_is_written_only_after_a_copy()
    {
        // Guest cluster 9 is stored where the counts lie, guest cluster 10 in the L1 table.
        Qcow2Builder builder = leaking();
        builder.l2(9, builder.cluster(2)).l2(10, builder.cluster(3));
        const auto image = openQcow2(builder.file());
        for (const auto& [cluster, use] :
            {std::pair{2, HostUse::RefcountBlock}, std::pair{3, HostUse::L1Table}}) {
            RepairPlan plan = planted(builder, static_cast<std::uint64_t>(cluster), use);
            plan.epochs.erase(plan.epochs.begin(), plan.epochs.end() - 1);
            plan.copiedApart.clear();
            QVERIFY_EXCEPTION_THROWN(editOf(plan, *image, {}).requireNoOverlap(), OverlapError);
            plan.copiedApart = {HostOffset{builder.cluster(static_cast<std::uint64_t>(cluster))}};
            editOf(plan, *image, {}).requireNoOverlap();
        }
        const RepairPlan whole = image->planRepair({}, {});
        // The counts move, the guest data in the L1 table is copied.
        QCOMPARE(whole.copiedApart.size(), std::size_t{1});
        QCOMPARE(whole.copiedApart.front(), HostOffset{builder.cluster(3)});
        editOf(whole, *image, {}).requireNoOverlap();
    }

    void two_structures_in_one_place_are_left_alone()
    {
        Qcow2Builder builder = leaking();
        builder.l1(0, builder.cluster(2)); // the L1 table leads into the counts
        const auto image = openQcow2(builder.file());
        for (const HostUse use : {HostUse::L2Table, HostUse::RefcountBlock}) {
            RepairPlan plan = planted(builder, 2, use);
            QVERIFY_EXCEPTION_THROWN(editOf(plan, *image, {}).requireNoOverlap(), OverlapError);
        }
    }
};

QTEST_GUILESS_MAIN(TestRepairGuard)
#include "tst_repairguard.moc"
