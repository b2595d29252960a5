// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/ReferenceCounts.h"
#include "core/formats/qcow2/ReferenceScan.h"
#include "core/jobs/OrderedPipeline.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>
#include <mutex>

namespace platter::qcow2 {

namespace {

    /// The window once so many clusters are used twice that each needs a counter of four bytes.
    constexpr std::uint64_t smallWindow = std::uint64_t{1} << 24;
    constexpr std::uint64_t mostPages = smallWindow / ReferenceCounts::pageClusters; // 64 MiB

    /// Collects findings from all threads.
    class Collector {
    public:
        Collector(CheckReport& report, std::size_t keep)
            : m_report(report)
            , m_keep(keep)
        {
        }

        /// Counts `times` findings; makeArguments() is only called if there is room to keep one.
        template <class MakeArguments>
        void add(const FindingKind& kind, HostOffset host, std::optional<GuestOffset> guest,
            Bytes length, std::uint64_t times, MakeArguments&& makeArguments)
        {
            const std::lock_guard lock{m_mutex};
            m_report.count(kind, guest ? length : Bytes{}, times);
            if (m_report.hasRoomFor(kind, m_keep))
                m_report.keep({&kind, host, guest, length, makeArguments()}, m_keep);
        }

    private:
        CheckReport& m_report;
        std::size_t m_keep;
        std::mutex m_mutex;
    };

    /// Figures that each worker adds up for itself.
    struct alignas(64) Tally {
        std::uint64_t allocated = 0;
        std::uint64_t fragmented = 0;
        std::uint64_t compressed = 0;
    };

    /// Clusters that can be referred to: those of the file and the next, since the last may be cut.
    std::uint64_t examinedClusters(const Qcow2Image& image)
    {
        return image.geometry().cluster.clustersFor(image.file().size()) + 1;
    }

    /// One pass over all metadata, counting the references to the host clusters of one window.
    class Pass {
    public:
        enum class Role {
            First, ///< also reports what is wrong with entries, whatever they point at
            Later,
        };

        Pass(const Qcow2Image& image, const RefcountTable& refcounts, std::uint64_t first,
            std::uint64_t count, Role role, unsigned threads, const JobControl& job,
            Collector& findings, const CountDifferenceSink& differences)
            : m_image(image)
            , m_geometry(image.geometry())
            , m_refcounts(refcounts)
            , m_role(role)
            , m_threads(threads)
            , m_job(job)
            , m_findings(findings)
            , m_differences(differences)
            , m_fileSize(image.file().size().value)
            , m_clusterBytes(m_geometry.cluster.bytes().value)
            , m_stored(image.file(), m_geometry, refcounts, first, count, threads, job)
            , m_counts(first, count, mostPages)
            , m_tallies(threads)
        {
        }

        void run()
        {
            ReferenceSinks sinks;
            sinks.structure = [&](const StructureUse& use) {
                count(
                    use.at.value, use.length.value, use.weight,
                    [&] { return hostUseName(use.use); }, use.at);
            };
            sinks.l1Entry = [&](const L1Entry& entry) { examineL1(entry); };
            sinks.table
                = [&](unsigned worker, const TableUse& use, std::span<const std::byte> table) {
                      examineTable(m_tallies[worker], use, table);
                  };
            sinks.brokenSnapshot = [&](const FindingKind& kind, std::size_t index) {
                const SnapshotInfo& snapshot = m_image.snapshots()[index];
                report(kind, m_image.header().snapshotsOffset, 1, [&] {
                    return std::vector<std::string>{snapshot.name,
                        &kind == &snapshotL1TooLarge ? std::to_string(snapshot.l1Entries)
                                                     : hexText(snapshot.l1TableOffset.value)};
                });
            };
            sinks.brokenBitmapEntry
                = [&](std::size_t bitmap, std::uint32_t index, std::uint64_t word) {
                      const BitmapEntry& entry = m_image.bitmapEntries()[bitmap];
                      report(bitmapTableEntry, entry.tableOffset + Bytes{index * 8ULL}, 1, [&] {
                          return std::vector<std::string>{
                              std::to_string(index), entry.name, hexText(word)};
                      });
                  };
            scanReferences(m_image, m_threads, m_job, sinks);
            examineRefcountTable();
            compare();
        }

        std::uint64_t highestCluster() const { return m_highest; }

