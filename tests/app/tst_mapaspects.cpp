// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/EarlyPicture.h"
#include "app/document/MapScan.h"
#include "app/text/MapAspectText.h"
#include "app/text/MapText.h"
#include "core/operations/StateDifference.h"
#include "tests/support/Qemu.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <map>
#include <set>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;
using platter::tests::qemuJson;
using Colour = MapAspect::Colour;

namespace {

const PyramidSink nobody = [](const auto&) {};

} // namespace

/// What the colours of the map tell, compared with known histories and with qemu-img.
class TestMapAspects final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void snapshotsOfTheFile();
    void snapshotsOfTheGuest();
    void oneSnapshotOfTheFile();
    void oneSnapshotOfTheGuest();
    void countsOfTheFile();
    void countsOfTheGuest();
    void closeUpTellsTheCounts();
    void fragmentationOfTheGuest();
    void fragmentationOfTheFile();
    void bitmapIsDirtyWhereQemuWrote();
    void changesSinceASnapshot();
    void emptyRangesAreKnownFromTheTopTable();
    void emptyRangesOfAChainAreThoseOfAllLayers();
    void tablesAreKnownBeforeTheFileIsRead_data();
    void tablesAreKnownBeforeTheFileIsRead();
    void findsTheNextExtent();
    void findsThePlaceInTheOtherView();
    void everyCategoryHasWordsAndAColourOfItsOwn();
    void saysWhyAColourCannotBeHad();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    MapSubject subject(const QString& name, MapView view, MapAspect aspect = {}) const
    {
        MapSubject subject;
        subject.view = view;
        subject.aspect = aspect;
        auto chain = openChain(path(name).toStdString(), {}, OpenPolicy::trustPlainPaths(), {});
        subject.image = chain.layers.front().image;
        subject.disk = std::make_shared<const VirtualDisk>(std::move(chain));
        return prepared(subject, {});
    }
    QTemporaryDir m_folder;
};

void TestMapAspects::initTestCase()
{
    // One megabyte each: 0 is shared, 1 is rewritten after the snapshot, 2 is new, 3 is gone.
    qemuImg({"create", "-q", "-f", "qcow2", path("history.qcow2"), "64M"});
    qemuIo(path("history.qcow2"), {"write -P 1 0 2M", "write -P 3 3M 1M"});
    qemuImg({"snapshot", "-c", "one", path("history.qcow2")});
    qemuIo(path("history.qcow2"),
        {"write -P 4 1M 1M", "write -P 5 2M 1M", "discard 3M 1M", "write -z 3M 1M"});
    qemuImg({"snapshot", "-c", "two", path("history.qcow2")});

    // Written backwards: each cluster lies before its neighbour.
    qemuImg({"create", "-q", "-f", "qcow2", path("backwards.qcow2"), "64M"});
    QStringList commands;
    for (int i = 15; i >= 0; --i)
        commands << QStringLiteral("write -P %1 %2k 64k").arg(i + 1).arg(i * 64);
    commands << QStringLiteral("write -P 99 8M 4M");
    qemuIo(path("backwards.qcow2"), commands);

    qemuImg({"create", "-q", "-f", "qcow2", path("dirty.qcow2"), "64M"});
    qemuImg({"bitmap", "--add", "-g", "64k", path("dirty.qcow2"), "backup"});
    qemuIo(path("dirty.qcow2"), {"write -P 1 1M 192k", "write -P 2 32M 64k"});

    qemuImg({"create", "-q", "-f", "qcow2", path("base.qcow2"), "2G"});
    qemuIo(path("base.qcow2"), {"write -P 1 600M 64k"});
    qemuImg({"create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", path("top.qcow2"),
        "4G"});
    qemuIo(path("top.qcow2"), {"write -P 2 1100M 64k"});
}

void TestMapAspects::snapshotsOfTheFile()
{
    const auto pyramid
        = scanMap(subject("history.qcow2", MapView::File, {Colour::Snapshot, {}}), nobody, {});
    // Snapshot two is what is now: all of it is shared.
    QCOMPARE(pyramid->total(bySnapshot::Shared), 3_MiB);
    QCOMPARE(pyramid->total(bySnapshot::SnapshotsOnly), 2_MiB);
    QCOMPARE(pyramid->total(bySnapshot::NowOnly), Bytes{0});
    QVERIFY(pyramid->total(bySnapshot::Metadata) > Bytes{0});
}

