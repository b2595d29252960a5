// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/operations/StateDifference.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"
#include "tests/support/RecordingFile.h"
#include "tests/support/SnapshotHistory.h"

#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace platter;
using namespace platter::tests;

namespace {

/// What is told of each 512 bytes of the larger disk.
using Told = std::vector<DifferenceKind>;
constexpr std::uint64_t sector = 512;

std::shared_ptr<const Image> imageOf(const QString& path)
{
    return openDisk(path).chain().layers.front().image;
}

Told toldOf(const std::shared_ptr<const Image>& image, StateIndex first, StateIndex second,
    DifferenceOptions::Depth depth, DifferenceTotals* totals = nullptr)
{
    Told told;
    DifferenceOptions options;
    options.depth = depth;
    std::optional<DifferenceKind> before;
    const DifferenceTotals sum = compareStates(image, first, second, options,
        [&](const DifferenceRange& range) {
            QCOMPARE(range.start.value, told.size() * sector);
            QVERIFY2(before != range.kind, "neighbours of one kind are joined");
            before = range.kind;
            told.resize(range.end().value / sector, range.kind);
        },
        {});
    if (totals)
        *totals = sum;
    return told;
}

/// The same by asking for the extent of each sector alone.
Told bruteForce(const std::shared_ptr<const Image>& image, StateIndex first, StateIndex second)
{
    const auto a = stateOf(image, first);
    const auto b = stateOf(image, second);
    const auto at = [](const GuestMapping& state, std::uint64_t offset) {
        Extent beyond;
        beyond.kind = ExtentKind::Zero;
        return offset < state.size().value ? state.extentAt(GuestOffset{offset}, Bytes{sector})
                                           : beyond;
    };
    const auto holds = [](const Extent& extent) {
        return extent.kind == ExtentKind::Data || extent.kind == ExtentKind::Compressed;
    };
    Told told;
    const std::uint64_t end = std::max(a->size(), b->size()).value;
    for (std::uint64_t offset = 0; offset < end; offset += sector) {
        const Extent one = at(*a, offset);
        const Extent two = at(*b, offset);
        DifferenceKind kind = DifferenceKind::Same;
        if (holds(one) && holds(two))
            kind = one.kind == two.kind && one.host == two.host && one.stored == two.stored
                ? DifferenceKind::Same
                : DifferenceKind::Changed;
        else if (holds(two))
            kind = DifferenceKind::New;
        else if (holds(one))
            kind = DifferenceKind::Gone;
        else if (image->backingFile()
            && (one.kind == ExtentKind::Unallocated) != (two.kind == ExtentKind::Unallocated))
            kind = DifferenceKind::Changed;
        told.push_back(kind);
    }
    return told;
}

std::vector<std::byte> contentOf(const QString& path, StateIndex state)
{
    const VirtualDisk disk = openDisk(path, {}, state);
    std::vector<std::byte> bytes(disk.size().value);
    disk.read(GuestOffset{0}, bytes);
    return bytes;
}

} // namespace

class TestStateDifference : public QObject {
    Q_OBJECT
private slots:
    void everyPairOfStatesAgreesWithItsSectors_data();
    void everyPairOfStatesAgreesWithItsSectors();
    void figuresOfAScriptedHistory();
    void sharedTablesAreNotRead();
    void aHugeDiskIsComparedAtOnce();
    void aStopEndsIt();
};

void TestStateDifference::everyPairOfStatesAgreesWithItsSectors_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 12; ++seed)
        QTest::addRow("history %u", seed) << seed;
}

void TestStateDifference::everyPairOfStatesAgreesWithItsSectors()
{
    QFETCH(const quint32, seed);
    QTemporaryDir folder;
    SnapshotHistory history{seed, folder.path()};
    for (int i = 0; i < 8; ++i)
        history.step();
    const auto image = imageOf(history.image());
    std::vector<StateIndex> states{std::nullopt};
    for (std::size_t i = 0; i < image->snapshots().size(); ++i)
        states.emplace_back(i);
    for (const StateIndex first : states) {
        const auto before = contentOf(history.image(), first);
        for (const StateIndex second : states) {
            DifferenceTotals totals;
            const Told told
                = toldOf(image, first, second, DifferenceOptions::Depth::Tables, &totals);
            QVERIFY2(told == bruteForce(image, first, second), qPrintable(history.told()));
            for (std::size_t kind = 0; kind < differenceKinds; ++kind) {
                const auto sectors = static_cast<std::uint64_t>(
                    std::count(told.begin(), told.end(), static_cast<DifferenceKind>(kind)));
                QCOMPARE(totals.bytes[kind].value, sectors * sector);
                std::set<std::uint64_t> clusters;
                for (std::size_t i = 0; i < told.size(); ++i) {
                    if (told[i] == static_cast<DifferenceKind>(kind))
                        clusters.insert(i * sector / image->clusterSize()->value);
                }
                QCOMPARE(totals.clusters[kind], clusters.size());
            }
            // What is told to be the same must read the same.
            const auto after = contentOf(history.image(), second);
            const Told deep = toldOf(image, first, second, DifferenceOptions::Depth::Content);
            for (std::size_t i = 0; i < deep.size(); ++i) {
                const auto at = [&](const std::vector<std::byte>& bytes) {
                    std::vector<std::byte> one(sector);
                    if (i * sector < bytes.size())
                        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sector), sector,
                            one.begin());
                    return one;
                };
                if (deep[i] == DifferenceKind::Same || deep[i] == DifferenceKind::SameContent)
                    QVERIFY2(at(before) == at(after), qPrintable(history.told()));
                QCOMPARE(told[i] == DifferenceKind::Changed,
                    deep[i] == DifferenceKind::Changed || deep[i] == DifferenceKind::SameContent);
            }
        }
    }
}