        void addTallies(CheckReport& report) const
        {
            for (const Tally& tally : m_tallies) {
                report.allocatedClusters += tally.allocated;
                report.fragmentedClusters += tally.fragmented;
                report.compressedClusters += tally.compressed;
            }
        }

    private:
        template <class MakeArguments>
        void report(const FindingKind& kind, HostOffset at, std::uint64_t times,
            MakeArguments&& makeArguments, std::optional<GuestOffset> guest = {}, Bytes length = {})
        {
            if (m_role == Role::First)
                m_findings.add(kind, at, guest, length, times, makeArguments);
        }

        /// Counts a reference to [at, at + length). One that ends a cluster or more behind the end
        /// of the file is a finding and not counted, as in QEMU: the last cluster of a file may be
        /// cut.
        template <class Who>
        void count(std::uint64_t at, std::uint64_t length, std::uint64_t weight, Who&& who,
            HostOffset entryAt, std::optional<GuestOffset> guest = {})
        {
            if (length == 0)
                return;
            if (at >= m_fileSize + m_clusterBytes || length >= m_fileSize + m_clusterBytes - at) {
                report(
                    pastEnd, entryAt, weight,
                    [&] {
                        return std::vector<std::string>{who(), hexText(entryAt.value), hexText(at)};
                    },
                    guest);
                return;
            }
            const std::uint64_t first = m_geometry.cluster.clusterOf(HostOffset{at}).index;
            const std::uint64_t last
                = m_geometry.cluster.clusterOf(HostOffset{at + length - 1}).index;
            m_counts.add(first, last - first + 1, weight);
        }

        /// Whether the stored count of a cluster is judged in this pass.
        bool judgedHere(std::uint64_t cluster) const
        {
            const std::uint64_t all = examinedClusters(m_image);
            return cluster >= all ? m_role == Role::First : m_stored.one().covers(cluster);
        }
        bool storedOne(std::uint64_t cluster) const
        {
            return m_stored.one().covers(cluster) ? m_stored.one().test(cluster)
                                                  : storedCount(cluster) == 1;
        }
        std::uint64_t storedCount(std::uint64_t cluster) const
        {
            return m_refcounts.countOf(m_image.file(), HostCluster{cluster});
        }
        /// QEMU says nothing about flags whose count it cannot read.
        bool countable(std::uint64_t cluster) const
        {
            const std::uint64_t block = cluster / m_geometry.refcountsPerBlock();
            return block >= m_refcounts.entries().size() || !m_refcounts.isUnreadable(block);
        }

        void examineL1(const L1Entry& entry)
        {
            const std::uint64_t table = entry.word & entry::offset;
            const auto place = [&] { return std::to_string(entry.index); };
            if (entry.word & entry::l1Reserved)
                report(l1Reserved, entry.at, entry.weight, [&] {
                    return std::vector<std::string>{place(), hexText(entry.word)};
                });
            if (table == 0)
                return;
            std::optional<GuestOffset> guest;
            if (entry.owner == L1Entry::Owner::Active)
                guest = GuestOffset{m_geometry.tableCoverage().value * entry.index};
            count(
                table, m_clusterBytes, entry.weight, [&] { return "L1 entry " + place(); },
                entry.at, guest);
            if (!m_geometry.cluster.aligned(HostOffset{table}))
                report(
                    l1Unaligned, entry.at, entry.weight,
                    [&] {
                        return std::vector<std::string>{place(), hexText(table)};
                    },
                    guest);

            const std::uint64_t cluster = m_geometry.cluster.clusterOf(HostOffset{table}).index;
            if (entry.owner != L1Entry::Owner::Active || !judgedHere(cluster)
                || !countable(cluster))
                return;
            const bool copied = (entry.word & entry::copied) != 0;
            if (copied != storedOne(cluster))
                m_findings.add(copiedL1, entry.at, guest, {}, 1, [&] {
                    return std::vector<std::string>{
                        place(), copied ? "set" : "clear", std::to_string(storedCount(cluster))};
                });
        }

