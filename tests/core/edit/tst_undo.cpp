// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/JournalReader.h"
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "tests/support/EditSamples.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace platter;
using namespace platter::tests;
using Reason = EditRefused::Reason;

namespace {

/// Fills 512 bytes at `at`.
EditResult change(const std::filesystem::path& image, std::uint64_t at, unsigned char value,
    EditIo& io = EditIo::system())
{
    EditPlan plan = planFor(image);
    plan.summary = "Write " + std::to_string(value) + ".";
    plan.epochs.push_back(epochOf({fillStep(image, at, 512, value)}));
    return applyEdit(image, plan, {}, io);
}

/// Leaves an edit that stopped halfway: the image's second write fails.
void interrupt(const std::filesystem::path& image)
{
    EditPlan plan = planFor(image);
    plan.epochs.push_back(epochOf({fillStep(image, 0, 512, 0xf1)}));
    plan.epochs.push_back(epochOf({fillStep(image, 4096, 512, 0xf2)}));
    ScriptedIo whole;
    applyEdit(image, plan, {}, whole);
    std::size_t call = 0; // of the second write of the image
    int writes = 0;
    for (const DiskEvent& event : whole.events()) {
        if (event.path == image && event.kind == DiskEvent::Kind::Write && ++writes == 2)
            break;
        ++call;
    }
    takeBack(image, {});
    plan.base = DiskFile::stampOf(image);
    ScriptedIo io{{}, ScriptedIo::Failure{call, ScriptedIo::Failure::Kind::NoSpace}};
    try {
        applyEdit(image, plan, {}, io);
    } catch (const EditInterrupted&) {
        return;
    }
    throw std::runtime_error("the edit was not interrupted");
}

void writeForeign(const std::filesystem::path& image, std::uint64_t at)
{
    QTest::qSleep(20); // more than a tick of the file system's clock
    DiskFile::open(image, DiskFile::Access::ReadWrite)
        ->write(HostOffset{at}, std::vector<std::byte>(1, std::byte{0xee}));
}

void setContentTime(const std::filesystem::path& image, std::int64_t nanoseconds)
{
    const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    const timespec times[2]{time, time};
    QCOMPARE(::utimensat(AT_FDCWD, image.c_str(), times, 0), 0);
}

template <class Work>
Reason refusalOf(Work work)
{
    try {
        work();
    } catch (const EditRefused& refusal) {
        return refusal.reason();
    }
    throw std::runtime_error("it was not refused");
}

} // namespace

/// Taking edits back: exactly, in order, and never over somebody else's bytes.
class TestUndo : public QObject {
    Q_OBJECT
private slots:
    void edits_are_a_stack();
    void nothing_to_undo_is_said();
    void a_later_write_of_somebody_else_is_respected();
    void a_write_that_hid_its_time_is_noticed();
    void a_write_between_two_edits_bars_the_older();
    void an_interrupted_edit_comes_first();
    void an_interrupted_edit_is_not_undone_over_newer_content();
    void a_damaged_journal_is_refused_and_can_be_forgotten();
    void a_copy_or_a_new_file_of_the_name_has_no_edits();
    void a_renamed_image_keeps_its_edits();
    void a_symbolic_link_leads_to_the_same_edits();
    void journals_of_a_read_only_folder_lie_in_the_state_folder();
    void the_journal_is_as_private_as_the_image();
    void holes_stay_holes();
};

void TestUndo::edits_are_a_stack()
{
    const SampleFile sample;
    std::vector<std::vector<std::byte>> states;
    for (unsigned char i = 1; i <= 4; ++i) {
        states.push_back(sample.bytes());
        change(sample.path(), i * 300U, i);
    }
    auto edits = listEdits(sample.path());
    QCOMPARE(edits.size(), std::size_t{4});
    for (std::size_t i = 0; i < edits.size(); ++i) {
        QCOMPARE(edits[i].number, std::uint64_t{4 - i});
        QCOMPARE(edits[i].summary, "Write " + std::to_string(4 - i) + ".");
        QVERIFY(edits[i].whyNot.empty());
        QVERIFY(edits[i].journalSize > Bytes{512});
    }
    while (!states.empty()) {
        const TakenBackEdit done = takeBack(sample.path(), {});
        QCOMPARE(done.edit.number, std::uint64_t{states.size()});
        QCOMPARE(done.bytesRestored, Bytes{512});
        QVERIFY(sample.bytes() == states.back());
        states.pop_back();
    }
    QVERIFY(sample.others().empty());
}