void TestMapAspects::snapshotsOfTheGuest()
{
    qemuImg({"create", "-q", "-f", "qcow2", path("after.qcow2"), "64M"});
    qemuIo(path("after.qcow2"), {"write -P 1 0 2M"});
    qemuImg({"snapshot", "-c", "one", path("after.qcow2")});
    qemuIo(path("after.qcow2"), {"write -P 2 1M 1M", "write -P 3 5M 512k"});
    const auto now = subject("after.qcow2", MapView::Guest, {Colour::Snapshot, {}});
    const auto pyramid = scanMap(now, nobody, {});
    QCOMPARE(pyramid->total(bySnapshot::Shared), 1_MiB);
    QCOMPARE(pyramid->total(bySnapshot::NowOnly), 1_MiB + 512_KiB);
    QCOMPARE(pyramid->total(bySnapshot::SnapshotsOnly), Bytes{0});
    QCOMPARE(pyramid->shares(0, 1_MiB).of[bySnapshot::Shared], std::uint8_t{255});
    QCOMPARE(pyramid->shares(1 << 20, 1_MiB).of[bySnapshot::NowOnly], std::uint8_t{255});
    // Close up it says the same.
    const MapDetail detail = scanMapDetail(now, 1 << 20, 64_KiB, {});
    QCOMPARE(detail.pyramid->shares(0, 64_KiB).of[bySnapshot::NowOnly], std::uint8_t{255});
}

void TestMapAspects::oneSnapshotOfTheFile()
{
    const auto one
        = scanMap(subject("history.qcow2", MapView::File, {Colour::Snapshot, 0}), nobody, {});
    QCOMPARE(one->total(byOneSnapshot::HeldAndNow), 1_MiB);
    QCOMPARE(one->total(byOneSnapshot::Held), 2_MiB);
    QCOMPARE(one->total(byOneSnapshot::NotHeld), 2_MiB);
    const auto two
        = scanMap(subject("history.qcow2", MapView::File, {Colour::Snapshot, 1}), nobody, {});
    QCOMPARE(two->total(byOneSnapshot::HeldAndNow), 3_MiB);
    QCOMPARE(two->total(byOneSnapshot::Held), Bytes{0});
}

void TestMapAspects::oneSnapshotOfTheGuest()
{
    const auto one
        = scanMap(subject("history.qcow2", MapView::Guest, {Colour::Snapshot, 0}), nobody, {});
    QCOMPARE(one->total(byOneSnapshot::HeldAndNow), 1_MiB);
    QCOMPARE(one->total(byOneSnapshot::NotHeld), 2_MiB);
    QCOMPARE(one->shares(0, 1_MiB).of[byOneSnapshot::HeldAndNow], std::uint8_t{255});
}

void TestMapAspects::countsOfTheFile()
{
    const auto pyramid
        = scanMap(subject("history.qcow2", MapView::File, {Colour::Refcount, {}}), nobody, {});
    // Now and two snapshots share a megabyte; two more are of the second snapshot and now.
    QCOMPARE(pyramid->total(byRefcount::Few), 1_MiB);
    QVERIFY(pyramid->total(byRefcount::Two) >= 2_MiB);
    QVERIFY(pyramid->total(byRefcount::One) >= 2_MiB); // only in the first snapshot; tables
    QCOMPARE(pyramid->total(byRefcount::Many), Bytes{0});
    QCOMPARE(byRefcount::of(0), MapCategory{});
    QCOMPARE(byRefcount::of(4), MapCategory{byRefcount::Few});
    QCOMPARE(byRefcount::of(5), MapCategory{byRefcount::Many});
}

void TestMapAspects::countsOfTheGuest()
{
    const auto pyramid
        = scanMap(subject("history.qcow2", MapView::Guest, {Colour::Refcount, {}}), nobody, {});
    QCOMPARE(pyramid->total(byRefcount::Few), 1_MiB);
    QCOMPARE(pyramid->total(byRefcount::Two), 2_MiB);
    QCOMPARE(pyramid->total(byRefcount::One), Bytes{0});
    QCOMPARE(pyramid->shares(0, 1_MiB).of[byRefcount::Few], std::uint8_t{255});
}

