// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/Repair.h"

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

} // namespace platter::qcow2
