// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/FileDigest.h"

#include "core/crypto/Hash.h"

#include <algorithm>
#include <array>
#include <vector>

namespace platter {

std::string sha256OfFile(const ByteFile& file, const JobControl& job)
{
    constexpr std::uint64_t atOnce = 1 << 20; // bytes
    const std::uint64_t size = file.size().value;
    std::vector<std::byte> buffer(std::min(atOnce, size));
    DigestStream stream{HashAlgorithm::Sha256};
    for (std::uint64_t at = 0; at < size;) {
        job.step({at, size});
        const auto part = std::span{buffer}.first(std::min(atOnce, size - at));
        file.readPadded(HostOffset{at}, part);
        stream.add(part);
        at += part.size();
    }
    job.step({size, size});
    std::array<std::byte, 32> digest;
    stream.finish(digest);
    return digestText(digest);
}

} // namespace platter