void TestMapAspects::closeUpTellsTheCounts()
{
    const MapSubject guest = subject("history.qcow2", MapView::Guest);
    const MapDetail detail = scanMapDetail(guest, 0, 4_MiB, {});
    using Counts = std::optional<std::pair<std::uint64_t, std::uint64_t>>;
    QCOMPARE(detail.countsOf(0, 64_KiB), (Counts{{3, 3}}));
    QCOMPARE(detail.countsOf(0, 2_MiB), (Counts{{2, 3}}));
    QCOMPARE(detail.countsOf(3 << 20, 64_KiB), Counts{}); // nothing is stored
    QCOMPARE(mapCountText({{2, 3}}), QStringLiteral("Refcount 2 to 3"));
    QCOMPARE(mapCountText({{1, 1}}), QStringLiteral("Refcount 1"));
    const MapSubject file = subject("history.qcow2", MapView::File);
    const MapDetail header = scanMapDetail(file, 0, 64_KiB, {});
    QCOMPARE(header.countsOf(0, 64_KiB), (Counts{{1, 1}}));
}

void TestMapAspects::fragmentationOfTheGuest()
{
    const auto pyramid = scanMap(
        subject("backwards.qcow2", MapView::Guest, {Colour::Fragmentation, {}}), nobody, {});
    // From the end of one to the start of that before it are two clusters.
    QCOMPARE(pyramid->total(byFragmentation::Near), 64_KiB * 15 + 64_KiB);
    QCOMPARE(pyramid->total(byFragmentation::InOrder), 64_KiB + 4_MiB - 64_KiB);
    QCOMPARE(pyramid->total(byFragmentation::Far), Bytes{0});
    QCOMPARE(byFragmentation::ofJump(0), MapCategory{byFragmentation::InOrder});
    QCOMPARE(byFragmentation::ofJump((1 << 20) - 1), MapCategory{byFragmentation::Near});
    QCOMPARE(byFragmentation::ofJump(1 << 20), MapCategory{byFragmentation::Middling});
    QCOMPARE(byFragmentation::ofJump(64 << 20), MapCategory{byFragmentation::Far});
}

void TestMapAspects::fragmentationOfTheFile()
{
    const auto pyramid = scanMap(
        subject("backwards.qcow2", MapView::File, {Colour::Fragmentation, {}}), nobody, {});
    std::uint64_t told = 0;
    for (const std::uint8_t category : {byFragmentation::InOrder, byFragmentation::Near,
             byFragmentation::Middling, byFragmentation::Far})
        told += pyramid->total(category).value;
    QCOMPARE(told, (5_MiB).value); // all that the guest has
    QCOMPARE(pyramid->total(byFragmentation::Near), 64_KiB * 15);
}

void TestMapAspects::bitmapIsDirtyWhereQemuWrote()
{
    const MapSubject dirty = subject("dirty.qcow2", MapView::Guest, {Colour::Bitmap, 0});
    const auto pyramid = scanMap(dirty, nobody, {});
    std::uint64_t written = 0;
    for (const auto entry : qemuJson({"map", "--output=json", path("dirty.qcow2")}).array()) {
        const QJsonObject extent = entry.toObject();
        if (!extent["data"].toBool())
            continue;
        const auto start = static_cast<std::uint64_t>(extent["start"].toDouble());
        const auto length = static_cast<std::uint64_t>(extent["length"].toDouble());
        written += length;
        QCOMPARE(pyramid->shares(start, Bytes{length}).of[byBitmap::Dirty], std::uint8_t{255});
    }
    QCOMPARE(written, (256_KiB).value);
    QCOMPARE(pyramid->total(byBitmap::Dirty), Bytes{written});
    const MapDetail detail = scanMapDetail(dirty, 1 << 20, 1_MiB, {});
    QCOMPARE(detail.pyramid->total(byBitmap::Dirty), 192_KiB);
}

void TestMapAspects::changesSinceASnapshot()
{
    const MapSubject changed = subject("history.qcow2", MapView::Guest, {Colour::Changed, 0});
    const auto pyramid = scanMap(changed, nobody, {});
    const DifferenceTotals truth
        = compareStates(changed.image, 0, {}, {}, [](const DifferenceRange&) {}, {});
    QCOMPARE(pyramid->total(byChange::Changed), truth.of(DifferenceKind::Changed));
    QCOMPARE(pyramid->total(byChange::New), truth.of(DifferenceKind::New));
    QCOMPARE(pyramid->total(byChange::Gone), truth.of(DifferenceKind::Gone));
    QCOMPARE(pyramid->total(byChange::Changed), 1_MiB);
    QCOMPARE(pyramid->total(byChange::New), 1_MiB);
    QCOMPARE(pyramid->total(byChange::Gone), 1_MiB);
    QCOMPARE(pyramid->shares(1 << 20, 1_MiB).of[byChange::Changed], std::uint8_t{255});
    QCOMPARE(pyramid->shares(2 << 20, 1_MiB).of[byChange::New], std::uint8_t{255});
    QCOMPARE(pyramid->shares(3 << 20, 1_MiB).of[byChange::Gone], std::uint8_t{255});
}

