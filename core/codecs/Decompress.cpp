// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/codecs/Decompress.h"

#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <new>
#include <string>

namespace platter {

namespace {

    constexpr int rawDeflateAnyWindow = -15; ///< negative: without a zlib header

    /// Frees what a C library allocated.
    template <auto Free>
    struct FreeWith {
        template <class T>
        void operator()(T* pointer) const
        {
            Free(pointer);
        }
    };

    [[noreturn]] void throwTooShort(const char* codec, std::size_t produced, std::size_t wanted)
    {
        throw CodecError("The " + std::string{codec} + " stream gives " + std::to_string(produced)
            + " bytes where the cluster has " + std::to_string(wanted) + ".");
    }

    /// Decodes as QEMU does: good if the cluster is full, whether or not the stream ends there.
    void inflateLikeQemu(std::span<const std::byte> stream, std::span<std::byte> cluster)
    {
        z_stream state{};
        if (inflateInit2(&state, rawDeflateAnyWindow) != Z_OK)
            throw std::bad_alloc();
        const std::unique_ptr<z_stream, FreeWith<inflateEnd>> guard{&state};
        // zlib's interface lacks const; inflate() does not write to its input.
        state.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream.data()));
        state.avail_in = static_cast<uInt>(stream.size());
        state.next_out = reinterpret_cast<Bytef*>(cluster.data());
        state.avail_out = static_cast<uInt>(cluster.size());
        const int result = inflate(&state, Z_FINISH);
        if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (result != Z_STREAM_END && result != Z_BUF_ERROR)
            throw CodecError("The deflate stream is damaged after "
                + std::to_string(state.total_out) + " bytes of the cluster.");
        if (state.avail_out != 0)
            throwTooShort("deflate", state.total_out, cluster.size());
    }

    void decompressDeflate(std::span<const std::byte> stream, std::span<std::byte> cluster)
    {
        thread_local const std::unique_ptr<libdeflate_decompressor,
            FreeWith<libdeflate_free_decompressor>>
            decoder{libdeflate_alloc_decompressor()};
        if (!decoder)
            throw std::bad_alloc();
        std::size_t consumed = 0;
        std::size_t produced = 0;
        const libdeflate_result result = libdeflate_deflate_decompress_ex(decoder.get(),
            stream.data(), stream.size(), cluster.data(), cluster.size(), &consumed, &produced);
        if (result == LIBDEFLATE_SUCCESS) {
            if (produced != cluster.size())
                throwTooShort("deflate", produced, cluster.size());
            return;
        }
        // libdeflate wants the stream to end with the cluster. QEMU takes a longer one, and one
        // that is damaged or cut behind the last byte needed, so zlib has the last word.
        inflateLikeQemu(stream, cluster);
    }

    /// Decodes whole frames straight into the cluster. Unlike zstd's streaming interface this needs
    /// no window buffer, so a hostile frame header cannot make it allocate, and every window size
    /// is accepted.
    void decompressZstd(std::span<const std::byte> stream, std::span<std::byte> cluster)
    {
        thread_local const std::unique_ptr<ZSTD_DCtx, FreeWith<ZSTD_freeDCtx>> decoder{
            ZSTD_createDCtx()};
        if (!decoder)
            throw std::bad_alloc();
        const std::size_t wanted = cluster.size();
        while (!cluster.empty()) {
            if (stream.empty())
                throwTooShort("zstd", wanted - cluster.size(), wanted);
            const std::size_t frame = ZSTD_findFrameCompressedSize(stream.data(), stream.size());
            const std::size_t produced = ZSTD_isError(frame)
                ? frame
                : ZSTD_decompressDCtx(
                    decoder.get(), cluster.data(), cluster.size(), stream.data(), frame);
            if (ZSTD_isError(produced))
                throw CodecError("The zstd stream does not decode after "
                    + std::to_string(wanted - cluster.size())
                    + " bytes of the cluster: " + ZSTD_getErrorName(produced) + ".");
            stream = stream.subspan(frame);
            cluster = cluster.subspan(produced);
        }
    }

} // namespace

void decompress(
    Compression compression, std::span<const std::byte> stream, std::span<std::byte> cluster)
{
    switch (compression) {
    case Compression::Deflate: return decompressDeflate(stream, cluster);
    case Compression::Zstd: return decompressZstd(stream, cluster);
    }
}

} // namespace platter
