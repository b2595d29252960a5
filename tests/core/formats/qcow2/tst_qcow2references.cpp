// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Registry.h"
#include "core/formats/qcow2/Header.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/io/DiskFile.h"
#include "core/operations/RefcountSurvey.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace platter;
using tests::Qcow2Builder;

Q_DECLARE_METATYPE(RefcountFilter)
using tests::qemuImg;
using tests::qemuIo;

namespace {

/// A pointer as the test finds it.
struct Pointer {
    std::uint64_t place = 0;
    std::uint64_t times = 0;
    bool active = false;
    std::set<std::uint32_t> snapshots;
    std::optional<std::uint64_t> guest;
    bool operator==(const Pointer&) const = default;
};

/// Reads a whole image into memory and follows every pointer one by one: as slow and simple as the
/// specification reads. Shares nothing with the core but the header's fields.
class SlowReader {
public:
    explicit SlowReader(const QByteArray& bytes)
        : m_bytes(bytes)
    {
        m_header = qcow2::parseHeader(
            MemoryFile{std::vector<std::byte>(reinterpret_cast<const std::byte*>(bytes.data()),
                reinterpret_cast<const std::byte*>(bytes.data() + bytes.size()))});
        m_cluster = std::uint64_t{1} << m_header.clusterBits;
    }

    std::uint64_t clusterBytes() const { return m_cluster; }
    std::uint64_t clusters() const { return (size() + m_cluster - 1) / m_cluster; }
    std::uint64_t size() const { return static_cast<std::uint64_t>(m_bytes.size()); }

    std::uint64_t word(std::uint64_t at) const
    {
        std::uint64_t value = 0;
        for (std::uint64_t i = 0; i < 8; ++i) {
            const auto index = static_cast<qsizetype>(at + i);
            value = value << 8 | (index < m_bytes.size() ? static_cast<quint8>(m_bytes[index]) : 0);
        }
        return value;
    }
    std::uint64_t number(std::uint64_t at, unsigned bytes) const
    {
        return word(at) >> (64 - bytes * 8);
    }

    /// Bit by bit: no two widths share a rule here but the order of bits.
    std::uint64_t storedCount(std::uint64_t cluster) const
    {
        const std::uint64_t bits = std::uint64_t{1} << m_header.refcountOrder;
        const std::uint64_t perBlock = m_cluster * 8 / bits;
        const std::uint64_t block
            = word(m_header.refcountTableOffset.value + cluster / perBlock * 8) & ~511ULL;
        if (block == 0)
            return 0;
        const std::uint64_t index = cluster % perBlock;
        std::uint64_t value = 0;
        for (std::uint64_t bit = 0; bit < bits; ++bit) {
            const std::uint64_t inBlock = index * bits + bit;
            // Below a byte the first count has the lowest bits; above, the first byte the highest.
            const std::uint64_t byte = block + inBlock / 8;
            const std::uint64_t set
                = static_cast<quint8>(m_bytes[static_cast<qsizetype>(byte)]) >> (inBlock % 8) & 1U;
            const std::uint64_t weight = bits < 8 ? bit : (bits / 8 - 1 - bit / 8) * 8 + bit % 8;
            value |= set << weight;
        }
        return value;
    }

