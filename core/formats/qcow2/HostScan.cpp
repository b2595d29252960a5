// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/ReferenceCounts.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <atomic>

namespace platter::qcow2 {

namespace {

    /// Host clusters whose use is collected in one pass: one byte each.
    constexpr std::uint64_t windowClusters = std::uint64_t{1} << 26;
    /// Up to this many host clusters the guest place of each is remembered too: eight bytes each.
    constexpr std::uint64_t placedClusters = std::uint64_t{1} << 22;
    constexpr std::uint64_t noGuest = ~std::uint64_t{0};

    /// What a cluster is for once it has a second use.
    HostUse merged(HostUse before, HostUse more)
    {
        if (before == HostUse::Free)
            return more;
        const auto is = [&](HostUse a, HostUse b) {
            return (before == a && more == b) || (before == b && more == a);
        };
        const auto same = [&](HostUse use) { return before == use && more == use; };
        if (same(HostUse::DataSnapshot) || same(HostUse::SnapshotL2Table)
            || same(HostUse::SnapshotL1Table) || same(HostUse::Compressed)
            || same(HostUse::CompressedSnapshot) || same(HostUse::VmState)
            || same(HostUse::ZeroAllocated))
            return before;
        if (is(HostUse::Data, HostUse::DataSnapshot)
            || is(HostUse::DataShared, HostUse::DataSnapshot))
            return HostUse::DataShared;
        if (is(HostUse::L2Table, HostUse::SnapshotL2Table))
            return HostUse::L2Table;
        if (is(HostUse::Compressed, HostUse::CompressedSnapshot))
            return HostUse::Compressed;
        if (is(HostUse::ZeroAllocated, HostUse::DataSnapshot)
            || is(HostUse::ZeroAllocated, HostUse::Data)
            || is(HostUse::ZeroAllocated, HostUse::DataShared))
            return before == HostUse::ZeroAllocated ? more : before;
        if (is(HostUse::VmState, HostUse::DataSnapshot))
            return HostUse::VmState;
        return HostUse::Problem;
    }

    /// The uses of one window of host clusters.
    class Window {
    public:
        Window(const Qcow2Image& image, std::uint64_t first, std::uint64_t count,
            std::uint64_t allClusters)
            : m_geometry(image.geometry())
            , m_fileSize(image.file().size().value)
            , m_first(first)
            , m_count(count)
            , m_uses(count)
        {
            if (allClusters <= placedClusters)
                m_guest.assign(count, noGuest);
        }

        void add(std::uint64_t cluster, std::uint64_t count, HostUse use,
            std::uint64_t guestCluster = noGuest)
        {
            const std::uint64_t from = std::max(cluster, m_first);
            const std::uint64_t to = std::min(cluster + count, m_first + m_count);
            for (std::uint64_t at = from; at < to; ++at) {
                std::atomic<std::uint8_t>& slot = m_uses[at - m_first];
                std::uint8_t before = slot.load(std::memory_order_relaxed);
                while (!slot.compare_exchange_weak(before,
                    static_cast<std::uint8_t>(merged(static_cast<HostUse>(before), use)),
                    std::memory_order_relaxed)) { }
                if (guestCluster != noGuest && !m_guest.empty())
                    std::atomic_ref{m_guest[at - m_first]}.store(
                        guestCluster + (at - cluster), std::memory_order_relaxed);
            }
        }

        void addBytes(HostOffset at, Bytes length, HostUse use)
        {
            if (length.value == 0 || at.value >= m_fileSize)
                return;
            const std::uint64_t end = std::min(m_fileSize - at.value, length.value) + at.value;
            const std::uint64_t first = m_geometry.cluster.clusterOf(at).index;
            add(first, m_geometry.cluster.clusterOf(HostOffset{end - 1}).index - first + 1, use);
        }

