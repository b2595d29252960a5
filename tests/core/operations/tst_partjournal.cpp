// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/MemoryFile.h"
#include "core/operations/resume/PartJournal.h"
#include "core/operations/resume/PieceOutcomes.h"

#include <QTest>

#include <random>

using namespace platter;

namespace {

using Content = std::vector<std::byte>;
using Unit = GuestPiece::Unit;

constexpr Bytes cluster{65536};

Unit unitOf(
    Unit::Kind kind, std::uint32_t stored = 0, std::uint32_t zero = 0, std::uint32_t length = 0)
{
    Unit unit;
    unit.kind = kind;
    unit.stored = stored;
    unit.zero = zero;
    unit.streamLength = length;
    return unit;
}

std::vector<Unit> randomUnits(std::size_t count, std::mt19937_64& random)
{
    std::vector<Unit> units;
    while (units.size() < count) {
        const auto kind = static_cast<Unit::Kind>(random() % 4);
        const auto stored = static_cast<std::uint32_t>(random() % 3 ? 1 : random());
        const auto zero = static_cast<std::uint32_t>(random() % 3 ? 0 : random());
        for (std::size_t run = 1 + random() % 20; run > 0 && units.size() < count; --run)
            units.push_back(unitOf(kind, stored, zero,
                kind == Unit::Kind::Compressed
                    ? static_cast<std::uint32_t>(1 + random() % (cluster.value - 1))
                    : 0));
    }
    return units;
}

bool areSame(const Unit& a, const Unit& b)
{
    return a.kind == b.kind && a.stored == b.stored && a.zero == b.zero
        && a.streamLength == b.streamLength;
}

part::Witness witnessAt(std::uint64_t at)
{
    part::Witness witness;
    witness.at = HostOffset{at};
    witness.length = 512;
    witness.hash.fill(static_cast<std::byte>(at));
    return witness;
}

/// A journal of three checkpoints.
Content journalBytes()
{
    const auto file = std::make_shared<MemoryFile>(Content{});
    part::Head head;
    head.key.fill(std::byte{7});
    head.imageInode = 12;
    part::Writer writer{file, head};
    for (std::uint64_t i = 0; i < 3; ++i) {
        part::CheckpointHead checkpoint;
        checkpoint.done = 10 * (i + 1);
        checkpoint.plan = 1234 + i;
        checkpoint.imageLength = Bytes{(i + 1) << 20};
        const std::vector<part::Witness> witnesses(i, witnessAt(i << 12));
        writer.append(checkpoint, witnesses, Content(i * 3000, std::byte{9}));
    }
    Content bytes(file->size().value);
    file->read(HostOffset{0}, bytes);
    return bytes;
}

/// How many checkpoints a journal has; -1: it is none.
int checkpointsIn(const Content& bytes)
{
    try {
        const part::Reader reader{std::make_shared<MemoryFile>(bytes)};
        return static_cast<int>(reader.checkpoints().size());
    } catch (const FormatError&) {
        return -1;
    }
}

} // namespace

/// The journal beside a part file gives back what was written, and believes nothing else.
class TestPartJournal final : public QObject {
    Q_OBJECT
private slots:
    void outcomesComeBack();
    void hostileOutcomesAreRefused_data();
    void hostileOutcomesAreRefused();
    void anyOutcomesAreTakenOrRefused();
    void checkpointsComeBack();
    void writingGoesOn();
    void cutJournalsKeepWhatIsWhole();
    void noFlippedBitIsBelieved();
    void hostileHeadsAreRefused_data();
    void hostileHeadsAreRefused();
};

