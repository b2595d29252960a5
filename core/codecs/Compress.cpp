// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/Compress.h"

#include "core/codecs/LooksLikeNoise.h"

#include <isa-l/igzip_lib.h>
#include <zlib.h>
#include <zstd.h>

#include <new>
#include <string>
#include <vector>

namespace platter {

namespace {

    constexpr int windowBits = 12; ///< 4 KiB: what readers of QCOW keep of the output
    constexpr int zlibMemoryLevel = 9; ///< the largest hash table
    constexpr int zlibBest = 9;
    constexpr int zstdFast = 1;
    constexpr int zstdDefault = 3; ///< what QEMU uses
    constexpr int zstdBest = 12; ///< beyond it, time doubles for a thousandth of the size

} // namespace

class ClusterEncoder::Codec {
public:
    Codec() = default;
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;
    virtual ~Codec() = default;
    virtual std::size_t encode(std::span<const std::byte> cluster, std::span<std::byte> stream) = 0;
};

/// Deflate by ISA-L: several times as fast as zlib at nearly its size.
class ClusterEncoder::Isal final : public Codec {
public:
    explicit Isal(CompressionLevel level)
        : m_level(level == CompressionLevel::Fast ? 1 : 3)
        , m_buffer(level == CompressionLevel::Fast ? ISAL_DEF_LVL1_DEFAULT : ISAL_DEF_LVL3_DEFAULT)
    {
        isal_deflate_init(&m_stream);
        m_stream.level = m_level;
        m_stream.level_buf = m_buffer.data();
        m_stream.level_buf_size = static_cast<std::uint32_t>(m_buffer.size());
        m_stream.hist_bits = windowBits;
        m_stream.gzip_flag = IGZIP_DEFLATE;
    }

    std::size_t encode(std::span<const std::byte> cluster, std::span<std::byte> stream) override
    {
        isal_deflate_reset(&m_stream);
        m_stream.end_of_stream = 1;
        m_stream.flush = NO_FLUSH;
        // ISA-L's interface lacks const; it does not write to its input.
        m_stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(cluster.data()));
        m_stream.avail_in = static_cast<std::uint32_t>(cluster.size());
        m_stream.next_out = reinterpret_cast<std::uint8_t*>(stream.data());
        m_stream.avail_out = static_cast<std::uint32_t>(stream.size());
        if (const int result = isal_deflate(&m_stream); result != COMP_OK)
            throw CodecError(
                "The deflate encoder failed with code " + std::to_string(result) + ".");
        if (m_stream.avail_in != 0 || m_stream.internal_state.state != ZSTATE_END)
            return 0;
        return m_stream.total_out;
    }

private:
    std::uint32_t m_level;
    std::vector<std::uint8_t> m_buffer;
    isal_zstream m_stream{};
};

class ClusterEncoder::Zlib final : public Codec {
public:
    Zlib()
    {
        if (deflateInit2(
                &m_stream, zlibBest, Z_DEFLATED, -windowBits, zlibMemoryLevel, Z_DEFAULT_STRATEGY)
            != Z_OK)
            throw std::bad_alloc();
    }
    ~Zlib() override { deflateEnd(&m_stream); }

    std::size_t encode(std::span<const std::byte> cluster, std::span<std::byte> stream) override
    {
        deflateReset(&m_stream);
        // zlib's interface lacks const; deflate() does not write to its input.
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(cluster.data()));
        m_stream.avail_in = static_cast<uInt>(cluster.size());
        m_stream.next_out = reinterpret_cast<Bytef*>(stream.data());
        m_stream.avail_out = static_cast<uInt>(stream.size());
        return deflate(&m_stream, Z_FINISH) == Z_STREAM_END ? m_stream.total_out : 0;
    }

private:
    z_stream m_stream{};
};

class ClusterEncoder::Zstd final : public Codec {
public:
    explicit Zstd(CompressionLevel level)
        : m_context(ZSTD_createCCtx())
        , m_level(level == CompressionLevel::Fast   ? zstdFast
                  : level == CompressionLevel::Best ? zstdBest
                                                    : zstdDefault)
    {
        if (!m_context)
            throw std::bad_alloc();
    }
    ~Zstd() override { ZSTD_freeCCtx(m_context); }

    std::size_t encode(std::span<const std::byte> cluster, std::span<std::byte> stream) override
    {
        const std::size_t length = ZSTD_compressCCtx(
            m_context, stream.data(), stream.size(), cluster.data(), cluster.size(), m_level);
        return ZSTD_isError(length) ? 0 : length;
    }

private:
    ZSTD_CCtx* m_context;
    int m_level;
};

ClusterEncoder::ClusterEncoder(Compression compression, CompressionLevel level)
    : m_passesOverNoise(compression == Compression::Deflate && level != CompressionLevel::Best)
{
    if (compression == Compression::Zstd)
        m_codec = std::make_unique<Zstd>(level);
    else if (level == CompressionLevel::Best)
        m_codec = std::make_unique<Zlib>();
    else
        m_codec = std::make_unique<Isal>(level);
}

ClusterEncoder::~ClusterEncoder() = default;
ClusterEncoder::ClusterEncoder(ClusterEncoder&&) noexcept = default;
ClusterEncoder& ClusterEncoder::operator=(ClusterEncoder&&) noexcept = default;

std::size_t ClusterEncoder::encode(std::span<const std::byte> cluster, std::span<std::byte> stream)
{
    // Deflate takes as long over noise as over text. zstd notices, and reaches farther back.
    if (m_passesOverNoise && looksLikeNoise(cluster))
        return 0;
    return m_codec->encode(cluster, stream);
}

} // namespace platter
