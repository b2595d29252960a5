// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/ReferenceScan.h"

#include "core/formats/qcow2/Findings.h"
#include "core/io/IoBytes.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <map>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t groupSize = 1'000'000; ///< L1 entries that are sorted at once: 24 MiB
    constexpr std::uint64_t readSize = 1024 * 1024;

    /// Collects L2 tables of any number of L1 tables and visits each place once per group.
    class TableGroup {
    public:
        TableGroup(const Qcow2Image& image, unsigned threads, const JobControl& job,
            const ReferenceSinks& sinks)
            : m_image(image)
            , m_threads(threads)
            , m_job(job)
            , m_sinks(sinks)
            , m_buffers(threads)
            , m_fileSize(image.file().size().value)
        {
        }

        void add(const TableUse& use)
        {
            if (use.at.value >= m_fileSize)
                return;
            m_uses.push_back(use);
            if (m_uses.size() >= groupSize)
                visit();
        }

        void visit()
        {
            std::sort(m_uses.begin(), m_uses.end(),
                [](const TableUse& a, const TableUse& b) { return a.at < b.at; });
            std::size_t kept = 0;
            for (std::size_t i = 0; i < m_uses.size(); ++i) {
                if (kept > 0 && m_uses[kept - 1].at == m_uses[i].at) {
                    TableUse& same = m_uses[kept - 1];
                    if (same.active == 0)
                        same.l1Index = m_uses[i].l1Index;
                    same.active += m_uses[i].active;
                    same.snapshots += m_uses[i].snapshots;
                } else {
                    m_uses[kept++] = m_uses[i];
                }
            }
            m_uses.resize(kept);

            const std::uint64_t tableBytes = m_image.geometry().cluster.bytes().value;
            const std::size_t most = std::max<std::uint64_t>(1, readSize / tableBytes);
            std::vector<std::size_t> batches; // index of the first table of each read
            for (std::size_t i = 0; i < m_uses.size(); ++i) {
                if (batches.empty() || i - batches.back() >= most
                    || m_uses[i - 1].at.value + tableBytes != m_uses[i].at.value)
                    batches.push_back(i);
            }
            parallelFor(batches.size(), m_threads, m_job, [&](unsigned worker, std::size_t batch) {
                const std::size_t first = batches[batch];
                const std::size_t end
                    = batch + 1 < batches.size() ? batches[batch + 1] : m_uses.size();
                auto& buffer = m_buffers[worker];
                buffer.resize((end - first) * tableBytes);
                m_image.file().readPadded(m_uses[first].at, buffer);
                for (std::size_t i = first; i < end; ++i)
                    m_sinks.table(worker, m_uses[i],
                        std::span<const std::byte>{buffer}.subspan(
                            (i - first) * tableBytes, tableBytes));
            });
            m_uses.clear();
        }

    private:
        const Qcow2Image& m_image;
        unsigned m_threads;
        const JobControl& m_job;
        const ReferenceSinks& m_sinks;
        std::vector<IoBytes> m_buffers;
        std::uint64_t m_fileSize;
        std::vector<TableUse> m_uses;
    };

    /// Whose L1 table it is, and what points at it.
    struct L1Owner {
        L1Entry::Owner kind;
        std::uint64_t weight;
        HostOffset place;
        std::span<const std::uint32_t> snapshots;
    };

    void scanL1(const L1Table& l1, const L1Owner& owner, const ReferenceSinks& sinks,
        const std::function<void(const TableUse&)>& addTable)
    {
        if (l1.declaredEntries == 0)
            return;
        StructureUse table;
        table.use
            = owner.kind == L1Entry::Owner::Active ? HostUse::L1Table : HostUse::SnapshotL1Table;
        table.at = l1.at;
        table.length = Bytes{l1.declaredEntries * 8};
        table.weight = owner.weight;
        table.place = owner.place;
        table.snapshots = owner.snapshots;
        sinks.structure(table);
        for (std::uint64_t i = 0; i < l1.entries.size(); ++i) {
            const std::uint64_t word = l1.entries[i];
            if (word == 0)
                continue;
            sinks.l1Entry(
                {word, i, l1.at + Bytes{i * 8}, owner.weight, owner.kind, owner.snapshots});
            TableUse use;
            use.at = HostOffset{word & entry::offset};
            if (use.at.value == 0)
                continue; // only reserved bits: there is no table
            use.l1Index = static_cast<std::uint32_t>(i);
            if (owner.kind == L1Entry::Owner::Active)
                use.active = 1;
            else
                use.snapshots = static_cast<std::uint32_t>(owner.weight);
            addTable(use);
        }
    }

    void scanL1Tables(const Qcow2Image& image, const JobControl& job, const ReferenceSinks& sinks,
        const std::function<void(const TableUse&)>& addTable)
    {
        const Geometry& geometry = image.geometry();
        scanL1(image.activeL1(),
            {L1Entry::Owner::Active, 1, HostOffset{headerFields.find("l1_table_offset")->at}, {}},
            sinks, addTable);

        // Snapshots that have the very same L1 table are followed once, with their number as
        // weight.
        const auto& snapshots = image.snapshots();
        std::map<std::pair<std::uint64_t, std::uint32_t>, std::vector<std::uint32_t>> tables;
        for (std::uint32_t i = 0; i < snapshots.size(); ++i) {
            if (!geometry.cluster.aligned(snapshots[i].l1TableOffset))
                sinks.brokenSnapshot(snapshotL1Unaligned, i);
            else if (snapshots[i].l1Entries > limit::l1Entries)
                sinks.brokenSnapshot(snapshotL1TooLarge, i);
            else
                tables[{snapshots[i].l1TableOffset.value, snapshots[i].l1Entries}].push_back(i);
        }
        for (const auto& [place, owners] : tables) {
            job.checkStop();
            scanL1(readL1(image.file(), geometry, HostOffset{place.first}, place.second),
                {L1Entry::Owner::Snapshot, owners.size(),
                    image.snapshotTable().l1FieldAt[owners.front()], owners},
                sinks, addTable);
        }
    }

} // namespace

