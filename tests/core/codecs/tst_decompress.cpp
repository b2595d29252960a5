// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/Decompress.h"

#include <QTest>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

using namespace platter;

namespace {

constexpr qsizetype clusterBytes = 65536;
constexpr int rawWindow12 = -12;
constexpr int rawWindow15 = -15;

std::span<const std::byte> asBytes(const QByteArray& bytes)
{
    return std::as_bytes(std::span{bytes.data(), static_cast<std::size_t>(bytes.size())});
}

/// Text-like content whose matches reach far back: each line of 100 bytes occurs again 20 000 bytes
/// later.
QByteArray content(qsizetype size)
{
    std::mt19937 random{4711};
    QByteArray bytes(size, '\0');
    for (qsizetype i = 0; i < size; ++i) {
        bytes[i] = i >= 20'000 && i / 100 % 2 == 0 ? bytes[i - 20'000]
                                                   : static_cast<char>('a' + random() % 16);
    }
    return bytes;
}

QByteArray deflated(const QByteArray& plain, int windowBits)
{
    z_stream state{};
    if (deflateInit2(&state, 6, Z_DEFLATED, windowBits, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    QByteArray out(
        static_cast<qsizetype>(deflateBound(&state, static_cast<uLong>(plain.size()))), '\0');
    QByteArray in = plain;
    state.next_in = reinterpret_cast<Bytef*>(in.data());
    state.avail_in = static_cast<uInt>(in.size());
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&state, Z_FINISH);
    out.truncate(static_cast<qsizetype>(state.total_out));
    deflateEnd(&state);
    if (result != Z_STREAM_END)
        throw std::runtime_error("deflate did not finish");
    return out;
}

struct ZstdOptions {
    int windowLog = 0; ///< 0: the library's choice
    bool contentSize = true;
    bool checksum = false;
};

QByteArray zstdFrame(const QByteArray& plain, const ZstdOptions& options = {})
{
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, options.windowLog);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, options.contentSize ? 1 : 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, options.checksum ? 1 : 0);
    QByteArray out(
        static_cast<qsizetype>(ZSTD_compressBound(static_cast<std::size_t>(plain.size()))), '\0');
    ZSTD_inBuffer in{plain.data(), static_cast<std::size_t>(plain.size()), 0};
    ZSTD_outBuffer buffer{out.data(), static_cast<std::size_t>(out.size()), 0};
    // Flushing before the end keeps the encoder from learning the size and shrinking the window.
    if (!options.contentSize)
        ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_flush);
    const std::size_t left = ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    if (left != 0)
        throw std::runtime_error("zstd did not finish");
    out.truncate(static_cast<qsizetype>(buffer.pos));
    return out;
}

/// A frame header that claims a window of 2 GiB, then one raw block.
QByteArray frameWithHugeWindow(const QByteArray& plain)
{
    QByteArray frame = QByteArray::fromHex("28b52ffd00a8"); // no content size; window of 2^31 bytes
    const auto header = static_cast<quint32>(plain.size()) << 3 | 1U; // last block, raw
    for (const int shift : {0, 8, 16})
        frame.append(static_cast<char>(header >> shift & 0xff));
    return frame + plain;
}

/// A zstd frame that decoders pass over.
QByteArray skippableFrame(const QByteArray& payload)
{
    QByteArray frame = QByteArray::fromHex("502a4d18");
    for (const int shift : {0, 8, 16, 24})
        frame.append(static_cast<char>(static_cast<quint32>(payload.size()) >> shift & 0xff));
    return frame + payload;
}

} // namespace

class TestDecompress : public QObject {
    Q_OBJECT
private slots:
    void decodes_data()
    {
        QTest::addColumn<int>("compression");
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray plain = content(clusterBytes);
        const QByteArray longer = deflated(plain + plain, rawWindow12);
        const QByteArray garbage("\xff\xfe\x28\xb5 garbage behind the stream");
        const auto deflate = static_cast<int>(Compression::Deflate);
        const auto zstd = static_cast<int>(Compression::Zstd);

        QTest::addRow("deflate with the window that QEMU writes")
            << deflate << deflated(plain, rawWindow12) << plain;
        QTest::addRow("deflate with distances over 4 KiB")
            << deflate << deflated(plain, rawWindow15) << plain;
        QTest::addRow("deflate with bytes of the next cluster behind it")
            << deflate << deflated(plain, rawWindow12) + garbage << plain;
        QTest::addRow("deflate that goes on after the cluster is full")
            << deflate << longer << plain;
        QTest::addRow("deflate that is damaged after the cluster is full")
            << deflate << longer.first(longer.size() * 3 / 4) + garbage << plain;
        QTest::addRow("deflate that fills the cluster and never says that it ends")
            << deflate << QByteArray::fromHex("000400fbff") + "data" << QByteArray("data");
        QTest::addRow("deflate in stored blocks")
            << deflate << QByteArray::fromHex("010400fbff") + "data" << QByteArray("data");
        QTest::addRow("deflate of the smallest cluster")
            << deflate << deflated(plain.first(512), rawWindow12) << plain.first(512);
        QTest::addRow("deflate of the largest cluster")
            << deflate << deflated(content(2 << 20), rawWindow12) << content(2 << 20);

        QTest::addRow("zstd with the content size, as QEMU writes")
            << zstd << zstdFrame(plain) << plain;
        QTest::addRow("zstd without the content size")
            << zstd << zstdFrame(plain, {.contentSize = false}) << plain;
        QTest::addRow("zstd with a checksum")
            << zstd << zstdFrame(plain, {.checksum = true}) << plain;
        QTest::addRow("zstd with a window larger than the cluster")
            << zstd << zstdFrame(plain, {.windowLog = 24, .contentSize = false}) << plain;
        QTest::addRow("zstd that claims a window of 2 GiB decodes without allocating it")
            << zstd << frameWithHugeWindow(plain) << plain;
        QTest::addRow("zstd in two frames")
            << zstd << zstdFrame(plain.first(1000)) + zstdFrame(plain.sliced(1000)) << plain;
        QTest::addRow("zstd with an empty and a skippable frame between")
            << zstd
            << zstdFrame(plain.first(1000)) + zstdFrame({}) + skippableFrame("ignored")
                + zstdFrame(plain.sliced(1000))
            << plain;
        QTest::addRow("zstd with bytes of the next cluster behind it")
            << zstd << zstdFrame(plain) + garbage << plain;
        QTest::addRow("zstd with another frame behind the full cluster")
            << zstd << zstdFrame(plain) + zstdFrame("more") << plain;
        QTest::addRow("zstd of the largest cluster")
            << zstd << zstdFrame(content(2 << 20)) << content(2 << 20);
    }
    void decodes()
    {
        QFETCH(const int, compression);
        QFETCH(const QByteArray, stream);
        QFETCH(const QByteArray, expected);
        std::vector<std::byte> cluster(static_cast<std::size_t>(expected.size()), std::byte{0xa5});
        decompress(static_cast<Compression>(compression), asBytes(stream), cluster);
        QVERIFY(std::ranges::equal(cluster, asBytes(expected)));
    }

