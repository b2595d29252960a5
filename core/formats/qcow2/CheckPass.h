// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/qcow2/EntryWalk.h"
#include "core/formats/qcow2/ReferenceCounts.h"
#include "core/formats/qcow2/ReferenceScan.h"

#include <memory>
#include <mutex>
#include <vector>

namespace platter::qcow2 {

/// Collects findings from all threads.
class FindingCollector {
public:
    FindingCollector(CheckReport& report, std::size_t keep)
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

/// Clusters that can be referred to: those of the file and the next, since the last may be cut.
std::uint64_t examinedClusters(const Qcow2Image& image);

/// One pass over all metadata, counting the references to the host clusters of one window.
class CheckPass {
public:
    enum class Role {
        First, ///< also reports what is wrong with entries, whatever they point at
        Later,
    };
    /// The clusters [first, first + count) that a pass counts.
    struct Window {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };

    CheckPass(const Qcow2Image& image, const RefcountTable& refcounts, Window window, Role role,
        unsigned threads, const JobControl& job, FindingCollector& findings,
        const CountDifferenceSink& differences);
    ~CheckPass();

    /// Throws IoError, Cancelled; WindowTooLarge if the window must be smaller.
    void run();

    std::uint64_t highestCluster() const { return m_highest; }
    void addTallies(CheckReport& report) const;

private:
    /// Figures that each worker adds up for itself.
    struct alignas(64) Tally {
        std::uint64_t allocated = 0;
        std::uint64_t fragmented = 0;
        std::uint64_t compressed = 0;
    };
    struct Piece;
    class BlockReader;

    template <class MakeArguments>
    void report(const FindingKind& kind, HostOffset at, std::uint64_t times,
        MakeArguments&& makeArguments, std::optional<GuestOffset> guest = {}, Bytes length = {})
    {
        if (m_role == Role::First)
            m_findings.add(kind, at, guest, length, times, makeArguments);
    }
    /// Counts a reference to [at, at + length). One that ends a cluster or more behind the end of
    /// the file is a finding and not counted, as in QEMU: the last cluster of a file may be cut.
    /// One that begins behind the end is a finding even if QEMU lets it pass.
    template <class Who>
    bool count(std::uint64_t at, std::uint64_t length, std::uint64_t weight, Who&& who,
        HostOffset entryAt, std::optional<GuestOffset> guest = {});

    bool judgedHere(std::uint64_t cluster) const;
    bool storedOne(std::uint64_t cluster) const;
    std::uint64_t storedCount(std::uint64_t cluster) const;
    bool countable(std::uint64_t cluster) const;
    GuestOffset guestOf(const TableUse& use, std::uint64_t index) const;

    void examineStructure(const StructureUse& use);
    void examineL1(const L1Entry& entry);
    void examineTable(Tally& tally, const TableUse& use, std::span<const std::byte> table);
    bool isSound(const EntryRun& run) const;
    void examineSoundRun(Tally& tally, const TableUse& use, const EntryRun& run,
        std::uint64_t weight, std::uint64_t& expected);
    void countPlain(
        const TableUse& use, std::uint64_t cluster, std::uint64_t count, std::uint64_t weight);
    void judgeCopied(const TableUse& use, std::uint64_t index, std::uint64_t cluster, bool copied);
    void examineEntry(Tally& tally, const TableUse& use, const EntryRun& run, std::uint64_t weight,
        std::uint64_t& expected);
    void examineCompressed(Tally& tally, const TableUse& use, const EntryRun& run,
        std::uint64_t weight, HostOffset at, GuestOffset guest);

    void examineRefcountTable();
    void compare();
    void comparePiece(Piece& piece);
    void addDifference(
        Piece& piece, HostOffset at, std::uint64_t stored, std::uint64_t found) const;
    void judgeCount(BlockReader& reader, std::uint64_t cluster, Piece& piece);
    void reportUnreadableBlocks(std::uint64_t first, std::uint64_t end);
    void reportCountsPastEnd();

    ReferenceCounts& compressedCounts();
    void suspect(std::uint64_t cluster);
    void suspectTwice(std::uint64_t firstOfWord, std::uint64_t bits);
    void countTables();
    void suspectStructures();
    void judgeOverlap(std::uint64_t cluster);
    void nameOverlaps();

    const Qcow2Image& m_image;
    const Geometry& m_geometry;
    const RefcountTable& m_refcounts;
    Role m_role;
    unsigned m_threads;
    const JobControl& m_job;
    FindingCollector& m_findings;
    const CountDifferenceSink& m_differences;
    std::uint64_t m_fileSize;
    std::uint64_t m_clusterBytes;
    StoredCounts m_stored;
    ReferenceCounts m_counts;
    std::vector<Tally> m_tallies;
    std::uint64_t m_highest = 0;

    // What tells uses apart that exclude each other. Made only where something can be used twice,
    // so that the check of a plain image pays nothing.
    std::unique_ptr<ClusterBits> m_activePlain; ///< plain data of the active state; with snapshots
    std::once_flag m_compressedMade;
    std::unique_ptr<ReferenceCounts> m_compressed; ///< references by compressed entries only
    std::unique_ptr<ReferenceCounts> m_tables; ///< references by L1 entries only
    std::vector<StructureUse> m_structures; ///< each alone in its clusters
    std::mutex m_suspectsMutex;
    std::vector<std::uint64_t> m_suspects; ///< clusters that may be used in two ways
};

} // namespace platter::qcow2