    /// Calls visit(place, first byte, end, pointer) for each pointer of the metadata.
    template <class Visit>
    void pointers(Visit&& visit) const
    {
        const auto plain = [&](std::uint64_t place, std::uint64_t at, std::uint64_t length) {
            if (length)
                visit(at, at + length, Pointer{place, 1, false, {}, {}});
        };
        std::map<std::uint64_t, Pointer> entries; // L2 entries by place, from all L1 tables
        std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> ranges;
        const auto l1 = [&](std::uint64_t field, std::uint64_t table, std::uint64_t count,
                            bool active, std::uint32_t snapshot) {
            Pointer owner{field, 1, active, {}, {}};
            if (!active)
                owner.snapshots = {snapshot};
            if (count)
                visit(table, table + count * 8, owner);
            const std::uint64_t perTable = m_cluster / 8;
            for (std::uint64_t i = 0; i < count; ++i) {
                const std::uint64_t l2 = word(table + i * 8) & 0x00fffffffffffe00;
                if (l2 == 0)
                    continue;
                Pointer one = owner;
                one.place = table + i * 8;
                one.guest = i * perTable * m_cluster;
                visit(l2, l2 + m_cluster, one);
                for (std::uint64_t k = 0; k < perTable; ++k) {
                    const std::uint64_t entry = word(l2 + k * 8);
                    std::uint64_t from = entry & 0x00fffffffffffe00;
                    std::uint64_t to = from + m_cluster;
                    if (entry >> 62 & 1) {
                        const unsigned x = 62 - (m_header.clusterBits - 8);
                        from = entry & ((1ULL << x) - 1);
                        const std::uint64_t more = (entry & ((1ULL << 62) - 1)) >> x;
                        to = (from & ~511ULL) + (more + 1) * 512;
                    } else if (from == 0) {
                        continue;
                    }
                    Pointer& known = entries[l2 + k * 8];
                    known.place = l2 + k * 8;
                    ++known.times;
                    known.active |= active;
                    known.snapshots.insert(owner.snapshots.begin(), owner.snapshots.end());
                    if (!known.guest)
                        known.guest = (i * perTable + k) * m_cluster;
                    ranges[l2 + k * 8] = {from, to};
                }
            }
        };
        const auto header
            = [](const char* name) { return std::uint64_t{qcow2::headerFields.find(name)->at}; };
        l1(header("l1_table_offset"), m_header.l1TableOffset.value, m_header.l1Size, true, 0);
        std::uint64_t at = m_header.snapshotsOffset.value;
        for (std::uint32_t i = 0; i < m_header.snapshotCount; ++i) {
            l1(at, word(at), number(at + 8, 4), false, i);
            const std::uint64_t length
                = 40 + number(at + 36, 4) + number(at + 12, 2) + number(at + 14, 2);
            at += (length + 7) / 8 * 8;
        }
        plain(header("snapshots_offset"), m_header.snapshotsOffset.value,
            at - m_header.snapshotsOffset.value);
        for (const auto& [place, pointer] : entries)
            visit(ranges[place].first, ranges[place].second, pointer);
        const std::uint64_t table = m_header.refcountTableOffset.value;
        const std::uint64_t tableBytes = m_header.refcountTableClusters * m_cluster;
        plain(header("refcount_table_offset"), table, tableBytes);
        for (std::uint64_t i = 0; i < tableBytes / 8; ++i) {
            if (const std::uint64_t block = word(table + i * 8))
                plain(table + i * 8, block, m_cluster);
        }
        for (std::uint64_t ext = m_header.headerLength; number(ext, 4) != 0;
             ext += 8 + (number(ext + 4, 4) + 7) / 8 * 8) {
            const std::uint64_t type = number(ext, 4);
            if (type == 0x0537be77)
                plain(ext + 8, word(ext + 8), word(ext + 16));
            if (type != 0x23852875)
                continue;
            std::uint64_t entry = word(ext + 24);
            plain(ext + 24, entry, word(ext + 16));
            for (std::uint64_t i = 0; i < number(ext + 8, 4); ++i) {
                const std::uint64_t bits = word(entry);
                const std::uint64_t size = number(entry + 8, 4);
                plain(entry, bits, size * 8);
                for (std::uint64_t k = 0; k < size; ++k) {
                    if (const std::uint64_t data = word(bits + k * 8) & ~511ULL)
                        plain(bits + k * 8, data, m_cluster);
                }
                entry += (24 + number(entry + 20, 4) + number(entry + 18, 2) + 7) / 8 * 8;
            }
        }
    }

