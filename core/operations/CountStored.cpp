// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/CountStored.h"

#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <bit>

namespace platter {

namespace {

    constexpr std::uint64_t pieceBytes = 1 << 20; ///< of the disk, unless a unit is larger
    constexpr std::uint64_t diskBlock = 4096;

    /// How many parts of a unit are stored, of which `stored` has one bit each.
    std::uint64_t partsOf(std::uint32_t stored, std::uint64_t part)
    {
        std::uint64_t parts = 0;
        const unsigned together
            = static_cast<unsigned>(std::max<std::uint64_t>(1, diskBlock / part));
        for (std::uint64_t left = stored; left != 0; left >>= together)
            parts += (left & ((std::uint64_t{1} << together) - 1)) != 0 ? 1 : 0;
        return parts;
    }

} // namespace

StoredCount countStored(const VirtualDisk& disk, Bytes size, const ImageWriter& writer,
    const ImageLayout& layout, unsigned threads, const JobControl& job)
{
    const std::uint64_t unit = writer.unit().value;
    const std::uint64_t part = layout.part().value;
    const std::uint64_t length = std::max(pieceBytes, unit);
    constexpr std::uint64_t window = guestWindow.value;
    static_assert(window % pieceBytes == 0);
    const std::uint64_t end = std::min(size, disk.size()).value;
    const PieceReader reader{disk, writer.unit(), writer.granule(),
        ContentRule{disk, writer.marksZeros(), std::nullopt}, job.stop};
    const std::vector<std::uint64_t> windows = windowsWithContent(disk, job);
    std::vector<GuestPiece> pieces(threads);
    std::vector<StoredCount> counts(threads);
    JobControl inBytes = job;
    if (job.report)
        inBytes.report = [&](const ProgressUpdate& update) {
            job.report({update.done * window, update.total * window});
        };
    parallelFor(windows.size(), threads, inBytes, [&](unsigned worker, std::size_t index) {
        GuestPiece& piece = pieces[worker];
        const std::uint64_t start = windows[index] * window;
        const std::uint64_t stop = std::min(end, start + window);
        for (std::uint64_t at = start; at < stop; at += length) {
            job.checkStop();
            piece.start = GuestOffset{at};
            piece.length = Bytes{std::min(length, stop - at)};
            reader.read(piece);
            writer.encode(piece);
            for (const GuestPiece::Unit& stored : piece.units) {
                if (stored.kind != GuestPiece::Unit::Kind::Plain)
                    continue;
                ++counts[worker].units;
                counts[worker].parts += partsOf(stored.stored, part);
            }
        }
    });
    StoredCount sum;
    for (const StoredCount& count : counts) {
        sum.units += count.units;
        sum.parts += count.parts;
    }
    return sum;
}

} // namespace platter
