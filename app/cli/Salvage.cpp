// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/Salvage.h"

#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/io/DiskFile.h"
#include "core/io/FileLock.h"
#include "core/operations/SalvageImage.h"

#include <bit>

namespace platter::cli {

namespace {

    SalvageOptions salvageOptions(const Invocation& invocation)
    {
        SalvageOptions options;
        if (const auto size = invocation.value("--cluster-size")) {
            options.clusterSize = Bytes{parseSize(*size, "--cluster-size")};
            if (!std::has_single_bit(options.clusterSize->value) || options.clusterSize->value < 512
                || *options.clusterSize > 2_MiB)
                throw CommandError("--cluster-size", "It takes a power of two from 512 to 2M.");
        }
        if (const auto size = invocation.value("--size"))
            options.diskSize = Bytes{parseSize(*size, "--size") / 512 * 512};
        if (const auto place = invocation.value("--l1")) {
            std::size_t used = 0;
            try {
                options.l1Table = HostOffset{std::stoull(*place, &used, 0)};
            } catch (const std::exception&) {
                used = 0;
            }
            if (used == 0 || used != place->size())
                throw CommandError("--l1", "It takes an offset in bytes, such as 0x30000.");
        }
        if (const auto order = invocation.value("--order")) {
            if (*order != "evidence" && *order != "file")
                throw CommandError("--order", "It takes evidence or file.");
            if (*order == "file")
                options.order = SalvageOptions::Order::File;
        }
        options.ignoreHeader = invocation.has("--ignore-header");
        return options;
    }

    std::shared_ptr<const MetadataBackup> openBackup(const std::string& path, const JobControl& job)
    {
        try {
            return std::make_shared<MetadataBackup>(
                DiskFile::open(path, DiskFile::Access::ReadOnly), job);
        } catch (const FormatError& error) {
            throw CommandError(path, error.what());
        }
    }

    std::string sureness(unsigned percent)
    {
        return std::to_string(percent) + " %";
    }

    void print(StandardOutput& out, const SalvagePlan& plan)
    {
        for (const SalvagedPart& part : plan.parts) {
            out.padded(part.name, 16).paddedLeft(sureness(part.percent), 5);
            out << "  " << escapedText(part.how) << "\n";
        }
        out << "\n";
        out.paddedLeft("guest offset", 18).paddedLeft("length", 18).paddedLeft("sure", 6);
        out << "  why\n";
        for (const SalvagedRange& range : plan.ranges) {
            out.paddedLeft(hexText(range.start.value), 18)
                .paddedLeft(hexText(range.length.value), 18);
            out.paddedLeft(sureness(range.percent), 6) << "  " << range.evidence;
            if (!range.alternatives.empty()) {
                out << " Or at";
                for (const GuestOffset other : range.alternatives)
                    out << " " << hexText(other.value);
                out << ".";
            }
            out << "\n";
        }
        out << "\n"
            << plan.tablesUsed << " of " << plan.tablesFound
            << " L2 tables that were found serve the disk; the rest of it reads as zeros.\n";
        if (plan.entriesLeftOut)
            out << plan.entriesLeftOut << " clusters read as zeros because their entries lead to "
                << "nothing.\n";
        if (plan.streamsLeftOut)
            out << plan.streamsLeftOut << " compressed clusters do not decode and read as zeros.\n";
        if (plan.snapshotsSeen)
            out << "The new image has the present state only, none of " << plan.snapshotsSeen
                << " snapshots.\n";
        constexpr unsigned doubtful = 60; // percent
        std::uint64_t guessed = 0;
        for (const SalvagedRange& range : plan.ranges)
            guessed += range.percent < doubtful ? range.length.value : 0;
        if (guessed != 0)
            out << "Where " << guessed << " bytes of the disk belong is more guessed than known: "
                << "look at the content before you trust it.\n";
        for (const SalvageAlternative& other : plan.alternatives)
            out << "Or " << other.option << " (" << sureness(other.percent) << "): " << other.why
                << "\n";
    }

    PropertyObject factsOf(const SalvagePlan& plan)
    {
        PropertyList parts;
        for (const SalvagedPart& part : plan.parts)
            append(parts,
                PropertyObject{{"name", {part.name}}, {"how", {validUtf8(part.how)}},
                    {"percent", {std::uint64_t{part.percent}}}});
        PropertyList ranges;
        for (const SalvagedRange& range : plan.ranges) {
            PropertyObject facts{{"start", {range.start.value}}, {"length", {range.length.value}},
                {"tables", {range.tables}}, {"first-table", {range.firstTable.value}},
                {"percent", {std::uint64_t{range.percent}}}, {"evidence", {range.evidence}}};
            if (!range.alternatives.empty()) {
                PropertyList others(range.alternatives.size());
                for (std::size_t i = 0; i < others.size(); ++i)
                    others[i].value = range.alternatives[i].value;
                facts.push_back({"alternatives", {std::move(others)}});
            }
            append(ranges, std::move(facts));
        }
        PropertyList alternatives;
        for (const SalvageAlternative& other : plan.alternatives)
            append(alternatives,
                PropertyObject{{"option", {other.option}}, {"why", {other.why}},
                    {"percent", {std::uint64_t{other.percent}}}});
        return {{"virtual-size", {plan.image->virtualSize().value}},
            {"cluster-size", {plan.image->clusterSize().value_or(Bytes{}).value}},
            {"parts", {std::move(parts)}}, {"ranges", {std::move(ranges)}},
            {"alternatives", {std::move(alternatives)}}, {"tables-found", {plan.tablesFound}},
            {"tables-used", {plan.tablesUsed}}, {"entries-left-out", {plan.entriesLeftOut}},
            {"streams-left-out", {plan.streamsLeftOut}},
            {"snapshots-left-out", {plan.snapshotsSeen}}};
    }

} // namespace

int salvage(const Invocation& invocation, Session& session)
{
    const std::string& source = invocation.operands[0];
    const bool onlyPlan = invocation.has("--plan");
    if (!onlyPlan && invocation.operands.size() < 2)
        throw CommandError("salvage", "The name of the new image is missing.");
    std::error_code ignored;
    if (!onlyPlan && !invocation.has("--overwrite")
        && std::filesystem::exists(
            std::filesystem::symlink_status(invocation.operands[1], ignored)))
        throw CommandError(invocation.operands[1],
            "The file exists. Choose another name, or say that it may be replaced (--overwrite).");
    SalvageOptions options = salvageOptions(invocation);
    ProgressLine progress{progressWish(invocation), session.stop};
    if (const auto backup = invocation.value("--backup"))
        options.backup = openBackup(*backup, progress.job());
    const auto file = DiskFile::open(source, DiskFile::Access::ReadOnly);
    const auto lock = FileLock::acquire(file, FileLock::Purpose::Read);
    const SalvagePlan plan = planSalvage(file, options, progress.job());
    if (invocation.global.output == GlobalOptions::Output::Json) {
        std::string text;
        appendJson(text, {factsOf(plan)});
        session.out << text << "\n";
    } else if (!invocation.has("-q")) {
        print(session.out, plan);
    }
    if (!onlyPlan)
        platter::salvage(plan, source, invocation.operands[1], progress.job());
    return 0;
}

} // namespace platter::cli
