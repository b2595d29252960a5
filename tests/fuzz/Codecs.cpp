// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/Decompress.h"
#include "tests/fuzz/Require.h"
#include "tests/fuzz/Targets.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

namespace platter::fuzz {

namespace {

    constexpr std::size_t clusterBytes = 4096;

    /// The cluster, or nothing where the stream is refused.
    std::vector<std::byte> decoded(Compression compression, Input stream)
    {
        std::vector<std::byte> cluster(clusterBytes);
        try {
            decompress(compression, stream, cluster);
        } catch (const CodecError&) {
            cluster.clear();
        }
        return cluster;
    }

    /// What QEMU would see: zlib, with any window.
    std::vector<std::byte> inflated(Input stream)
    {
        std::vector<std::byte> cluster(clusterBytes);
        z_stream state{};
        require(inflateInit2(&state, -15) == Z_OK, "zlib starts");
        state.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream.data()));
        state.avail_in = static_cast<uInt>(stream.size());
        state.next_out = reinterpret_cast<Bytef*>(cluster.data());
        state.avail_out = static_cast<uInt>(cluster.size());
        const int result = inflate(&state, Z_FINISH);
        inflateEnd(&state);
        if ((result != Z_STREAM_END && result != Z_BUF_ERROR) || state.avail_out != 0)
            cluster.clear();
        return cluster;
    }

} // namespace

void fuzzDeflate(Input input)
{
    const auto ours = decoded(Compression::Deflate, input);
    const auto theirs = inflated(input);
    // libdeflate takes a few hand-made codes that zlib refuses, never the other way round.
    require(theirs.empty() || ours == theirs, "what zlib accepts is decoded to the same bytes");
}

void fuzzZstd(Input input)
{
    const auto once = decoded(Compression::Zstd, input);
    require(once == decoded(Compression::Zstd, input), "a decoder used before decodes the same");
}

} // namespace platter::fuzz
