// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Header.h"
#include "core/io/DiskFile.h"
#include "tests/support/PeakMemory.h"

#include <QTemporaryDir>
#include <QTest>

using namespace platter;
using namespace platter::tests;

namespace {

constexpr std::uint64_t cluster = 65536;

/// Images whose header promises much and whose file holds little: a sparse file, written where it
/// is not zero.
class SparseImage {
public:
    explicit SparseImage(const QString& path)
        : m_file(DiskFile::create(path.toStdString()))
    {
    }

    void put64(std::uint64_t at, const std::vector<std::uint64_t>& words)
    {
        std::vector<std::byte> bytes(words.size() * 8);
        for (std::size_t i = 0; i < words.size(); ++i)
            storeBig(bytes.data() + i * 8, words[i]);
        m_file->write(HostOffset{at}, bytes);
    }

    /// Counts the first `clusters` clusters once each; the refcount table lies in cluster `at`, its
    /// blocks behind.
    void finish(qcow2::Header header, std::uint64_t clusters, std::uint64_t at)
    {
        constexpr std::uint64_t perBlock = cluster / 2;
        std::vector<std::uint64_t> table;
        for (std::uint64_t first = 0; first < clusters; first += perBlock) {
            const std::uint64_t block = (at + 1 + table.size()) * cluster;
            table.push_back(block);
            std::vector<std::byte> counts(cluster);
            for (std::uint64_t k = 0; k < std::min(perBlock, clusters - first); ++k)
                storeBig<std::uint16_t>(counts.data() + k * 2, 1);
            m_file->write(HostOffset{block}, counts);
        }
        put64(at * cluster, table);
        header.magic = 0x514649fb;
        header.version = 3;
        header.clusterBits = 16;
        header.refcountTableOffset = HostOffset{at * cluster};
        header.refcountTableClusters = 1;
        header.headerLength = 104;
        std::vector<std::byte> bytes(104);
        write(header, qcow2::headerFields, std::span{bytes});
        write(header, qcow2::headerVersion3Fields, std::span{bytes});
        m_file->write(HostOffset{0}, bytes);
        m_file->resize(Bytes{clusters * cluster});
    }

private:
    std::shared_ptr<DiskFile> m_file;
};

/// A snapshot table with `count` snapshots of a disk of 64 TiB, all with the L1 table at `l1`.
std::vector<std::uint64_t> snapshotTable(
    std::uint64_t count, std::uint64_t l1, std::uint64_t l1Size)
{
    std::vector<std::uint64_t> table;
    for (std::uint64_t i = 0; i < count; ++i) {
        // An id of one byte and no name, then 16 bytes of extra data.
        table.insert(table.end(),
            {l1, l1Size << 32 | 1U << 16, 0, 0, 16, 0, std::uint64_t{64} << 40,
                (std::uint64_t{'1'} + i) << 56});
    }
    return table;
}

/// 64 TiB with every L2 table present: 8 GiB of tables, all of whose entries are empty;
/// with as many snapshots of it (at most 8).
void makeHuge(const QString& path, std::uint32_t snapshotCount = 0)
{
    constexpr std::uint64_t tables = 131072;
    constexpr std::uint64_t l1Clusters = tables * 8 / cluster;
    SparseImage image{path};
    std::vector<std::uint64_t> l1;
    for (std::uint64_t i = 0; i < tables; ++i)
        l1.push_back(std::uint64_t{1} << 63 | (1 + l1Clusters + i) * cluster);
    image.put64(cluster, l1);
    qcow2::Header header;
    header.size = Bytes{std::uint64_t{64} << 40};
    header.l1Size = tables;
    header.l1TableOffset = HostOffset{cluster};
    const std::uint64_t used = 1 + l1Clusters + tables;
    const std::uint64_t snapshots = used + 6; // behind the refcount table and its blocks
    header.snapshotCount = snapshotCount;
    header.snapshotsOffset = HostOffset{snapshots * cluster};
    image.put64(snapshots * cluster, snapshotTable(snapshotCount, cluster, tables));
    image.finish(header, snapshots + (snapshotCount > 0 ? 1 : 0), used);
}

/// 512 TiB out of 9 MiB: all L1 entries lead to one L2 table, all of whose entries lead to one
/// cluster.
void makeBomb(const QString& path)
{
    constexpr std::uint64_t tables = std::uint64_t{1} << 20;
    constexpr std::uint64_t l1Clusters = tables * 8 / cluster;
    SparseImage image{path};
    image.put64(cluster, std::vector<std::uint64_t>(tables, (1 + l1Clusters) * cluster));
    image.put64(
        (1 + l1Clusters) * cluster, std::vector<std::uint64_t>(8192, (2 + l1Clusters) * cluster));
    qcow2::Header header;
    header.size = Bytes{std::uint64_t{512} << 40};
    header.l1Size = tables;
    header.l1TableOffset = HostOffset{cluster};
    image.finish(header, 5 + l1Clusters, 3 + l1Clusters);
}

} // namespace

/// Memory is bounded by what is shown, not by what an image claims.
class TestBounds : public QObject {
    Q_OBJECT
private slots:
    void staysBelow256MiB_data()
    {
        QTest::addColumn<QString>("image");
        QTest::addColumn<QStringList>("verb");
        QTest::addColumn<int>("exitCode");
        for (const char* verb : {"info", "header", "check", "map", "map --host"})
            QTest::addRow("%s of 64 TiB with all tables", verb)
                << "huge" << QString(verb).split(' ') << 0;
        for (const char* verb : {"info", "header", "map --host"})
            QTest::addRow("%s of 512 TiB behind one table", verb)
                << "bomb" << QString(verb).split(' ') << 0;
        for (const char* verb : {"snapshot --tree", "snapshot -l"})
            QTest::addRow("%s of eight snapshots of 64 TiB", verb)
                << "huge8" << QString(verb).split(' ') << 0;
        QTest::addRow("check of 512 TiB behind one table") << "bomb" << QStringList{"check"} << 2;
    }
    void staysBelow256MiB()
    {
        QFETCH(const QString, image);
        QFETCH(const QStringList, verb);
        QFETCH(const int, exitCode);
        QTemporaryDir folder;
        const QString path = folder.filePath(image + ".qcow2");
        if (image == "huge")
            makeHuge(path);
        else if (image == "huge8")
            makeHuge(path, 8);
        else
            makeBomb(path);
        const MeasuredRun run
            = runMeasured(qEnvironmentVariable("PLATTER_CLI"), verb + QStringList{path}, 120);
        QCOMPARE(run.exitCode, exitCode);
        QVERIFY2(run.peakMemory < 256_MiB,
            qPrintable(QString("%1 KiB").arg(run.peakMemory.value / 1024)));
    }
};

QTEST_APPLESS_MAIN(TestBounds)
#include "tst_bounds.moc"