void scanL1Tables(const Qcow2Image& image, const JobControl& job, const ReferenceSinks& sinks)
{
    scanL1Tables(image, job, sinks, [](const TableUse&) {});
}

void scanReferences(
    const Qcow2Image& image, unsigned threads, const JobControl& job, const ReferenceSinks& sinks)
{
    const Header& header = image.header();
    const Geometry& geometry = image.geometry();
    sinks.structure({HostUse::Header, HostOffset{0}, geometry.cluster.bytes()});

    TableGroup group{image, threads, job, sinks};
    scanL1Tables(image, job, sinks, [&](const TableUse& use) { group.add(use); });
    group.visit();

    const auto structure
        = [&](HostUse use, HostOffset at, Bytes length, std::optional<HostOffset> place) {
              if (length.value)
                  sinks.structure({use, at, length, 1, place});
          };
    const auto headerField
        = [](const char* name) { return HostOffset{headerFields.find(name)->at}; };
    structure(HostUse::SnapshotTable, header.snapshotsOffset, image.snapshotTable().length,
        headerField("snapshots_offset"));
    structure(HostUse::RefcountTable, header.refcountTableOffset,
        geometry.cluster.bytes() * header.refcountTableClusters,
        headerField("refcount_table_offset"));
    const Extensions& extensions = image.extensions();
    if (extensions.encryption)
        structure(HostUse::EncryptionHeader, extensions.encryption->offset,
            extensions.encryption->length, extensions.encryptionOffsetAt);

    if (image.bitmapsAreValid()) {
        sinks.structure({HostUse::BitmapDirectory, extensions.bitmaps->directoryOffset,
            extensions.bitmaps->directorySize, 1, extensions.directoryOffsetAt});
        const auto& bitmaps = image.bitmapEntries();
        for (std::uint32_t i = 0; i < bitmaps.size(); ++i) {
            job.checkStop();
            sinks.structure({HostUse::BitmapTable, bitmaps[i].tableOffset,
                Bytes{bitmaps[i].tableEntries * 8ULL}, 1, bitmaps[i].tableOffsetAt, {}, i});
            walkBitmapTable(image.file(), geometry, bitmaps[i],
                [&](std::uint32_t index, const BitmapTableEntry& entry) {
                    if (entry.kind == BitmapTableEntry::Kind::Invalid)
                        sinks.brokenBitmapEntry(i, index, entry.word);
                    else if (entry.kind == BitmapTableEntry::Kind::Stored)
                        sinks.structure({HostUse::BitmapData, entry.data, geometry.cluster.bytes(),
                            1, bitmaps[i].tableOffset + Bytes{index * 8ULL}, {}, i, index});
                });
        }
    }
}

} // namespace platter::qcow2
