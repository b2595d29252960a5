// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/DiskFile.h"
#include "core/io/MemoryFile.h"
#include "core/operations/Find.h"
#include "tests/support/Oracle.h"
#include "tests/support/Qemu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace platter;
using namespace platter::tests;

namespace {

/// Bytes at hand with holes that the search is told of.
class FakeSpace final : public ByteSpace {
public:
    std::vector<std::byte> bytes;
    std::uint64_t granule = 512; ///< a whole granule of zeros is a hole

    Bytes size() const override { return Bytes{bytes.size()}; }
    void read(std::uint64_t at, std::span<std::byte> into) const override
    {
        for (std::size_t i = 0; i < into.size(); ++i)
            into[i] = at + i < bytes.size() ? bytes[at + i] : std::byte{0};
    }
    Stretch stretchAt(std::uint64_t at, const JobControl&) const override
    {
        const auto kindOf = [&](std::uint64_t place) {
            const auto first
                = bytes.begin() + static_cast<std::ptrdiff_t>(place / granule * granule);
            const auto last = bytes.begin()
                + static_cast<std::ptrdiff_t>(
                    std::min<std::uint64_t>(bytes.size(), (place / granule + 1) * granule));
            return std::all_of(first, last, [](std::byte b) { return b == std::byte{0}; })
                ? Stretch::Kind::Zeros
                : Stretch::Kind::Stored;
        };
        Stretch stretch{kindOf(at), at};
        while (stretch.end < bytes.size() && kindOf(stretch.end) == stretch.kind)
            stretch.end
                = std::min<std::uint64_t>(bytes.size(), (stretch.end / granule + 1) * granule);
        return stretch;
    }
};

std::optional<std::uint64_t> naive(
    const FakeSpace& space, const FindPattern& pattern, std::uint64_t from, FindDirection direction)
{
    const std::uint64_t size = space.bytes.size();
    if (size < pattern.size())
        return {};
    const std::uint64_t end = size - pattern.size() + 1;
    if (direction == FindDirection::Forward) {
        for (std::uint64_t at = from; at < end; ++at) {
            if (pattern.matches(space.bytes.data() + at))
                return at;
        }
        return {};
    }
    for (std::uint64_t at = std::min(from, end); at-- > 0;) {
        if (pattern.matches(space.bytes.data() + at))
            return at;
    }
    return {};
}

std::vector<std::byte> bytesOf(const QByteArray& text)
{
    const auto data = std::as_bytes(std::span{text.data(), static_cast<std::size_t>(text.size())});
    return {data.begin(), data.end()};
}

} // namespace

/// Looking for bytes and texts, against a search that compares place by place.
class TestFind : public QObject {
    Q_OBJECT
private slots:
    void agreesWithANaiveSearch_data();
    void agreesWithANaiveSearch();
    void findsAcrossTheBordersOfReads();
    void readsPatterns_data();
    void readsPatterns();
    void refusesPatterns_data();
    void refusesPatterns();
    void findsTexts();
    void jumpsOverHoles();
    void findsInGuestAndFile();
    void stopsWhenAsked();
};

void TestFind::agreesWithANaiveSearch_data()
{
    QTest::addColumn<QByteArray>("pattern");
    for (const char* pattern : {"01", "01 02", "0? ?1 00", "00", "00 00 00", "?? ??", "02 00 00 01",
             "00 01", "01 00", "?? 03 ??", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01"})
        QTest::addRow("%s", pattern) << QByteArray{pattern};
}

void TestFind::agreesWithANaiveSearch()
{
    QFETCH(const QByteArray, pattern);
    const FindPattern wanted = hexPattern(pattern.toStdString());
    std::mt19937 random{7};
    for (int round = 0; round < 60; ++round) {
        FakeSpace space;
        space.granule = 64;
        space.bytes.resize(random() % 3000);
        for (std::byte& byte : space.bytes)
            byte = static_cast<std::byte>(random() % 4);
        for (int hole = 0; hole < 4 && !space.bytes.empty(); ++hole) {
            const std::size_t from = random() % space.bytes.size();
            const std::size_t length
                = std::min<std::size_t>(random() % 900, space.bytes.size() - from);
            std::fill_n(
                space.bytes.begin() + static_cast<std::ptrdiff_t>(from), length, std::byte{0});
        }
        for (int start = 0; start < 20; ++start) {
            const std::uint64_t from = random() % (space.bytes.size() + 20);
            for (const auto direction : {FindDirection::Forward, FindDirection::Backward})
                QCOMPARE(find(space, wanted, from, direction, {}),
                    naive(space, wanted, from, direction));
        }
    }
}

void TestFind::findsAcrossTheBordersOfReads()
{
    constexpr std::uint64_t read = 1024 * 1024;
    const FindPattern wanted
        = textPattern("needle in a haystack", TextEncoding::Utf8, LetterCase::Same);
    for (int shift = -25; shift <= 25; ++shift) {
        FakeSpace space;
        space.bytes.assign(3 * read, std::byte{0x55});
        space.granule = 4096;
        const auto place = static_cast<std::uint64_t>(static_cast<std::int64_t>(2 * read) + shift);
        std::copy_n(reinterpret_cast<const std::byte*>("needle in a haystack"), 20,
            space.bytes.begin() + static_cast<std::ptrdiff_t>(place));
        QCOMPARE(find(space, wanted, 0, FindDirection::Forward, {}), std::optional{place});
        QCOMPARE(find(space, wanted, 3 * read, FindDirection::Backward, {}), std::optional{place});
        QVERIFY(!find(space, wanted, place + 1, FindDirection::Forward, {}));
        QVERIFY(!find(space, wanted, place, FindDirection::Backward, {}));
    }
}

void TestFind::readsPatterns_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("mask");
    QTest::addRow("bytes with spaces")
        << QByteArray{"51 46 49 fb"} << QByteArray{"QFI\xfb"} << QByteArray{"\xff\xff\xff\xff"};
    QTest::addRow("bytes without spaces")
        << QByteArray{"5146"} << QByteArray{"QF"} << QByteArray{"\xff\xff"};
    QTest::addRow("wildcards") << QByteArray{"4? ?A ??"} << QByteArray{"\x40\x0a\x00", 3}
                               << QByteArray{"\xf0\x0f\x00", 3};
}

void TestFind::readsPatterns()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, bytes);
    QFETCH(const QByteArray, mask);
    const FindPattern pattern = hexPattern(text.toStdString());
    QVERIFY(pattern.bytes == bytesOf(bytes));
    QVERIFY(pattern.mask == bytesOf(mask));
}

