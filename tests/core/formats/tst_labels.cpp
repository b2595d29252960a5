// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/BackingChain.h"
#include "core/formats/HostLabels.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <map>

using namespace platter;
using namespace platter::tests;

namespace {

/// All labels of a file, asked for in windows of odd size.
std::vector<HostLabel> allLabels(const HostLabels& labels, Bytes window = Bytes{70'001})
{
    std::vector<HostLabel> all;
    const std::uint64_t size = labels.image().file().size().value;
    for (std::uint64_t at = 0; at < size; at += window.value) {
        for (HostLabel& label : labels.labelsOf(HostOffset{at}, window, {}))
            all.push_back(std::move(label));
    }
    return all;
}

/// The label of one byte.
HostLabel labelAt(const HostLabels& labels, std::uint64_t at)
{
    return labels.labelsOf(HostOffset{at}, Bytes{1}, {}).at(0);
}

/// Big-endian words straight out of a file, for a walk that shares no code with the core.
class Words {
public:
    explicit Words(const QString& path)
    {
        QFile file{path};
        if (file.open(QIODevice::ReadOnly))
            m_bytes = file.readAll();
    }
    quint64 at(quint64 offset, int width = 8) const
    {
        quint64 value = 0;
        for (int i = 0; i < width; ++i)
            value = value << 8 | static_cast<uchar>(m_bytes.at(static_cast<qsizetype>(offset) + i));
        return value;
    }
    quint64 size() const { return static_cast<quint64>(m_bytes.size()); }

private:
    QByteArray m_bytes;
};

constexpr quint64 offsetMask = 0x00fffffffffffe00;

} // namespace

/// What every byte of an image file is said to be.
class TestLabels : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void labelsCoverTheFile_data();
    void labelsCoverTheFile();
    void agreesWithTheMapOfTheFile_data() { labelsCoverTheFile_data(); }
    void agreesWithTheMapOfTheFile();
    void agreesWithAWalkOfItsOwn_data();
    void agreesWithAWalkOfItsOwn();
    void countsOfLessThanAByte();
    void snapshotAndBitmapFieldsAreNamed();
    void keySlotsAreNamed();
    void headerFieldsAreTheOnesDescribed_data() { labelsCoverTheFile_data(); }
    void headerFieldsAreTheOnesDescribed();
    void boundedMemoryGivesTheSame_data() { labelsCoverTheFile_data(); }
    void boundedMemoryGivesTheSame();
    void damagedEntriesSayWhatIsWrong();
    void entriesLeadToTheData_data();
    void entriesLeadToTheData();
    void entriesOfPlacesWithoutTables();
    void canBeCancelled();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    std::shared_ptr<const Image> open(const QString& name) const
    {
        return openImage(path(name).toStdString(), {}, {}).image;
    }
    QTemporaryDir m_folder;
};

void TestLabels::initTestCase()
{
    const auto make = [&](const char* name, const QStringList& options, const char* format) {
        QStringList arguments{"create", "-q", "-f", format};
        for (const QString& option : options)
            arguments << "-o" << option;
        qemuImg(arguments + QStringList{path(name), "40M"});
        qemuIo(path(name), {"write -P 1 1M 200k", "write -P 2 30M 64k", "write -P 3 0 1000"},
            {"-f", format});
    };
    make("plain.qcow2", {}, "qcow2");
    make("small.qcow2", {"cluster_size=512"}, "qcow2");
    make("extended.qcow2", {"extended_l2=on", "cluster_size=16k"}, "qcow2");
    make("bits1.qcow2", {"refcount_bits=1"}, "qcow2");
    make("bits4.qcow2", {"refcount_bits=4"}, "qcow2");
    make("bits64.qcow2", {"refcount_bits=64"}, "qcow2");
    make("old.qcow2", {"compat=0.10"}, "qcow2");
    make("rich.qcow2", {}, "qcow2");
    qemuImg({"snapshot", "-c", "first", path("rich.qcow2")});
    qemuIo(path("rich.qcow2"),
        {"write -P 9 1M 64k", "write -z 30M 64k", "write -c -P 5 8M 64k", "write -c -P 6 9M 64k",
            "discard 1088k 64k"});
    qemuImg({"snapshot", "-c", "second", path("rich.qcow2")});
    qemuImg({"bitmap", "--add", path("rich.qcow2"), "dirty"});
    qemuIo(path("rich.qcow2"), {"write -P 7 20M 300k"});
    make("one.qcow", {}, "qcow");
    qemuIo(path("one.qcow"), {"write -c -P 5 8M 4k", "write -c -P 6 8196k 4k"}, {"-f", "qcow"});
    make("box.vdi", {}, "vdi");
    make("plain.raw", {}, "raw");
    qemuImg({"create", "-q", "-f", "qcow2", "-b", path("plain.qcow2"), "-F", "qcow2",
        path("over.qcow2")});
    qemuImg({"create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path("luks.qcow2"),
        "10M"});
}

void TestLabels::labelsCoverTheFile_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"plain.qcow2", "small.qcow2", "extended.qcow2", "bits1.qcow2",
             "bits4.qcow2", "bits64.qcow2", "old.qcow2", "rich.qcow2", "over.qcow2", "luks.qcow2",
             "one.qcow", "box.vdi", "plain.raw"})
        QTest::addRow("%s", name) << name;
}