void TestPartJournal::outcomesComeBack()
{
    std::mt19937_64 random{1};
    OutcomeWriter writer;
    std::vector<std::vector<Unit>> pieces;
    for (int i = 0; i < 200; ++i) {
        pieces.push_back(randomUnits(1 + random() % 40, random));
        writer.add(pieces.back());
    }
    QVERIFY(writer.size() > 0);
    OutcomeReader reader{writer.take()};
    for (const auto& expected : pieces) {
        std::vector<Unit> units(expected.size());
        std::uint64_t streams = 0;
        const std::uint64_t told = reader.next(units, cluster);
        for (std::size_t i = 0; i < units.size(); ++i) {
            QVERIFY(areSame(units[i], expected[i]));
            if (units[i].kind == Unit::Kind::Compressed)
                QCOMPARE(std::uint64_t{units[i].streamAt}, streams);
            streams += units[i].streamLength;
        }
        QCOMPARE(told, streams);
    }
    QVERIFY(reader.atEnd());
    QCOMPARE(writer.take(), Content{});
    // A terabyte of plain clusters is one run.
    for (int i = 0; i < 1 << 14; ++i)
        writer.add(std::vector<Unit>(16, unitOf(Unit::Kind::Plain, 1)));
    QVERIFY(writer.take().size() < 16);
}

void TestPartJournal::hostileOutcomesAreRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("a run without units") << QByteArray::fromHex("00010100");
    QTest::newRow("an unknown kind") << QByteArray::fromHex("10040100");
    QTest::newRow("more bits than there are parts") << QByteArray::fromHex("1001ffffffff1f00");
    QTest::newRow("a number without end") << QByteArray(40, '\xff');
    QTest::newRow("a stream of no bytes") << QByteArray::fromHex("01030100") + QByteArray(1, '\0');
    QTest::newRow("a stream as long as a cluster") << QByteArray::fromHex("01030100808004");
    QTest::newRow("streams that are not there") << QByteArray::fromHex("0203010005");
    QTest::newRow("fewer units than asked for") << QByteArray::fromHex("01010100");
}

void TestPartJournal::hostileOutcomesAreRefused()
{
    QFETCH(const QByteArray, bytes);
    const auto raw = std::as_bytes(std::span{bytes.constData(), static_cast<size_t>(bytes.size())});
    OutcomeReader reader{Content{raw.begin(), raw.end()}};
    std::vector<Unit> units(2);
    QVERIFY_EXCEPTION_THROWN(reader.next(units, cluster), FormatError);
}

void TestPartJournal::anyOutcomesAreTakenOrRefused()
{
    std::mt19937_64 random{2};
    for (int i = 0; i < 20'000; ++i) {
        Content bytes(random() % 30);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(random() % 4 ? random() % 5 : random());
        OutcomeReader reader{std::move(bytes)};
        try {
            while (!reader.atEnd()) {
                std::vector<Unit> units(16);
                QVERIFY(reader.next(units, cluster) < 16 * cluster.value);
            }
        } catch (const FormatError&) {
            continue;
        }
    }
}

void TestPartJournal::checkpointsComeBack()
{
    const part::Reader reader{std::make_shared<MemoryFile>(journalBytes())};
    QCOMPARE(reader.head().imageInode, std::uint64_t{12});
    QCOMPARE(part::imageOf(reader.head()), (part::FileName{0, 12, 0}));
    QCOMPARE(reader.head().key[5], std::byte{7});
    QCOMPARE(reader.checkpoints().size(), std::size_t{3});
    const auto& last = reader.checkpoints()[2];
    QCOMPARE(last.head.done, std::uint64_t{30});
    QCOMPARE(last.head.plan, std::uint64_t{1236});
    QCOMPARE(last.head.imageLength, Bytes{3 << 20});
    const auto witnesses = reader.witnessesOf(last);
    QCOMPARE(witnesses.size(), std::size_t{2});
    QCOMPARE(witnesses[1].at, HostOffset{2 << 12});
    QCOMPARE(witnesses[1].hash, witnessAt(2 << 12).hash);
    QCOMPARE(reader.outcomesOf(last), Content(6000, std::byte{9}));
    QVERIFY(reader.outcomesOf(reader.checkpoints()[0]).empty());
}

