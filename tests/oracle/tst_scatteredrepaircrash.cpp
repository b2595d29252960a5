// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Journal.h"
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "core/formats/vdi/VdiImage.h"
#include "core/io/DiskFile.h"
#include "core/operations/RepairImage.h"
#include "tests/support/CrashStates.h"
#include "tests/support/GuestUnits.h"
#include "tests/support/VdiBuilder.h"

#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace platter;
using namespace platter::tests;

namespace {

using Content = std::vector<std::byte>;
using Opener = std::unique_ptr<Image> (*)(std::shared_ptr<const ByteFile>);

struct Damage {
    const char* name;
    Opener open;
    Content bytes;
    RepairOptions options{};
};

RepairOptions asking()
{
    RepairOptions options;
    options.clearUnreadable = true;
    options.freeLost = true;
    return options;
}

void addVdi(std::vector<Damage>& all)
{
    constexpr std::uint32_t none = VdiBuilder::freeBlock;
    constexpr std::uint32_t small = 128 << 10; // the smallest blocks
    const VdiBuilder good{{1, none, 0, VdiBuilder::zeroBlock, 2, none}, small};
    const auto add
        = [&](const char* name, const VdiBuilder& image, const RepairOptions& options = {}) {
              all.push_back({name, openVdi, image.bytes(), options});
          };
    const auto copy = [&] { return VdiBuilder{good}; };
    RepairOptions leaks;
    leaks.scope = RepairOptions::Scope::Leaks;
    add("count", copy().set("blocks_allocated", 1));
    add("count too high", copy().set("blocks_allocated", 5));
    add("twice", copy().entry(1, 1));
    add("three times", copy().entry(1, 1).entry(3, 1));
    add("twice in place of another", copy().entry(0, 0));
    add("twice in place of another, freed", copy().entry(0, 0), asking());
    add("too large", copy().entry(0, 100));
    add("too large, cleared", copy().entry(0, 100).entry(2, 90), asking());
    add("too large but in the file", copy().entry(1, 7).cut(good.place(8)));
    add("past the end, cleared", copy().entry(1, 5).entry(3, 4), asking());
    add("cut and twice, cleared", copy().entry(1, 0).cut(good.place(2) + 512), asking());
    add("cut, cleared", copy().cut(good.place(2) + 1000), asking());
    add("a gap", copy().entry(0, none));
    add("gaps and a tail", copy().entry(2, none).entry(0, none).cut(good.place(5)));
    add("a gap and a low count", copy().entry(0, none).set("blocks_allocated", 2));
    add("tail", copy().entry(4, none), leaks);
    add("long file", copy().cut(good.place(5) + 100), leaks);
    add("no UUIDs and a gap",
        copy().setUuid("uuid", 0).setUuid("modification_uuid", 0).entry(0, none));
    add("fixed", VdiBuilder{{0, none, 2, 1}, small}.fixed().set("blocks_allocated", 4));
}

std::vector<Damage> damages()
{
    std::vector<Damage> all;
    addVdi(all);
    return all;
}

/// A count that is too high wastes space and harms nothing, though qemu-img calls it a corruption:
/// it is what a crash may leave that stops a repair before the entries.
std::uint64_t harmOf(const CheckReport& report)
{
    std::uint64_t harm = report.corruptions;
    for (const auto& [kind, count] : report.countOf) {
        if (std::string{kind->id} == "vdi.map.count")
            harm -= count;
    }
    return harm;
}

/// One damage, and all that must hold whenever its repair stops.
class Case {
public:
    Case(const Damage& damage, std::filesystem::path path)
        : m_damage(damage)
        , m_path(std::move(path))
        , m_opened(damage.open(std::make_shared<MemoryFile>(damage.bytes)))
        , m_plan(m_opened->planRepair(damage.options, {}))
        , m_repaired(repaired(damage.bytes, m_plan))
        , m_guest(guestUnitsOf(*m_opened, m_opened->activeState()))
    {
    }

