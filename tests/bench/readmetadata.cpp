// SPDX-License-Identifier: GPL-3.0-or-later
// bench_readmetadata FILE: reads all L2 tables and refcount blocks of a QCOW2 image with pread and
// looks at none of their entries: the least that a check can take.
#include "core/base/Endian.h"
#include "core/formats/qcow2/Geometry.h"
#include "core/formats/qcow2/Header.h"
#include "core/io/DiskFile.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

using namespace platter;

constexpr std::size_t batch = 1U << 20;

/// The offsets in a table of 64-bit entries.
std::vector<std::uint64_t> offsetsIn(
    const DiskFile& file, HostOffset table, std::size_t entries, std::uint64_t mask)
{
    std::vector<std::byte> bytes(entries * 8);
    file.readPadded(table, bytes);
    std::vector<std::uint64_t> offsets;
    for (std::size_t i = 0; i < entries; ++i) {
        if (const auto offset = loadBig<std::uint64_t>(&bytes[i * 8]) & mask)
            offsets.push_back(offset);
    }
    return offsets;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (argc != 2)
            throw Error("usage: bench_readmetadata FILE");
        const auto file = DiskFile::open(argv[1], DiskFile::Access::ReadOnly);
        const auto header = qcow2::parseHeader(*file);
        const qcow2::Geometry geometry{header};
        const std::uint64_t cluster = geometry.cluster.bytes().value;

        auto places = offsetsIn(*file, header.l1TableOffset, header.l1Size, qcow2::entry::offset);
        const auto blocks = offsetsIn(*file, header.refcountTableOffset,
            header.refcountTableClusters * cluster / 8, qcow2::entry::refcountOffset);
        places.insert(places.end(), blocks.begin(), blocks.end());
        std::sort(places.begin(), places.end());

        struct Run {
            std::uint64_t start = 0;
            std::size_t length = 0;
        };
        std::vector<Run> runs;
        for (const auto place : places) {
            if (!runs.empty() && runs.back().start + runs.back().length == place
                && runs.back().length + cluster <= batch)
                runs.back().length += cluster;
            else
                runs.push_back({place, cluster});
        }
        std::vector<std::vector<std::byte>> buffers(
            defaultThreads(), std::vector<std::byte>(batch));
        parallelFor(runs.size(), defaultThreads(), {}, [&](unsigned worker, std::size_t index) {
            file->read(HostOffset{runs[index].start},
                std::span{buffers[worker]}.first(std::min(runs[index].length, batch)));
        });
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_readmetadata: %s\n", error.what());
        return 1;
    }
    return 0;
}
