// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Transaction.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/vdi/VdiImage.h"
#include "core/io/DiskFile.h"
#include "core/operations/GuardImage.h"
#include "core/operations/RepairImage.h"
#include "tests/support/CrashStates.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/VdiBuilder.h"

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

/// Number 1 is used by nothing, so that the last block is moved there and the file is cut.
VdiBuilder gapped()
{
    return VdiBuilder{{0, VdiBuilder::freeBlock, 2}, 128 << 10}.set("blocks_allocated", 3);
}

/// Applies a wrong plan to a file.
void requireRefused(const VdiBuilder& builder, const RepairPlan& plan)
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("image.vdi").toStdString();
    DiskFile::create(path)->write(HostOffset{0}, builder.bytes());
    EditPlan edit = editOf(plan, *openVdi(builder.file()), {});
    edit.base = DiskFile::stampOf(path);
    QVERIFY_EXCEPTION_THROWN(applyEdit(path, edit, {}), OverlapError);
    QVERIFY(bytesOf(path) == builder.bytes());
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

    void in_a_vdi_image_a_wrong_plan_writes_nothing_data()
    {
        QTest::addColumn<std::uint64_t>("at");
        QTest::addColumn<int>("use");
        const VdiBuilder image = gapped();
        const auto row = [](const char* name, std::uint64_t at, HostUse use) {
            QTest::addRow("%s", name) << at << static_cast<int>(use);
        };
        row("guest data as the block map", image.place(0), HostUse::BlockMap);
        row("guest data as what is new", image.place(2) + 77, HostUse::Free);
        row("guest data as leaked", image.place(2), HostUse::Leaked);
        row("the last byte of the header as the map", 471, HostUse::BlockMap);
        row("the map as the header", image.mapAt() + 4, HostUse::Header);
        row("what lies between map and data", image.dataAt() - 1, HostUse::BlockMap);
    }
    void in_a_vdi_image_a_wrong_plan_writes_nothing()
    {
        QFETCH(const std::uint64_t, at);
        QFETCH(const int, use);
        const VdiBuilder builder = gapped();
        RepairPlan plan = openVdi(builder.file())->planRepair({}, {});
        RepairPlan::Change change;
        change.at = HostOffset{at};
        change.before = {builder.bytes()[at]};
        change.after = {~change.before.front()};
        change.use = static_cast<HostUse>(use);
        plan.epochs.push_back({"A mistake.", {change}});
        requireRefused(builder, plan);
    }

    void in_a_vdi_image_copies_and_cuts_are_judged()
    {
        const VdiBuilder builder = gapped();
        const RepairPlan right = openVdi(builder.file())->planRepair({}, {});
        QCOMPARE(right.epochs.size(), std::size_t{4}); // copy, entry, count, end of the file
        const auto wrong = [&](const char* what, const auto& change) {
            RepairPlan plan = right;
            change(plan);
            const auto image = openVdi(builder.file());
            EditPlan edit = editOf(plan, *image, {});
            edit.base.length = image->file().size();
            try {
                edit.requireNoOverlap();
            } catch (const OverlapError&) {
                return;
            }
            QFAIL(what);
        };
        wrong("the last block is cut off and its entry stays",
            [](RepairPlan& plan) { plan.dropped.clear(); });
        wrong("the last block is cut off and was not copied",
            [](RepairPlan& plan) { plan.epochs.erase(plan.epochs.begin()); });
        wrong("not all of the last block was copied",
            [](RepairPlan& plan) { plan.epochs[0].changes[0].copied -= Bytes{1}; });
        wrong("another block was copied", [&](RepairPlan& plan) {
            plan.epochs[0].changes[0].copyOf = HostOffset{builder.place(0)};
        });
        wrong("the entry changes before the copy is made",
            [](RepairPlan& plan) { std::swap(plan.epochs[0], plan.epochs[1]); });
        wrong("a copy goes over a block that is used",
            [&](RepairPlan& plan) { plan.epochs[0].changes[0].at = HostOffset{builder.place(0)}; });
        wrong("a copy goes a little over a block that is used",
            [](RepairPlan& plan) { plan.epochs[0].changes[0].at += Bytes{512}; });
        wrong("a copy goes over the map",
            [&](RepairPlan& plan) { plan.epochs[0].changes[0].at = HostOffset{builder.mapAt()}; });
        wrong("too much is cut off", [&](RepairPlan& plan) {
            plan.epochs.back().lengthAfter = Bytes{builder.place(1) - 1};
        });
        const auto image = openVdi(builder.file());
        EditPlan edit = editOf(right, *image, {});
        edit.base.length = image->file().size();
        edit.requireNoOverlap();
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