void TestMapAspects::emptyRangesAreKnownFromTheTopTable()
{
    const auto empty = emptyAtOnce(subject("base.qcow2", MapView::Guest));
    constexpr std::uint64_t table = 512 << 20; // guest bytes behind one L2 table
    QCOMPARE(empty, (std::vector<MapRange>{{0, table}, {2 * table, 4 * table}}));
    // What is told beforehand is so in the end.
    const auto pyramid = scanMap(subject("base.qcow2", MapView::Guest), nobody, {});
    for (const MapRange& range : empty) {
        for (const std::uint8_t share :
            pyramid->shares(range.from, Bytes{range.end - range.from}).of)
            QCOMPARE(share, std::uint8_t{0});
    }
    QVERIFY(emptyAtOnce(subject("base.qcow2", MapView::File)).empty());
}

void TestMapAspects::emptyRangesOfAChainAreThoseOfAllLayers()
{
    constexpr std::uint64_t table = 512 << 20;
    const auto empty = emptyAtOnce(subject("top.qcow2", MapView::Guest));
    // The base has something in the second, the top in the third.
    std::uint64_t bytes = 0;
    for (const MapRange& range : empty) {
        bytes += range.end - range.from;
        QVERIFY(range.end <= table || range.from >= 3 * table);
    }
    QCOMPARE(bytes, 6 * table);
}

void TestMapAspects::tablesAreKnownBeforeTheFileIsRead_data()
{
    QTest::addColumn<QString>("name");
    QTest::addRow("QCOW2 with snapshots") << "history.qcow2";
    qemuImg({"create", "-f", "qcow2", "-o", "preallocation=metadata", path("tables.qcow2"), "4G"});
    QTest::addRow("QCOW2 with many tables") << "tables.qcow2";
    for (const QString& format : {QStringLiteral("vdi"), QStringLiteral("qcow")}) {
        qemuImg({"convert", "-O", format, path("history.qcow2"), path("image." + format)});
        QTest::addRow("%s", qPrintable(format)) << QStringLiteral("image.") + format;
    }
}

void TestMapAspects::tablesAreKnownBeforeTheFileIsRead()
{
    QFETCH(const QString, name);
    const MapSubject whole = subject(name, MapView::File);
    const std::vector<HostRange> outline = whole.image->fileOutline();
    QVERIFY(!outline.empty());
    // What it says is what reading everything says.
    std::map<std::uint64_t, HostRange> read;
    whole.image->scanHost([&](const HostRange& range) { read[range.start.value] = range; }, {});
    std::uint64_t end = 0;
    Bytes tables{};
    for (const HostRange& range : outline) {
        QVERIFY(range.start.value >= end);
        end = (range.start + range.length).value;
        for (std::uint64_t at = range.start.value; at < end; at += 512) {
            const HostRange& there = std::prev(read.upper_bound(at))->second;
            QVERIFY2(there.use == range.use,
                qPrintable(QStringLiteral("%1: %2, read: %3")
                               .arg(at, 0, 16)
                               .arg(hostUseName(range.use), hostUseName(there.use))));
        }
        tables += range.length;
    }
    QVERIFY(end <= whole.image->file().size().value);
    // Before anything is read, the picture has them and nothing else.
    const auto unread
        = std::make_shared<const MapPicture>(whole.size(), whole.unit(), nullptr, nullptr);
    const EarlyPicture early{unread, std::make_shared<const HostOutline>(outline)};
    const auto metadata = static_cast<std::size_t>(MapKind::Metadata);
    QCOMPARE(early.shares(0, outline.front().length.value).of[metadata], quint8{255});
    const CellShares all = early.shares(0, whole.size().value);
    QVERIFY(all.known);
    QVERIFY(
        std::abs(all.of[metadata]
            - 255.0 * static_cast<double>(tables.value) / static_cast<double>(whole.size().value))
        <= 1);
    const HostRange& last = outline.back();
    if (end < whole.size().value)
        QVERIFY(!early.shares(end, 1).known);
    QCOMPARE(early.shares(last.start.value, last.length.value).of[metadata], quint8{255});
}