    const RepairPlan& plan() const { return m_plan; }
    const Content& repairedBytes() const { return m_repaired; }

    void apply(EditIo& io) const
    {
        EditPlan edit = editOf(m_plan, *m_opened, {});
        edit.base = DiskFile::stampOf(m_path);
        applyEdit(m_path, edit, {}, io);
    }

    /// Throws if a crash may not leave this.
    void look()
    {
        const Content bytes = bytesOf(m_path);
        if (bytes != m_damage.bytes) {
            const auto edits = listEdits(m_path);
            if (edits.empty() || !edits.front().whyNot.empty())
                throw std::runtime_error("the image was changed and nothing takes it back");
        }
        if (!m_seen.insert(journal::sha256({bytes})).second)
            return;
        const auto image = m_damage.open(std::make_shared<MemoryFile>(bytes));
        if (harmOf(image->check({}, {})) > harmOf(m_plan.before))
            throw std::runtime_error("more is wrong than before");
        if (!keepsAll(m_guest, guestUnitsOf(*image, image->activeState())))
            throw std::runtime_error("the guest lost data");
        // Whoever goes on without taking it back loses nothing either.
        const RepairPlan again = image->planRepair(m_damage.options, {});
        if (harmOf(again.after) > harmOf(m_plan.before))
            throw std::runtime_error("a second repair leaves more");
        const Content twice = repaired(bytes, again);
        const auto end = m_damage.open(std::make_shared<MemoryFile>(twice));
        if (!keepsAll(m_guest, guestUnitsOf(*end, end->activeState())))
            throw std::runtime_error("a second repair lost data");
        EditPlan edit = editOf(again, *image, {});
        edit.base.length = Bytes{bytes.size()};
        edit.requireNoOverlap();
    }

    std::size_t images() const { return m_seen.size(); }

private:
    const Damage& m_damage;
    std::filesystem::path m_path;
    std::unique_ptr<Image> m_opened;
    RepairPlan m_plan;
    Content m_repaired;
    std::vector<GuestUnit> m_guest;
    std::set<journal::Digest> m_seen;
};

} // namespace

/// Repairs of VDI images, stopped at every write: nothing is worse than before, and undo gives
/// every byte back.
class TestScatteredRepairCrash : public QObject {
    Q_OBJECT
    const std::vector<Damage> m_damages = damages();
private slots:
    void survivesACrashAtEveryPoint_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < m_damages.size(); ++i)
            QTest::addRow("%zu %s", i, m_damages[i].name) << int(i);
    }
    void survivesACrashAtEveryPoint()
    {
        QFETCH(const int, index);
        const Damage& damage = m_damages[static_cast<std::size_t>(index)];
        const QTemporaryDir folder{QString::fromStdString(folderInMemory())};
        const std::filesystem::path path = folder.filePath("image").toStdString();
        DiskFile::create(path)->write(HostOffset{0}, damage.bytes);
        Case one{damage, path};
        QVERIFY(!one.plan().isEmpty());
        const EditUnderTest edit = [&](const std::filesystem::path&, EditIo& io) { one.apply(io); };
        const StateCheck look = [&](const CrashedImage&) { one.look(); };
        const CrashCount repair = everyCrashState(path, damage.bytes, edit, look);
        one.apply(EditIo::system());
        QVERIFY(bytesOf(path) == one.repairedBytes());
        const EditUnderTest undo
            = [](const std::filesystem::path& image, EditIo& io) { takeBack(image, {}, io); };
        const CrashCount back = everyCrashState(path, damage.bytes, undo, look);
        qInfo("%zu states of the repair, %zu of taking it back, %zu different images",
            repair.states, back.states, one.images());
        QVERIFY(repair.states > 8);
        QVERIFY(one.images() >= 2);
    }
};

QTEST_GUILESS_MAIN(TestScatteredRepairCrash)
#include "tst_scatteredrepaircrash.moc"
