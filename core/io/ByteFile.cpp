// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/ByteFile.h"

#include <algorithm>
#include <vector>

namespace platter {

FileRegion ByteFile::regionAt(HostOffset) const
{
    return {FileRegion::Kind::Data, HostOffset{size().value}};
}

void ByteFile::reserve(HostOffset at, Bytes length)
{
    constexpr std::uint64_t atOnce = 1 << 20;
    const std::vector<std::byte> zeros(std::min(length.value, atOnce));
    for (std::uint64_t done = 0; done < length.value; done += zeros.size())
        write(at + Bytes{done},
            std::span{zeros}.first(std::min<std::uint64_t>(zeros.size(), length.value - done)));
}

void ByteFile::punch(HostOffset at, Bytes length)
{
    const std::uint64_t end = size().value;
    if (at.value < end)
        ByteFile::reserve(at, Bytes{std::min(length.value, end - at.value)});
}

Bytes ByteFile::allocatedBytes() const
{
    return size();
}

bool ByteFile::shareFrom(HostOffset, const ByteFile&, HostOffset, Bytes)
{
    return false;
}

void ByteFile::readPadded(HostOffset at, std::span<std::byte> buffer) const
{
    const std::size_t got = read(at, buffer);
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(got), buffer.end(), std::byte{0});
}

} // namespace platter
