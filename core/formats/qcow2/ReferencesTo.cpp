// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace platter::qcow2 {

namespace {

    /// Bytes of the file, end excluded.
    struct HostSpan {
        std::uint64_t from = 0;
        std::uint64_t end = 0;

        bool meets(HostOffset at, Bytes length) const
        {
            return length.value != 0 && at.value < end
                && (at.value >= from || length.value > from - at.value);
        }
    };

    /// The references found so far: those at the lowest places, and the number of all.
    class Collected {
    public:
        explicit Collected(std::size_t most)
            : m_most(most)
        {
        }

        /// `fill` writes what is known into a reference that is kept. From any thread.
        template <class Fill>
        void add(std::optional<HostOffset> place, std::uint64_t times, Fill&& fill)
        {
            const std::lock_guard lock{m_mutex};
            m_times += times;
            // A table that very many states share comes in several groups.
            const auto known = m_kept.find(place);
            if (known != m_kept.end()) {
                known->second.times += times;
                fill(known->second);
                return;
            }
            ++m_places;
            if (m_kept.size() >= m_most) {
                if (m_kept.empty() || !(place < std::prev(m_kept.end())->first))
                    return;
                m_kept.erase(std::prev(m_kept.end()));
            }
            HostReference& reference = m_kept[place];
            reference.place = place;
            reference.times = times;
            fill(reference);
        }

        std::map<std::optional<HostOffset>, HostReference>& kept() { return m_kept; }
        std::uint64_t places() const { return m_places; }
        std::uint64_t times() const { return m_times; }

    private:
        std::size_t m_most;
        std::mutex m_mutex;
        std::map<std::optional<HostOffset>, HostReference> m_kept;
        std::uint64_t m_places = 0;
        std::uint64_t m_times = 0;
    };

    void addOwners(HostReference& reference, std::span<const std::uint32_t> snapshots)
    {
        reference.snapshotCount += snapshots.size();
        for (const std::uint32_t index : snapshots) {
            if (reference.snapshots.size() >= HostReference::namedSnapshots)
                return;
            const auto place
                = std::lower_bound(reference.snapshots.begin(), reference.snapshots.end(), index);
            if (place == reference.snapshots.end() || *place != index)
                reference.snapshots.insert(place, index);
        }
    }

    class Search {
    public:
        Search(const Qcow2Image& image, HostSpan span, std::size_t most)
            : m_image(image)
            , m_geometry(image.geometry())
            , m_span(span)
            , m_found(most)
        {
        }

        HostReferences run(const JobControl& job)
        {
            ReferenceSinks sinks;
            sinks.structure = [&](const StructureUse& use) { addStructure(use); };
            sinks.l1Entry = [&](const L1Entry& entry) { addL1Entry(entry); };
            sinks.table = [&](unsigned, const TableUse& use, std::span<const std::byte> table) {
                addTable(use, table);
            };
            sinks.brokenSnapshot = [](const FindingKind&, std::size_t) {};
            sinks.brokenBitmapEntry = [](std::size_t, std::uint32_t, std::uint64_t) {};
            scanReferences(m_image, defaultThreads(), job, sinks);
            addRefcountBlocks();
            nameOwners(job, sinks);

            HostReferences result;
            result.places = m_found.places();
            result.times = m_found.times();
            for (auto& [place, reference] : m_found.kept())
                result.list.push_back(std::move(reference));
            return result;
        }

    private:
        void addStructure(const StructureUse& use)
        {
            if (!m_span.meets(use.at, use.length))
                return;
            m_found.add(use.place, use.weight, [&](HostReference& reference) {
                reference.use = use.use;
                reference.target = use.at;
                reference.length = use.length;
                reference.active = use.use == HostUse::L1Table;
                reference.bitmap = use.bitmap;
                reference.entryIndex = use.entryIndex;
                addOwners(reference, use.snapshots);
            });
        }

        void addL1Entry(const L1Entry& entry)
        {
            const HostOffset table{entry.word & entry::offset};
            if (table.value == 0 || !m_span.meets(table, m_geometry.cluster.bytes()))
                return;
            m_found.add(entry.at, entry.weight, [&](HostReference& reference) {
                reference.active |= entry.owner == L1Entry::Owner::Active;
                reference.use = reference.active ? HostUse::L2Table : HostUse::SnapshotL2Table;
                reference.target = table;
                reference.length = m_geometry.cluster.bytes();
                reference.guest = GuestOffset{m_geometry.tableCoverage().value * entry.index};
                reference.l1Index = entry.index;
                reference.copied = (entry.word & entry::copied) != 0;
                addOwners(reference, entry.snapshots);
            });
        }

        /// The part of a run that meets the span: a run of stored clusters is one piece of the
        /// file.
        void addTable(const TableUse& use, std::span<const std::byte> table)
        {
            walkEntries(m_geometry, table, 0, [&](const EntryRun& run) {
                if (m_geometry.externalData || run.type == EntryType::Unallocated
                    || run.type == EntryType::ZeroPlain)
                    return true;
                if (run.type == EntryType::Compressed) {
                    if (run.bitmap == 0)
                        addEntry(use, run.first, run.word, run.bitmap);
                    return true;
                }
                const std::uint64_t cluster = m_geometry.cluster.bytes().value;
                const std::uint64_t host = run.word & entry::offset;
                if (host >= m_span.end)
                    return true;
                const std::uint64_t first = m_span.from > host ? (m_span.from - host) / cluster : 0;
                const std::uint64_t last = (m_span.end - 1 - host) / cluster;
                for (std::uint64_t i = first; i <= last && i < run.count; ++i)
                    addEntry(use, run.first + i, run.word + cluster * i, run.bitmap);
                return true;
            });
        }

