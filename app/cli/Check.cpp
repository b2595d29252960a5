// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Findings.h"
#include "app/cli/ImageEditing.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/RepairText.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/edit/Transaction.h"
#include "core/operations/RepairImage.h"
#include "core/report/Facts.h"

#include <array>
#include <cstdio>

namespace platter::cli {

namespace {

    constexpr int corruptionsFound = 2;
    constexpr int leaksFound = 3;
    constexpr int cannotBeChecked = 63;

    std::string percent(std::uint64_t part, std::uint64_t whole)
    {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.2f%%",
            whole ? static_cast<double>(part) * 100.0 / static_cast<double>(whole) : 0.0);
        return text.data();
    }

    void printReport(StandardOutput& out, const CheckReport& report)
    {
        printFindings(out, report.findings, "");
        std::uint64_t all = 0;
        for (const auto& [kind, count] : report.countOf)
            all += count;
        if (all > report.findings.size())
            out << "... and " << all - report.findings.size() << " more findings of these kinds:\n";
        if (all > report.findings.size()) {
            for (const auto& [kind, count] : report.countOf)
                out << "    " << kind->id << ": " << count << "\n";
        }
        if (report.corruptions == 0 && report.leaks == 0 && report.checkErrors == 0)
            out << "No errors were found on the image.\n";
        if (report.corruptions)
            out << "\n"
                << report.corruptions
                << " errors were found on the image.\nData may be corrupted, or further writes to "
                   "the image may corrupt it.\n";
        if (report.leaks)
            out << "\n"
                << report.leaks
                << " leaked clusters were found on the image.\nThis means waste of disk space, but "
                   "no harm to data.\n";
        if (report.checkErrors)
            out << "\n"
                << report.checkErrors << " internal errors have occurred during the check.\n";
        if (report.totalClusters && report.allocatedClusters)
            out << report.allocatedClusters << "/" << report.totalClusters << " = "
                << percent(report.allocatedClusters, report.totalClusters) << " allocated, "
                << percent(report.fragmentedClusters, report.allocatedClusters) << " fragmented, "
                << percent(report.compressedClusters, report.allocatedClusters)
                << " compressed clusters\n";
        if (report.imageEnd && report.imageEnd->value)
            out << "Image end offset: " << report.imageEnd->value << "\n";
    }

    CheckReport runCheck(const OpenedImage& opened, const std::string& file,
        const CheckOptions& options, const JobControl& job)
    {
        try {
            return opened.image->check(options, job);
        } catch (const UnsupportedError& error) {
            if (error.feature() != "check")
                throw;
            throw CommandError(file, error.what(), cannotBeChecked);
        }
    }

} // namespace

namespace {

    int exitCodeFor(const CheckReport& report, const std::string& file)
    {
        if (report.checkErrors)
            throw CommandError(file,
                "The check is not complete: " + std::to_string(report.checkErrors)
                    + " parts could not be examined; its findings name them.");
        if (report.corruptions)
            return corruptionsFound;
        return report.leaks ? leaksFound : 0;
    }

    RepairOptions repairOptions(const Invocation& invocation)
    {
        RepairOptions options;
        if (invocation.has("-r")) {
            const std::string scope = *invocation.value("-r");
            if (scope != "leaks" && scope != "all")
                throw CommandError("-r", "It takes leaks or all, not " + escapedText(scope) + ".");
            if (scope == "leaks")
                options.scope = RepairOptions::Scope::Leaks;
        }
        options.clearUnreadable = invocation.has("--clear-unreadable");
        options.freeLost = invocation.has("--free-lost");
        return options;
    }

    RepairPlan planFor(
        const OpenedImage& opened, const Invocation& invocation, const JobControl& job)
    {
        try {
            return opened.image->planRepair(repairOptions(invocation), job);
        } catch (const UnsupportedError& error) {
            if (error.feature() != "repair")
                throw;
            throw CommandError(invocation.operands.front(), error.what(), cannotBeChecked);
        }
    }

    /// check --plan and check -r: what would be, or has been, changed.
    int repair(const Invocation& invocation, Session& session)
    {
        const std::string& file = invocation.operands.front();
        const bool onlyPlan = invocation.has("--plan");
        ProgressLine progress{invocation.global.progress, session.stop};
        RepairPlan plan;
        EditPlan edit;
        {
            const OpenedImage opened = onlyPlan
                ? openImage(file, openOptions(invocation, Content::StructureOnly), progress.job())
                : openToEdit(invocation, file, progress.job());
            plan = planFor(opened, invocation, progress.job());
            edit = editOf(plan, *opened.image, progress.job());
            edit.base = opened.stamp;
        } // the locks of a reader are given back: those of a writer follow
        EditResult result;
        if (!onlyPlan && !plan.isEmpty())
            result = applyEdit(file, edit, progress.job());
        if (invocation.has("-q")) {
            // The exit code is the answer.
        } else if (invocation.global.output == GlobalOptions::Output::Json) {
            PropertyObject facts = planFacts(plan);
            if (!result.journal.empty())
                facts.push_back({"journal", {result.journal.string()}});
            std::string text;
            appendJson(text, {facts});
            session.out << text << "\n";
        } else {
            printPlan(session.out, plan);
            if (!result.journal.empty())
                session.out << "Done. platter-cli undo takes it back.\n";
        }
        return exitCodeFor(onlyPlan ? plan.before : plan.after, file);
    }

} // namespace

int check(const Invocation& invocation, Session& session)
{
    if (invocation.has("--plan") || invocation.has("-r"))
        return repair(invocation, session);
    const std::string& file = invocation.operands.front();
    CheckReport report;
    CheckOptions options;
    options.deep = invocation.has("--deep");
    {
        ProgressLine progress{invocation.global.progress, session.stop};
        const OpenedImage opened
            = openImage(file, openOptions(invocation, Content::StructureOnly), progress.job());
        report = runCheck(opened, file, options, progress.job());
        if (invocation.has("-q")) {
            // The exit code is the answer.
        } else if (invocation.global.output == GlobalOptions::Output::Json) {
            std::string text;
            appendJson(text, {checkFacts(opened, report)});
            session.out << text << "\n";
        } else {
            printReport(session.out, report);
        }
    }
    return exitCodeFor(report, file);
}

} // namespace platter::cli
