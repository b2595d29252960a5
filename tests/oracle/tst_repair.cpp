// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/operations/RepairImage.h"
#include "tests/support/GuestUnits.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

struct Damage {
    QString name;
    std::vector<std::byte> bytes;
};

/// One intact image and where its structures lie.
struct Base {
    QString name;
    Qcow2Builder image;
    std::vector<std::uint64_t> words; ///< places of 8-byte words of structures
};

std::vector<Base> bases()
{
    const Qcow2Builder good;
    const auto at = [&](std::uint64_t cluster, std::uint64_t word) {
        return good.cluster(cluster) + word * 8;
    };
    // Refcount table, refcount block, L1 table, L2 table: the words that say something.
    const std::vector<std::uint64_t> tables{at(1, 0), at(1, 1), at(2, 0), at(2, 1), at(2, 2),
        at(3, 0), at(4, 0), at(4, 1), at(4, 2), at(4, 3), at(4, 9)};
    std::vector<std::uint64_t> withSnapshot = tables;
    for (std::uint64_t i = 0; i < 8; ++i)
        withSnapshot.push_back(at(10, i));
    withSnapshot.push_back(at(9, 0));
    std::vector<std::uint64_t> withBitmap = tables;
    for (std::uint64_t i = 0; i < 4; ++i)
        withBitmap.push_back(at(9, i));
    withBitmap.push_back(at(10, 0));
    std::vector<std::uint64_t> header{24, 32, 40, 48, 56, 64, 72, 80, 88, 96};
    return {{"plain", Qcow2Builder{}, tables},
        {"snapshot", Qcow2Builder{}.snapshot("1", "a"), withSnapshot},
        {"bitmap", Qcow2Builder{}.bitmap("b"), withBitmap}, {"header", Qcow2Builder{}, header}};
}

std::uint64_t wordIn(const std::vector<std::byte>& bytes, std::uint64_t at)
{
    return loadBig<std::uint64_t>(bytes.data() + at);
}

/// Every structure word with flipped bits, cleared, and led elsewhere; files cut everywhere.
std::vector<Damage> corpus()
{
    std::vector<Damage> result;
    for (const Base& base : bases()) {
        const auto bytes = base.image.bytes();
        for (const std::uint64_t at : base.words) {
            const std::uint64_t word = wordIn(bytes, at);
            const auto put = [&](const QString& what, std::uint64_t value) {
                if (value == word)
                    return;
                Qcow2Builder broken = base.image;
                result.push_back({QString("%1: %2 of 0x%3").arg(base.name, what).arg(at, 0, 16),
                    broken.put64(at, value).bytes()});
            };
            for (const unsigned bit : {0U, 3U, 9U, 12U, 16U, 33U, 48U, 57U, 62U, 63U})
                put(QString("bit %1").arg(bit), word ^ (std::uint64_t{1} << bit));
            put("zeros", 0);
            put("ones", ~std::uint64_t{0});
            for (const unsigned cluster : {1U, 2U, 3U, 4U, 5U, 8U, 9U, 500U})
                put(QString("led to cluster %1").arg(cluster),
                    Qcow2Builder::copied | base.image.cluster(cluster));
        }
        for (std::uint64_t cluster = 1; cluster * 4096 < bytes.size(); ++cluster) {
            for (const unsigned more : {0U, 300U}) {
                Qcow2Builder cut = base.image;
                result.push_back(
                    {QString("%1: cut at %2").arg(base.name).arg(cluster * 4096 + more),
                        cut.cut(cluster * 4096 + more).bytes()});
            }
        }
    }
    return result;
}

void store(const QString& path, const std::vector<std::byte>& bytes)
{
    QFile file{path};
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)
        || file.write(
               reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()))
            != static_cast<qint64>(bytes.size()))
        throw std::runtime_error("cannot write the image");
}

int qemuCheck(const QString& path)
{
    return run("qemu-img", {"check", "-q", "-f", "qcow2", path}).exitCode;
}

/// Whether a check says that something is wrong.
bool isSeen(const CheckReport& report)
{
    return report.corruptions + report.leaks + report.checkErrors != 0;
}

/// What came of all cases.
struct Outcome {
    int cases = 0;
    int refused = 0;
    int clean = 0;
    int explained = 0;
    QStringList problems;

    /// Nothing of the plan hits what it has no business to write.
    void requireGuarded(const RepairPlan& plan, const Image& image, const QString& name)
    {
        try {
            EditPlan edit = editOf(plan, image, {});
            edit.base.length = image.file().size();
            edit.requireNoOverlap();
        } catch (const Error& error) {
            problems << name + ": " + error.what();
        }
    }