void TestLabels::labelsCoverTheFile()
{
    QFETCH(const QString, name);
    const auto image = open(name);
    const HostLabels labels{image};
    HostOffset at{0};
    for (const HostLabel& label : allLabels(labels)) {
        QCOMPARE(label.start.value, at.value);
        QVERIFY(label.length.value > 0);
        const bool owned = label.use != HostUse::Free && label.use != HostUse::Leaked;
        QCOMPARE(!label.structure.empty() || label.isRest, owned);
        if (label.field) {
            QVERIFY(label.field->at <= label.start);
            QVERIFY(label.end() <= label.field->at + label.field->length);
        }
        at = label.end();
    }
    QCOMPARE(at.value, image->file().size().value);
}

void TestLabels::agreesWithTheMapOfTheFile()
{
    QFETCH(const QString, name);
    const auto image = open(name);
    const HostLabels labels{image};
    std::vector<HostRange> ranges;
    image->scanHost([&](const HostRange& range) { ranges.push_back(range); }, {});
    std::size_t i = 0;
    for (const HostLabel& label : allLabels(labels, Bytes{4096})) {
        while (ranges[i].start + ranges[i].length <= label.start)
            ++i;
        // The map of a raw file tells its holes from its data; both are the guest's.
        if (name.endsWith(".raw"))
            continue;
        QCOMPARE(hostUseName(label.use), hostUseName(ranges[i].use));
        if (ranges[i].guest && label.guest)
            QCOMPARE(
                label.guest->value, ranges[i].guest->value + (label.start - ranges[i].start).value);
    }
}

void TestLabels::agreesWithAWalkOfItsOwn_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("entryBytes");
    for (const char* name : {"plain.qcow2", "small.qcow2", "bits64.qcow2", "rich.qcow2"})
        QTest::addRow("%s", name) << name << 8;
    QTest::addRow("extended.qcow2") << "extended.qcow2" << 16;
}

