// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <cstddef>
#include <span>

namespace platter {

/// How the compressed clusters of an image are coded.
enum class Compression { Deflate, Zstd };

/// A compressed stream does not decode to a whole cluster.
class CodecError : public Error {
public:
    using Error::Error;
};

/// Decodes `stream` until `cluster` is full. Bytes behind the end of the stream are ignored (the
/// stored length is only known in sectors). Thread-safe; keeps one decoder per thread. Throws
/// CodecError if fewer bytes come out.
void decompress(
    Compression compression, std::span<const std::byte> stream, std::span<std::byte> cluster);

} // namespace platter
