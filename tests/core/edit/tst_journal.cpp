// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"
#include "core/edit/JournalReader.h"
#include "core/edit/JournalWriter.h"
#include "core/io/MemoryFile.h"

#include <QTest>

using namespace platter;
using journal::Phase;
using journal::RecordKind;

namespace {

std::vector<std::byte> filled(std::size_t count, unsigned char value)
{
    return std::vector<std::byte>(count, std::byte{value});
}

journal::Header sampleHeader()
{
    journal::Header header;
    header.id.fill(std::byte{0x42});
    header.previous.fill(std::byte{0x41});
    header.number = 3;
    header.made = 1'700'000'000'123'456'789;
    header.device = 2049;
    header.inode = 77;
    header.birth = 1'600'000'000'000'000'001;
    header.oldLength = Bytes{100'000};
    header.newLength = Bytes{90'000};
    header.oldChanged = 5;
    journal::putText(header.name, "disk.qcow2");
    journal::putText(header.act, "amend");
    journal::putText(header.summary, "Turn lazy refcounts on.");
    return header;
}

/// A journal with a record of each kind.
std::shared_ptr<MemoryFile> sampleJournal(std::optional<Phase> phase = Phase::Started)
{
    auto file = std::make_shared<MemoryFile>(std::vector<std::byte>{});
    JournalWriter writer{file, sampleHeader()};
    writer.keepBytes(HostOffset{4096}, filled(700, 1), journal::sha256({filled(700, 2)}));
    writer.beginEpoch(1);
    writer.keepHole(HostOffset{8192}, Bytes{4096}, journal::sha256({filled(4096, 3)}));
    writer.keepBytes(HostOffset{90'000}, filled(10'000, 4), std::nullopt);
    writer.keepLength(Bytes{100'000});
    writer.finish();
    if (phase)
        writer.enter(*phase);
    return file;
}

} // namespace

/// The journal on disk: what was written is read, and nothing else is believed.
class TestJournal : public QObject {
    Q_OBJECT
private slots:
    void gives_back_what_was_kept();
    void without_a_state_it_is_being_prepared();
    void the_newer_state_holds_and_a_torn_one_leaves_the_older();
    void a_foreign_state_does_not_count();
    void every_changed_byte_is_noticed();
    void every_cut_is_noticed();
    void hostile_values_are_refused_data();
    void hostile_values_are_refused();
};

void TestJournal::gives_back_what_was_kept()
{
    const JournalReader reader{sampleJournal()};
    const journal::Header& header = reader.header();
    QCOMPARE(header.number, std::uint64_t{3});
    QCOMPARE(header.made, std::uint64_t{1'700'000'000'123'456'789});
    QCOMPARE(header.inode, std::uint64_t{77});
    QCOMPARE(header.oldLength, Bytes{100'000});
    QVERIFY(header.previous == sampleHeader().previous);
    QCOMPARE(journal::textOf(header.name), std::string{"disk.qcow2"});
    QCOMPARE(journal::textOf(header.act), std::string{"amend"});
    QCOMPARE(journal::textOf(header.summary), std::string{"Turn lazy refcounts on."});
    QVERIFY(reader.state());
    QCOMPARE(reader.state()->phase, static_cast<std::uint32_t>(Phase::Started));

    const auto records = reader.records({});
    QCOMPARE(records.size(), std::size_t{4});
    QVERIFY(records[0].kind == RecordKind::Bytes && records[0].hasAfter && records[0].epoch == 0);
    QCOMPARE(records[0].at, HostOffset{4096});
    std::vector<std::byte> bytes(700);
    reader.bytesOf(records[0], bytes);
    QVERIFY(bytes == filled(700, 1));
    QVERIFY(reader.afterHashOf(records[0]) == journal::sha256({filled(700, 2)}));
    QVERIFY(records[1].kind == RecordKind::Hole && records[1].epoch == 1);
    QCOMPARE(records[1].length, Bytes{4096});
    QVERIFY(records[2].kind == RecordKind::Bytes && !records[2].hasAfter);
    QVERIFY(records[3].kind == RecordKind::Length);
    QCOMPARE(records[3].at, HostOffset{100'000});
}

void TestJournal::without_a_state_it_is_being_prepared()
{
    const JournalReader reader{sampleJournal(std::nullopt)};
    QVERIFY(!reader.state());
    QVERIFY(reader.records({}).empty());
}

void TestJournal::the_newer_state_holds_and_a_torn_one_leaves_the_older()
{
    const auto file = sampleJournal(Phase::Started);
    journal::State state = *JournalReader{file}.state();
    state.phase = static_cast<std::uint32_t>(Phase::Complete);
    state.afterLength = Bytes{90'000};
    ++state.serial;
    const auto before = file->bytes();
    journal::writeState(*file, state);
    QCOMPARE(JournalReader{file}.state()->phase, static_cast<std::uint32_t>(Phase::Complete));
    QCOMPARE(JournalReader{file}.state()->afterLength, Bytes{90'000});
    // Whatever byte of the new slot is not there, the old one holds.
    const auto after = file->bytes();
    for (std::size_t at = 0; at < after.size(); ++at) {
        if (before[at] == after[at])
            continue;
        auto torn = after;
        torn[at] = before[at];
        const JournalReader reader{std::make_shared<MemoryFile>(torn)};
        QVERIFY(reader.state());
        QCOMPARE(reader.state()->phase, static_cast<std::uint32_t>(Phase::Started));
    }
}

void TestJournal::a_foreign_state_does_not_count()
{
    const auto file = sampleJournal(Phase::Complete);
    journal::Header other = sampleHeader();
    other.id.fill(std::byte{0x43});
    journal::writeHeader(*file, other);
    QVERIFY(!JournalReader{file}.state());
    QVERIFY(journal::readState(*file, std::nullopt));
}

void TestJournal::every_changed_byte_is_noticed()
{
    const auto file = sampleJournal();
    const auto good = file->bytes();
    for (std::size_t at = 0; at < good.size(); ++at) {
        // Padding of the first pages means nothing; every other byte does.
        const bool isPadding = (at >= 1016 && at < journal::stateSlots)
            || (at >= journal::stateSlots && at < journal::recordsStart
                && !(at >= journal::stateSlots + journal::slotDistance
                    && at < journal::stateSlots + journal::slotDistance + 400));
        if (isPadding)
            continue;
        auto bytes = good;
        bytes[at] ^= std::byte{0x10};
        bool noticed = false;
        try {
            const JournalReader reader{std::make_shared<MemoryFile>(bytes)};
            noticed = !reader.state();
            reader.records({});
        } catch (const FormatError&) {
            noticed = true;
        }
        QVERIFY2(noticed, qPrintable(QString::number(at)));
    }
}

void TestJournal::every_cut_is_noticed()
{
    const auto good = sampleJournal()->bytes();
    for (std::size_t size = 0; size < good.size(); size += size < 14'000 ? 1 : 97) {
        const std::vector<std::byte> cut{good.begin(), good.begin() + std::ptrdiff_t(size)};
        bool noticed = false;
        try {
            const JournalReader reader{std::make_shared<MemoryFile>(cut)};
            noticed = !reader.state();
            reader.records({});
        } catch (const FormatError&) {
            noticed = true;
        }
        QVERIFY2(noticed, qPrintable(QString::number(size)));
    }
}

void TestJournal::hostile_values_are_refused_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<quint64>("value");
    QTest::addRow("records end far behind the file") << "records_end" << (quint64{1} << 62);
    QTest::addRow("more records than fit") << "record_count" << ~quint64{0};
    QTest::addRow("records end before they begin") << "records_end" << quint64{5};
    QTest::addRow("a phase that is none") << "phase" << quint64{9};
}

void TestJournal::hostile_values_are_refused()
{
    QFETCH(const QString, field);
    QFETCH(const quint64, value);
    const auto file = sampleJournal();
    journal::State state = *JournalReader{file}.state();
    const auto* row = journal::stateFields.find(field.toStdString());
    QVERIFY(row);
    std::array<std::byte, 8> raw{};
    storeBig(raw.data(), std::uint64_t{value});
    row->read(state, raw.data() + (8 - row->width), ByteOrder::Big);
    ++state.serial;
    journal::writeState(*file, state);
    // A slot that cannot be true does not count; one that could is measured against the file.
    const JournalReader reader{file};
    if (reader.state()->serial == state.serial)
        QVERIFY_EXCEPTION_THROWN(reader.records({}), FormatError);
    else
        QCOMPARE(reader.state()->serial + 1, state.serial);
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
