// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/Journal.h"
#include "core/edit/Transaction.h"
#include "core/edit/Undo.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Refcounts.h"
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "core/operations/RepairImage.h"
#include "tests/support/CrashStates.h"
#include "tests/support/GuestUnits.h"
#include "tests/support/ImageLayouts.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace platter;
using namespace platter::tests;

namespace {

using Content = std::vector<std::byte>;
namespace entry = qcow2::entry;

struct Damage {
    std::string kind;
    Content bytes;
    RepairOptions options{};
};

/// Breaks one thing of an intact image at a time.
class Breaker {
public:
    explicit Breaker(Content intact)
        : m_intact(std::move(intact))
        , m_image(std::make_shared<MemoryFile>(m_intact))
        , m_clusterBytes(m_image.geometry().cluster.bytes().value)
        , m_counts(m_image.file(), m_image.geometry(), m_image.header().refcountTableOffset,
              m_image.header().refcountTableClusters)
    {
        findEntries();
    }

    std::vector<Damage> all()
    {
        const std::uint64_t l1 = m_image.header().l1TableOffset.value + m_table * 8;
        const std::uint64_t countTable = m_image.header().refcountTableOffset.value;
        const std::uint64_t end = (m_intact.size() + m_clusterBytes - 1) / m_clusterBytes;
        const std::uint64_t far = (end + 50) * m_clusterBytes;
        const std::uint64_t counted = m_counts.blockAt(0)->value;

        const auto leak = [&] {
            m_broken.resize((end + 2) * m_clusterBytes);
            setCount(end, 1);
            setCount(end + 1, 1);
        };
        begin("leaks"), leak(), done();
        RepairOptions onlyLeaks;
        onlyLeaks.scope = RepairOptions::Scope::Leaks;
        begin("leaks, and nothing else is asked for"), leak(), done(onlyLeaks);
        begin("the counts of all are lost"), put(countTable, 0), done();
        begin("the counts lie past the end"), put(countTable, far), done();
        begin("the counts lie nowhere"), put(countTable, counted | 2), done();
        begin("an L1 entry without its flag"), put(l1, m_l1Word ^ entry::copied), done();
        begin("reserved bits of an L1 entry"), put(l1, m_l1Word | 0x30), done();
        begin("a table is lost"), put(l1, 0), done();
        begin("counts too low"), setCount(m_l1Word, 0), setCount(countTable, 0), done();
        if (m_image.header().version >= 3) {
            begin("marked dirty, and counts are wrong");
            const std::uint64_t at = qcow2::headerVersion3Fields.find("incompatible_features")->at;
            put(at, word(at) | qcow2::feature::dirty | qcow2::feature::corrupt);
            setCount(m_l1Word, 0), done();
        }
        if (m_used.empty() || m_image.geometry().externalData)
            return std::move(m_all);
        const std::uint64_t one = m_used.front();
        begin("an L2 entry without its flag"), put(one, word(one) ^ entry::copied), done();
        begin("reserved bits of an L2 entry"), put(one, word(one) | 0x20), done();
        begin("a data cluster is not counted"), setCount(word(one), 0), done();
        RepairOptions clear;
        clear.clearUnreadable = true;
        begin("an entry leads past the end"), put(m_unused, far | entry::copied), done(clear);
        begin("an entry leads past the end and stays"), put(m_unused, far | entry::copied);
        setCount(word(one), 0), done();
        if (m_used.size() > 1)
            begin("two entries for one cluster"), put(m_used[1], word(one)), done();
        if (!m_image.geometry().extended) {
            begin("guest data where counts lie"), put(m_unused, counted), done();
            begin("guest data where a table lies"), put(m_unused, m_l1Word & entry::offset), done();
            begin("an entry to a cluster that a block of counts lies in");
            put(countTable, word(one) & entry::offset), done();
        }
        return std::move(m_all);
    }

private:
    void begin(const char* kind)
    {
        m_kind = kind;
        m_broken = m_intact;
    }
    void done(const RepairOptions& options = {}) { m_all.push_back({m_kind, m_broken, options}); }
    std::uint64_t word(std::uint64_t at) const
    {
        return loadBig<std::uint64_t>(m_intact.data() + at);
    }
    void put(std::uint64_t at, std::uint64_t value) { storeBig(m_broken.data() + at, value); }
    /// `place`: a cluster's number, or a place in it, or an entry that leads there.
    void setCount(std::uint64_t place, std::uint64_t count)
    {
        const std::uint64_t offset = place & entry::offset;
        const std::uint64_t cluster = offset < m_clusterBytes ? place : offset / m_clusterBytes;
        const std::uint64_t perBlock = m_image.geometry().refcountsPerBlock();
        const auto block = m_counts.blockAt(cluster / perBlock);
        if (block)
            qcow2::setRefcount(std::span{m_broken}.subspan(block->value, m_clusterBytes),
                cluster % perBlock, m_image.geometry().refcountOrder, count);
    }
    void findEntries()
    {
        while (word(m_image.header().l1TableOffset.value + m_table * 8) == 0)
            ++m_table;
        m_l1Word = word(m_image.header().l1TableOffset.value + m_table * 8);
        const std::uint64_t l2 = m_l1Word & entry::offset;
        for (std::uint64_t i = 0; i < m_image.geometry().entriesPerTable(); ++i) {
            const std::uint64_t at = l2 + i * m_image.geometry().entryBytes();
            const auto type = m_image.geometry().typeOf(word(at));
            if (type == qcow2::EntryType::Normal)
                m_used.push_back(at);
            else if (type == qcow2::EntryType::Unallocated && i * m_clusterBytes < (1_MiB).value)
                m_unused = at;
        }
        if (m_unused == 0)
            m_used.clear(); // everything is compressed
    }

