// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/RepairPlan.h"
#include "core/formats/vdi/BlockMap.h"
#include "core/formats/vdi/VdiImage.h"

#include <memory>
#include <string>
#include <vector>

namespace platter::vdi {

/// Repairs a copy of an image that exists in memory only, and checks it. Blocks of guest data are
/// never held in memory: the plan says which are copied where.
///
/// "Number" is what an entry of the block map holds: a place for a block in the file.
class Repairer {
public:
    Repairer(
        std::shared_ptr<const ByteFile> file, const RepairOptions& options, const JobControl& job);

    /// Throws what opening and checking throw.
    RepairPlan plan();

private:
    /// An entry of the block map that names a number.
    struct Entry {
        std::uint64_t block = 0;
        std::uint32_t number = 0;
    };
    /// What the entries of the patched file name.
    struct Numbers {
        std::vector<bool> used; ///< by the first entry that names it; one for each block
        std::vector<Entry> displaced; ///< in the file, but twice or too large
        std::uint64_t kept = 0; ///< how many of `used`
        std::uint64_t end = 0; ///< behind the largest one
        std::uint64_t usedEnd = 0; ///< host offset behind the last block that lies in the file
        bool leadsPastEnd = false; ///< an entry names what is not, or not wholly, in the file
    };

    void reopen();
    void repairCopy();
    RepairStep& step(const char* id, std::string text);
    std::vector<Entry> entriesOf(const FindingKind& kind) const;
    std::uint64_t countOf(const FindingKind& kind) const;
    std::vector<std::uint64_t> leakedNumbers() const;
    Numbers numbers() const;
    void setEntry(std::uint64_t block, std::uint32_t number);
    void setField(const char* name, std::span<const std::byte> bytes);
    void setField(const char* name, std::uint32_t value);
    HostOffset placeOf(std::uint64_t number) const;
    Bytes guestBytesOf(std::uint64_t block) const;
    bool isInFile(std::uint32_t number) const;

    void relink();
    void clearUnreadable();
    void placeBlocks();
    void move(const Entry& entry, std::uint64_t number, RepairStep& one);
    void cutTail();
    void correctCount();
    void correctHeader();
    void explainRest();
    std::string whyLeft(const FindingKind& kind) const;
    std::vector<RepairPlan::Epoch> epochs() const;

    bool all() const { return m_options.scope == RepairOptions::Scope::All; }
    const Header& header() const { return m_image->header(); }

    std::shared_ptr<const ByteFile> m_original;
    std::shared_ptr<PatchedFile> m_file;
    RepairOptions m_options;
    const JobControl& m_job;
    std::unique_ptr<VdiImage> m_image; ///< of the patched file
    std::unique_ptr<BlockMap> m_map; ///< likewise
    RepairPlan m_plan;
    CheckReport m_report; ///< of the patched file, before the step at hand
    std::vector<RepairPlan::Change> m_copies;
    std::uint64_t m_there = 0; ///< numbers whose place begins in the file
    /// Blocks that nothing uses may be what wrong entries named: they stay.
    bool m_keepsLeaks = false;
    bool m_cutCounted = false; ///< blocks that the header counts are cut off
    std::string m_hopeless; ///< why nothing is repaired; empty: it is
};

} // namespace platter::vdi