void TestUndo::nothing_to_undo_is_said()
{
    const SampleFile sample;
    QVERIFY(listEdits(sample.path()).empty());
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::NothingToUndo);
}

void TestUndo::a_later_write_of_somebody_else_is_respected()
{
    const SampleFile sample;
    change(sample.path(), 0, 9);
    writeForeign(sample.path(), 50'000);
    const auto before = sample.bytes();
    const auto edits = listEdits(sample.path());
    QCOMPARE(edits.size(), std::size_t{1});
    QVERIFY(!edits[0].whyNot.empty());
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::ImageChanged);
    QVERIFY(sample.bytes() == before);
    // A new edit begins a new stack.
    change(sample.path(), 1024, 8);
    takeBack(sample.path(), {});
    QVERIFY(sample.bytes() == before);
    QCOMPARE(forgetEdits(sample.path(), Forget::Unusable), std::size_t{1});
    QVERIFY(sample.others().empty());
}

void TestUndo::a_write_that_hid_its_time_is_noticed()
{
    const SampleFile sample;
    change(sample.path(), 0, 9);
    const auto time = sample.stamp().contentChanged;
    writeForeign(sample.path(), 100);
    setContentTime(sample.path(), time);
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::ImageChanged);
}

void TestUndo::a_write_between_two_edits_bars_the_older()
{
    const SampleFile sample;
    change(sample.path(), 0, 1);
    writeForeign(sample.path(), 50'000);
    const auto between = sample.bytes();
    change(sample.path(), 2048, 2);
    const auto edits = listEdits(sample.path());
    QCOMPARE(edits.size(), std::size_t{2});
    QVERIFY(edits[0].whyNot.empty());
    QVERIFY(!edits[1].whyNot.empty());
    takeBack(sample.path(), {});
    QVERIFY(sample.bytes() == between);
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::ImageChanged);
    QVERIFY(sample.bytes() == between);
}

void TestUndo::an_interrupted_edit_comes_first()
{
    const SampleFile sample;
    interrupt(sample.path());
    QVERIFY(sample.bytes() != sample.original());
    const auto edit = interruptedEdit(sample.path());
    QVERIFY(edit);
    QVERIFY(!edit->problem.empty());
    QVERIFY(edit->whyNot.empty());
    QCOMPARE(refusalOf([&] { change(sample.path(), 9000, 3); }), Reason::Unresolved);
    takeBack(sample.path(), {});
    QVERIFY(sample.bytes() == sample.original());
    QVERIFY(!interruptedEdit(sample.path()));
    change(sample.path(), 9000, 3);
}

void TestUndo::an_interrupted_edit_is_not_undone_over_newer_content()
{
    const SampleFile sample;
    interrupt(sample.path());
    setContentTime(sample.path(), sample.stamp().contentChanged + 3'600'000'000'000);
    const auto before = sample.bytes();
    QVERIFY(!interruptedEdit(sample.path())->whyNot.empty());
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::ImageChanged);
    QVERIFY(sample.bytes() == before);
    QCOMPARE(refusalOf([&] { change(sample.path(), 9000, 3); }), Reason::Unresolved);
    QCOMPARE(forgetEdits(sample.path(), Forget::Unusable), std::size_t{1});
    change(sample.path(), 9000, 3);
}

void TestUndo::a_damaged_journal_is_refused_and_can_be_forgotten()
{
    for (const std::uint64_t at : {std::uint64_t{100}, journal::recordsStart + 200}) {
        const SampleFile sample;
        const EditResult result = change(sample.path(), 0, 9);
        const auto after = sample.bytes();
        DiskFile::open(result.journal, DiskFile::Access::ReadWrite)
            ->write(HostOffset{at}, std::vector<std::byte>(1, std::byte{0x99}));
        QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::JournalDamaged);
        QVERIFY(sample.bytes() == after);
        QCOMPARE(forgetEdits(sample.path(), Forget::Unusable), std::size_t{1});
        QVERIFY(sample.others().empty());
    }
}

void TestUndo::a_copy_or_a_new_file_of_the_name_has_no_edits()
{
    const SampleFile sample;
    change(sample.path(), 0, 9);
    const auto copy = sample.path().parent_path() / "copy.img";
    std::filesystem::copy_file(sample.path(), copy);
    QVERIFY(listEdits(copy).empty());
    std::filesystem::rename(copy, sample.path());
    QVERIFY(listEdits(sample.path()).empty());
    QCOMPARE(refusalOf([&] { takeBack(sample.path(), {}); }), Reason::NothingToUndo);
}

