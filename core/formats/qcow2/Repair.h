// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/RepairPlan.h"
#include "core/formats/qcow2/Qcow2Image.h"
#include "core/formats/qcow2/Refcounts.h"

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace platter::qcow2 {

/// An argument of a finding as a number; 0: it has none there.
unsigned numberIn(const Finding& finding, std::size_t argument);

/// Repairs a copy of an image that exists in memory only, step by step, and checks it after each.
class Repairer {
public:
    Repairer(
        std::shared_ptr<const ByteFile> file, const RepairOptions& options, const JobControl& job);

    /// Throws what opening and checking throw.
    RepairPlan plan();

private:
    void repairCopy();
    void reopen();
    CheckReport check(const CountDifferenceSink& differences = {}) const;
    std::uint64_t word(HostOffset at) const;
    /// Writes bytes of one cluster, which belong to `use`.
    void put(HostOffset at, std::span<const std::byte> bytes, HostUse use);
    void setWord(HostOffset at, std::uint64_t word, HostUse use);
    RepairStep& step(const char* id, std::string text);
    void leaveOut(RepairStep& one) const;
    /// Calls change(finding) for each finding of a kind; @returns how many there were.
    std::uint64_t forEach(
        const FindingKind& kind, const std::function<void(const Finding&)>& change);

    std::string whyHopeless() const;
    void notePromised();
    void findGarbageTables();
    void relinkTables();
    void clearBits();
    void settleUnreadable();
    std::optional<std::uint64_t> fromSnapshot(GuestOffset guest, bool table);
    void moveRefcountBlocks();
    void copyApart();
    void completeSnapshotTable();
    void correctCounts();
    bool correctCountsOnce(RepairStep& raised, RepairStep& freed);
    bool setCount(std::uint64_t cluster, std::uint64_t count);
    std::optional<HostOffset> blockFor(std::uint64_t index);
    void growTable(std::uint64_t entries);
    void correctFlags();
    void clearMarks();
    void explainRest();
    bool isNew(std::uint64_t cluster) const;
    std::vector<RepairPlan::Epoch> epochs() const;

    HostOffset allocate(std::uint64_t clusters);
    bool mayFreeLeaks() const;
    bool all() const { return m_options.scope == RepairOptions::Scope::All; }

    std::shared_ptr<const ByteFile> m_original;
    std::shared_ptr<PatchedFile> m_file;
    RepairOptions m_options;
    const JobControl& m_job;
    std::unique_ptr<Qcow2Image> m_image; ///< of the patched file
    RepairPlan m_plan;
    CheckReport m_report; ///< of the patched file, before the step at hand
    std::uint64_t m_next = 0; ///< first host cluster that nothing uses and nothing counts
    std::set<std::uint64_t> m_promised; ///< clusters past the end that entries lead to
    std::unique_ptr<RefcountTable> m_counts; ///< of the patched file
    std::map<std::uint64_t, HostOffset> m_newBlocks; ///< by table entry; not in m_counts yet
    std::set<std::uint64_t> m_garbage; ///< clusters that serve as L2 tables and hold something else
    bool m_hasGarbageTables = false;
    std::vector<HostOffset> m_keptBlocks; ///< refcount table entries of which only bits were wrong
    std::string m_hopeless; ///< why nothing is repaired; empty: it is
    std::map<std::uint64_t, HostUse> m_uses; ///< of clusters of the file that are written
    /// Refcount blocks that got another place: the new one, and the old one.
    std::map<std::uint64_t, HostOffset> m_movedBlocks;
};

} // namespace platter::qcow2