        /// Looks at one L2 table for all L1 entries that lead to it.
        void examineTable(Tally& tally, const TableUse& use, std::span<const std::byte> table)
        {
            const std::uint64_t weight = std::uint64_t{use.active} + use.snapshots;
            std::uint64_t expected = 0; // host offset behind the last data cluster of the table
            walkEntries(m_geometry, table, 0, [&](const EntryRun& run) {
                if (run.type == EntryType::Unallocated && run.word == 0 && run.bitmap == 0)
                    return true;
                if (run.type == EntryType::ZeroPlain && run.word == entry::zero
                    && m_geometry.version >= 3)
                    return true;
                const bool plain
                    = (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated)
                    && isSound(run);
                if (plain) {
                    examineSoundRun(tally, use, run, weight, expected);
                    return true;
                }
                for (std::uint64_t i = 0; i < run.count; ++i) {
                    EntryRun one = run;
                    one.first = run.first + i;
                    one.count = 1;
                    if (run.type == EntryType::Normal || run.type == EntryType::ZeroAllocated)
                        one.word = run.word + m_clusterBytes * i;
                    // The flags above the offset may have changed with the sum.
                    one.type = m_geometry.typeOf(one.word);
                    examineEntry(tally, use, one, weight, expected);
                }
                return true;
            });
        }

        /// No reserved bits, aligned, inside the file, no contradiction in the bitmap.
        bool isSound(const EntryRun& run) const
        {
            const std::uint64_t host = run.word & entry::offset;
            const auto stored = static_cast<std::uint32_t>(run.bitmap);
            const auto zero = static_cast<std::uint32_t>(run.bitmap >> 32);
            return (run.word & entry::l2Reserved) == 0
                && m_geometry.cluster.aligned(HostOffset{host}) && (stored & zero) == 0
                && (run.type == EntryType::Normal || m_geometry.version >= 3)
                && !m_geometry.externalData && host < m_fileSize
                && run.count <= (m_fileSize - host + m_clusterBytes - 1) / m_clusterBytes;
        }

        void examineSoundRun(Tally& tally, const TableUse& use, const EntryRun& run,
            std::uint64_t weight, std::uint64_t& expected)
        {
            const std::uint64_t host = run.word & entry::offset;
            const std::uint64_t cluster = host / m_clusterBytes;
            m_counts.add(cluster, run.count, weight);
            if (use.active == 0)
                return;
            tally.allocated += run.count * use.active;
            if (expected != 0 && expected != host)
                tally.fragmented += use.active;
            expected = host + run.count * m_clusterBytes;

            const bool copied = (run.word & entry::copied) != 0;
            const ClusterBits& one = m_stored.one();
            // The part of the run inside the window; the rest has its turn in another pass.
            const std::uint64_t from = std::max(cluster, one.first());
            const std::uint64_t to = std::min(cluster + run.count, one.end());
            if (from >= to
                || one.all(from, to - from,
                    copied ? ClusterBits::Wanted::Set : ClusterBits::Wanted::Clear))
                return;
            for (std::uint64_t at = from; at < to; ++at)
                judgeCopied(use, run.first + (at - cluster), at, copied);
        }

        void judgeCopied(
            const TableUse& use, std::uint64_t index, std::uint64_t cluster, bool copied)
        {
            if (!judgedHere(cluster) || !countable(cluster) || storedOne(cluster) == copied)
                return;
            const HostOffset at = use.at + Bytes{index * m_geometry.entryBytes()};
            m_findings.add(
                copiedL2, at, guestOf(use, index), Bytes{m_clusterBytes}, use.active, [&] {
                    return std::vector<std::string>{hexText(at.value), copied ? "set" : "clear",
                        std::to_string(storedCount(cluster))};
                });
        }

        GuestOffset guestOf(const TableUse& use, std::uint64_t index) const
        {
            return {m_geometry.tableCoverage().value * use.l1Index + m_clusterBytes * index};
        }