void TestLabels::agreesWithAWalkOfItsOwn()
{
    QFETCH(const QString, name);
    QFETCH(const int, entryBytes);
    const auto image = open(name);
    const HostLabels labels{image};
    const Words words{path(name)};
    const quint64 bits = words.at(20, 4);
    const quint64 cluster = quint64{1} << bits;
    const quint64 perTable = cluster / static_cast<quint64>(entryBytes);

    QCOMPARE(labelAt(labels, 20).field->name, std::string{"cluster_bits"});
    QCOMPARE(labelAt(labels, 27).field->name, std::string{"size"});
    const quint64 l1 = words.at(40);
    const quint64 l1Size = words.at(36, 4);
    int dataClusters = 0;
    for (quint64 i = 0; i < l1Size; ++i) {
        const HostLabel entry = labelAt(labels, l1 + i * 8 + 3);
        QCOMPARE(entry.structure, std::string{"L1 table"});
        QCOMPARE(entry.field->name, "entry " + std::to_string(i));
        QCOMPARE(*entry.field->number, words.at(l1 + i * 8));
        QCOMPARE(entry.guest->value, i * perTable * cluster);
        const quint64 table = words.at(l1 + i * 8) & offsetMask;
        QCOMPARE(entry.field->target.has_value(), table != 0);
        if (!table)
            continue;
        QCOMPARE(entry.field->target->value, table);
        for (quint64 k = 0; k < perTable; ++k) {
            const quint64 at = table + k * static_cast<quint64>(entryBytes);
            const HostLabel l2 = labelAt(labels, at + 7);
            QCOMPARE(l2.structure, "L2 table " + std::to_string(i));
            QCOMPARE(l2.field->name, "entry " + std::to_string(k));
            QCOMPARE(*l2.field->number, words.at(at));
            const quint64 guest = (i * perTable + k) * cluster;
            QCOMPARE(l2.guest->value, guest);
            if (entryBytes == 16) {
                const HostLabel second = labelAt(labels, at + 8);
                QCOMPARE(second.field->name, "entry " + std::to_string(k) + " subclusters");
                QCOMPARE(*second.field->number, words.at(at + 8));
            }
            const quint64 word = words.at(at);
            if ((word >> 62 & 1) || !(word & offsetMask) || (word & 1))
                continue;
            ++dataClusters;
            const HostLabel data = labelAt(labels, (word & offsetMask) + 511);
            QCOMPARE(data.guest->value, guest + 511);
            QCOMPARE(data.entry.value, at);
        }
    }
    QVERIFY(dataClusters > 3);
    const quint64 refcountTable = words.at(48);
    for (quint64 i = 0; i * 8 < cluster; ++i) {
        const HostLabel entry = labelAt(labels, refcountTable + i * 8);
        QCOMPARE(entry.structure, std::string{"Refcount table"});
        const quint64 block = words.at(refcountTable + i * 8);
        if (!block)
            continue;
        const int width = 1 << words.at(96, 4) >> 3;
        for (quint64 k = 0; k < 5; ++k) {
            const HostLabel count = labelAt(labels, block + k * static_cast<quint64>(width) + 1);
            QCOMPARE(count.structure, "Refcount block " + std::to_string(i));
            QCOMPARE(
                *count.field->number, words.at(block + k * static_cast<quint64>(width), width));
        }
    }
}

void TestLabels::countsOfLessThanAByte()
{
    const HostLabels one{open("bits1.qcow2")};
    const Words words{path("bits1.qcow2")};
    const quint64 block = words.at(words.at(48));
    const HostLabel first = labelAt(one, block);
    QCOMPARE(first.field->name, std::string{"refcount 0 to 7"});
    std::string counts;
    for (int bit = 0; bit < 8; ++bit)
        counts += (bit ? ", " : "") + std::to_string(words.at(block, 1) >> bit & 1);
    QCOMPARE(first.field->value, counts);
    const HostLabels four{open("bits4.qcow2")};
    const Words fourWords{path("bits4.qcow2")};
    const HostLabel pair = labelAt(four, fourWords.at(fourWords.at(48)) + 1);
    QCOMPARE(pair.field->name, std::string{"refcount 2 to 3"});
    QCOMPARE(pair.field->value, std::string{"1, 1"});
}