    /// Pointers of each host cluster, by place. The header has none.
    std::map<std::uint64_t, std::map<std::uint64_t, Pointer>> byCluster() const
    {
        std::map<std::uint64_t, std::map<std::uint64_t, Pointer>> result;
        pointers([&](std::uint64_t from, std::uint64_t to, const Pointer& pointer) {
            for (std::uint64_t c = from / m_cluster; c <= (to - 1) / m_cluster; ++c)
                result[c].emplace(pointer.place, pointer);
        });
        return result;
    }

private:
    QByteArray m_bytes;
    qcow2::Header m_header;
    std::uint64_t m_cluster = 0;
};

QByteArray bytesOf(const QString& path)
{
    QFile file{path};
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot read " + path.toStdString());
    return file.readAll();
}

std::unique_ptr<qcow2::Qcow2Image> open(const QString& path)
{
    return std::make_unique<qcow2::Qcow2Image>(
        DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
}

std::vector<RefcountRun> runsOf(const Image& image, HostOffset from = {}, Bytes length = {~0ULL})
{
    std::vector<RefcountRun> runs;
    image.scanRefcounts(from, length, [&](const RefcountRun& run) { runs.push_back(run); }, {});
    return runs;
}

QString text(const Pointer& pointer)
{
    QString result = QString("at %1 times %2%3 guest %4 snapshots")
                         .arg(pointer.place)
                         .arg(pointer.times)
                         .arg(pointer.active ? " active" : "")
                         .arg(pointer.guest ? QString::number(*pointer.guest) : "-");
    for (const std::uint32_t index : pointer.snapshots)
        result += ' ' + QString::number(index);
    return result;
}

Pointer pointerOf(const HostReference& reference)
{
    Pointer pointer;
    pointer.place = reference.place->value;
    pointer.times = reference.times;
    pointer.active = reference.active;
    pointer.snapshots = {reference.snapshots.begin(), reference.snapshots.end()};
    if (reference.guest)
        pointer.guest = reference.guest->value;
    return pointer;
}

} // namespace

class TestQcow2References : public QObject {
    Q_OBJECT
private slots:
    void counts_of_every_width_are_those_of_a_slow_reader_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("clusterSize");
        for (const int bits : {1, 2, 4, 8, 16, 32, 64}) {
            for (const int cluster : {512, 4096})
                QTest::addRow("%d bits, clusters of %d bytes", bits, cluster) << bits << cluster;
        }
    }
    void counts_of_every_width_are_those_of_a_slow_reader()
    {
        QFETCH(const int, bits);
        QFETCH(const int, clusterSize);
        const QString path = m_folder.filePath(QString("w%1-%2.qcow2").arg(bits).arg(clusterSize));
        qemuImg({"create", "-f", "qcow2", "-o",
            QString("refcount_bits=%1,cluster_size=%2").arg(bits).arg(clusterSize), path, "4M"});
        qemuIo(path, {"write -P 1 0 700k", "write -P 2 2M 64k", "write -P 3 3333k 5k"});
        for (int i = 0; i < (bits == 1 ? 0 : bits == 2 ? 2 : 3); ++i) {
            qemuImg({"snapshot", "-c", QString("s%1").arg(i), path});
            qemuIo(path, {QString("write -P 9 %1k 64k").arg(i * 100)});
        }
        const SlowReader slow{bytesOf(path)};
        const auto image = open(path);
        std::uint64_t at = 0;
        std::optional<std::uint64_t> last;
        for (const RefcountRun& run : runsOf(*image)) {
            QCOMPARE(run.start.value, at);
            QVERIFY(run.count != last); // runs are as long as they can be
            last = run.count;
            for (; at < run.end().value; at += slow.clusterBytes())
                QCOMPARE(*run.count, slow.storedCount(at / slow.clusterBytes()));
            at = run.end().value;
        }
        QCOMPARE(at, slow.size());

        // A part of the file gives the same counts, whole clusters around what was asked for.
        const auto cluster = static_cast<std::uint64_t>(clusterSize);
        for (const std::uint64_t from : {std::uint64_t{0}, cluster + 1, 7 * cluster - 1}) {
            std::uint64_t expected = from / cluster;
            for (const RefcountRun& run : runsOf(*image, HostOffset{from}, Bytes{3 * cluster})) {
                QCOMPARE(run.start.value, expected * cluster);
                for (; expected * cluster < run.end().value; ++expected)
                    QCOMPARE(*run.count, slow.storedCount(expected));
            }
            QCOMPARE(expected, std::min((from + 3 * cluster - 1) / cluster + 1, slow.clusters()));
        }
    }

