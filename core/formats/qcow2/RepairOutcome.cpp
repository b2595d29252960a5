// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Repair.h"

#include <algorithm>
#include <array>
#include <set>

namespace platter::qcow2 {

void Repairer::explainRest()
{
    for (const auto& [kind, count] : m_plan.after.countOf) {
        if (kind->severity != Severity::Corruption && kind->severity != Severity::Leak
            && kind->severity != Severity::Unchecked)
            continue;
        if (count == 0)
            continue;
        std::string why = "no repair is known that keeps all data";
        if (!m_hopeless.empty())
            why = m_hopeless;
        for (const RepairStep& one : m_plan.steps) {
            const bool speaksOfIt = (one.id == "free-leaks" && kind == &refcountLeak)
                || ((one.id == "clear" || one.id == "restore")
                    && (kind == &pastEnd || kind == &l1Unaligned || kind == &l2Unaligned
                        || kind == &l2BitmapContradiction || kind == &l2BitmapWithoutCluster));
            if (!one.chosen && one.count && speaksOfIt)
                why = "the step \"" + one.id + "\" has to be asked for";
        }
        if (!all() && kind != &refcountLeak)
            why = "only leaks were to be repaired";
        m_plan.remains.push_back(
            std::string{kind->id} + " (" + std::to_string(count) + "): " + why + ".");
    }
}

std::vector<RepairPlan::Epoch> Repairer::epochs() const
{
    const Geometry& geometry = m_image->geometry();
    const std::uint64_t clusterBytes = geometry.cluster.bytes().value;
    std::set<std::uint64_t> blocks;
    for (std::uint64_t i = 0; i < m_counts->entries().size(); ++i) {
        if (const auto at = m_counts->blockAt(i))
            blocks.insert(at->value / clusterBytes);
    }
    const std::uint64_t oldEnd
        = m_file->base().size().value / clusterBytes * clusterBytes + clusterBytes;
    std::array<RepairPlan::Epoch, 5> order{
        RepairPlan::Epoch{"New clusters, which nothing refers to yet.", {}},
        {"Counts that rise, before anything relies on them.", {}}, {"Tables.", {}},
        {"Counts that fall, after nothing needs them.", {}}, {"The header.", {}}};
    for (PatchedFile::Change& change : m_file->changes()) {
        std::size_t epoch = 2;
        if (change.at.value >= oldEnd) {
            epoch = 0;
        } else if (change.at.value < clusterBytes) {
            epoch = 4;
        } else if (blocks.contains(change.at.value / clusterBytes)) {
            // In places where counts both rise and fall, the journal stands for what is between.
            epoch = change.after < change.before ? 3 : 1;
        }
        order[epoch].changes.push_back(std::move(change));
    }
    std::vector<RepairPlan::Epoch> result;
    for (RepairPlan::Epoch& one : order) {
        if (!one.changes.empty())
            result.push_back(std::move(one));
    }
    return result;
}

} // namespace platter::qcow2