/// What is written behind an earlier checkpoint replaces what was there.
void TestPartJournal::writingGoesOn()
{
    const auto file = std::make_shared<MemoryFile>(journalBytes());
    const part::Reader before{file};
    const auto& second = before.checkpoints()[1];
    part::Writer writer{file, second.end, 2, second.head.checksum};
    part::CheckpointHead more;
    more.done = 99;
    writer.append(more, {}, {});
    const part::Reader after{file};
    QCOMPARE(after.checkpoints().size(), std::size_t{3});
    QCOMPARE(after.checkpoints()[2].head.done, std::uint64_t{99});
}

void TestPartJournal::cutJournalsKeepWhatIsWhole()
{
    const Content whole = journalBytes();
    const part::Reader reader{std::make_shared<MemoryFile>(whole)};
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        int expected = length < 192 ? -1 : 0;
        for (const auto& checkpoint : reader.checkpoints())
            expected += length >= checkpoint.end.value ? 1 : 0;
        const int found = checkpointsIn({whole.begin(), whole.begin() + std::ptrdiff_t(length)});
        QVERIFY2(found == expected, qPrintable(QString::number(length)));
    }
}

void TestPartJournal::noFlippedBitIsBelieved()
{
    const Content whole = journalBytes();
    const part::Reader reader{std::make_shared<MemoryFile>(whole)};
    const auto places = reader.checkpoints();
    Content bytes = whole;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned bit = 0; bit < 8; bit += 7) {
            bytes[at] ^= static_cast<std::byte>(1U << bit);
            int expected = at < 192 ? -1 : 3;
            for (std::size_t i = 0; i < places.size(); ++i) {
                const std::uint64_t start = places[i].at.value;
                const std::uint64_t used = 152 + i * 32 + i * 3000;
                if (at >= start && at < start + used)
                    expected = static_cast<int>(i);
            }
            const int found = checkpointsIn(bytes);
            QVERIFY2(found == expected, qPrintable(QString::number(at)));
            bytes[at] = whole[at];
        }
    }
}

void TestPartJournal::hostileHeadsAreRefused_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<quint64>("value");
    QTest::newRow("a number that is not the next") << QByteArray("index") << quint64{1};
    QTest::newRow("no piece more than before") << QByteArray("done") << quint64{0};
    QTest::newRow("more witnesses than there are") << QByteArray("witnesses") << quint64{65};
    QTest::newRow("witnesses behind the end") << QByteArray("witnesses") << quint64{64};
    QTest::newRow("outcomes behind the end") << QByteArray("outcomes") << quint64{1 << 24};
    QTest::newRow("more outcomes than memory") << QByteArray("outcomes") << ~quint64{0};
    QTest::newRow("a file longer than any") << QByteArray("image_length") << ~quint64{0};
    QTest::newRow("a data file longer than any") << QByteArray("data_length") << ~quint64{0};
}

/// Also where all checksums are right.
void TestPartJournal::hostileHeadsAreRefused()
{
    QFETCH(const QByteArray, field);
    QFETCH(const quint64, value);
    Content bytes = journalBytes();
    const part::Reader reader{std::make_shared<MemoryFile>(bytes)};
    const auto at = static_cast<std::ptrdiff_t>(reader.checkpoints()[0].at.value);
    const auto* row = part::checkpointFields.find(field.constData());
    QVERIFY(row);
    std::byte* const place = bytes.data() + at + row->at;
    if (row->width == 4)
        storeBig(place, static_cast<std::uint32_t>(value));
    else
        storeBig(place, std::uint64_t{value});
    const auto sumAt = part::checkpointFields.find("checksum")->at;
    const part::Digest sum = journal::sha256({std::span{bytes}.subspan(std::size_t(at), sumAt)});
    std::copy(sum.begin(), sum.end(), bytes.begin() + at + sumAt);
    QCOMPARE(checkpointsIn(bytes), 0);
}

QTEST_APPLESS_MAIN(TestPartJournal)
#include "tst_partjournal.moc"