void TestMapAspects::findsTheNextExtent()
{
    const MapSubject guest = subject("dirty.qcow2", MapView::Guest);
    constexpr std::uint64_t first = 1 << 20;
    constexpr std::uint64_t behind = first + 192 * 1024;
    constexpr std::uint64_t second = 32 << 20;
    QCOMPARE(neighbourExtent(guest, 0, 1, {}), std::optional{first});
    QCOMPARE(neighbourExtent(guest, first + 70000, 1, {}), std::optional{behind});
    QCOMPARE(neighbourExtent(guest, behind, 1, {}), std::optional{second});
    QCOMPARE(neighbourExtent(guest, second + 65536, 1, {}), std::optional<std::uint64_t>{});
    QCOMPARE(neighbourExtent(guest, second, -1, {}), std::optional{behind});
    QCOMPARE(neighbourExtent(guest, first + 70000, -1, {}), std::optional{first});
    QCOMPARE(neighbourExtent(guest, first, -1, {}), std::optional{std::uint64_t{0}});
    QCOMPARE(neighbourExtent(guest, 0, -1, {}), std::optional<std::uint64_t>{});
}

void TestMapAspects::findsThePlaceInTheOtherView()
{
    const MapSubject guest = subject("dirty.qcow2", MapView::Guest);
    const MapSubject file = subject("dirty.qcow2", MapView::File);
    const std::uint64_t place = (1 << 20) + 70000;
    const auto host = inOtherView(guest, place, {});
    QVERIFY(host);
    QCOMPARE(*host, guest.image->activeState().extentAt(GuestOffset{place}, Bytes{512}).host.value);
    QCOMPARE(inOtherView(file, *host, {}), std::optional{place});
    QCOMPARE(inOtherView(guest, 0, {}), std::optional<std::uint64_t>{});
    QCOMPARE(inOtherView(file, 0, {}), std::optional<std::uint64_t>{});
}

void TestMapAspects::everyCategoryHasWordsAndAColourOfItsOwn()
{
    for (const MapView view : {MapView::Guest, MapView::File}) {
        for (int colour = 0; colour <= static_cast<int>(Colour::Changed); ++colour) {
            for (const std::optional<std::size_t> choice :
                {std::optional<std::size_t>{}, std::optional<std::size_t>{0}}) {
                const MapAspect aspect{static_cast<Colour>(colour), choice};
                std::set<int> tokens;
                std::set<int> categories;
                const auto all = mapCategories(view, aspect);
                for (const MapCategoryWords& words : all) {
                    QVERIFY(!words.name.isEmpty());
                    QVERIFY(!words.meaning.isEmpty());
                    tokens.insert(static_cast<int>(words.token));
                    categories.insert(words.category);
                    QVERIFY(words.category < mapKinds);
                }
                QCOMPARE(tokens.size(), all.size());
                QCOMPARE(categories.size(), all.size());
                QVERIFY(!mapGround(view, aspect).name.isEmpty());
            }
        }
    }
}

void TestMapAspects::saysWhyAColourCannotBeHad()
{
    const auto with = subject("history.qcow2", MapView::Guest).image;
    const auto without = subject("base.qcow2", MapView::Guest).image;
    QVERIFY(whyNoColour(Colour::Snapshot, MapView::File, *with).isEmpty());
    QVERIFY(whyNoColour(Colour::Changed, MapView::Guest, *with).isEmpty());
    QVERIFY(!whyNoColour(Colour::Changed, MapView::File, *with).isEmpty());
    QVERIFY(!whyNoColour(Colour::Snapshot, MapView::File, *without).isEmpty());
    QVERIFY(!whyNoColour(Colour::Bitmap, MapView::Guest, *without).isEmpty());
    QCOMPARE(mapChoiceCount(Colour::Snapshot, *with), 3);
    QCOMPARE(mapChoiceText(Colour::Changed, *with, 1), QStringLiteral("two"));
    QCOMPARE(mapChoiceText(Colour::Snapshot, *with, 2), QStringLiteral("two"));
    QCOMPARE(mapChoiceCount(Colour::Kind, *with), 0);
}

QTEST_GUILESS_MAIN(TestMapAspects)
#include "tst_mapaspects.moc"