void TestLabels::snapshotAndBitmapFieldsAreNamed()
{
    const HostLabels labels{open("rich.qcow2")};
    std::map<std::string, std::set<std::string>> fields;
    std::set<std::string> structures;
    for (const HostLabel& label : allLabels(labels)) {
        structures.insert(label.structure);
        if (label.field)
            fields[label.structure].insert(label.field->name);
    }
    QVERIFY(fields["Snapshot 1"].contains("l1_table_offset"));
    QVERIFY(fields["Snapshot 2"].contains("name"));
    QVERIFY(fields["L1 table of snapshot 1"].contains("entry 0"));
    QVERIFY(fields["L1 table of snapshot 2"].contains("entry 0"));
    QVERIFY(fields["Bitmap 1"].contains("bitmap_table_offset"));
    QVERIFY(fields["Table of bitmap 1"].contains("entry 0"));
    QVERIFY(structures.contains("Compressed cluster"));
    QVERIFY(structures.contains("Guest data of snapshots"));
    QVERIFY(structures.contains("Guest data shared with snapshots"));
    QVERIFY(fields["Extension: bitmaps"].contains("nb_bitmaps"));
    // Two streams share a sector: the byte belongs to the one that begins there.
    const auto image = open("rich.qcow2");
    const Extent second = image->activeState().extentAt(GuestOffset{9 << 20}, Bytes{1});
    QCOMPARE(second.kind, ExtentKind::Compressed);
    QCOMPARE(labelAt(labels, second.host.value).guest->value, quint64{9 << 20});
    QCOMPARE(labelAt(labels, second.host.value - 1).guest->value, quint64{8 << 20});
}

void TestLabels::keySlotsAreNamed()
{
    const HostLabels labels{open("luks.qcow2")};
    std::map<std::string, std::uint64_t> bytes;
    for (const HostLabel& label : allLabels(labels)) {
        if (label.use == HostUse::EncryptionHeader)
            bytes[label.structure] += label.length.value;
    }
    QCOMPARE(bytes["LUKS header"], std::uint64_t{208});
    for (int slot = 0; slot < 8; ++slot)
        QCOMPARE(bytes["LUKS key slot " + std::to_string(slot)], std::uint64_t{48});
    QCOMPARE(bytes["Key material of slot 0"], std::uint64_t{64 * 4000});
}

void TestLabels::headerFieldsAreTheOnesDescribed()
{
    QFETCH(const QString, name);
    const auto image = open(name);
    const HostLabels labels{image};
    for (const StructureMark& structure : image->describe()) {
        for (const FieldMark& field : structure.fields) {
            if (field.length.value == 0)
                continue;
            const HostLabel label = labelAt(labels, field.at.value);
            QCOMPARE(label.structure, structure.name);
            QVERIFY(label.field);
            QCOMPARE(label.field->name, field.name);
            QCOMPARE(label.field->value, field.value);
        }
    }
}

void TestLabels::boundedMemoryGivesTheSame()
{
    QFETCH(const QString, name);
    const auto image = open(name);
    const HostLabels all{image};
    const HostLabels few{image, 4};
    const std::uint64_t size = image->file().size().value;
    for (const std::uint64_t at : {size / 2, size - 100, std::uint64_t{0}, size / 3}) {
        const auto expected = all.labelsOf(HostOffset{at}, Bytes{3000}, {});
        const auto found = few.labelsOf(HostOffset{at}, Bytes{3000}, {});
        std::uint64_t covered = 0;
        for (const HostLabel& label : found) {
            covered += label.length.value;
            const auto same = std::ranges::find_if(expected, [&](const HostLabel& one) {
                return one.start <= label.start && label.end() <= one.end();
            });
            QVERIFY(same != expected.end());
            QCOMPARE(label.structure, same->structure);
            QCOMPARE(hostUseName(label.use), hostUseName(same->use));
        }
        QCOMPARE(covered, std::min<std::uint64_t>(3000, size - at));
    }
}