    void refuses_data()
    {
        QTest::addColumn<int>("compression");
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QString>("reason");
        const QByteArray plain = content(clusterBytes);
        const auto deflate = static_cast<int>(Compression::Deflate);
        const auto zstd = static_cast<int>(Compression::Zstd);
        const QByteArray raw = deflated(plain, rawWindow12);
        const QByteArray frame = zstdFrame(plain);

        QTest::addRow("deflate: nothing at all") << deflate << QByteArray() << "gives 0 bytes";
        QTest::addRow("deflate cut in the middle")
            << deflate << raw.first(raw.size() / 2) << "where the cluster has 65536";
        QTest::addRow("deflate that ends before the cluster is full")
            << deflate << deflated(plain.first(clusterBytes - 1), rawWindow12)
            << "gives 65535 bytes where the cluster has 65536";
        QTest::addRow("deflate with a zlib header")
            << deflate << deflated(plain, 12) << "deflate stream";
        QTest::addRow("deflate with a gzip header")
            << deflate << deflated(plain, 12 + 16) << "deflate stream";
        QTest::addRow("deflate with a block of the forbidden type")
            << deflate << QByteArray::fromHex("07000000") << "is damaged after 0 bytes";
        QTest::addRow("deflate with a distance before the start")
            << deflate << QByteArray::fromHex("4b04420000") << "is damaged after 1 bytes";

        QTest::addRow("zstd: nothing at all") << zstd << QByteArray() << "gives 0 bytes";
        QTest::addRow("zstd cut in the middle")
            << zstd << frame.first(frame.size() / 2) << "does not decode after 0 bytes";
        QTest::addRow("zstd cut by one byte")
            << zstd << frame.chopped(1) << "does not decode after 0 bytes";
        QTest::addRow("zstd that ends before the cluster is full")
            << zstd << zstdFrame(plain.chopped(1)) << "gives 65535 bytes";
        QTest::addRow("zstd frame longer than the cluster, with its size")
            << zstd << zstdFrame(plain + plain) << "does not decode after 0 bytes";
        QTest::addRow("zstd frame longer than the cluster, without its size")
            << zstd << zstdFrame(plain + "x", {.contentSize = false})
            << "does not decode after 0 bytes";
        QTest::addRow("zstd second frame longer than the rest of the cluster")
            << zstd << zstdFrame(plain.first(1000)) + frame << "does not decode after 1000 bytes";
        QTest::addRow("zstd with a wrong checksum")
            << zstd << zstdFrame(plain, {.checksum = true}).chopped(1) + 'x' << "checksum";
        QTest::addRow("zstd with garbage before the cluster is full")
            << zstd << zstdFrame(plain.first(1000)) + "garbage, no frame at all"
            << "does not decode after 1000 bytes";
        QTest::addRow("zstd skippable frame longer than the stream")
            << zstd << QByteArray::fromHex("502a4d18ffffffff") + "abc"
            << "does not decode";
    }
    void refuses()
    {
        QFETCH(const int, compression);
        QFETCH(const QByteArray, stream);
        QFETCH(const QString, reason);
        std::vector<std::byte> cluster(clusterBytes);
        try {
            decompress(static_cast<Compression>(compression), asBytes(stream), cluster);
        } catch (const CodecError& error) {
            QVERIFY2(QString(error.what()).contains(reason), error.what());
            return;
        }
        QFAIL("the stream was accepted");
    }

    void threadsDecodeSideBySide()
    {
        const QByteArray plain = content(clusterBytes);
        const std::array<QByteArray, 2> streams{deflated(plain, rawWindow12), zstdFrame(plain)};
        std::atomic<int> wrong{0};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                std::vector<std::byte> cluster(clusterBytes);
                for (int round = 0; round < 50; ++round) {
                    const bool zstd = (i + round) % 2 != 0;
                    decompress(zstd ? Compression::Zstd : Compression::Deflate,
                        asBytes(streams[zstd ? 1 : 0]), cluster);
                    wrong += std::ranges::equal(cluster, asBytes(plain)) ? 0 : 1;
                }
            });
        }
        threads.clear();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_APPLESS_MAIN(TestDecompress)
#include "tst_decompress.moc"