void TestFind::refusesPatterns_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reason");
    QTest::addRow("nothing") << QByteArray{" "} << QByteArray{"nothing to look for"};
    QTest::addRow("half a byte") << QByteArray{"51 4"} << QByteArray{"one is missing"};
    QTest::addRow("no digit") << QByteArray{"5g"} << QByteArray{"\"g\" is neither"};
}

void TestFind::refusesPatterns()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, reason);
    QByteArray said;
    try {
        hexPattern(text.toStdString());
    } catch (const Error& error) {
        said = error.what();
    }
    QVERIFY2(said.contains(reason), said);
}

void TestFind::findsTexts()
{
    FakeSpace space;
    space.bytes = bytesOf("xxGRÜße [");
    space.bytes.resize(64);
    const char16_t wide[] = u"Grüße 🙂";
    std::memcpy(space.bytes.data() + 33, wide, sizeof wide - 2);
    const auto place = [&](std::string_view text, TextEncoding encoding, LetterCase letters) {
        return find(space, textPattern(text, encoding, letters), 0, FindDirection::Forward, {});
    };
    QCOMPARE(place("grÜße", TextEncoding::Utf8, LetterCase::Any), std::optional<std::uint64_t>{2});
    QVERIFY(!place("grÜße", TextEncoding::Utf8, LetterCase::Same));
    QVERIFY(!place("{", TextEncoding::Utf8, LetterCase::Any)); // differs from [ by the case bit
    QCOMPARE(place("gRüße 🙂", TextEncoding::Utf16LittleEndian, LetterCase::Any),
        std::optional<std::uint64_t>{33});
    QVERIFY(!place("🙂", TextEncoding::Utf16BigEndian, LetterCase::Same));
    QVERIFY_THROWS_EXCEPTION(Error, textPattern("\xff", TextEncoding::Utf8, LetterCase::Same));
}

void TestFind::jumpsOverHoles()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("sparse");
    QFile file{path};
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(file.resize(qint64{1} << 43)); // 8 TiB: reading them would take an hour
    QVERIFY(file.seek((qint64{1} << 42) - 3));
    file.write("marker");
    file.close();
    const FileSpace space{DiskFile::open(path.toStdString(), DiskFile::Access::ReadOnly)};
    const FindPattern wanted = textPattern("marker", TextEncoding::Utf8, LetterCase::Same);
    const std::uint64_t place = (std::uint64_t{1} << 42) - 3;
    QCOMPARE(find(space, wanted, 0, FindDirection::Forward, {}), std::optional{place});
    QCOMPARE(
        find(space, wanted, space.size().value, FindDirection::Backward, {}), std::optional{place});
    QVERIFY(!find(space, wanted, place + 1, FindDirection::Forward, {}));
    QCOMPARE(
        find(space, hexPattern("00 6d"), 0, FindDirection::Forward, {}), std::optional{place - 1});
    QCOMPARE(find(space, hexPattern("00 00"), place, FindDirection::Forward, {}),
        std::optional{place + 6});
}

void TestFind::findsInGuestAndFile()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("image.qcow2");
    qemuImg({"create", "-q", "-f", "qcow2", path, "64T"});
    qemuIo(path, {"write -P 0x5a 40T 64k", "write -c -P 0x5b 1T 64k"});
    const auto disk = std::make_shared<VirtualDisk>(openDisk(path));
    const GuestDiskSpace guest{disk};
    QCOMPARE(guest.size().value, std::uint64_t{64} << 40);
    QCOMPARE(find(guest, hexPattern("5a 5a"), 0, FindDirection::Forward, {}),
        std::optional{std::uint64_t{40} << 40});
    QCOMPARE(find(guest, hexPattern("5b 00"), guest.size().value, FindDirection::Backward, {}),
        std::optional{(std::uint64_t{1} << 40) + 65535});
    const FileSpace file{disk->chain().layers.front().image->sharedFile()};
    QCOMPARE(find(file, hexPattern("51 46 49 fb"), 0, FindDirection::Forward, {}),
        std::optional{std::uint64_t{0}});
    QVERIFY(find(file, hexPattern("5a 5a 5a"), 0, FindDirection::Forward, {}));
}

void TestFind::stopsWhenAsked()
{
    FakeSpace space;
    space.bytes.assign(8U << 20, std::byte{0x55});
    space.granule = 8U << 20;
    std::stop_source stop;
    int steps = 0;
    const JobControl job{stop.get_token(), [&](const ProgressUpdate&) {
                             if (++steps == 3)
                                 stop.request_stop();
                         }};
    QVERIFY_THROWS_EXCEPTION(
        Cancelled, find(space, hexPattern("01"), 0, FindDirection::Forward, job));
    QVERIFY(steps <= 4);
}

QTEST_GUILESS_MAIN(TestFind)
#include "tst_find.moc"
