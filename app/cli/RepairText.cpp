// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/RepairText.h"

#include "core/base/Text.h"

namespace platter::cli {

void printPlan(StandardOutput& out, const RepairPlan& plan)
{
    std::size_t number = 0;
    for (const RepairStep& step : plan.steps) {
        out << (step.chosen ? std::to_string(++number) + ". " : std::string{"-  not chosen: "})
            << step.text << " [" << step.id << "]\n"
            << "   " << step.count << " places, " << step.bytesChanged.value << " bytes, sure to "
            << step.confidence << " percent";
        if (step.guestGained.value)
            out << ", gains up to " << step.guestGained.value << " bytes of guest data";
        if (step.guestLost.value)
            out << ", gives up to " << step.guestLost.value << " bytes of guest data up";
        out << "\n";
        for (const std::string& before : step.needs)
            out << "   after: " << before << "\n";
        if (!step.chosen)
            out << "   " << step.whyNot << "\n";
    }
    if (plan.steps.empty())
        out << "Nothing to repair.\n";
    for (const std::string& rest : plan.remains)
        out << "Remains: " << rest << "\n";
    if (!plan.isEmpty())
        out << "Bytes written: " << plan.bytesWritten().value << ". Afterwards the image has "
            << plan.after.corruptions << " errors and " << plan.after.leaks
            << " leaked clusters.\n";
}

PropertyObject planFacts(const RepairPlan& plan)
{
    PropertyList steps;
    for (const RepairStep& step : plan.steps) {
        PropertyObject one{{"id", {step.id}}, {"text", {step.text}}, {"chosen", {step.chosen}},
            {"confidence", {std::uint64_t{step.confidence}}}, {"count", {step.count}},
            {"bytes-changed", {step.bytesChanged.value}},
            {"guest-gained", {step.guestGained.value}}, {"guest-lost", {step.guestLost.value}}};
        if (!step.needs.empty()) {
            PropertyList needs;
            for (const std::string& before : step.needs)
                needs.push_back({before});
            one.push_back({"needs", {std::move(needs)}});
        }
        if (!step.chosen)
            one.push_back({"why-not", {step.whyNot}});
        steps.push_back({std::move(one)});
    }
    PropertyList remains;
    for (const std::string& rest : plan.remains)
        remains.push_back({rest});
    return {{"steps", {std::move(steps)}}, {"remains", {std::move(remains)}},
        {"bytes-written", {plan.bytesWritten().value}},
        {"corruptions-after", {plan.after.corruptions}}, {"leaks-after", {plan.after.leaks}}};
}

} // namespace platter::cli