        /// One entry that is not plain and sound, by QEMU's rules and ours.
        void examineEntry(Tally& tally, const TableUse& use, const EntryRun& run,
            std::uint64_t weight, std::uint64_t& expected)
        {
            const HostOffset at = use.at + Bytes{run.first * m_geometry.entryBytes()};
            const GuestOffset guest = guestOf(use, run.first);
            const auto found = [&](const FindingKind& kind, const std::string& value) {
                report(
                    kind, at, weight,
                    [&] {
                        return std::vector<std::string>{hexText(at.value), value};
                    },
                    guest, Bytes{m_clusterBytes});
            };
            const auto who = [] { return std::string{"L2 entry"}; };
            const auto stored = static_cast<std::uint32_t>(run.bitmap);
            const auto zero = static_cast<std::uint32_t>(run.bitmap >> 32);

            if (run.type != EntryType::Compressed && (run.word & entry::l2Reserved))
                found(l2Reserved, hexText(run.word));
            switch (run.type) {
            case EntryType::Compressed: {
                if (run.word & entry::copied)
                    found(l2CompressedCopied, {});
                if (m_geometry.externalData) {
                    found(l2CompressedDataFile, {});
                    return;
                }
                if (run.bitmap) {
                    found(l2CompressedBitmap, hexText(run.bitmap));
                    return;
                }
                const CompressedPlace place = m_geometry.compressedPlace(run.word);
                count(place.start.value, place.length.value, weight, who, at, guest);
                tally.allocated += use.active;
                tally.compressed += use.active;
                // QEMU counts every compressed cluster as fragmented.
                tally.fragmented += use.active;
                return;
            }
            case EntryType::ZeroAllocated:
            case EntryType::Normal: {
                const std::uint64_t host = run.word & entry::offset;
                if (stored & zero)
                    found(l2BitmapContradiction, hexText(run.bitmap));
                if (!m_geometry.cluster.aligned(HostOffset{host}))
                    found(l2Unaligned, hexText(host));
                if (run.type == EntryType::ZeroAllocated && m_geometry.version < 3)
                    found(l2ZeroInVersion2, {});
                if (use.active) {
                    tally.allocated += use.active;
                    if (expected != 0 && expected != host)
                        tally.fragmented += use.active;
                    expected = host + m_clusterBytes;
                }
                if (m_geometry.externalData) {
                    if (use.active && host != guest.value)
                        found(l2DataFileOffset, hexText(host));
                    if (use.active && !(run.word & entry::copied))
                        report(
                            copiedL2, at, use.active,
                            [&] {
                                return std::vector<std::string>{hexText(at.value), "clear", "1"};
                            },
                            guest, Bytes{m_clusterBytes});
                    return;
                }
                count(host, m_clusterBytes, weight, who, at, guest);
                if (use.active)
                    judgeCopied(
                        use, run.first, host / m_clusterBytes, (run.word & entry::copied) != 0);
                return;
            }
            case EntryType::ZeroPlain:
                if (m_geometry.version < 3)
                    found(l2ZeroInVersion2, {});
                return;
            case EntryType::Unallocated:
                if (stored)
                    found(l2BitmapWithoutCluster, hexText(run.bitmap));
                return;
            }
        }

        void examineRefcountTable()
        {
            const auto& entries = m_refcounts.entries();
            const std::uint64_t clusters = m_geometry.cluster.clustersFor(Bytes{m_fileSize});
            for (std::uint64_t i = 0; i < entries.size(); ++i) {
                const std::uint64_t offset = entries[i] & entry::refcountOffset;
                const HostOffset at = m_refcounts.at() + Bytes{i * 8};
                const auto arguments = [&](std::uint64_t value) {
                    return std::vector<std::string>{std::to_string(i), hexText(value)};
                };
                if (entries[i] & entry::refcountReserved) {
                    report(refcountTableReserved, at, 1, [&] { return arguments(entries[i]); });
                    continue;
                }
                if (!m_geometry.cluster.aligned(HostOffset{offset})) {
                    report(refcountBlockUnaligned, at, 1, [&] { return arguments(offset); });
                    continue;
                }
                const std::uint64_t cluster = offset / m_clusterBytes;
                if (cluster >= clusters
                    && !(m_counts.used().covers(cluster) && m_counts.used().test(cluster))) {
                    report(refcountBlockPastEnd, at, 1, [&] { return arguments(offset); });
                    continue;
                }
                if (offset == 0 || !m_counts.used().covers(cluster))
                    continue;
                m_counts.add(cluster, 1, 1);
                const std::uint64_t uses = m_counts.countOf(cluster);
                if (uses != 1)
                    m_findings.add(
                        refcountBlockShared, HostOffset{offset}, {}, Bytes{m_clusterBytes}, 1, [&] {
                            return std::vector<std::string>{
                                std::to_string(i), hexText(offset), std::to_string(uses)};
                        });
            }
        }

        /// Clusters that are compared by one thread, and what came out.
        struct Piece {
            std::uint64_t from = 0;
            std::uint64_t to = 0;
            std::uint64_t highest = 0;
            std::vector<CountDifference> differences;
        };

