// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/salvage/FileWalk.h"

#include "core/io/IoBytes.h"
#include "core/jobs/ParallelFor.h"

#include <vector>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t atOnce = 64; ///< pieces between two reports

} // namespace

void walkStored(
    const ByteFile& file, unsigned threads, const JobControl& job, const PieceVisit& visit)
{
    const std::uint64_t size = file.size().value;
    std::vector<IoBytes> buffers(threads);
    std::vector<std::uint64_t> batch;
    const JobControl quiet{job.stop, {}, job.hold};
    const auto work = [&] {
        parallelFor(batch.size(), threads, quiet, [&](unsigned worker, std::size_t index) {
            IoBytes& buffer = buffers[worker];
            buffer.resize(walkedPiece.value);
            file.readPadded(HostOffset{batch[index]}, buffer);
            visit(worker, HostOffset{batch[index]}, buffer);
        });
        if (!batch.empty())
            job.step({batch.back(), size});
        batch.clear();
    };
    for (std::uint64_t at = 0; at < size;) {
        const FileRegion region = file.regionAt(HostOffset{at});
        const std::uint64_t end = std::min(region.end.value, size);
        if (region.kind == FileRegion::Kind::Hole) {
            at = std::max(end, at + 1);
            continue;
        }
        std::uint64_t piece = at / walkedPiece.value * walkedPiece.value;
        for (; piece < std::max(end, at + 1); piece += walkedPiece.value) {
            batch.push_back(piece);
            if (batch.size() == atOnce)
                work();
        }
        at = piece;
    }
    work();
}

} // namespace platter::qcow2
