// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/disk/BackingChain.h"
#include "core/formats/EntryTable.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "tests/support/Qcow2Builder.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

using namespace platter;
using namespace platter::tests;

namespace {

const EntryTable* tableCalled(const std::vector<EntryTable>& tables, std::string_view name)
{
    for (const EntryTable& table : tables) {
        if (table.name == name)
            return &table;
    }
    return nullptr;
}

} // namespace

class TestEntryTable final : public QObject {
    Q_OBJECT

private slots:
    void entriesAreTheWordsOfTheFile_data();
    void entriesAreTheWordsOfTheFile();
    void partsMakeTheWhole();
    void recordsBeginWhereTheyLie();
    void bytesBelongToEntries();
    void whatIsMissingReadsAsZero();
    void anImpossibleTableOfASnapshotIsLeftOut();
    void oneThousandSnapshots();

private:
    QTemporaryDir m_folder;
};

void TestEntryTable::entriesAreTheWordsOfTheFile_data()
{
    QTest::addColumn<QStringList>("create");
    QTest::addColumn<QString>("table");
    QTest::addColumn<quint64>("entries");
    QTest::addColumn<int>("width");
    QTest::addColumn<quint64>("coverage");
    QTest::addRow("an L1 table of one entry")
        << QStringList{"-f", "qcow2"} << "L1 table" << quint64{1} << 8 << (quint64{512} << 20);
    QTest::addRow("an L1 table of many") << QStringList{"-f", "qcow2", "-o", "cluster_size=512"}
                                         << "L1 table" << quint64{2048} << 8 << quint64{32 * 1024};
    QTest::addRow("extended entries") << QStringList{"-f", "qcow2", "-o", "extended_l2=on"}
                                      << "L1 table" << quint64{1} << 8 << (quint64{256} << 20);
    QTest::addRow("a refcount table")
        << QStringList{"-f", "qcow2"} << "Refcount table" << quint64{8192} << 8 << quint64{0};
    QTest::addRow("QCOW") << QStringList{"-f", "qcow"} << "L1 table" << quint64{32} << 8
                          << (quint64{2} << 20);
    QTest::addRow("VDI") << QStringList{"-f", "vdi"} << "Block map" << quint64{64} << 4
                         << (quint64{1} << 20);
}

void TestEntryTable::entriesAreTheWordsOfTheFile()
{
    QFETCH(const QStringList, create);
    QFETCH(const QString, table);
    QFETCH(const quint64, entries);
    QFETCH(const int, width);
    QFETCH(const quint64, coverage);
    const QString path = m_folder.filePath(QStringLiteral("image"));
    qemuImg(QStringList{"create", "-q"} + create + QStringList{path, "64M"});
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    const auto image = openImage(path.toStdString(), {}, {}).image;
    const auto tables = image->tables();
    const EntryTable* const found = tableCalled(tables, table.toStdString());
    QVERIFY(found);
    QCOMPARE(quint64{found->entries}, entries);
    QCOMPARE(quint64{found->coverage.value}, coverage);
    const TableRows rows = describeEntries(*image, *found, 0, entries);
    QCOMPARE(quint64{rows.fields.size()}, entries);
    QVERIFY(rows.records.empty());
    for (std::uint64_t i = 0; i < entries; ++i) {
        const FieldMark& field = rows.fields[i];
        QCOMPARE(field.at, found->placeOf(i));
        QCOMPARE(field.length, Bytes{static_cast<std::uint64_t>(width)});
        if (coverage)
            QCOMPARE(field.guest, GuestOffset{i * coverage});
        const char* word = bytes.constData() + field.at.value;
        const quint64 stored
            = width == 4 ? qFromLittleEndian<quint32>(word) : qFromBigEndian<quint64>(word);
        QCOMPARE(quint64{*field.number}, stored);
    }
}

void TestEntryTable::partsMakeTheWhole()
{
    const auto image = openQcow2(Qcow2Builder{}.file());
    const auto tables = image->tables();
    const EntryTable& table = *tableCalled(tables, "Refcount table");
    QCOMPARE(table.entries, std::uint64_t{512});
    const TableRows whole = describeEntries(*image, table, 0, 512);
    std::uint64_t at = 0;
    for (const std::uint64_t part : {1U, 7U, 300U, 204U}) {
        const TableRows some = describeEntries(*image, table, at, part);
        QCOMPARE(some.fields.size(), std::size_t{part});
        for (const FieldMark& field : some.fields) {
            QCOMPARE(field.name, whole.fields[at].name);
            QCOMPARE(field.value, whole.fields[at].value);
            ++at;
        }
    }
    QCOMPARE(at, std::uint64_t{512});
    QCOMPARE(describeEntries(*image, table, 510, 1000).size(), std::size_t{2});
    QCOMPARE(describeEntries(*image, table, 512, 1).size(), std::size_t{0});
    QCOMPARE(describeEntries(*image, table, ~std::uint64_t{0}, ~std::uint64_t{0}).size(),
        std::size_t{0});
}