        /// Compares counts with references, a page of clusters at a time.
        void compare()
        {
            const std::uint64_t first = m_counts.used().first();
            // The cluster behind the end of the file matters only if something refers to it.
            std::uint64_t end = m_counts.used().end();
            if (end == examinedClusters(m_image) && !m_counts.used().test(end - 1))
                --end;
            if (first >= end)
                return;
            constexpr std::uint64_t pieceClusters = ReferenceCounts::pageClusters * 64;
            std::uint64_t next = first;
            orderedPipeline<Piece>(
                m_threads, m_job,
                [&](Piece& piece) {
                    if (next >= end)
                        return false;
                    piece.from = next;
                    next = piece.to = std::min(end, next + pieceClusters);
                    return true;
                },
                [&](Piece& piece) { comparePiece(piece); },
                [&](const Piece& piece) {
                    m_highest = std::max(m_highest, piece.highest);
                    for (const CountDifference& difference : piece.differences)
                        m_differences(difference);
                    m_job.step({piece.to - first, end - first});
                });
            reportUnreadableBlocks(first, end);
        }

        void comparePiece(Piece& piece)
        {
            const std::uint64_t first = m_counts.used().first();
            BlockReader reader{*this};
            piece.highest = 0;
            piece.differences.clear();
            for (std::uint64_t at = piece.from; at < piece.to; at += 64) {
                const std::uint64_t index = (at - first) / 64;
                const std::uint64_t inside = std::min<std::uint64_t>(64, piece.to - at);
                const std::uint64_t mask
                    = inside == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << inside) - 1;
                const std::uint64_t used = m_counts.used().word(index) & mask;
                const std::uint64_t counted = m_stored.used().word(index) & mask;
                const std::uint64_t one = m_stored.one().word(index) & mask;
                if ((used | counted) && countable(at))
                    piece.highest = std::max(piece.highest,
                        at + 63 - static_cast<unsigned>(std::countl_zero(used | counted)));
                std::uint64_t suspects = (used ^ one) | (counted ^ one);
                if (m_counts.hasPage((at - first) / ReferenceCounts::pageClusters))
                    suspects = used | counted;
                for (; suspects; suspects &= suspects - 1)
                    judgeCount(
                        reader, at + static_cast<unsigned>(std::countr_zero(suspects)), piece);
            }
        }

        /// Reads stored counts of rising clusters, keeping the block at hand.
        class BlockReader {
        public:
            explicit BlockReader(const Pass& pass)
                : m_pass(pass)
            {
            }
            std::uint64_t countOf(std::uint64_t cluster)
            {
                const Geometry& geometry = m_pass.m_geometry;
                const std::uint64_t index = cluster / geometry.refcountsPerBlock();
                if (m_index != index) {
                    m_index = index;
                    m_at = m_pass.m_refcounts.blockAt(index);
                    if (m_at) {
                        m_block.resize(geometry.cluster.bytes().value);
                        m_pass.m_image.file().readPadded(*m_at, m_block);
                    }
                }
                return m_at ? refcountIn(
                           m_block, cluster % geometry.refcountsPerBlock(), geometry.refcountOrder)
                            : 0;
            }

        private:
            const Pass& m_pass;
            std::optional<std::uint64_t> m_index;
            std::optional<HostOffset> m_at;
            std::vector<std::byte> m_block;
        };

        void addDifference(
            Piece& piece, HostOffset at, std::uint64_t stored, std::uint64_t found) const
        {
            if (!m_differences || stored == found)
                return;
            auto& list = piece.differences;
            if (!list.empty() && list.back().end() == at && list.back().stored == stored
                && list.back().found == found)
                list.back().length += Bytes{m_clusterBytes};
            else
                list.push_back({at, Bytes{m_clusterBytes}, stored, found});
        }

        void judgeCount(BlockReader& reader, std::uint64_t cluster, Piece& piece)
        {
            if (!countable(cluster))
                return;
            const HostOffset at = m_geometry.cluster.startOf(HostCluster{cluster});
            const std::uint64_t stored = reader.countOf(cluster);
            std::uint64_t uses = m_counts.countOf(cluster);
            addDifference(piece, at, stored, uses);
            const std::uint64_t most = m_geometry.refcountMaximum();
            if (uses > most) {
                m_findings.add(refcountOverflow, at, {}, Bytes{m_clusterBytes}, uses - most, [&] {
                    return std::vector<std::string>{hexText(at.value), std::to_string(uses),
                        std::to_string(m_geometry.refcountBits())};
                });
                uses = most;
            }
            if (stored != uses)
                m_findings.add(stored > uses ? refcountLeak : refcountTooLow, at, {},
                    Bytes{m_clusterBytes}, 1, [&] {
                        return std::vector<std::string>{
                            hexText(at.value), std::to_string(stored), std::to_string(uses)};
                    });
        }