    void add(const Damage& damage, const QString& path)
    {
        const auto require = [&](bool holds, const QString& what) {
            if (!holds)
                problems << damage.name + ": " + what;
        };
        ++cases;
        store(path, damage.bytes);
        const int before = qemuCheck(path);
        const auto file = std::make_shared<MemoryFile>(damage.bytes);
        std::unique_ptr<Image> image;
        try {
            image = openQcow2(file);
        } catch (const Error& error) {
            // Refusing is an answer too, unless QEMU finds nothing wrong.
            require(before != 0, error.what());
            ++refused;
            return;
        }
        require(before == 0 || isSeen(image->check({}, {})), "only qemu-img sees it");
        const RepairPlan plan = image->planRepair({}, {});
        requireGuarded(plan, *image, damage.name);
        const auto bytes = repaired(damage.bytes, plan);
        store(path, bytes);
        const int after = qemuCheck(path);
        require(after == 0 || !plan.remains.empty(),
            QString("qemu-img says %1 after %2").arg(after).arg(told(plan)));
        (after == 0 && plan.remains.empty() ? clean : explained) += 1;
        const auto whole = std::make_shared<MemoryFile>(bytes);
        require(keepsAll(guestUnits(file, {}), guestUnits(whole, {})), "guest data, " + told(plan));
        const auto now = openQcow2(whole);
        require(now->snapshots().size() == image->snapshots().size(), "snapshots");
        require(now->bitmaps().size() == image->bitmaps().size(), "bitmaps");
        for (std::size_t i = 0; i < image->snapshots().size(); ++i) {
            std::vector<GuestUnit> old;
            try {
                old = guestUnits(file, i);
            } catch (const Error&) {
                continue; // its L1 table could not be used
            }
            require(keepsAll(old, guestUnits(whole, i)), "a snapshot's data, " + told(plan));
        }
        // A second repair has nothing left to do but to free what the first kept, because then it
        // could have belonged to what was wrong.
        const RepairPlan again = now->planRepair({}, {});
        for (const RepairStep& step : again.steps) {
            const bool follows = step.id == "free-leaks" || step.id == "copied-flags";
            require(!step.chosen || follows, "again, " + told(again));
        }
        requireGuarded(again, *now, damage.name + ", again");
        const auto twice = std::make_shared<MemoryFile>(repaired(bytes, again));
        require(
            keepsAll(guestUnits(whole, {}), guestUnits(twice, {})), "guest data, " + told(again));
        const RepairPlan third = openQcow2(twice)->planRepair({}, {});
        require(third.isEmpty(), "a third time, " + told(third));
    }
};

} // namespace

