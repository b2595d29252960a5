// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/codecs/Decompress.h"

#include <cstddef>
#include <memory>
#include <span>

namespace platter {

/// How much time is spent on making compressed clusters small.
enum class CompressionLevel {
    Fast,
    Default, ///< about the size that QEMU makes, in a fraction of its time
    Best,
};

/// Makes compressed clusters. Deflate streams reach back 4 KiB at most, as the QCOW formats demand.
///
/// Keeps its tables from one cluster to the next, so one thread uses one encoder for all of its
/// clusters. The same cluster always gives the same stream.
class ClusterEncoder {
public:
    ClusterEncoder(Compression compression, CompressionLevel level);
    ~ClusterEncoder();
    ClusterEncoder(ClusterEncoder&&) noexcept;
    ClusterEncoder& operator=(ClusterEncoder&&) noexcept;

    /// Encodes `cluster` into the beginning of `stream`. @returns the length of the stream; 0 if it
    /// does not fit, or if the cluster looks so much like noise that Fast and Default do not try.
    /// Throws CodecError, std::bad_alloc.
    std::size_t encode(std::span<const std::byte> cluster, std::span<std::byte> stream);

private:
    class Codec;
    class Isal;
    class Zlib;
    class Zstd;
    bool m_passesOverNoise;
    std::unique_ptr<Codec> m_codec;
};

} // namespace platter