    void random_counts_are_those_of_a_slow_reader()
    {
        // Counts that qemu-img would never leave: every bit of the block matters.
        for (const unsigned order : {0U, 1U, 2U, 3U, 4U, 5U, 6U}) {
            Qcow2Builder builder;
            builder.set("refcount_order", order).cut(builder.cluster(400));
            std::uint64_t seed = 88172645463325252ULL + order;
            for (std::uint64_t i = 0; i < 400; ++i) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                builder.put64(builder.cluster(2) + i * 8, i % 5 == 0 ? seed : 0x0101010101010101);
            }
            const auto bytes = builder.bytes();
            const SlowReader slow{QByteArray(
                reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()))};
            const qcow2::Qcow2Image image{builder.file()};
            std::uint64_t cluster = 0;
            for (const RefcountRun& run : runsOf(image)) {
                for (; cluster * 4096 < run.end().value; ++cluster)
                    QCOMPARE(*run.count, slow.storedCount(cluster));
            }
            QCOMPARE(cluster, std::uint64_t{400});
        }
    }

    void counts_that_cannot_be_read_are_not_known()
    {
        Qcow2Builder builder;
        builder.put64(builder.cluster(1), builder.cluster(2) + 512); // the block is unaligned
        const qcow2::Qcow2Image image{builder.file()};
        const auto runs = runsOf(image);
        QCOMPARE(runs.size(), std::size_t{1});
        QVERIFY(!runs.front().count);
    }

    void references_are_those_of_a_slow_reader_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addRow("snapshots") << makeSnapshots("512");
        QTest::addRow("snapshots, large clusters") << makeSnapshots("4096");
        QTest::addRow("bitmaps") << makeBitmaps();
        QTest::addRow("compressed") << makeCompressed();
        QTest::addRow("LUKS") << makeLuks();
    }
    void references_are_those_of_a_slow_reader()
    {
        QFETCH(const QString, path);
        const SlowReader slow{bytesOf(path)};
        const auto expected = slow.byCluster();
        const auto image = open(path);
        QVERIFY(expected.size() > 5);
        // Every metadata cluster and a sample of the rest.
        std::uint64_t seen = 0;
        for (std::uint64_t cluster = 1; cluster < slow.clusters();
             cluster += 1 + slow.clusters() / 150) {
            const auto found = image->referencesTo(
                HostOffset{cluster * slow.clusterBytes() + 1}, Bytes{1}, 1000, {});
            QStringList texts;
            std::uint64_t times = 0;
            for (const HostReference& reference : found.list) {
                texts << text(pointerOf(reference));
                times += reference.times;
            }
            QStringList wanted;
            const auto place = expected.find(cluster);
            if (place != expected.end()) {
                for (const auto& [at, pointer] : place->second)
                    wanted << text(pointer);
            }
            QCOMPARE(texts, wanted);
            QCOMPARE(times, found.times);
            QCOMPARE(std::uint64_t{found.list.size()}, found.places);
            QCOMPARE(found.times, slow.storedCount(cluster)); // these images are consistent
            seen += found.places;
        }
        QVERIFY(seen > 20);
    }

    void the_first_places_are_kept_and_all_are_counted()
    {
        const QString path = makeSnapshots("512");
        const auto image = open(path);
        const Bytes all{image->file().size()};
        const auto every = image->referencesTo({}, all, 1'000'000, {});
        const auto few = image->referencesTo({}, all, 10, {});
        QCOMPARE(few.places, every.places);
        QCOMPARE(few.times, every.times);
        QCOMPARE(few.list.size(), std::size_t{10});
        for (std::size_t i = 0; i < few.list.size(); ++i)
            QCOMPARE(few.list[i].place, every.list[i].place);
        QCOMPARE(every.list.front().use, HostUse::Header);
    }

    void a_table_that_many_snapshots_share_gives_one_reference()
    {
        const QString path = m_folder.filePath("many.qcow2");
        qemuImg({"create", "-f", "qcow2", "-o", "cluster_size=4k,refcount_bits=16", path, "1M"});
        qemuIo(path, {"write -P 1 0 64k"});
        for (int i = 0; i < 20; ++i)
            qemuImg({"snapshot", "-c", QString("s%1").arg(i), path});
        const auto image = open(path);
        HostOffset data{};
        image->activeState().scan(
            GuestOffset{0}, Bytes{4096}, [&](const Extent& extent) { data = extent.host; }, {});
        const auto found = image->referencesTo(data, Bytes{4096}, 100, {});
        QCOMPARE(found.list.size(), std::size_t{1});
        const HostReference& reference = found.list.front();
        QCOMPARE(reference.use, HostUse::DataShared);
        QCOMPARE(reference.times, std::uint64_t{21});
        QCOMPARE(reference.snapshotCount, std::uint64_t{20});
        QCOMPARE(reference.snapshots.size(), HostReference::namedSnapshots);
        QVERIFY(reference.active);
        QCOMPARE(reference.copied, std::optional{false});
        QCOMPARE(reference.guest, std::optional{GuestOffset{0}});
        QCOMPARE(reference.l1Index, std::optional{std::uint64_t{0}});
        QCOMPARE(reference.entryIndex, std::optional{std::uint64_t{0}});
    }

    void a_cluster_nobody_uses_has_no_reference()
    {
        Qcow2Builder builder;
        builder.cut(builder.cluster(10)).refcount(9, 1);
        const qcow2::Qcow2Image image{builder.file()};
        const auto found = image.referencesTo(HostOffset{builder.cluster(9)}, Bytes{4096}, 10, {});
        QCOMPARE(found.places, std::uint64_t{0});
        QVERIFY(image.referencesTo(HostOffset{builder.cluster(50)}, Bytes{1}, 10, {}).list.empty());
    }

    void a_stop_ends_the_search_and_the_scan()
    {
        const qcow2::Qcow2Image image{Qcow2Builder{}.file()};
        std::stop_source source;
        source.request_stop();
        const JobControl job{source.get_token(), {}};
        QVERIFY_EXCEPTION_THROWN(image.referencesTo({}, Bytes{4096}, 10, job), Cancelled);
        QVERIFY_EXCEPTION_THROWN(image.scanRefcounts(
                                     {}, Bytes{~0ULL}, [](const RefcountRun&) {}, job),
            Cancelled);
    }

    void differences_of_a_check_are_those_of_a_slow_reader_data()
    {
        QTest::addColumn<quint64>("perPass");
        QTest::addRow("in one pass") << (quint64{1} << 27);
        QTest::addRow("in passes of 4096 clusters") << quint64{4096};
    }
    void differences_of_a_check_are_those_of_a_slow_reader()
    {
        QFETCH(const quint64, perPass);
        const QString path = makeSnapshots("512");
        QByteArray bytes = bytesOf(path);
        const SlowReader good{bytes};
        // Break counts here and there: refcount_bits is 16.
        const auto image = open(path);
        const std::uint64_t block
            = good.word(image->header().refcountTableOffset.value) & ~std::uint64_t{511};
        for (const int cluster : {0, 5, 6, 7, 100, 200}) {
            const auto at = static_cast<qsizetype>(block) + cluster * 2 + 1;
            bytes[at] = static_cast<char>(bytes[at] + (cluster == 5 ? -1 : 2));
        }
        const SlowReader slow{bytes};
        auto expected = slow.byCluster();
        std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> wanted;
        for (std::uint64_t cluster = 0; cluster < slow.clusters(); ++cluster) {
            std::uint64_t uses = cluster == 0;
            for (const auto& [place, pointer] : expected[cluster])
                uses += pointer.times;
            if (uses != slow.storedCount(cluster))
                wanted[cluster] = {slow.storedCount(cluster), uses};
        }
        QVERIFY(wanted.size() >= 6);

        const qcow2::Qcow2Image broken{std::make_shared<MemoryFile>(
            std::vector<std::byte>(reinterpret_cast<const std::byte*>(bytes.constData()),
                reinterpret_cast<const std::byte*>(bytes.constData() + bytes.size())))};
        decltype(wanted) got;
        CheckOptions options;
        options.clustersPerPass = perPass;
        std::uint64_t last = 0;
        options.differences = [&](const CountDifference& difference) {
            QVERIFY(difference.start.value >= last);
            last = difference.end().value;
            for (std::uint64_t at = difference.start.value; at < last; at += slow.clusterBytes())
                got[at / slow.clusterBytes()] = {difference.stored, difference.found};
        };
        const CheckReport report = broken.check(options, {});
        QCOMPARE(got, wanted);
        QVERIFY(report.leaks > 0 && report.corruptions > 0);
    }

    void a_survey_adds_up_what_a_slow_reader_counts_data()
    {
        QTest::addColumn<RefcountFilter>("filter");
        RefcountFilter filter;
        QTest::addRow("everything") << filter;
        filter.counts = {2, 3};
        QTest::addRow("counts 2 and 3") << filter;
        filter.counts.reset();
        filter.place = {HostOffset{512 * 20}, Bytes{512 * 300}};
        QTest::addRow("a part of the file") << filter;
    }
    void a_survey_adds_up_what_a_slow_reader_counts()
    {
        QFETCH(const RefcountFilter, filter);
        const QString path = makeSnapshots("512");
        const SlowReader slow{bytesOf(path)};
        const RefcountSurvey survey = surveyRefcounts(*open(path), filter, {});
        std::map<std::uint64_t, std::uint64_t> clustersOf;
        std::vector<std::uint64_t> rows;
        for (std::uint64_t cluster = 0; cluster < slow.clusters(); ++cluster) {
            const std::uint64_t count = slow.storedCount(cluster);
            if (filter.counts && (count < filter.counts->least || count > filter.counts->most))
                continue;
            if (filter.place && (cluster < 20 || cluster >= 320))
                continue;
            ++clustersOf[count];
            rows.push_back(cluster);
        }
        for (const CountBin& bin : survey.counts)
            QCOMPARE(bin.clusters, clustersOf[bin.least]); // all below 16: a bin for each
        QCOMPARE(survey.clusters, std::uint64_t{rows.size()});
        QCOMPARE(survey.clustersInRuns, std::uint64_t{rows.size()});
        std::size_t row = 0;
        for (const SurveyRun& run : survey.runs) {
            for (std::uint64_t i = 0; i < run.clusters; ++i, ++row) {
                QCOMPARE(run.start.value / 512 + i, rows[row]);
                QCOMPARE(*run.count, slow.storedCount(rows[row]));
            }
        }
        QVERIFY(survey.places.size() <= RefcountSurvey::mostPlaces);
        QCOMPARE((survey.places.back().start + survey.places.back().length).value, slow.size());
        std::uint64_t inPlaces = 0;
        for (const PlaceBin& bin : survey.places) {
            inPlaces += bin.clusters;
            for (const std::uint64_t cluster : rows) {
                if (cluster * 512 < bin.start.value
                    || cluster * 512 >= (bin.start + bin.length).value)
                    continue;
                QVERIFY(bin.least <= slow.storedCount(cluster));
                QVERIFY(bin.most >= slow.storedCount(cluster));
            }
        }
        QCOMPARE(inPlaces, std::uint64_t{rows.size()});
    }

    void every_count_has_its_bin()
    {
        std::uint64_t next = 0;
        for (std::size_t i = 0; i <= countBinOf(~std::uint64_t{0}); ++i) {
            const CountBin bin = countBin(i);
            QCOMPARE(bin.least, next);
            QCOMPARE(countBinOf(bin.least), i);
            QCOMPARE(countBinOf(bin.most), i);
            next = bin.most + 1;
        }
        QCOMPARE(next, std::uint64_t{0}); // the last bin ends with the largest number
    }

    void other_formats_say_that_they_keep_no_counts()
    {
        const QString path = m_folder.filePath("plain.vdi");
        qemuImg({"create", "-f", "vdi", path, "1M"});
        const auto result = formatCalled("vdi").open(
            DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly));
        QVERIFY_EXCEPTION_THROWN(
            result->scanRefcounts({}, Bytes{1}, [](const RefcountRun&) {}, {}), UnsupportedError);
        QVERIFY_EXCEPTION_THROWN(result->referencesTo({}, Bytes{1}, 1, {}), UnsupportedError);
    }

