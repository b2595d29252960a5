// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/ByteFile.h"

#include <algorithm>

namespace platter {

FileRegion ByteFile::regionAt(HostOffset) const
{
    return {FileRegion::Kind::Data, HostOffset{size().value}};
}

Bytes ByteFile::allocatedBytes() const
{
    return size();
}

void ByteFile::readPadded(HostOffset at, std::span<std::byte> buffer) const
{
    const std::size_t got = read(at, buffer);
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(got), buffer.end(), std::byte{0});
}

} // namespace platter
