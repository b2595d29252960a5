// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/StateScan.h"

#include "core/formats/qcow2/EntryWalk.h"
#include "core/io/IoBytes.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    constexpr std::size_t mostTables = std::size_t{4} << 20; ///< L2 tables in memory: 64 MiB
    constexpr std::uint64_t mostParts = 64; ///< Platter's own limit: bounds the time
    constexpr std::size_t mostMeetings = std::size_t{2} << 20; ///< 32 MiB
    constexpr std::uint64_t readSize = 1024 * 1024;
    constexpr std::uint64_t everything = ~std::uint64_t{0}; ///< behind every host offset

    /// An L2 table, who holds it, and how many host clusters it leads to.
    struct OwnedTable {
        std::uint64_t at = 0; ///< host offset
        std::uint32_t first = 0; ///< the first state that holds it
        std::uint32_t more : 1 = 0; ///< whether other states do too
        std::uint32_t held : 31 = 0; ///< clusters, itself included
    };
    static_assert(sizeof(OwnedTable) == 16);

    /// A host cluster with compressed data of a table.
    struct Meeting {
        std::uint64_t cluster = 0;
        std::uint32_t table = 0; ///< index in the list of tables
    };

    void mergeEqual(std::vector<OwnedTable>& tables)
    {
        std::sort(tables.begin(), tables.end(),
            [](const OwnedTable& a, const OwnedTable& b) { return a.at < b.at; });
        std::size_t kept = 0;
        for (const OwnedTable& table : tables) {
            if (kept > 0 && tables[kept - 1].at == table.at) {
                OwnedTable& same = tables[kept - 1];
                if (table.more || same.first != table.first)
                    same.more = 1;
                same.first = std::min(same.first, table.first);
            } else {
                tables[kept++] = table;
            }
        }
        tables.resize(kept);
    }

    class Scanner {
    public:
        Scanner(const Qcow2Image& image, const DiskStates& states, unsigned threads,
            const JobControl& job)
            : m_image(image)
            , m_geometry(image.geometry())
            , m_states(states)
            , m_threads(threads)
            , m_job(job)
            , m_clusters(m_geometry.cluster.clustersFor(image.file().size()))
            , m_buffers(threads)
            , m_touched(threads)
            , m_meetings(threads)
            , m_held(states.count())
        {
        }

        StateScan run()
        {
            StateScan scan;
            scan.parts = std::max<std::uint64_t>(
                1, (m_clusters + ClusterOwners::mostClusters - 1) / ClusterOwners::mostClusters);
            if (scan.parts > mostParts)
                throw UnsupportedError("qcow2.state-scan",
                    "What each snapshot uses cannot be told: the file has more than 2^30 "
                    "clusters.");
            scan.l1.resize(m_states.count());
            std::vector<std::uint64_t> sole(m_states.count());
            for (std::uint64_t part = 0; part < scan.parts; ++part) {
                auto owners = std::make_unique<ClusterOwners>(m_clusters, scan.parts, part);
                m_part = part;
                m_parts = scan.parts;
                std::uint64_t from = 0;
                for (m_turn = 0; from != everything; ++m_turn) {
                    if (part > 0 && m_hasAllTables)
                        from = everything;
                    else
                        from = collect(from, part == 0 && m_turn == 0 ? &scan.l1 : nullptr);
                    m_hasAllTables = m_turn == 0 && from == everything;
                    visitTables(*owners);
                    if (part == 0)
                        addHeld();
                }
                addL1Tables(*owners);
                owners->countSole(sole);
                if (part == 0)
                    scan.owners = std::move(owners);
            }
            scan.sharedIsExact = m_sharedIsExact;
            scan.usage.resize(m_states.count());
            const Bytes cluster = m_geometry.cluster.bytes();
            for (std::uint32_t state = 0; state < m_states.count(); ++state) {
                const auto same = m_states.sameL1As(state);
                if (!same)
                    continue;
                // Damage may make two entries of one state meet: then less is held than counted.
                const std::uint64_t alone = same == state ? sole[state] : 0;
                const std::uint64_t held = std::max(m_held[*same], alone);
                scan.usage[state] = {cluster * alone, cluster * (held - alone)};
            }
            return scan;
        }

    private:
        /// Finds the L2 tables from host offset `from` on, as many as memory is there for.
        /// @returns where to go on; `everything`: nowhere
        std::uint64_t collect(std::uint64_t from, std::vector<StateScan::L1Facts>* facts)
        {
            m_tables.clear();
            std::uint64_t limit = everything;
            std::vector<OwnedTable> lines; // by L1 index: the table last seen, not yet told
            const auto tell = [&](const OwnedTable& table) {
                if (table.at == 0 || table.at >= limit)
                    return;
                m_tables.push_back(table);
                if (m_tables.size() < mostTables)
                    return;
                mergeEqual(m_tables);
                if (m_tables.size() > mostTables / 2) {
                    limit = m_tables[mostTables / 2].at;
                    m_tables.resize(mostTables / 2);
                }
            };
            for (std::uint32_t state = 0; state < m_states.count(); ++state) {
                m_job.checkStop();
                const auto same = m_states.sameL1As(state);
                if (same != state) {
                    if (facts && same)
                        (*facts)[state] = (*facts)[*same];
                    continue;
                }
                const L1Table l1 = m_states.l1Of(state);
                if (facts)
                    (*facts)[state] = factsOf(state, l1);
                lines.resize(std::max(lines.size(), l1.entries.size()));
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    const auto found = m_states.tableOf(l1[i]);
                    const std::uint64_t at
                        = found && found->value >= from && found->value < limit ? found->value : 0;
                    OwnedTable& line = lines[i];
                    if (line.at == at) {
                        line.more = 1;
                        continue;
                    }
                    tell(line);
                    line = {at, state, m_states.hasTwin(state) ? 1U : 0U, 0};
                }
            }
            for (const OwnedTable& line : lines)
                tell(line);
            mergeEqual(m_tables);
            return limit;
        }

        StateScan::L1Facts factsOf(std::uint32_t state, const L1Table& l1) const
        {
            StateScan::L1Facts facts;
            std::uint64_t end = m_states.diskEntries(state, l1);
            while (end > 0 && (l1[end - 1] & entry::offset) == 0)
                --end;
            std::uint64_t hash = m_states.diskSize(state).value * 0x9e3779b97f4a7c15;
            for (std::uint64_t i = 0; i < end; ++i) {
                hash = (hash ^ (l1[i] & entry::offset)) * 0x9e3779b97f4a7c15;
                hash ^= hash >> 29;
                facts.hasCopied = facts.hasCopied || (l1[i] & entry::copied) != 0;
            }
            facts.content = hash;
            return facts;
        }

        /// Reads the collected tables and says who holds what they lead to.
        void visitTables(ClusterOwners& owners)
        {
            const std::uint64_t tableBytes = m_geometry.cluster.bytes().value;
            const std::uint64_t most = std::max<std::uint64_t>(1, readSize / tableBytes);
            std::vector<std::uint32_t> batches; // index of the first table of each read
            for (std::size_t i = 0; i < m_tables.size(); ++i) {
                if (batches.empty() || i - batches.back() >= most
                    || m_tables[i - 1].at + tableBytes != m_tables[i].at)
                    batches.push_back(static_cast<std::uint32_t>(i));
            }
            const JobControl pass{
                m_job.stop, [&](const ProgressUpdate& update) {
                    if (m_job.report)
                        m_job.report({m_part * update.total + update.done, m_parts * update.total});
                }};
            parallelFor(batches.size(), m_threads, pass, [&](unsigned worker, std::size_t batch) {
                const std::size_t first = batches[batch];
                const std::size_t end
                    = batch + 1 < batches.size() ? batches[batch + 1] : m_tables.size();
                auto& buffer = m_buffers[worker];
                buffer.resize((end - first) * tableBytes);
                m_image.file().readPadded(HostOffset{m_tables[first].at}, buffer);
                for (std::size_t i = first; i < end; ++i)
                    visitTable(worker, i, owners,
                        std::span<const std::byte>{buffer}.subspan(
                            (i - first) * tableBytes, tableBytes));
            });
        }

        void visitTable(unsigned worker, std::size_t index, ClusterOwners& owners,
            std::span<const std::byte> bytes)
        {
            OwnedTable& table = m_tables[index];
            const Holders holders{table.first, table.more != 0};
            const ClusterSize size = m_geometry.cluster;
            owners.add(size.clusterOf(HostOffset{table.at}).index, 1, holders);
            std::uint64_t held = 1;
            auto& touched = m_touched[worker];
            touched.clear();
            walkEntries(m_geometry, bytes, 0, [&](const EntryRun& run) {
                if (run.type == EntryType::Compressed) {
                    const CompressedPlace place = m_geometry.compressedPlace(run.word);
                    const std::uint64_t last
                        = size.clusterOf(place.start + place.length - Bytes{1}).index;
                    for (std::uint64_t at = size.clusterOf(place.start).index;
                         at <= last && at < m_clusters; ++at) {
                        owners.add(at, 1, holders);
                        if (touched.empty() || touched.back() != at)
                            touched.push_back(at);
                    }
                } else if (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated) {
                    const HostOffset host{run.word & entry::offset};
                    const std::uint64_t first = size.clusterOf(host).index;
                    if (size.aligned(host) && first < m_clusters) {
                        owners.add(first, run.count, holders);
                        held += std::min(run.count, m_clusters - first);
                    }
                }
                return true;
            });
            if (m_part != 0)
                return;
            std::sort(touched.begin(), touched.end());
            touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
            auto& meetings = m_meetings[worker];
            for (const std::uint64_t cluster : touched) {
                if (meetings.size() >= mostMeetings / m_threads)
                    m_tooManyMeetings.store(true, std::memory_order_relaxed);
                else
                    meetings.push_back({cluster, static_cast<std::uint32_t>(index)});
            }
            table.held = (held + touched.size()) & 0x7fffffff; // 262144 entries at most
        }

        /// Host clusters in which compressed data of several tables lie. A state that has more
        /// than one of these tables must count such a cluster once.
        struct Crowded {
            std::vector<Meeting> byTable; ///< cluster: a number below `clusters`
            std::size_t clusters = 0;

            std::span<const Meeting> of(std::uint32_t table) const
            {
                const auto less
                    = [](const Meeting& a, const Meeting& b) { return a.table < b.table; };
                const auto [first, end]
                    = std::equal_range(byTable.begin(), byTable.end(), Meeting{0, table}, less);
                return {first, end};
            }
        };

        Crowded crowded()
        {
            std::vector<Meeting> all;
            for (auto& meetings : m_meetings) {
                all.insert(all.end(), meetings.begin(), meetings.end());
                meetings.clear();
            }
            // Tables of another turn may meet those of this one.
            if (m_tooManyMeetings || (m_turn > 0 && !all.empty()))
                m_sharedIsExact = false;
            std::sort(all.begin(), all.end(),
                [](const Meeting& a, const Meeting& b) { return a.cluster < b.cluster; });
            Crowded result;
            for (std::size_t i = 0; i < all.size();) {
                std::size_t end = i + 1;
                while (end < all.size() && all[end].cluster == all[i].cluster)
                    ++end;
                if (end - i > 1) {
                    for (; i < end; ++i)
                        result.byTable.push_back({result.clusters, all[i].table});
                    ++result.clusters;
                }
                i = end;
            }
            std::sort(result.byTable.begin(), result.byTable.end(),
                [](const Meeting& a, const Meeting& b) { return a.table < b.table; });
            return result;
        }

        /// Sums up for every state what the collected tables that it has lead to. From one state to
        /// the next only those entries cost anything that differ.
        void addHeld()
        {
            const Crowded crowd = crowded();
            std::vector<std::uint32_t> uses(crowd.clusters);
            std::uint64_t twice = 0; // counted too often, for the state at hand
            std::uint64_t sum = 0;
            struct Line {
                std::uint64_t at = 0;
                std::uint32_t table = 0;
                bool isKnown = false;
            };
            std::vector<Line> lines;
            for (std::uint32_t state = 0; state < m_states.count(); ++state) {
                if (m_states.sameL1As(state) != state)
                    continue;
                m_job.checkStop();
                const L1Table l1 = m_states.l1Of(state);
                lines.resize(std::max(lines.size(), l1.entries.size()));
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    const auto found = m_states.tableOf(l1[i]);
                    const std::uint64_t at = found ? found->value : 0;
                    Line& line = lines[i];
                    if (line.at == at)
                        continue;
                    if (line.isKnown) {
                        sum -= m_tables[line.table].held;
                        for (const Meeting& meeting : crowd.of(line.table))
                            twice -= --uses[meeting.cluster] > 0 ? 1U : 0U;
                    }
                    const auto place = std::lower_bound(m_tables.begin(), m_tables.end(), at,
                        [](const OwnedTable& table, std::uint64_t offset) {
                            return table.at < offset;
                        });
                    line = {at, static_cast<std::uint32_t>(place - m_tables.begin()),
                        place != m_tables.end() && place->at == at};
                    if (line.isKnown) {
                        sum += place->held;
                        for (const Meeting& meeting : crowd.of(line.table))
                            twice += uses[meeting.cluster]++ > 0 ? 1U : 0U;
                    }
                }
                m_held[state] += sum - twice;
            }
        }

        void addL1Tables(ClusterOwners& owners)
        {
            for (std::uint32_t state = 0; state < m_states.count(); ++state) {
                const Bytes length = m_states.l1Length(state);
                if (m_states.sameL1As(state) != state || length.value == 0)
                    continue;
                const std::uint64_t first
                    = m_geometry.cluster.clusterOf(m_states.l1At(state)).index;
                const std::uint64_t count = m_geometry.cluster.clustersFor(length);
                owners.add(first, count, {state, m_states.hasTwin(state)});
                if (m_part == 0 && first < m_clusters)
                    m_held[state] += std::min(count, m_clusters - first);
            }
        }

        const Qcow2Image& m_image;
        const Geometry& m_geometry;
        const DiskStates& m_states;
        unsigned m_threads;
        const JobControl& m_job;
        std::uint64_t m_clusters; ///< of the file
        std::uint64_t m_part = 0;
        std::uint64_t m_parts = 1;
        std::uint64_t m_turn = 0; ///< of taking as many tables as there is memory for
        bool m_hasAllTables = false; ///< one turn was enough
        std::vector<OwnedTable> m_tables; ///< of this turn, by place
        std::vector<IoBytes> m_buffers; ///< by worker
        std::vector<std::vector<std::uint64_t>> m_touched; ///< by worker: host clusters
        std::vector<std::vector<Meeting>> m_meetings; ///< by worker
        std::atomic<bool> m_tooManyMeetings{false};
        bool m_sharedIsExact = true;
        std::vector<std::uint64_t> m_held; ///< host clusters, by state
    };

} // namespace

StateScan scanStates(
    const Qcow2Image& image, const DiskStates& states, unsigned threads, const JobControl& job)
{
    return Scanner{image, states, threads, job}.run();
}

} // namespace platter::qcow2
