// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/EditPlan.h"
#include "core/edit/PlannedContent.h"
#include "core/edit/RangeSet.h"
#include "core/io/MemoryFile.h"
#include "tests/support/EditSamples.h"

#include <QTest>

#include <bitset>
#include <random>

using namespace platter;
using namespace platter::tests;

/// Plans as data: their figures, what they must not hit, and what the image will be.
class TestEditPlan : public QObject {
    Q_OBJECT
private slots:
    void a_set_of_ranges_is_a_set_of_bytes();
    void a_guard_knows_every_byte();
    void a_guard_names_what_would_be_hit();
    void figures_of_a_plan();
    void unsound_plans_are_refused_data();
    void unsound_plans_are_refused();
    void planned_content_is_what_the_steps_leave();
};

void TestEditPlan::a_set_of_ranges_is_a_set_of_bytes()
{
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        RangeSet set;
        std::bitset<256> model;
        for (int i = 0; i < 12; ++i) {
            const std::uint64_t start = random() % 240;
            const std::uint64_t length = random() % 16;
            bool touched = false;
            for (std::uint64_t at = start; at < start + length; ++at)
                touched = touched || model.test(at);
            QCOMPARE(set.touches(HostOffset{start}, Bytes{length}), touched);
            set.add(HostOffset{start}, Bytes{length});
            for (std::uint64_t at = start; at < start + length; ++at)
                model.set(at);
            QCOMPARE(set.total().value, std::uint64_t{model.count()});
        }
    }
}

void TestEditPlan::a_guard_knows_every_byte()
{
    std::mt19937 random{2};
    const std::array uses{HostUse::Header, HostUse::L1Table, HostUse::L2Table};
    for (int round = 0; round < 200; ++round) {
        WriteGuard guard;
        std::array<std::optional<HostUse>, 64> model;
        for (int i = 0; i < 20; ++i) {
            const std::uint64_t start = random() % 56;
            const std::uint64_t length = random() % 8 + 1;
            const HostUse use = uses[random() % uses.size()];
            const bool releases = random() % 3 == 0;
            if (releases)
                guard.release(HostOffset{start}, Bytes{length});
            else
                guard.protect({HostOffset{start}, Bytes{length}, use});
            for (std::uint64_t at = start; at < start + length; ++at)
                model[at] = releases ? std::nullopt : std::optional{use};
            for (std::uint64_t at = 0; at < model.size(); ++at) {
                for (const HostUse meant : uses) {
                    bool passes = true;
                    try {
                        guard.check(HostOffset{at}, Bytes{1}, meant);
                    } catch (const OverlapError&) {
                        passes = false;
                    }
                    QCOMPARE(passes, !model[at] || *model[at] == meant);
                }
            }
        }
    }
}

void TestEditPlan::a_guard_names_what_would_be_hit()
{
    WriteGuard guard;
    guard.protect({HostOffset{65536}, 64_KiB, HostUse::RefcountBlock});
    guard.check(HostOffset{0}, 64_KiB, HostUse::Data);
    guard.check(HostOffset{131072}, 64_KiB, HostUse::Data);
    guard.check(HostOffset{65536}, Bytes{2}, HostUse::RefcountBlock);
    try {
        guard.check(HostOffset{60000}, Bytes{10000}, HostUse::Data);
        QFAIL("the write was let through");
    } catch (const OverlapError& error) {
        QCOMPARE(error.at(), HostOffset{60000});
        QCOMPARE(error.hit(), HostUse::RefcountBlock);
        QVERIFY(std::string_view{error.what()}.find("refcount-block") != std::string_view::npos);
    }
}

void TestEditPlan::figures_of_a_plan()
{
    const SampleFile sample;
    EditPlan plan = planFor(sample.path());
    QVERIFY(plan.isEmpty());
    plan.epochs.push_back(epochOf({fillStep(sample.path(), 0, 512, 7)}));
    plan.epochs.push_back(
        epochOf({fillStep(sample.path(), 256, 512, 8), fillStep(sample.path(), 65000, 1000, 9)}));
    plan.requireSound();
    QVERIFY(!plan.isEmpty());
    QCOMPARE(plan.bytesChanged(), Bytes{768 + 1000});
    QCOMPARE(plan.places(), std::size_t{2});
    QCOMPARE(plan.lengthAfter(), Bytes{66000});
    plan.epochs.push_back(epochOf({lengthStep(1000)}));
    QCOMPARE(plan.lengthAfter(), Bytes{1000});
    QCOMPARE(plan.bytesChanged(), Bytes{768 + 65000});
    QVERIFY(plan.largestJournal() >= Bytes{512 + 512 + 536 + 65000});
}

void TestEditPlan::unsound_plans_are_refused_data()
{
    QTest::addColumn<int>("which");
    QTest::addRow("bytes that are fewer than the step says") << 0;
    QTest::addRow("a step without a byte") << 1;
    QTest::addRow("a step past the largest position") << 2;
    QTest::addRow("a new length that has a length") << 3;
    QTest::addRow("an act without a name") << 4;
}

void TestEditPlan::unsound_plans_are_refused()
{
    QFETCH(const int, which);
    const SampleFile sample;
    EditPlan plan = planFor(sample.path());
    EditStep step = fillStep(sample.path(), 0, 16, 1);
    if (which == 0)
        step.length = Bytes{17};
    else if (which == 1)
        step.length = Bytes{0}, step.after.clear(), step.before.clear();
    else if (which == 2)
        step.at = HostOffset{~std::uint64_t{0} - 20};
    else if (which == 3)
        step.kind = EditStep::Kind::SetLength;
    else
        plan.act.clear();
    plan.epochs.push_back(epochOf({step}));
    QVERIFY_EXCEPTION_THROWN(plan.requireSound(), Error);
}

void TestEditPlan::planned_content_is_what_the_steps_leave()
{
    std::mt19937 random{3};
    for (int round = 0; round < 100; ++round) {
        MemoryFile image{std::vector<std::byte>(4096, std::byte{0xaa})};
        MemoryFile done{image.bytes()};
        PlannedContent planned{image};
        std::vector<EditStep> steps(8);
        for (EditStep& step : steps) {
            const std::uint64_t at = random() % 5000;
            const std::uint64_t length = random() % 900 + 1;
            step.at = HostOffset{at};
            step.length = Bytes{length};
            switch (random() % 4) {
            case 0: step = lengthStep(at); break;
            case 1: step = punchStep(at, length); break;
            case 2:
                step.source = [round](Bytes from, std::span<std::byte> piece) {
                    for (std::size_t i = 0; i < piece.size(); ++i)
                        piece[i] = static_cast<std::byte>(from.value + i + std::size_t(round));
                };
                break;
            default: step.after.assign(length, std::byte(random() % 256)); break;
            }
            planned.apply(step);
            if (step.kind == EditStep::Kind::SetLength) {
                done.resize(Bytes{at});
            } else if (step.kind == EditStep::Kind::Punch) {
                done.punch(step.at, step.length);
            } else {
                std::vector<std::byte> bytes(length);
                newBytesOf(step, Bytes{0}, bytes);
                done.write(step.at, bytes);
            }
            QCOMPARE(planned.length(), done.size());
            std::vector<std::byte> found(done.size().value);
            planned.read(HostOffset{0}, found);
            QVERIFY(found == done.bytes());
        }
    }
}

QTEST_GUILESS_MAIN(TestEditPlan)
#include "tst_editplan.moc"
