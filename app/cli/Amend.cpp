// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageEditing.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/edit/Transaction.h"

namespace platter::cli {

namespace {

    AmendOptions amendOptions(const Invocation& invocation, const std::string& format)
    {
        AmendOptions wanted;
        eachImageOption(
            *invocation.value("-o"), [&](const std::string& name, const std::string& value) {
                if (name == "compat" && format == "qcow2")
                    wanted.version = parseVersion(value, "compat");
                else if (name == "lazy_refcounts" && format == "qcow2")
                    wanted.lazyRefcounts = parseSwitch(value, "lazy_refcounts");
                else
                    throw CommandError("-o",
                        "The option " + escapedText(name)
                            + " cannot be amended in this version; what can be, of qcow2 images: "
                              "compat and lazy_refcounts.");
            });
        return wanted;
    }

    void printPlan(StandardOutput& out, const EditPlan& plan)
    {
        out << plan.summary << "\n";
        for (std::size_t i = 0; i < plan.epochs.size(); ++i) {
            out << "    " << i + 1 << ". " << plan.epochs[i].purpose << "\n";
            for (const EditStep& step : plan.epochs[i].steps)
                out << "       " << hexText(step.at.value) << ": " << step.length.value
                    << " bytes, " << step.purpose << "\n";
        }
        if (!plan.isEmpty())
            out << "Bytes changed: " << plan.bytesChanged().value << " in " << plan.places()
                << " places; the undo journal takes " << plan.largestJournal().value
                << " bytes at most.\n";
    }

    void printJson(StandardOutput& out, const EditPlan& plan, const EditResult* result)
    {
        PropertyObject facts{
            {"summary", {plan.summary}}, {"bytes-changed", {plan.bytesChanged().value}}};
        if (!plan.notices.empty()) {
            PropertyList notices;
            for (const std::string& notice : plan.notices)
                append(notices, notice);
            facts.push_back({"notices", {notices}});
        }
        if (result && !result->journal.empty()) {
            facts.push_back({"journal", {result->journal.string()}});
            facts.push_back({"journal-size", {result->journalSize.value}});
        }
        std::string text;
        appendJson(text, {facts});
        out << text << "\n";
    }

} // namespace

int amend(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands.front();
    if (!invocation.has("-o"))
        throw CommandError("-o", "What is to be changed is missing, for example -o compat=1.1.");
    ProgressLine progress{progressWish(invocation), session.stop};
    EditPlan plan;
    {
        const OpenedImage opened = openToEdit(invocation, file, progress.job());
        try {
            plan = opened.image->planAmend(amendOptions(invocation, opened.image->formatId()));
        } catch (const UnsupportedError& error) {
            throw CommandError(file, error.what());
        }
        plan.base = opened.stamp;
    } // the locks of a reader are given back: those of a writer follow
    const bool isJson = invocation.global.output == GlobalOptions::Output::Json;
    if (invocation.has("--plan")) {
        if (isJson)
            printJson(session.out, plan, nullptr);
        else
            printPlan(session.out, plan);
        return 0;
    }
    const EditResult result = applyEdit(file, plan, progress.job());
    if (isJson) {
        printJson(session.out, plan, &result);
    } else if (!invocation.has("-q")) {
        for (const std::string& notice : plan.notices)
            session.out << notice << "\n";
    }
    return 0;
}

} // namespace platter::cli