void TestUndo::a_renamed_image_keeps_its_edits()
{
    const SampleFile sample;
    change(sample.path(), 0, 9);
    const auto other = sample.path().parent_path() / "other.img";
    std::filesystem::rename(sample.path(), other);
    QCOMPARE(listEdits(other).size(), std::size_t{1});
    takeBack(other, {});
    QVERIFY(bytesOf(other) == sample.original());
}

void TestUndo::a_symbolic_link_leads_to_the_same_edits()
{
    const SampleFile sample;
    const SampleFile elsewhere;
    const auto link = elsewhere.path().parent_path() / "link.img";
    std::filesystem::create_symlink(sample.path(), link);
    change(link, 0, 9);
    QCOMPARE(sample.others().size(), std::size_t{1});
    QCOMPARE(listEdits(link).size(), std::size_t{1});
    takeBack(sample.path(), {});
    QVERIFY(sample.bytes() == sample.original());
}

namespace {

/// A system where the folder of the image takes no new file.
class ClosedFolder final : public EditIo {
public:
    ClosedFolder(std::filesystem::path closed, std::filesystem::path state)
        : m_closed(std::move(closed))
        , m_state(std::move(state))
    {
    }
    std::shared_ptr<DiskFile> makeFile(const std::filesystem::path& path) override
    {
        if (path.parent_path() == m_closed)
            throw IoError(
                path.string(), "make the file", std::make_error_code(std::errc::permission_denied));
        return EditIo::makeFile(path);
    }
    std::filesystem::path stateFolder() const override { return m_state; }

private:
    std::filesystem::path m_closed;
    std::filesystem::path m_state;
};

} // namespace

void TestUndo::journals_of_a_read_only_folder_lie_in_the_state_folder()
{
    const SampleFile sample;
    const QTemporaryDir state;
    const auto folder = std::filesystem::path{state.path().toStdString()} / "platter" / "undo";
    ClosedFolder io{sample.path().parent_path(), folder};
    const EditResult result = change(sample.path(), 0, 9, io);
    QCOMPARE(result.journal.parent_path(), folder);
    QVERIFY(sample.others().empty());
    QCOMPARE(listEdits(sample.path(), io).size(), std::size_t{1});
    takeBack(sample.path(), {}, io);
    QVERIFY(sample.bytes() == sample.original());

    ClosedFolder nowhere{sample.path().parent_path(), {}};
    QCOMPARE(refusalOf([&] { change(sample.path(), 0, 9, nowhere); }), Reason::NoRoomForJournal);
    QVERIFY(sample.bytes() == sample.original());
}

void TestUndo::the_journal_is_as_private_as_the_image()
{
    for (const mode_t mode : {mode_t{0600}, mode_t{0640}, mode_t{0755}}) {
        const SampleFile sample;
        QCOMPARE(::chmod(sample.path().c_str(), mode), 0);
        const EditResult result = change(sample.path(), 0, 9);
        struct stat status { };
        QCOMPARE(::stat(result.journal.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777, mode & 0666);
    }
}

void TestUndo::holes_stay_holes()
{
    const SampleFile sample{0};
    constexpr std::uint64_t size = 64 << 20;
    const auto file = DiskFile::open(sample.path(), DiskFile::Access::ReadWrite);
    file->resize(Bytes{size});
    const Bytes room = file->allocatedBytes();
    EditPlan plan = planFor(sample.path());
    plan.epochs.push_back(epochOf({fillStep(sample.path(), 1 << 20, 8 << 20, 5)}));
    plan.epochs.back().steps[0].before.clear();
    plan.epochs.push_back(epochOf({lengthStep(1 << 20)}));
    const EditResult result = applyEdit(sample.path(), plan, {});
    // What was a hole is told, not copied; what the first epoch wrote is what the second cuts off.
    QVERIFY(result.journalSize < Bytes{10 << 20});
    takeBack(sample.path(), {});
    QCOMPARE(file->size(), Bytes{size});
    QVERIFY(file->allocatedBytes() <= room + 64_KiB);
    QVERIFY(bytesOf(sample.path()) == std::vector<std::byte>(size));
}

QTEST_GUILESS_MAIN(TestUndo)
#include "tst_undo.moc"