void TestStateDifference::figuresOfAScriptedHistory()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("one.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", path, "8M"});
    qemuIo(path, {"write -P 1 0 1M"});
    qemuImg({"snapshot", "-c", "clean", path});
    qemuIo(path,
        {"write -P 2 0 128k", "write -P 3 2M 192k", "discard 512k 64k", "write -P 1 64k 64k"});
    const auto image = imageOf(path);
    DifferenceTotals totals;
    toldOf(image, 0, {}, DifferenceOptions::Depth::Tables, &totals);
    QCOMPARE(totals.of(DifferenceKind::Changed), 128_KiB);
    QCOMPARE(totals.of(DifferenceKind::New), 192_KiB);
    QCOMPARE(totals.of(DifferenceKind::Gone), 64_KiB);
    QCOMPARE(totals.clustersOf(DifferenceKind::New), 3U);
    toldOf(image, 0, {}, DifferenceOptions::Depth::Content, &totals);
    QCOMPARE(totals.of(DifferenceKind::Changed), 64_KiB);
    QCOMPARE(totals.of(DifferenceKind::SameContent), 64_KiB);
    // The other way round, new and gone change places.
    toldOf(image, {}, 0, DifferenceOptions::Depth::Tables, &totals);
    QCOMPARE(totals.of(DifferenceKind::Gone), 192_KiB);
    QCOMPARE(totals.of(DifferenceKind::New), 64_KiB);
}

void TestStateDifference::sharedTablesAreNotRead()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("one.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "preallocation=metadata", path, "64G"});
    qemuImg({"snapshot", "-c", "clean", path});
    qemuIo(path, {"write -P 2 0 64k"});
    const auto file = std::make_shared<RecordingFile>(
        DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
    const std::shared_ptr<const Image> image{openQcow2(file)};
    const std::uint64_t opening = file->bytesRead();
    DifferenceTotals totals;
    toldOf(image, 0, {}, DifferenceOptions::Depth::Tables, &totals);
    QCOMPARE(totals.of(DifferenceKind::Changed), 64_KiB);
    // 127 of 128 L2 tables are shared: the one that is not is read twice, and the L1 table.
    QVERIFY2(file->bytesRead() - opening <= 3 * 65536,
        qPrintable(QString::number(file->bytesRead() - opening)));
}

void TestStateDifference::aHugeDiskIsComparedAtOnce()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("one.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", "-o", "cluster_size=2M", path, "1M"});
    qemuImg({"snapshot", "-c", "small", path});
    qemuImg({"resize", "-q", path, "100P"});
    qemuIo(path, {"write -P 2 99P 64k"});
    const auto image = imageOf(path);
    DifferenceTotals totals;
    std::vector<DifferenceRange> ranges;
    totals = compareStates(
        image, 0, {}, {}, [&](const DifferenceRange& range) { ranges.push_back(range); }, {});
    QCOMPARE(totals.of(DifferenceKind::New), 2_MiB);
    QCOMPARE(ranges.size(), 3U);
    QCOMPARE(ranges[1].start.value, 99ULL << 50);
}

void TestStateDifference::aStopEndsIt()
{
    QTemporaryDir folder;
    SnapshotHistory history{3, folder.path()};
    history.takeSnapshot();
    const auto image = imageOf(history.image());
    std::stop_source stop;
    stop.request_stop();
    bool cancelled = false;
    try {
        compareStates(image, 0, {}, {}, [](const DifferenceRange&) {}, {stop.get_token(), {}});
    } catch (const Cancelled&) {
        cancelled = true;
    }
    QVERIFY(cancelled);
}

QTEST_APPLESS_MAIN(TestStateDifference)
#include "tst_statedifference.moc"