        /// One L2 table's data clusters.
        void addTable(
            const TableUse& use, std::span<const std::byte> table, std::uint64_t activeEnd)
        {
            const std::uint64_t perTable = m_geometry.entriesPerTable();
            walkEntries(m_geometry, table, 0, [&](const EntryRun& run) {
                const std::uint64_t guest = use.l1Index * perTable + run.first;
                const bool state = guest >= activeEnd; // behind the disk lies the saved memory
                if (run.type == EntryType::Compressed) {
                    if (m_geometry.externalData)
                        return true;
                    const CompressedPlace place = m_geometry.compressedPlace(run.word);
                    if (use.active)
                        addBytes(place.start, place.length, HostUse::Compressed);
                    if (use.snapshots)
                        addBytes(place.start, place.length, HostUse::CompressedSnapshot);
                } else if ((run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated)
                    && !m_geometry.externalData) {
                    const HostOffset host{run.word & entry::offset};
                    if (!m_geometry.cluster.aligned(host) || host.value >= m_fileSize)
                        return true;
                    const HostUse active = run.type == EntryType::ZeroAllocated
                            || (m_geometry.extended && static_cast<std::uint32_t>(run.bitmap) == 0)
                        ? HostUse::ZeroAllocated
                        : HostUse::Data;
                    const std::uint64_t cluster = m_geometry.cluster.clusterOf(host).index;
                    if (use.active)
                        add(cluster, run.count, state ? HostUse::VmState : active,
                            state ? noGuest : guest);
                    if (use.active > 1)
                        add(cluster, run.count, active);
                    if (use.snapshots)
                        add(cluster, run.count, state ? HostUse::VmState : HostUse::DataSnapshot);
                }
                return true;
            });
        }

        /// Hands out the ranges, judging them by what the refcounts say.
        void emit(const StoredCounts& stored, std::optional<HostRange>& pending,
            const HostSink& sink) const
        {
            for (std::uint64_t i = 0; i < m_count; ++i) {
                const std::uint64_t cluster = m_first + i;
                auto use = static_cast<HostUse>(m_uses[i].load(std::memory_order_relaxed));
                const bool counted = stored.used().test(cluster);
                if (use == HostUse::Free && counted)
                    use = HostUse::Leaked;
                else if (use != HostUse::Free && !counted)
                    use = HostUse::Problem;
                const HostOffset at = m_geometry.cluster.startOf(HostCluster{cluster});
                std::optional<GuestOffset> guest;
                const bool placed = use == HostUse::Data || use == HostUse::DataShared
                    || use == HostUse::ZeroAllocated;
                if (placed && !m_guest.empty() && m_guest[i] != noGuest)
                    guest = m_geometry.cluster.startOf(GuestCluster{m_guest[i]});
                const Bytes length{
                    std::min(m_geometry.cluster.bytes().value, m_fileSize - at.value)};
                const bool continues = pending && pending->use == use
                    && pending->guest.has_value() == guest.has_value()
                    && (!guest || pending->guest->value + pending->length.value == guest->value);
                if (continues) {
                    pending->length += length;
                    continue;
                }
                if (pending)
                    sink(*pending);
                pending = HostRange{at, length, use, guest};
            }
        }

    private:
        const Geometry& m_geometry;
        std::uint64_t m_fileSize;
        std::uint64_t m_first;
        std::uint64_t m_count;
        std::vector<std::atomic<std::uint8_t>> m_uses;
        std::vector<std::uint64_t> m_guest;
    };

} // namespace

void Qcow2Image::scanHost(const HostSink& sink, const JobControl& job) const
{
    const unsigned threads = defaultThreads();
    const std::uint64_t clusters = m_geometry.cluster.clustersFor(file().size());
    const std::uint64_t activeEnd = m_geometry.cluster.clustersFor(virtualSize());
    const RefcountTable refcounts{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};
    std::optional<HostRange> pending;
    for (std::uint64_t first = 0; first < clusters; first += windowClusters) {
        const std::uint64_t count = std::min(windowClusters, clusters - first);
        Window window{*this, first, count, clusters};
        ReferenceSinks sinks;
        sinks.structure
            = [&](const StructureUse& use) { window.addBytes(use.at, use.length, use.use); };
        sinks.l1Entry = [&](const L1Entry& entry) {
            const HostOffset table{entry.word & entry::offset};
            if (table.value && m_geometry.cluster.aligned(table))
                window.addBytes(table, m_geometry.cluster.bytes(),
                    entry.owner == L1Entry::Owner::Active ? HostUse::L2Table
                                                          : HostUse::SnapshotL2Table);
        };
        sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
            if (m_geometry.cluster.aligned(use.at))
                window.addTable(use, table, activeEnd);
        };
        sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
        sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
        scanReferences(*this, threads, job, sinks);
        for (std::uint64_t i = 0; i < refcounts.entries().size(); ++i) {
            if (const auto block = refcounts.blockAt(i))
                window.addBytes(*block, m_geometry.cluster.bytes(), HostUse::RefcountBlock);
        }
        const StoredCounts stored{file(), m_geometry, refcounts, first, count, threads, job};
        window.emit(stored, pending, sink);
    }
    if (pending)
        sink(*pending);
}

} // namespace platter::qcow2