void TestEntryTable::recordsBeginWhereTheyLie()
{
    const QString path = m_folder.filePath(QStringLiteral("records.qcow2"));
    qemuImg({"create", "-q", "-f", "qcow2", path, "64M"});
    for (const char* name : {"a", "a longer name", "the third"}) {
        qemuImg({"bitmap", "--add", path, name});
        qemuImg({"snapshot", "-c", name, path});
    }
    const auto image = openImage(path.toStdString(), {}, {}).image;
    const auto described = image->describe();
    const auto tables = image->tables();
    for (const auto& [table, record, below] :
        {std::tuple{"Snapshot table", "Snapshot ", "L1 table of snapshot "},
            {"Bitmap directory", "Bitmap ", "Table of bitmap "}}) {
        const EntryTable* const found = tableCalled(tables, table);
        QVERIFY(found);
        QCOMPARE(found->entries, std::uint64_t{3});
        for (std::uint64_t i = 0; i < 3; ++i) {
            const TableRows one = describeEntries(*image, *found, i, 1);
            QCOMPARE(one.records.size(), std::size_t{1});
            QCOMPARE(one.records[0].at, found->placeOf(i));
            QVERIFY(QString::fromStdString(one.records[0].name).startsWith(QLatin1String(record)));
            QVERIFY(one.below[0]);
            QCOMPARE(one.below[0]->name, below + std::to_string(i + 1));
            QVERIFY(describeEntries(*image, *one.below[0], 0, 1).size() == 1);
            // It is what describe() says of the same bytes.
            const auto same = std::find_if(described.begin(), described.end(),
                [&](const StructureMark& mark) { return mark.at == one.records[0].at; });
            QVERIFY(same != described.end());
            QCOMPARE(same->name, one.records[0].name);
            QCOMPARE(same->fields.size(), one.records[0].fields.size());
        }
        QCOMPARE(describeEntries(*image, *found, 0, 3).records.size(), std::size_t{3});
    }
}

void TestEntryTable::bytesBelongToEntries()
{
    const auto image = openQcow2(Qcow2Builder{}.snapshot("1", "one").file());
    for (const EntryTable& table : image->tables()) {
        for (std::uint64_t i = 0; i < table.entries; ++i) {
            QCOMPARE(table.entryAt(table.placeOf(i)), std::optional{i});
            QCOMPARE(table.entryAt(HostOffset{table.placeOf(i + 1).value - 1}), std::optional{i});
        }
        QVERIFY(!table.entryAt(HostOffset{table.at().value - 1}));
        QVERIFY(!table.entryAt(table.at() + table.length()));
    }
}

void TestEntryTable::whatIsMissingReadsAsZero()
{
    Qcow2Builder builder;
    const auto image = openQcow2(builder.cut(builder.cluster(1) + 20).file());
    const auto tables = image->tables();
    const TableRows rows = describeEntries(*image, *tableCalled(tables, "Refcount table"), 0, 512);
    QCOMPARE(rows.fields.size(), std::size_t{512});
    QVERIFY(rows.fields[1].verdict.empty());
    for (const std::size_t i : {2U, 3U, 511U}) {
        QVERIFY(rows.fields[i].verdict.find("The file ends before it") != std::string::npos);
        QCOMPARE(*rows.fields[i].number, std::uint64_t{0});
    }
}

void TestEntryTable::anImpossibleTableOfASnapshotIsLeftOut()
{
    Qcow2Builder builder;
    builder.snapshot("1", "one").put64(builder.cluster(10), ~std::uint64_t{0} << 12);
    builder.put32(builder.cluster(10) + 8, 4'000'000);
    const auto image = openQcow2(builder.file());
    const auto tables = image->tables();
    const EntryTable* const snapshots = tableCalled(tables, "Snapshot table");
    QVERIFY(snapshots);
    QVERIFY(!image->tableBelow(*snapshots, 0));
    QVERIFY(!image->tableBelow(*snapshots, 1));
    QCOMPARE(describeEntries(*image, *snapshots, 0, 10).records.size(), std::size_t{1});
}

/// More than describe() lists.
void TestEntryTable::oneThousandSnapshots()
{
    constexpr std::uint32_t count = 1500;
    Qcow2Builder builder;
    const std::uint64_t table = builder.cluster(10);
    builder.cut(builder.cluster(10 + 30)).set("nb_snapshots", count).set("snapshots_offset", table);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t at = table + i * 64;
        builder.put64(at, builder.cluster(3)).put32(at + 8, 1).put16(at + 12, 4).put16(at + 14, 0);
        builder.put32(at + 36, 16).put64(at + 48, 1 << 20);
        builder.put(at + 56, QByteArray::number(static_cast<qulonglong>(1000 + i)));
    }
    const auto image = openQcow2(builder.file());
    QCOMPARE(image->snapshots().size(), std::size_t{count});
    const auto tables = image->tables();
    const EntryTable& all = *tableCalled(tables, "Snapshot table");
    QCOMPARE(all.entries, std::uint64_t{count});
    const TableRows last = describeEntries(*image, all, count - 1, 5);
    QCOMPARE(last.records.size(), std::size_t{1});
    QCOMPARE(last.records[0].name, std::string{"Snapshot 1500"});
}

QTEST_GUILESS_MAIN(TestEntryTable)
#include "tst_entrytable.moc"