        void reportUnreadableBlocks(std::uint64_t first, std::uint64_t end)
        {
            const std::uint64_t perBlock = m_geometry.refcountsPerBlock();
            for (std::uint64_t i = first / perBlock;
                 i < m_refcounts.entries().size() && i * perBlock < end; ++i) {
                if (!m_refcounts.isUnreadable(i))
                    continue;
                const std::uint64_t from = std::max(first, i * perBlock);
                const std::uint64_t count = std::min(end, (i + 1) * perBlock) - from;
                const HostOffset at = m_geometry.cluster.startOf(HostCluster{from});
                m_findings.add(refcountBlockUnread, at, {}, {}, count, [&] {
                    return std::vector<std::string>{std::to_string(count), hexText(at.value)};
                });
            }
        }

        const Qcow2Image& m_image;
        const Geometry& m_geometry;
        const RefcountTable& m_refcounts;
        Role m_role;
        unsigned m_threads;
        const JobControl& m_job;
        Collector& m_findings;
        const CountDifferenceSink& m_differences;
        std::uint64_t m_fileSize;
        std::uint64_t m_clusterBytes;
        StoredCounts m_stored;
        ReferenceCounts m_counts;
        std::vector<Tally> m_tallies;
        std::uint64_t m_highest = 0;
    };

    CheckReport checkByWindows(const Qcow2Image& image, const RefcountTable& refcounts,
        const CheckOptions& options, unsigned threads, std::uint64_t window,
        const CountDifferenceSink& differences, const JobControl& job)
    {
        CheckReport report;
        Collector findings{report, options.keepFindings};
        const std::uint64_t clusters = examinedClusters(image);
        std::uint64_t highest = 0;
        for (std::uint64_t first = 0; first < clusters; first += window) {
            const auto role = first == 0 ? Pass::Role::First : Pass::Role::Later;
            Pass pass{image, refcounts, first, std::min(window, clusters - first), role, threads,
                job, findings, differences};
            pass.run();
            highest = std::max(highest, pass.highestCluster());
            if (role == Pass::Role::First)
                pass.addTallies(report);
        }
        report.imageEnd = HostOffset{(highest + 1) * image.geometry().cluster.bytes().value};
        report.totalClusters = image.geometry().cluster.clustersFor(image.virtualSize());
        return report;
    }

} // namespace

CheckReport Qcow2Image::check(const CheckOptions& options, const JobControl& job) const
{
    const unsigned threads = options.threads ? options.threads : defaultThreads();
    const RefcountTable refcounts{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};
    // A check that begins again in smaller windows must not tell the same twice.
    HostOffset told{};
    CountDifferenceSink differences;
    if (options.differences) {
        differences = [&](CountDifference difference) {
            if (difference.end() <= told)
                return;
            if (difference.start < told) {
                difference.length = difference.end() - told;
                difference.start = told;
            }
            told = difference.end();
            options.differences(difference);
        };
    }
    CheckReport report;
    try {
        report = checkByWindows(*this, refcounts, options, threads,
            std::max<std::uint64_t>(options.clustersPerPass & ~(ReferenceCounts::pageClusters - 1),
                ReferenceCounts::pageClusters),
            differences, job);
    } catch (const WindowTooLarge&) {
        report = checkByWindows(*this, refcounts, options, threads, smallWindow, differences, job);
    }
    for (const Finding& finding : m_snapshots.findings)
        report.add(finding, options.keepFindings);
    for (const Finding& finding : quickLook().findings) {
        const bool counted = finding.kind == &snapshotsWithDataFile
            || finding.kind == &bitmapDirectoryBroken || finding.kind->severity == Severity::Warning
            || finding.kind->severity == Severity::Note;
        if (counted)
            report.add(finding, options.keepFindings);
    }
    std::stable_sort(report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.host < b.host; });
    return report;
}

} // namespace platter::qcow2
