// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/RepairImage.h"

#include "core/operations/GuardImage.h"

namespace platter {

namespace {

    /// A repair writes structures. Whatever else it takes for its own counts as new, so that the
    /// guard stops it anywhere in the file.
    bool mayBeWritten(HostUse use)
    {
        switch (use) {
        case HostUse::Header:
        case HostUse::L1Table:
        case HostUse::L2Table:
        case HostUse::RefcountTable:
        case HostUse::RefcountBlock:
        case HostUse::BlockMap: return true;
        default: return false;
        }
    }

} // namespace

EditPlan editOf(const RepairPlan& plan, const Image& image, const JobControl& job)
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
        for (const RepairPlan::Change& change : epoch.changes) {
            EditStep step;
            step.at = change.at;
            step.length = change.length();
            step.use = mayBeWritten(change.use) ? change.use : HostUse::Free;
            step.after = change.after;
            step.before = change.before; // empty where the file has nothing yet
            if (change.copyOf) {
                step.source
                    = [file = image.sharedFile(), from = *change.copyOf](Bytes at,
                          std::span<std::byte> piece) { file->readPadded(from + at, piece); };
            }
            to.steps.push_back(std::move(step));
        }
        if (epoch.lengthAfter) {
            EditStep step;
            step.kind = EditStep::Kind::SetLength;
            step.at = HostOffset{epoch.lengthAfter->value};
            step.use = HostUse::Leaked; // nothing else may be cut off
            to.steps.push_back(std::move(step));
        }
    }
    if (!edit.isEmpty())
        edit.guard = repairGuardOf(image, plan, job);
    return edit;
}

} // namespace platter