class TestRepair : public QObject {
    Q_OBJECT
private slots:
    void everyDamageIsSeenAndRepairedOrExplained()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("image.qcow2");
        Outcome all;
        for (const Damage& damage : corpus())
            all.add(damage, path);
        qInfo("%d cases: %d refused, %d clean afterwards, %d explained", all.cases, all.refused,
            all.clean, all.explained);
        for (const QString& problem : all.problems.mid(0, 30))
            qWarning("%s", qPrintable(problem));
        QVERIFY(all.problems.isEmpty());
        QVERIFY(all.cases >= 200);
        QVERIFY(all.clean > all.explained);
    }

    void randomDamageThatQemuSeesIsSeen()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("image.qcow2");
        const bool repeated = qEnvironmentVariableIsSet("PLATTER_SEED");
        const quint32 first = repeated ? qEnvironmentVariable("PLATTER_SEED").toUInt() : 1;
        const auto all = bases();
        for (quint32 seed = first; seed < first + (repeated ? 1U : 150U); ++seed) {
            QRandomGenerator random{seed};
            const Base& base = all[random.bounded(static_cast<quint32>(all.size()))];
            std::vector<std::byte> bytes = base.image.bytes();
            for (quint32 i = 0; i < 1 + random.bounded(6U); ++i) {
                const std::uint64_t at
                    = base.words[random.bounded(static_cast<quint32>(base.words.size()))]
                    + random.bounded(8U);
                bytes[at] = static_cast<std::byte>(random.bounded(256U));
            }
            store(path, bytes);
            const int before = qemuCheck(path);
            const auto file = std::make_shared<MemoryFile>(bytes);
            try {
                const auto image = openQcow2(file);
                const CheckReport report = image->check({}, {});
                QVERIFY2(before == 0 || isSeen(report),
                    qPrintable(QString("PLATTER_SEED=%1").arg(seed)));
                const RepairPlan plan = image->planRepair({}, {});
                const auto whole = repaired(bytes, plan);
                store(path, whole);
                QVERIFY2(qemuCheck(path) == 0 || !plan.remains.empty(),
                    qPrintable(QString("PLATTER_SEED=%1: %2").arg(seed).arg(told(plan))));
            } catch (const Error&) {
                QVERIFY2(before != 0, qPrintable(QString("PLATTER_SEED=%1").arg(seed)));
            }
        }
    }

    void putsALostTableBack()
    {
        Qcow2Builder lost;
        const auto whole = lost.bytes();
        lost.l1(0, 0);
        const RepairPlan plan = openQcow2(lost.file())->planRepair({}, {});
        QCOMPARE(told(plan), QString("relink 1"));
        QCOMPARE(plan.steps.front().guestGained, 1_MiB);
        QVERIFY(repaired(lost.bytes(), plan) == whole);
        QCOMPARE(plan.after.corruptions + plan.after.leaks, std::uint64_t{0});
        // The same for who only wants leaks freed.
        RepairOptions leaks;
        leaks.scope = RepairOptions::Scope::Leaks;
        QVERIFY(repaired(lost.bytes(), openQcow2(lost.file())->planRepair(leaks, {})) == whole);
    }

    void repairsFilesAndTakesItBack_data()
    {
        QTest::addColumn<QString>("scope");
        QTest::addColumn<int>("kind");
        for (const char* scope : {"leaks", "all"}) {
            for (int kind = 0; kind < 4; ++kind)
                QTest::addRow("%s %d", scope, kind) << scope << kind;
        }
    }
    void repairsFilesAndTakesItBack()
    {
        QFETCH(const QString, scope);
        QFETCH(const int, kind);
        QTemporaryDir folder;
        const QString path = folder.filePath("image.qcow2");
        Qcow2Builder image = Qcow2Builder{}.snapshot("1", "a");
        if (kind == 0)
            image.refcount(11, 1).cut(image.cluster(12)); // a leak
        else if (kind == 1)
            image = Qcow2Builder{}.l1(0, 0); // a lost table
        else if (kind == 2)
            image.put64(image.cluster(1), 0); // no counts at all
        else
            // Two entries for one cluster, and an entry of the snapshot table without disk size.
            image.l2(0, image.cluster(6))
                .put32(image.cluster(10) + 36, 8)
                .put(image.cluster(10) + 48, "1a");
        store(path, image.bytes());
        const QByteArray before = fileHash(path);
        const bool mayStay = scope == "leaks" && kind > 1;
        const Finished repair = platterCli({"check", "-r", scope, path});
        QVERIFY2((repair.exitCode == 0) != mayStay, repair.errors + repair.output);
        if (mayStay)
            return;
        QCOMPARE(qemuCheck(path), 0);
        QCOMPARE(platterCli({"check", path}).exitCode, 0);
        if (kind != 1)
            QVERIFY(qemuImg({"snapshot", "-l", path}).contains(" a "));
        QVERIFY(fileHash(path) != before);
        const Finished undo = platterCli({"undo", path});
        QVERIFY2(undo.exitCode == 0, undo.errors);
        QCOMPARE(fileHash(path), before);
    }

    void losesNothingUnasked()
    {
        Qcow2Builder marked;
        marked.l2(9, Qcow2Builder::copied | marked.cluster(500));
        const RepairPlan unmarks = openQcow2(marked.file())->planRepair({}, {});
        for (const RepairStep& step : unmarks.steps)
            QCOMPARE(step.chosen, step.id == "copied-flags");
        Qcow2Builder image;
        image.l2(9, image.cluster(500));
        QVERIFY(repaired(marked.bytes(), unmarks) == image.bytes());
        const auto opened = openQcow2(image.file());
        const RepairPlan careful = opened->planRepair({}, {});
        QVERIFY(careful.isEmpty());
        QCOMPARE(careful.remains.size(), std::size_t{1});
        QCOMPARE(careful.steps.size(), std::size_t{1});
        QCOMPARE(careful.steps.front().id, std::string("clear"));
        QVERIFY(!careful.steps.front().chosen);
        RepairOptions asked;
        asked.clearUnreadable = true;
        const RepairPlan plan = opened->planRepair(asked, {});
        QVERIFY(plan.remains.empty());
        QCOMPARE(plan.after.corruptions, std::uint64_t{0});
    }
};

QTEST_APPLESS_MAIN(TestRepair)
#include "tst_repair.moc"