void TestLabels::damagedEntriesSayWhatIsWrong()
{
    Qcow2Builder builder;
    builder.l2(0, 5 * 4096 + 512);
    builder.l2(1, std::uint64_t{1} << 40);
    builder.refcount(11, 1).cut(12 * 4096);
    const HostLabels labels{std::make_shared<qcow2::Qcow2Image>(builder.file())};
    QVERIFY(!labelAt(labels, builder.cluster(4)).field->verdict.empty());
    QVERIFY(!labelAt(labels, builder.cluster(4) + 8).field->verdict.empty());
    QVERIFY(labelAt(labels, builder.cluster(4) + 16).field->verdict.empty());
    QCOMPARE(hostUseName(labelAt(labels, builder.cluster(5)).use), "leaked");
    QCOMPARE(hostUseName(labelAt(labels, builder.cluster(11)).use), "leaked");
    QCOMPARE(hostUseName(labelAt(labels, builder.cluster(10)).use), "free");
}

void TestLabels::entriesLeadToTheData_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"plain.qcow2", "small.qcow2", "extended.qcow2", "one.qcow", "box.vdi"})
        QTest::addRow("%s", name) << name;
}

void TestLabels::entriesLeadToTheData()
{
    QFETCH(const QString, name);
    const auto image = open(name);
    const Bytes cluster = *image->clusterSize();
    for (const std::uint64_t guest :
        {std::uint64_t{1} << 20, std::uint64_t{0}, std::uint64_t{1100 << 10}}) {
        const auto entries = image->entriesOf(GuestOffset{guest}, {});
        QCOMPARE(entries.size(), name.endsWith("vdi") ? 1U : 2U);
        const FieldMark& entry = entries.back().fields.front();
        const Extent extent = image->activeState().extentAt(GuestOffset{guest}, Bytes{1});
        QCOMPARE(extent.kind, ExtentKind::Data);
        QCOMPARE(entry.target->value + guest % cluster.value, extent.host.value);
        QCOMPARE(entry.guest->value, guest / cluster.value * cluster.value);
        // The same entry by its number, and the label of its own bytes.
        const HostLabels labels{image};
        const HostLabel label = labelAt(labels, entry.at.value);
        QCOMPARE(label.field->name, entry.name);
        QCOMPARE(label.structure, entries.back().name);
        const std::uint64_t index = (entry.at.value - entries.back().at.value)
            / (entry.length.value == 4            ? 4
                    : name.startsWith("extended") ? 16
                                                  : 8);
        const std::uint64_t table = name.endsWith("vdi")
            ? 0
            : (entries.front().fields.front().at.value - entries.front().at.value) / 8;
        QCOMPARE(image->guestOfEntry(table, index)->value, entry.guest->value);
    }
}

void TestLabels::entriesOfPlacesWithoutTables()
{
    const auto image = open("small.qcow2");
    QCOMPARE(image->entriesOf(GuestOffset{2 << 20}, {}).size(), std::size_t{1});
    QVERIFY(image->entriesOf(GuestOffset{std::uint64_t{1} << 60}, {}).empty());
    QVERIFY(!image->guestOfEntry(std::uint64_t{1} << 40, 0));
    QVERIFY(!image->guestOfEntry(0, 64));
    QVERIFY(open("plain.raw")->entriesOf(GuestOffset{0}, {}).empty());
    const auto rich = open("rich.qcow2");
    const auto now = rich->entriesOf(GuestOffset{1 << 20}, {});
    const auto then = rich->entriesOf(GuestOffset{1 << 20}, std::size_t{0});
    QVERIFY(now.back().fields.front().target != then.back().fields.front().target);
}

void TestLabels::canBeCancelled()
{
    const HostLabels labels{open("rich.qcow2")};
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(
        Cancelled, labels.labelsOf(HostOffset{0}, Bytes{4096}, JobControl{stop.get_token(), {}}));
    QCOMPARE(labelAt(labels, 0).field->name, std::string{"magic"}); // and asked again
}

QTEST_GUILESS_MAIN(TestLabels)
#include "tst_labels.moc"