    Content m_intact;
    qcow2::Qcow2Image m_image;
    std::uint64_t m_clusterBytes;
    qcow2::RefcountTable m_counts;
    std::uint64_t m_table = 0; ///< the first L1 entry that leads somewhere
    std::uint64_t m_l1Word = 0; ///< what it holds
    std::vector<std::uint64_t> m_used; ///< places of L2 entries with a cluster
    std::uint64_t m_unused = 0; ///< the place of one without
    std::string m_kind;
    Content m_broken;
    std::vector<Damage> m_all;
};

/// The guest's disk in all states that can be read.
std::vector<std::vector<GuestUnit>> guestStates(const std::shared_ptr<const ByteFile>& file)
{
    std::vector<std::vector<GuestUnit>> states{guestUnits(file, {})};
    for (std::size_t i = 0; i < openQcow2(file)->snapshots().size(); ++i)
        states.push_back(guestUnits(file, i));
    return states;
}

void store(const std::filesystem::path& path, const Content& content)
{
    const auto file = std::filesystem::exists(path)
        ? DiskFile::open(path, DiskFile::Access::ReadWrite)
        : DiskFile::create(path);
    file->resize(Bytes{content.size()});
    file->write(HostOffset{0}, content);
}

/// One damage, and all that must hold whenever its repair stops.
class Case {
public:
    Case(const ImageLayout& layout, const Damage& damage, const std::filesystem::path& image)
        : m_layout(layout)
        , m_damage(damage)
        , m_image(image)
    {
        m_opened = openQcow2(std::make_shared<MemoryFile>(damage.bytes));
        m_plan = m_opened->planRepair(damage.options, {});
        m_repaired = repaired(damage.bytes, m_plan);
        m_guest = guestStates(std::make_shared<MemoryFile>(damage.bytes));
    }

    const RepairPlan& plan() const { return m_plan; }

    void apply(EditIo& io) const
    {
        EditPlan edit = editOf(m_plan, *m_opened, {});
        edit.base = DiskFile::stampOf(m_image);
        applyEdit(m_image, edit, {}, io);
    }

    /// Throws if a crash may not leave this.
    void look()
    {
        const Content bytes = bytesOf(m_image);
        if (bytes != m_damage.bytes) {
            const auto edits = listEdits(m_image);
            if (edits.empty() || !edits.front().whyNot.empty())
                throw std::runtime_error("the image was changed and nothing takes it back");
            if (bytes != m_repaired && !interruptedEdit(m_image))
                throw std::runtime_error("nobody is told that the repair stopped");
        }
        const auto digest = journal::sha256({bytes});
        if (!m_seen.insert(digest).second)
            return;
        const auto file = std::make_shared<MemoryFile>(bytes);
        const auto image = openQcow2(file);
        const CheckReport report = image->check({}, {});
        if (report.corruptions > m_plan.before.corruptions)
            throw std::runtime_error(
                "more corruptions than before: " + std::to_string(report.corruptions)
                + " instead of " + std::to_string(m_plan.before.corruptions));
        const auto guest = guestStates(file);
        for (std::size_t i = 0; i < m_guest.size(); ++i) {
            if (i >= guest.size() || !keepsAll(m_guest[i], guest[i]))
                throw std::runtime_error("the guest lost data in state " + std::to_string(i));
        }
        // Whoever goes on without taking it back first comes to the same end.
        const RepairPlan again = image->planRepair(m_damage.options, {});
        if (again.after.corruptions > m_plan.after.corruptions)
            throw std::runtime_error("a second repair leaves corruptions");
        constexpr std::size_t oneOf = 8; // states that qemu-img looks at
        if (m_seen.size() % oneOf == 1 && m_plan.after.corruptions == 0) {
            store(m_image.parent_path() / "again.qcow2", repaired(bytes, again));
            requireCleanForQemu(m_image.parent_path() / "again.qcow2", again.after.leaks != 0);
        }
    }