private:
    QString makeSnapshots(const QString& clusterSize)
    {
        const QString path = m_folder.filePath("snapshots-" + clusterSize + ".qcow2");
        if (QFile::exists(path))
            return path;
        qemuImg({"create", "-f", "qcow2", "-o", "cluster_size=" + clusterSize, path, "3M"});
        for (int i = 0; i < 3; ++i) {
            qemuIo(path, {QString("write -P %1 %2k 300k").arg(i + 1).arg(i * 123)});
            qemuImg({"snapshot", "-c", QString("s%1").arg(i), path});
        }
        qemuIo(path, {"write -P 77 50k 200k", "write -z 1M 100k"});
        qemuImg({"snapshot", "-d", "s1", path});
        return path;
    }
    QString makeBitmaps()
    {
        const QString path = m_folder.filePath("bitmaps.qcow2");
        qemuImg({"create", "-f", "qcow2", "-o", "cluster_size=512", path, "8M"});
        qemuImg({"bitmap", "--add", "-g", "512", path, "first"});
        qemuImg({"bitmap", "--add", "-g", "4096", path, "second"});
        qemuIo(path, {"write -P 1 0 100k", "write -P 2 5M 10k"});
        return path;
    }
    QString makeCompressed()
    {
        const QString raw = m_folder.filePath("some.raw");
        const QString path = m_folder.filePath("compressed.qcow2");
        qemuImg({"create", "-f", "raw", raw, "4M"});
        qemuIo(raw, {"write -P 5 0 1M", "write -P 6 2M 1M"}, {"-f", "raw"});
        qemuImg({"convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", raw, path});
        qemuImg({"snapshot", "-c", "s", path});
        qemuIo(path, {"write -P 9 128k 64k"});
        return path;
    }
    QString makeLuks()
    {
        const QString path = m_folder.filePath("luks.qcow2");
        qemuImg({"create", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
            "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10,cluster_size=4k", path,
            "1M"});
        return path;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestQcow2References)
#include "tst_qcow2references.moc"
