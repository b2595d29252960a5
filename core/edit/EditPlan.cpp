// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/EditPlan.h"

#include "core/base/Text.h"
#include "core/edit/Journal.h"
#include "core/edit/RangeSet.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace platter {

namespace {

    constexpr std::uint64_t largestFile = std::numeric_limits<std::int64_t>::max();

    /// Every byte that the steps change; cut off bytes count.
    RangeSet changedBytes(const EditPlan& plan)
    {
        RangeSet changed;
        Bytes length = plan.base.length;
        for (const EditEpoch& epoch : plan.epochs) {
            for (const EditStep& step : epoch.steps) {
                if (step.kind != EditStep::Kind::SetLength) {
                    changed.add(step.at, step.length);
                    length = std::max(length, Bytes{(step.at + step.length).value});
                    continue;
                }
                if (step.at.value < length.value)
                    changed.add(step.at, length - Bytes{step.at.value});
                length = Bytes{step.at.value};
            }
        }
        return changed;
    }

} // namespace

bool EditPlan::isEmpty() const
{
    return std::all_of(
        epochs.begin(), epochs.end(), [](const EditEpoch& epoch) { return epoch.steps.empty(); });
}

Bytes EditPlan::bytesChanged() const
{
    return changedBytes(*this).total();
}

std::size_t EditPlan::places() const
{
    return changedBytes(*this).count();
}

Bytes EditPlan::lengthAfter() const
{
    Bytes length = base.length;
    for (const EditEpoch& epoch : epochs) {
        for (const EditStep& step : epoch.steps) {
            const Bytes end{(step.at + step.length).value};
            const bool cuts = step.kind == EditStep::Kind::SetLength;
            if (cuts || (step.kind == EditStep::Kind::Write && end > length))
                length = end;
        }
    }
    return length;
}

Bytes EditPlan::largestJournal() const
{
    Bytes sum{journal::recordsStart};
    Bytes length = base.length;
    const auto add = [&](Bytes kept) {
        const std::uint64_t pieces = kept.value / journal::pieceBytes + 2;
        sum += kept + Bytes{pieces * journal::recordHeadBytes};
    };
    for (const EditEpoch& epoch : epochs) {
        for (const EditStep& step : epoch.steps) {
            const Bytes end{(step.at + step.length).value};
            if (step.kind == EditStep::Kind::SetLength) {
                add(step.at.value < length.value ? length - end : Bytes{0});
                length = end;
                continue;
            }
            if (step.at.value < length.value)
                add(std::min(end, length) - Bytes{step.at.value});
            else
                add(Bytes{0});
            if (step.kind == EditStep::Kind::Write)
                length = std::max(length, end);
        }
    }
    return sum;
}

void EditPlan::requireSound() const
{
    const auto fail = [&](const EditStep& step, const char* what) {
        throw Error("The plan \"" + summary + "\" contradicts itself at " + hexText(step.at.value)
            + ": " + what);
    };
    for (const EditEpoch& epoch : epochs) {
        for (const EditStep& step : epoch.steps) {
            if (step.at.value > largestFile || step.length.value > largestFile - step.at.value)
                fail(step, "it lies past the largest position of a file.");
            if (step.kind == EditStep::Kind::SetLength) {
                if (step.length.value != 0)
                    fail(step, "a new length of the file has no length itself.");
                continue;
            }
            if (step.length.value == 0)
                fail(step, "it changes no byte.");
            if (step.kind == EditStep::Kind::Write && !step.source
                && step.after.size() != step.length.value)
                fail(step, "its bytes are not as many as it says.");
            if (step.before.size() > step.length.value)
                fail(step, "it expects more bytes than it replaces.");
        }
    }
    if (act.empty() || act.size() > journal::longestAct)
        throw Error("A plan needs a short name of its act.");
}

void EditPlan::requireNoOverlap() const
{
    WriteGuard asked = guard;
    Bytes length = base.length;
    for (const EditEpoch& epoch : epochs) {
        for (const EditStep& step : epoch.steps) {
            const bool cuts = step.kind == EditStep::Kind::SetLength;
            const Bytes end{(step.at + step.length).value};
            if (!cuts)
                asked.check(step.at, step.length, step.use);
            else if (end < length)
                asked.check(step.at, length - end, step.use);
            length = cuts ? end : std::max(length, end);
        }
        for (const GuardedRange& range : epoch.releases)
            asked.release(range.start, range.length);
        for (const GuardedRange& range : epoch.claims)
            asked.protect(range);
    }
}

EditStep writeStep(const ByteFile& file, HostOffset at, std::vector<std::byte> after, HostUse use,
    std::string purpose)
{
    EditStep step;
    step.at = at;
    step.length = Bytes{after.size()};
    step.use = use;
    step.before.resize(after.size());
    step.before.resize(file.read(at, step.before));
    step.after = std::move(after);
    step.purpose = std::move(purpose);
    return step;
}

} // namespace platter