        void addEntry(
            const TableUse& use, std::uint64_t index, std::uint64_t word, std::uint64_t bitmap)
        {
            const EntryType type = m_geometry.typeOf(word);
            HostOffset target{word & entry::offset};
            Bytes length = m_geometry.cluster.bytes();
            if (type == EntryType::Compressed) {
                const CompressedPlace place = m_geometry.compressedPlace(word);
                target = place.start;
                length = place.length;
            }
            if (!m_span.meets(target, length))
                return;
            m_found.add(use.at + Bytes{index * m_geometry.entryBytes()},
                std::uint64_t{use.active} + use.snapshots, [&](HostReference& reference) {
                    const bool zero = type == EntryType::ZeroAllocated
                        || (m_geometry.extended && static_cast<std::uint32_t>(bitmap) == 0);
                    reference.use = type == EntryType::Compressed ? HostUse::Compressed
                        : zero                                    ? HostUse::ZeroAllocated
                                                                  : HostUse::Data;
                    reference.target = target;
                    reference.length = length;
                    reference.entryIndex = index;
                    reference.copied = (word & entry::copied) != 0;
                });
        }

        void addRefcountBlocks()
        {
            const Header& header = m_image.header();
            const RefcountTable table{m_image.file(), m_geometry, header.refcountTableOffset,
                header.refcountTableClusters};
            for (std::uint64_t i = 0; i < table.entries().size(); ++i) {
                const HostOffset block{table.entries()[i] & entry::refcountOffset};
                if (block.value == 0 || !m_span.meets(block, m_geometry.cluster.bytes()))
                    continue;
                m_found.add(table.at() + Bytes{i * 8}, 1, [&](HostReference& reference) {
                    reference.use = HostUse::RefcountBlock;
                    reference.target = block;
                    reference.length = m_geometry.cluster.bytes();
                    reference.entryIndex = i;
                });
            }
        }

        /// Looks through the L1 tables again for the states that lead to the L2 entries found:
        /// which tables matter is only known now.
        void nameOwners(const JobControl& job, ReferenceSinks sinks)
        {
            std::multimap<HostOffset, HostReference*> entries; // by the table that they lie in
            for (auto& [place, reference] : m_found.kept()) {
                if (reference.copied && reference.entryIndex) // L1 entries have no entryIndex
                    entries.emplace(*place - Bytes{*reference.entryIndex * m_geometry.entryBytes()},
                        &reference);
            }
            if (entries.empty())
                return;
            sinks.structure = [](const StructureUse&) {};
            sinks.l1Entry = [&](const L1Entry& entry) {
                const auto [first, end]
                    = entries.equal_range(HostOffset{entry.word & entry::offset});
                for (auto at = first; at != end; ++at)
                    addOwner(*at->second, entry);
            };
            scanL1Tables(m_image, job, sinks);
            for (auto& [place, reference] : m_found.kept())
                judgeUse(reference);
        }

        void addOwner(HostReference& reference, const L1Entry& entry) const
        {
            if (entry.owner == L1Entry::Owner::Active)
                reference.active = true;
            addOwners(reference, entry.snapshots);
            if (reference.l1Index)
                return;
            reference.l1Index = entry.index;
            reference.guest = GuestOffset{m_geometry.tableCoverage().value * entry.index
                + m_geometry.cluster.bytes().value * *reference.entryIndex};
        }

        /// The word for what an L2 entry's clusters are for, once the states that have it are
        /// known.
        void judgeUse(HostReference& reference) const
        {
            const bool data = reference.use == HostUse::Data;
            if ((!data && reference.use != HostUse::Compressed) || !reference.guest)
                return;
            const Bytes disk = reference.active || reference.snapshots.empty()
                ? m_image.virtualSize()
                : m_image.snapshots()[reference.snapshots.front()].diskSize;
            if (data && reference.guest->value >= disk.value)
                reference.use = HostUse::VmState; // behind the disk lies the saved memory
            else if (!reference.active)
                reference.use = data ? HostUse::DataSnapshot : HostUse::CompressedSnapshot;
            else if (data && reference.snapshotCount)
                reference.use = HostUse::DataShared;
        }

        const Qcow2Image& m_image;
        const Geometry& m_geometry;
        HostSpan m_span;
        Collected m_found;
    };

} // namespace

HostReferences Qcow2Image::referencesTo(
    HostOffset from, Bytes length, std::size_t most, const JobControl& job) const
{
    // A reference may end in the cluster behind the end of the file, but not begin later.
    const std::uint64_t cluster = m_geometry.cluster.bytes().value;
    const std::uint64_t fileEnd = m_geometry.cluster.clustersFor(file().size()) * cluster;
    if (length.value == 0 || from.value >= fileEnd)
        return {};
    const std::uint64_t end = from.value + std::min(fileEnd - from.value, length.value);
    const HostSpan span{from.value - m_geometry.cluster.within(from).value,
        (end + cluster - 1) / cluster * cluster};
    return Search{*this, span, most}.run(job);
}

} // namespace platter::qcow2
