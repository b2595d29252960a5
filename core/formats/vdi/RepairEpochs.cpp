// SPDX-License-Identifier: GPL-3.0-or-later
// In which order the changes of a repair reach the file, and what it leaves. Between any two writes
// the image must be no worse than it was: copies come before the entries that lead to them, a count
// rises before an entry relies on it and falls when none does any more, and what is cut off is cut
// last.
#include "core/formats/vdi/Findings.h"
#include "core/formats/vdi/Repair.h"

#include <algorithm>

namespace platter::vdi {

namespace {

    using Content = std::vector<std::byte>;

    /// What makes `after` of `before`, as one change.
    void addDifference(RepairPlan::Epoch& epoch, const Content& before, const Content& after)
    {
        const auto differing = std::mismatch(before.begin(), before.end(), after.begin());
        if (differing.first == before.end())
            return;
        const auto last = std::mismatch(before.rbegin(), before.rend(), after.rbegin());
        RepairPlan::Change change;
        change.at = HostOffset{static_cast<std::uint64_t>(differing.first - before.begin())};
        change.before.assign(differing.first, last.first.base());
        change.after.assign(differing.second, last.second.base());
        change.use = HostUse::Header;
        epoch.changes.push_back(std::move(change));
    }

} // namespace

std::vector<RepairPlan::Epoch> Repairer::epochs() const
{
    RepairPlan::Epoch copies{"Copies, which nothing refers to yet.", m_copies, {}};
    RepairPlan::Epoch rises{"The count that rises, before an entry relies on it.", {}, {}};
    RepairPlan::Epoch entries{"Entries of the block map.", {}, {}};
    RepairPlan::Epoch fields{"The header, after the entries.", {}, {}};
    RepairPlan::Epoch tail{"The end of the file, which nothing refers to any more.", {}, {}};

    const std::uint64_t newEnd = m_file->size().value;
    std::uint64_t end = m_original->size().value;
    for (const RepairPlan::Change& copy : m_copies)
        end = std::max(end, (copy.at + copy.copied).value);
    if (newEnd > end)
        copies.lengthAfter = Bytes{newEnd};
    else if (newEnd < end)
        tail.lengthAfter = Bytes{newEnd};

    Content before(headerBytes);
    Content after(headerBytes);
    m_original->readPadded(HostOffset{0}, before);
    m_file->readPadded(HostOffset{0}, after);
    const auto count = static_cast<std::ptrdiff_t>(placeOfField("blocks_allocated").value);
    const auto counted = [&](const Content& bytes) {
        return load<std::uint32_t>(ByteOrder::Little, bytes.data() + count);
    };
    Content risen = before;
    if (counted(after) > counted(before))
        std::copy_n(after.begin() + count, 4, risen.begin() + count);
    addDifference(rises, before, risen);
    addDifference(fields, risen, after);

    for (PatchedFile::Change& change : m_file->changes()) {
        // Growing is done by copies; a change of the map may run into the new end.
        change.after.resize(change.before.size());
        if (change.at.value < header().blockMapOffset || change.before == change.after)
            continue;
        RepairPlan::Change& one = entries.changes.emplace_back();
        static_cast<PatchedFile::Change&>(one) = std::move(change);
        one.use = HostUse::BlockMap;
    }
    std::vector<RepairPlan::Epoch> result;
    for (RepairPlan::Epoch* one : {&copies, &rises, &entries, &fields, &tail}) {
        if (!one->changes.empty() || one->lengthAfter)
            result.push_back(std::move(*one));
    }
    return result;
}

std::string Repairer::whyLeft(const FindingKind& kind) const
{
    if (!m_hopeless.empty())
        return m_hopeless;
    if (&kind == &ownParent)
        return "which image is the parent cannot be known from this file";
    const auto stepIs = [&](const char* id) {
        return std::find_if(m_plan.steps.begin(), m_plan.steps.end(), [&](const RepairStep& one) {
            return one.id == id && !one.chosen && one.count != 0;
        }) != m_plan.steps.end();
    };
    const bool isLeak = kind.severity == Severity::Leak;
    const bool isLoss = &kind == &entryTooLarge || &kind == &entryPastEnd || &kind == &entryCut;
    const bool isCount = &kind == &allocatedCount || &kind == &countTooLow;
    if (!all() && !isLeak)
        return "only leaks were to be repaired";
    if (isLoss && stepIs("clear"))
        return "the step \"clear\" has to be asked for";
    if ((isLeak || isCount) && m_keepsLeaks)
        return "blocks that nothing uses stay counted, because they may be what wrong entries "
               "named; the step \"free-blocks\" has to be asked for";
    if (!all())
        return "only a full repair moves blocks into places between others";
    for (const char* id : {"copy-blocks-apart", "close-gaps", "count", "free-blocks"}) {
        if (stepIs(id))
            return std::string{"the step \""} + id + "\" was not chosen";
    }
    return "no repair is known that keeps all data";
}

void Repairer::explainRest()
{
    for (const auto& [kind, count] : m_plan.after.countOf) {
        if (count == 0 || kind->severity == Severity::Note || kind->severity == Severity::Warning)
            continue;
        m_plan.remains.push_back(
            std::string{kind->id} + " (" + std::to_string(count) + "): " + whyLeft(*kind) + ".");
    }
}

} // namespace platter::vdi
