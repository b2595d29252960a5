// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "tests/support/EditSamples.h"

#include <QTest>

#include <sys/stat.h>

using namespace platter;
using namespace platter::tests;
using Reason = EditRefused::Reason;

namespace {

/// Two epochs that write, grow, punch and write a place twice.
EditPlan variedPlan(const std::filesystem::path& image)
{
    EditPlan plan = planFor(image);
    EditStep long_;
    long_.at = HostOffset{20'000};
    long_.length = Bytes{3000};
    long_.source = [](Bytes from, std::span<std::byte> piece) {
        for (std::size_t i = 0; i < piece.size(); ++i)
            piece[i] = static_cast<std::byte>((from.value + i) % 13);
    };
    plan.epochs.push_back(
        epochOf({fillStep(image, 512, 1024, 0xaa), fillStep(image, 65'000, 2000, 0xab), long_}));
    EditStep again = fillStep(image, 1000, 600, 0xac);
    again.before.clear(); // what stands there by then, the first epoch wrote
    plan.epochs.push_back(epochOf({again, punchStep(30'000, 5000)}));
    return plan;
}

Reason refusalOf(const std::filesystem::path& image, const EditPlan& plan)
{
    try {
        applyEdit(image, plan, {});
    } catch (const EditRefused& refusal) {
        return refusal.reason();
    }
    throw std::runtime_error("the edit was not refused");
}

const StateCheck anyState = [](const CrashedImage&) {};

} // namespace

/// Edits in place: what is refused, in which order things reach the disk, and what a crash leaves.
class TestTransaction : public QObject {
    Q_OBJECT
private slots:
    void does_what_the_plan_says_and_takes_it_back();
    void the_journal_is_durable_before_the_image_is_written();
    void epochs_are_flushed_in_between();
    void nothing_to_do_leaves_no_journal();
    void refuses_an_image_that_changed();
    void refuses_other_bytes_than_expected();
    void refuses_a_protected_file();
    void refuses_a_held_image();
    void refuses_when_a_file_it_relies_on_is_held();
    void refuses_what_hits_other_structures();
    void an_epoch_can_claim_and_release();
    void a_stop_between_epochs_takes_all_back();
    void survives_a_crash_at_every_point_data();
    void survives_a_crash_at_every_point();
    void survives_every_error_data();
    void survives_every_error();
    void survives_a_crash_while_taking_back();
};

void TestTransaction::does_what_the_plan_says_and_takes_it_back()
{
    const SampleFile sample;
    const EditPlan plan = variedPlan(sample.path());
    const EditResult result = applyEdit(sample.path(), plan, {});
    QCOMPARE(result.after, sample.stamp());
    QVERIFY(std::filesystem::exists(result.journal));
    QVERIFY(result.journalSize <= plan.largestJournal());

    std::vector<std::byte> expected = sample.original();
    expected.resize(67'000);
    std::fill(expected.begin() + 512, expected.begin() + 1536, std::byte{0xaa});
    std::fill(expected.begin() + 65'000, expected.end(), std::byte{0xab});
    for (std::size_t i = 0; i < 3000; ++i)
        expected[20'000 + i] = static_cast<std::byte>(i % 13);
    std::fill(expected.begin() + 1000, expected.begin() + 1600, std::byte{0xac});
    std::fill(expected.begin() + 30'000, expected.begin() + 35'000, std::byte{0});
    QVERIFY(sample.bytes() == expected);

    takeBack(sample.path(), {});
    QVERIFY(sample.bytes() == sample.original());
    QVERIFY(sample.others().empty());
}

void TestTransaction::the_journal_is_durable_before_the_image_is_written()
{
    const SampleFile sample;
    ScriptedIo io;
    applyEdit(sample.path(), variedPlan(sample.path()), {}, io);
    bool journalFlushed = false;
    bool nameSynced = false;
    for (const DiskEvent& event : io.events()) {
        const bool isImage = event.path == sample.path();
        if (event.kind == DiskEvent::Kind::Flush && !isImage)
            journalFlushed = true;
        else if (event.kind == DiskEvent::Kind::Write && !isImage)
            journalFlushed = false;
        else if (event.kind == DiskEvent::Kind::SyncFolder)
            nameSynced = true;
        else if (isImage && event.kind != DiskEvent::Kind::Flush)
            QVERIFY(journalFlushed && nameSynced);
    }
}

void TestTransaction::epochs_are_flushed_in_between()
{
    const SampleFile sample;
    ScriptedIo io;
    applyEdit(sample.path(), variedPlan(sample.path()), {}, io);
    QString order;
    for (const DiskEvent& event : io.events()) {
        if (event.path == sample.path())
            order += event.kind == DiskEvent::Kind::Flush ? 'f' : 'w';
    }
    QCOMPARE(order, QString("wwwfwwff")); // the last one before the journal says complete
}

void TestTransaction::nothing_to_do_leaves_no_journal()
{
    const SampleFile sample;
    const EditResult result = applyEdit(sample.path(), planFor(sample.path()), {});
    QVERIFY(result.journal.empty());
    QVERIFY(sample.others().empty());
}

void TestTransaction::refuses_an_image_that_changed()
{
    const SampleFile sample;
    const EditPlan plan = variedPlan(sample.path());
    QTest::qSleep(20); // more than a tick of the file system's clock
    DiskFile::open(sample.path(), DiskFile::Access::ReadWrite)
        ->write(HostOffset{40'000}, std::vector<std::byte>(1));
    QCOMPARE(refusalOf(sample.path(), plan), Reason::ImageChanged);
    QVERIFY(sample.others().empty());
}

void TestTransaction::refuses_other_bytes_than_expected()
{
    const SampleFile sample;
    EditPlan plan = variedPlan(sample.path());
    plan.epochs[0].steps[0].before[700] ^= std::byte{1};
    QCOMPARE(refusalOf(sample.path(), plan), Reason::ImageChanged);
    QVERIFY(sample.bytes() == sample.original());
    QVERIFY(sample.others().empty());
}

void TestTransaction::refuses_a_protected_file()
{
    const SampleFile sample;
    const EditPlan plan = variedPlan(sample.path());
    QCOMPARE(::chmod(sample.path().c_str(), 0444), 0);
    QCOMPARE(refusalOf(sample.path(), plan), Reason::ReadOnly);
}

void TestTransaction::refuses_a_held_image()
{
    const SampleFile sample;
    const EditPlan plan = variedPlan(sample.path());
    for (const auto purpose : {FileLock::Purpose::Read, FileLock::Purpose::Write}) {
        const auto holder = FileLock::acquire(
            DiskFile::open(sample.path(), DiskFile::Access::ReadWrite), purpose);
        QVERIFY(holder->isHeld());
        QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, {}), LockedError);
        QVERIFY(sample.others().empty());
    }
    applyEdit(sample.path(), plan, {});
}

void TestTransaction::refuses_when_a_file_it_relies_on_is_held()
{
    const SampleFile sample;
    const SampleFile base;
    EditPlan plan = variedPlan(sample.path());
    plan.reliesOn.push_back(base.path());
    {
        const auto holder = FileLock::acquire(
            DiskFile::open(base.path(), DiskFile::Access::ReadWrite), FileLock::Purpose::Write);
        QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, {}), LockedError);
    }
    applyEdit(sample.path(), plan, {});
}

void TestTransaction::refuses_what_hits_other_structures()
{
    const SampleFile sample;
    EditPlan plan = variedPlan(sample.path());
    // The very last step of the last epoch is the one that hits.
    plan.guard.protect({HostOffset{34'999}, Bytes{1}, HostUse::L2Table});
    plan.epochs.back().steps.back().use = HostUse::Data;
    QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, {}), OverlapError);
    QVERIFY(sample.bytes() == sample.original());
    QVERIFY(sample.others().empty());
}

void TestTransaction::an_epoch_can_claim_and_release()
{
    const SampleFile sample;
    const auto step = [&] { return fillStep(sample.path(), 4096, 512, 1, HostUse::Data); };
    EditPlan plan = planFor(sample.path());
    plan.guard.protect({HostOffset{4096}, 4_KiB, HostUse::L2Table});
    plan.epochs.push_back(epochOf({fillStep(sample.path(), 0, 8, 1, HostUse::Header)}));
    plan.epochs.push_back(epochOf({step()}));
    QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, {}), OverlapError);
    plan.epochs[0].releases.push_back({HostOffset{4096}, 4_KiB, HostUse::L2Table});
    applyEdit(sample.path(), plan, {});
    takeBack(sample.path(), {});
    plan.base = sample.stamp();
    plan.epochs[0].claims.push_back({HostOffset{4096}, 512_B, HostUse::RefcountBlock});
    QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, {}), OverlapError);
    QVERIFY(sample.bytes() == sample.original());
}

void TestTransaction::a_stop_between_epochs_takes_all_back()
{
    const SampleFile sample;
    std::stop_source source;
    JobControl job;
    job.stop = source.get_token();
    EditPlan plan = variedPlan(sample.path());
    plan.epochs[0].steps[2].source = [&, calls = 0](Bytes, std::span<std::byte> piece) mutable {
        std::fill(piece.begin(), piece.end(), std::byte{7});
        if (++calls == 2) // the first call is for the journal, the second one writes
            source.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(applyEdit(sample.path(), plan, job), Cancelled);
    QVERIFY(sample.bytes() == sample.original());
    QVERIFY(sample.others().empty());
}

void TestTransaction::survives_a_crash_at_every_point_data()
{
    QTest::addColumn<int>("which");
    QTest::addRow("writes, growth, holes, a place twice") << 0;
    QTest::addRow("a file that becomes shorter and grows again") << 1;
    QTest::addRow("more unsynced writes than can be tried in full") << 2;
}

static EditPlan crashPlan(int which, const std::filesystem::path& image)
{
    if (which == 0)
        return variedPlan(image);
    EditPlan plan = planFor(image);
    if (which == 1) {
        plan.epochs.push_back(
            epochOf({fillStep(image, 100, 10, 1), lengthStep(9000), lengthStep(70'000)}));
        EditStep step = fillStep(image, 8000, 3000, 0x5a);
        step.before.clear();
        plan.epochs.push_back(epochOf({step, lengthStep(20'000)}));
    } else {
        std::vector<EditStep> steps;
        for (std::uint64_t i = 0; i < 14; ++i)
            steps.push_back(fillStep(image, i * 4096 + 8, 16, 0x77));
        plan.epochs.push_back(epochOf(std::move(steps)));
    }
    return plan;
}

void TestTransaction::survives_a_crash_at_every_point()
{
    QFETCH(const int, which);
    const SampleFile sample;
    const EditPlan plan = crashPlan(which, sample.path());
    const CrashCount count = everyCrashState(
        sample.path(), sample.original(),
        [&](const std::filesystem::path& image, EditIo& io) { applyEdit(image, plan, {}, io); },
        anyState);
    qInfo("%zu calls, %zu states", count.calls, count.states);
    QVERIFY(count.calls >= 10);
    QVERIFY(count.states > (which == 2 ? 1000U : 30U));
}

void TestTransaction::survives_every_error_data()
{
    survives_a_crash_at_every_point_data();
}

void TestTransaction::survives_every_error()
{
    QFETCH(const int, which);
    const SampleFile sample;
    const EditPlan plan = crashPlan(which, sample.path());
    const CrashCount count = everyIoError(
        sample.path(), sample.original(),
        [&](const std::filesystem::path& image, EditIo& io) {
            EditPlan now = plan;
            now.base = DiskFile::stampOf(image);
            applyEdit(image, now, {}, io);
        },
        anyState);
    qInfo("%zu calls, %zu failures", count.calls, count.states);
    QVERIFY(count.states > 40);
}

void TestTransaction::survives_a_crash_while_taking_back()
{
    for (int which = 0; which < 2; ++which) {
        const SampleFile sample;
        applyEdit(sample.path(), crashPlan(which, sample.path()), {});
        const auto edit
            = [](const std::filesystem::path& image, EditIo& io) { takeBack(image, {}, io); };
        const CrashCount count = everyCrashState(sample.path(), sample.original(), edit, anyState);
        qInfo("%zu calls, %zu states", count.calls, count.states);
        QVERIFY(count.states > 20);
    }
    for (int which = 0; which < 2; ++which) {
        const SampleFile sample;
        applyEdit(sample.path(), crashPlan(which, sample.path()), {});
        const CrashCount count = everyIoError(
            sample.path(), sample.original(),
            [](const std::filesystem::path& image, EditIo& io) { takeBack(image, {}, io); },
            anyState);
        QVERIFY(count.states > 20);
    }
}

QTEST_GUILESS_MAIN(TestTransaction)
#include "tst_transaction.moc"
