// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/RepairImage.h"

namespace platter {

EditPlan editOf(const RepairPlan& plan)
{
    EditPlan edit;
    edit.act = "repair";
    std::uint64_t steps = 0;
    for (const RepairStep& step : plan.steps) {
        if (!step.chosen)
            continue;
        ++steps;
        edit.summary += (edit.summary.empty() ? "" : " ") + step.text;
    }
    if (steps == 0)
        edit.summary = "Nothing to repair.";
    edit.notices = plan.remains;
    for (const RepairPlan::Epoch& epoch : plan.epochs) {
        EditEpoch& to = edit.epochs.emplace_back();
        to.purpose = epoch.purpose;
        for (const PatchedFile::Change& change : epoch.changes) {
            EditStep step;
            step.at = change.at;
            step.length = Bytes{change.after.size()};
            step.after = change.after;
            // Where the file ended then, an earlier step may have made it longer.
            if (change.before.size() == change.after.size())
                step.before = change.before;
            to.steps.push_back(std::move(step));
        }
    }
    return edit;
}

} // namespace platter
