// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/Compress.h"
#include "core/codecs/LooksLikeNoise.h"

#include <QTest>

#include <functional>
#include <random>
#include <vector>

#include <zlib.h>

using namespace platter;

namespace {

/// Bytes of which some repeat at every distance up to `reach`.
std::vector<std::byte> cluster(std::size_t size, std::uint32_t seed, std::size_t reach)
{
    std::mt19937 random{seed};
    std::vector<std::byte> bytes;
    while (bytes.size() < size) {
        const std::size_t length = std::min<std::size_t>(size - bytes.size(), 3 + random() % 60);
        if (bytes.size() > 64 && random() % 4 != 0) {
            std::size_t from = bytes.size() - 1 - random() % std::min(bytes.size() - 1, reach);
            for (std::size_t i = 0; i < length; ++i)
                bytes.push_back(bytes[from++]);
        } else {
            for (std::size_t i = 0; i < length; ++i)
                bytes.push_back(static_cast<std::byte>(random()));
        }
    }
    return bytes;
}

/// Decodes with a true window of 4 KiB: the output is taken away byte by byte, so that nothing but
/// the window can be copied from. False: the stream reaches farther back, or is damaged.
bool decodesInSmallWindow(std::span<const std::byte> stream, std::span<const std::byte> expected)
{
    z_stream state{};
    if (inflateInit2(&state, -12) != Z_OK)
        return false;
    std::vector<Bytef> input(stream.size());
    std::memcpy(input.data(), stream.data(), stream.size());
    state.next_in = input.data();
    state.avail_in = static_cast<uInt>(input.size());
    std::size_t at = 0;
    int result = Z_OK;
    while (result == Z_OK) {
        Bytef byte = 0;
        state.next_out = &byte;
        state.avail_out = 1;
        result = inflate(&state, Z_SYNC_FLUSH);
        if (state.avail_out == 0) {
            if (at == expected.size() || byte != std::to_integer<Bytef>(expected[at]))
                break;
            ++at;
        }
    }
    inflateEnd(&state);
    return result == Z_STREAM_END && at == expected.size();
}

} // namespace

/// What the encoder makes is what every reader of the formats takes.
class TestCompress final : public QObject {
    Q_OBJECT
private slots:
    void streamsDecode_data();
    void streamsDecode();
    void reachesBack4KiBAtMost();
    void theSmallWindowTellsTooLongDistances();
    void noiseDoesNotFit();
    void onlyNoiseIsPassedOver();
    void theSameClusterGivesTheSameStream();
    void betterLevelsAreSmaller();
};

void TestCompress::streamsDecode_data()
{
    QTest::addColumn<int>("compression");
    QTest::addColumn<int>("level");
    QTest::addColumn<int>("size");
    for (int compression = 0; compression < 2; ++compression) {
        for (int level = 0; level < 3; ++level) {
            for (const int size : {512, 4096, 65536, 2 << 20})
                QTest::addRow("%s %d of %d", compression ? "zstd" : "deflate", level, size)
                    << compression << level << size;
        }
    }
}

void TestCompress::streamsDecode()
{
    QFETCH(const int, compression);
    QFETCH(const int, level);
    QFETCH(const int, size);
    const auto codec = static_cast<Compression>(compression);
    ClusterEncoder encoder{codec, static_cast<CompressionLevel>(level)};
    const auto bytes = static_cast<std::size_t>(size);
    std::vector<std::byte> stream(bytes - 1);
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        const auto content = cluster(bytes, seed, bytes);
        const std::size_t length = encoder.encode(content, stream);
        QVERIFY(length > 0);
        // Readers know the length in sectors only: what follows must not matter.
        std::vector<std::byte> stored(stream.begin(), stream.begin() + static_cast<long>(length));
        stored.resize((length + 511) / 512 * 512, std::byte{0xa5});
        std::vector<std::byte> decoded(bytes);
        decompress(codec, stored, decoded);
        QCOMPARE(decoded, content);
    }
}

void TestCompress::reachesBack4KiBAtMost()
{
    for (const auto level :
        {CompressionLevel::Fast, CompressionLevel::Default, CompressionLevel::Best}) {
        ClusterEncoder encoder{Compression::Deflate, level};
        for (std::uint32_t seed = 0; seed < 60; ++seed) {
            // Much of it repeats from farther away than may be referred to.
            const auto content = cluster(65536, seed, 32768);
            std::vector<std::byte> stream(65535);
            const std::size_t length = encoder.encode(content, stream);
            QVERIFY(length > 0);
            QVERIFY(decodesInSmallWindow(std::span{stream}.first(length), content));
        }
    }
}

