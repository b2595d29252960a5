// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/ImageWriter.h"

#include "core/base/Error.h"

#include <algorithm>
#include <cstring>

namespace platter {

void ImageWriter::addBitmap(NewBitmap /*bitmap*/)
{
    throw UnsupportedError("new-image", "Only QCOW2 images can hold bitmaps.");
}

Bytes wholeSectors(Bytes size)
{
    constexpr std::uint64_t sector = 512;
    if (size.value > (~std::uint64_t{0} >> 1) / sector * sector)
        throw UnsupportedError("new-image", "A disk has less than 2^63 bytes.");
    return Bytes{(size.value + sector - 1) / sector * sector};
}

bool isZero(std::span<const std::byte> bytes)
{
    return bytes.empty()
        || (bytes[0] == std::byte{0}
            && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::size_t shareUnits(ByteFile& file, HostOffset at, const GuestPiece& piece, std::size_t first,
    std::size_t end, Bytes unit)
{
    const GuestPiece::Source& source = piece.sources[first];
    std::size_t next = first + 1;
    while (next < end && piece.sources[next].file == source.file
        && piece.sources[next].at == source.at + unit * (next - first))
        ++next;
    const Bytes length = unit * (next - first);
    if (!file.shareFrom(at, *source.file, source.at, length)) {
        std::vector<std::byte> bytes(length.value);
        source.file->readPadded(source.at, bytes);
        file.write(at, bytes);
    }
    return next;
}

void clearGaps(GuestPiece& piece, Bytes unit)
{
    const std::uint64_t units = (piece.length.value + unit.value - 1) / unit.value;
    piece.bytes.resize(units * unit.value);
    std::uint64_t at = 0;
    const auto clear = [&](std::uint64_t length) {
        std::fill_n(piece.bytes.begin() + static_cast<std::ptrdiff_t>(at), length, std::byte{0});
    };
    for (const GuestPiece::Run& run : piece.runs) {
        if (run.content != GuestPiece::Content::Data)
            clear(run.length.value);
        at += run.length.value;
    }
    clear(piece.bytes.size() - at);
}

} // namespace platter