    void requireCleanForQemu(const std::filesystem::path& path, bool mayLeak) const
    {
        const QString file = QString::fromStdString(path.string());
        QStringList arguments{"check", "-q"};
        if (m_layout.encrypted)
            arguments += encryptedSource(file, "qcow2", "words");
        else
            arguments << "-f"
                      << "qcow2" << file;
        const int code = run("qemu-img", arguments).exitCode;
        ++m_qemuChecks;
        if (code != 0 && !(code == 3 && mayLeak))
            throw std::runtime_error("qemu-img check says " + std::to_string(code));
    }

    const Content& repairedBytes() const { return m_repaired; }
    std::size_t images() const { return m_seen.size(); }
    std::size_t qemuChecks() const { return m_qemuChecks; }

private:
    const ImageLayout& m_layout;
    const Damage& m_damage;
    std::filesystem::path m_image;
    std::unique_ptr<Image> m_opened;
    RepairPlan m_plan;
    Content m_repaired;
    std::vector<std::vector<GuestUnit>> m_guest;
    std::set<journal::Digest> m_seen;
    mutable std::size_t m_qemuChecks = 0;
};

} // namespace

/// Repairs of every kind of image, stopped at every write: nothing is worse than before, and undo
/// gives every byte back.
class TestRepairCrash : public QObject {
    Q_OBJECT
private slots:
    void survivesACrashAtEveryPoint_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < imageLayouts().size(); ++i)
            QTest::addRow("%s", imageLayouts()[i].name) << int(i);
    }
    void survivesACrashAtEveryPoint()
    {
        QFETCH(const int, index);
        const ImageLayout& layout = imageLayouts()[static_cast<std::size_t>(index)];
        const QTemporaryDir folder{QString::fromStdString(folderInMemory())};
        const std::filesystem::path image = makeImage(layout, folder.path()).toStdString();
        std::size_t cases = 0;
        std::size_t explained = 0;
        std::size_t states = 0;
        std::size_t images = 0;
        std::size_t undoStates = 0;
        std::size_t qemuChecks = 0;
        for (const Damage& damage : Breaker{bytesOf(image)}.all()) {
            store(image, damage.bytes);
            try {
                Case one{layout, damage, image};
                if (one.plan().isEmpty()) {
                    if (one.plan().remains.empty())
                        throw std::runtime_error("nothing is repaired and nothing said");
                    ++explained;
                    continue;
                }
                const EditUnderTest edit
                    = [&](const std::filesystem::path&, EditIo& io) { one.apply(io); };
                const StateCheck look = [&](const CrashedImage&) { one.look(); };
                states += everyCrashState(image, damage.bytes, edit, look).states;
                // Stopped while it is taken back.
                one.apply(EditIo::system());
                if (bytesOf(image) != one.repairedBytes())
                    throw std::runtime_error("the repair is not what was planned");
                if (one.plan().remains.empty())
                    one.requireCleanForQemu(image, false);
                const EditUnderTest undo
                    = [](const std::filesystem::path& path, EditIo& io) { takeBack(path, {}, io); };
                undoStates += everyCrashState(image, damage.bytes, undo, look).states;
                ++cases;
                images += one.images();
                qemuChecks += one.qemuChecks();
            } catch (const std::exception& error) {
                QFAIL(qPrintable(QString("%1: %2").arg(damage.kind.c_str(), error.what())));
            }
        }
        qInfo("%zu damages, %zu only explained, %zu states of the repair, %zu of taking it back, "
              "%zu different images, "
              "%zu looks of qemu-img",
            cases, explained, states, undoStates, images, qemuChecks);
        QVERIFY(cases + explained >= 9);
        QVERIFY(explained <= 3);
        QVERIFY(states > cases * 10);
    }
};

QTEST_GUILESS_MAIN(TestRepairCrash)
#include "tst_repaircrash.moc"
