// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/vdi/BlockMap.h"

#include <algorithm>
#include <vector>

namespace platter::vdi {

namespace {

    constexpr std::uint64_t entryBytes = 4;

    std::uint32_t entryIn(std::span<const std::byte> entries, std::uint64_t index)
    {
        return load<std::uint32_t>(ByteOrder::Little, entries.data() + index * entryBytes);
    }

    /// Calls visit(Run) for the runs of `entries`, the first of which belongs to block `first`,
    /// until it returns false.
    template <class Visit>
    void splitRuns(std::span<const std::byte> entries, std::uint32_t first, Visit&& visit)
    {
        const auto count = static_cast<std::uint32_t>(entries.size() / entryBytes);
        for (std::uint32_t i = 0; i < count;) {
            BlockMap::Run run{first + i, 1, entryIn(entries, i)};
            std::uint32_t end = i + 1;
            // A run of stored blocks must not grow into the two special entries.
            while (end < count
                && entryIn(entries, end) == (run.isStored() ? run.entry + (end - i) : run.entry)
                && (!run.isStored() || entryIn(entries, end) < zeroBlock))
                ++end;
            run.count = end - i;
            if (!visit(run))
                return;
            i = end;
        }
    }

} // namespace

BlockMap::BlockMap(std::shared_ptr<const ByteFile> file, const Header& header)
    : m_header(header)
    // NOTE(spec): QEMU rounds the size of the disk up to whole sectors, VirtualBox down.
    , m_size{(header.diskSize.value + 511) / 512 * 512}
    , m_pages(std::move(file))
{
}

HostOffset BlockMap::entryAt(std::uint64_t block) const
{
    return HostOffset{m_header.blockMapOffset} + Bytes{entryBytes} * block;
}

Extent BlockMap::extentOf(const Run& run) const
{
    Extent extent;
    extent.start = GuestOffset{std::uint64_t{run.block} * m_header.blockSize};
    extent.length = Bytes{m_header.blockSize} * run.count;
    if (run.entry == zeroBlock) {
        extent.kind = ExtentKind::Zero;
    } else if (run.isStored()) {
        extent.kind = ExtentKind::Data;
        extent.host = m_header.blockAt(run.entry);
    }
    return extent;
}

Extent BlockMap::extentAt(GuestOffset at, Bytes atMost) const
{
    const std::uint64_t limit = at.value + std::min(atMost.value, m_size.value - at.value);
    const std::uint64_t block = at.value / m_header.blockSize;
    const std::uint64_t lastBlock = (limit - 1) / m_header.blockSize;
    const HostOffset entry = entryAt(block);
    const auto page = m_pages.pageAt(entry);
    const std::uint64_t inPage = entry.value % PageCache::pageSize;
    const std::uint64_t bytes
        = std::min(PageCache::pageSize - inPage, (lastBlock - block + 1) * entryBytes);
    Extent extent;
    splitRuns(std::span<const std::byte>{*page}.subspan(inPage, bytes),
        static_cast<std::uint32_t>(block), [&](Run run) {
            if (m_header.blockExtra != 0 && run.isStored())
                run.count = 1; // the extra bytes lie between two blocks
            extent = extentOf(run);
            return false;
        });
    const Bytes skipped = at - extent.start;
    if (extent.kind == ExtentKind::Data)
        extent.host += skipped;
    extent.length = Bytes{std::min(extent.end().value, limit) - at.value};
    extent.start = at;
    return extent;
}

void BlockMap::walk(std::uint64_t first, std::uint64_t end, const JobControl& job,
    const std::function<void(const Run&)>& visit) const
{
    constexpr std::uint64_t batch = 256 * 1024; // entries: 1 MiB
    std::vector<std::byte> buffer(std::min(end > first ? end - first : 0, batch) * entryBytes);
    for (std::uint64_t at = first; at < end;) {
        job.checkStop();
        const std::uint64_t count = std::min(end - at, batch);
        const auto entries = std::span{buffer}.first(count * entryBytes);
        if (m_pages.file().read(entryAt(at), entries) < entries.size())
            throw FormatError("VDI block map", "entry", entryAt(at).value,
                "the file has become shorter than its block map.");
        splitRuns(entries, static_cast<std::uint32_t>(at), [&](const Run& run) {
            visit(run);
            return true;
        });
        at += count;
    }
}

void BlockMap::scan(
    GuestOffset from, Bytes length, const ExtentSink& sink, const JobControl& job) const
{
    const std::uint64_t limit = from.value >= m_size.value
        ? from.value
        : from.value + std::min(length.value, m_size.value - from.value);
    if (limit == from.value)
        return;
    const std::uint64_t blockSize = m_header.blockSize;
    ExtentJoiner joiner{sink};
    const auto add = [&](const Run& run) {
        Extent extent = extentOf(run);
        const std::uint64_t start = std::max(extent.start.value, from.value);
        if (extent.kind == ExtentKind::Data)
            extent.host += Bytes{start - extent.start.value};
        extent.length = Bytes{std::min(extent.end().value, limit) - start};
        extent.start = GuestOffset{start};
        joiner.add(extent);
    };
    constexpr std::uint64_t reportEvery = 256 * 1024; // blocks
    std::uint64_t nextReport = 0;
    walk(from.value / blockSize, (limit - 1) / blockSize + 1, job, [&](const Run& run) {
        if (run.block >= nextReport) {
            const std::uint64_t at = std::max(run.block * blockSize, from.value);
            job.step({at - from.value, limit - from.value});
            nextReport = run.block + reportEvery;
        }
        if (m_header.blockExtra == 0 || !run.isStored()) {
            add(run);
            return;
        }
        for (std::uint32_t i = 0; i < run.count; ++i)
            add({run.block + i, 1, run.entry + i});
    });
    joiner.flush();
}

} // namespace platter::vdi