void TestCompress::theSmallWindowTellsTooLongDistances()
{
    const auto content = cluster(65536, 1, 32768);
    std::vector<std::byte> stream(65536);
    z_stream state{};
    QCOMPARE(deflateInit2(&state, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::vector<Bytef> input(content.size());
    std::memcpy(input.data(), content.data(), content.size());
    state.next_in = input.data();
    state.avail_in = static_cast<uInt>(input.size());
    state.next_out = reinterpret_cast<Bytef*>(stream.data());
    state.avail_out = static_cast<uInt>(stream.size());
    QCOMPARE(deflate(&state, Z_FINISH), Z_STREAM_END);
    const std::size_t length = state.total_out;
    deflateEnd(&state);
    QVERIFY(!decodesInSmallWindow(std::span{stream}.first(length), content));
}

/// Where an encoder finds something to shorten, the guess beforehand must not keep it from that.
void TestCompress::onlyNoiseIsPassedOver()
{
    for (const std::size_t size : {std::size_t{8192}, std::size_t{65536}, std::size_t{2 << 20}}) {
        std::mt19937 random{7};
        std::vector<std::byte> noise(size);
        for (std::byte& byte : noise)
            byte = static_cast<std::byte>(random());
        QVERIFY(looksLikeNoise(noise));
        const auto differs = [&](const char* what, const std::function<void(std::size_t)>& change) {
            const std::vector<std::byte> before = noise;
            for (std::size_t i = 0; i < size; ++i)
                change(i);
            if (looksLikeNoise(noise))
                QFAIL(what);
            noise = before;
        };
        differs("zeros", [&](std::size_t i) { noise[i] = std::byte{0}; });
        differs("ever higher", [&](std::size_t i) { noise[i] = static_cast<std::byte>(i); });
        differs("seven bits", [&](std::size_t i) { noise[i] &= std::byte{0x7f}; });
        differs("zeros between", [&](std::size_t i) {
            if (i % 8 == 0)
                noise[i] = std::byte{0};
        });
        differs("repeated noise", [&](std::size_t i) {
            if (i >= 2048)
                noise[i] = noise[i - 2048];
        });
        differs("its last part empty", [&](std::size_t i) {
            if (i >= size / 8 * 7 && size > 8192)
                noise[i] = std::byte{0};
            else if (size == 8192 && i < 1024)
                noise[i] = std::byte{0};
        });
    }
    QVERIFY(!looksLikeNoise({}));
}

void TestCompress::noiseDoesNotFit()
{
    std::mt19937 random{5};
    std::vector<std::byte> noise(65536);
    for (std::byte& byte : noise)
        byte = static_cast<std::byte>(random());
    std::vector<std::byte> stream(65535);
    for (const auto compression : {Compression::Deflate, Compression::Zstd}) {
        for (const auto level :
            {CompressionLevel::Fast, CompressionLevel::Default, CompressionLevel::Best}) {
            ClusterEncoder encoder{compression, level};
            QCOMPARE(encoder.encode(noise, stream), std::size_t{0});
            // And the next cluster is not disturbed by that.
            const auto content = cluster(65536, 9, 4096);
            const std::size_t length = encoder.encode(content, stream);
            QVERIFY(length > 0);
            std::vector<std::byte> decoded(65536);
            decompress(compression, std::span{stream}.first(length), decoded);
            QCOMPARE(decoded, content);
        }
    }
}

void TestCompress::theSameClusterGivesTheSameStream()
{
    const auto first = cluster(65536, 1, 4096);
    const auto second = cluster(65536, 2, 4096);
    for (const auto compression : {Compression::Deflate, Compression::Zstd}) {
        ClusterEncoder used{compression, CompressionLevel::Default};
        ClusterEncoder fresh{compression, CompressionLevel::Default};
        std::vector<std::byte> one(65535);
        std::vector<std::byte> other(65535);
        used.encode(first, one);
        const std::size_t length = used.encode(second, one);
        QCOMPARE(fresh.encode(second, other), length);
        QVERIFY(std::equal(one.begin(), one.begin() + static_cast<long>(length), other.begin()));
    }
}

void TestCompress::betterLevelsAreSmaller()
{
    const auto content = cluster(65536, 3, 4096);
    std::vector<std::byte> stream(65535);
    for (const auto compression : {Compression::Deflate, Compression::Zstd}) {
        std::vector<std::size_t> lengths;
        for (const auto level :
            {CompressionLevel::Fast, CompressionLevel::Default, CompressionLevel::Best})
            lengths.push_back(ClusterEncoder{compression, level}.encode(content, stream));
        QVERIFY(lengths[1] <= lengths[0]);
        QVERIFY(lengths[2] <= lengths[1]);
    }
}

QTEST_APPLESS_MAIN(TestCompress)
#include "tst_compress.moc"
