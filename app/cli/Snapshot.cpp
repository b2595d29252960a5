// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/SnapshotList.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/disk/VirtualDisk.h"
#include "core/operations/SnapshotGraph.h"
#include "core/operations/StateDifference.h"
#include "core/report/Facts.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <unistd.h>

namespace platter::cli {

namespace {

    void printAsJson(const Image& image, StandardOutput& out, const JobControl& job)
    {
        PropertyList list;
        PropertyObject now;
        bool sharedIsExact = true;
        if (!image.snapshots().empty()) {
            const SnapshotReport report = image.examineSnapshots(job);
            for (std::size_t i = 0; i < report.snapshots.size(); ++i)
                append(list, snapshotFacts(image, report, i));
            now = presentStateFacts(image, report);
            sharedIsExact = report.sharedIsExact;
        }
        PropertyObject answer{{"snapshots", {std::move(list)}}};
        if (!now.empty()) {
            answer.push_back({"now", {std::move(now)}});
            answer.push_back({"shared-is-exact", {sharedIsExact}});
        }
        std::string text;
        appendJson(text, {std::move(answer)});
        out << text << "\n";
    }

    /// The lanes of a row as characters; `dot` stands where the state is, unless it is 0.
    std::string lanesText(std::uint16_t lanes, std::uint16_t ending, std::uint32_t lane, char dot)
    {
        std::string text;
        const std::uint32_t place = std::min<std::uint32_t>(lane, graphLanes - 1);
        for (std::uint32_t i = 0; i < graphLanes; ++i) {
            const auto bit = static_cast<std::uint16_t>(1U << i);
            char mark = ' ';
            if (dot && i == place)
                mark = dot;
            else if (ending & bit)
                mark = '/';
            else if (lanes & bit)
                mark = '|';
            text += mark;
            text += ' ';
        }
        text.erase(text.find_last_not_of(' ') + 1);
        return text;
    }

    void printTree(const Image& image, StandardOutput& out, const JobControl& job)
    {
        if (image.snapshots().empty())
            return;
        const SnapshotReport report = image.examineSnapshots(job);
        const std::vector<GraphRow> rows = layOutSnapshots(report);
        std::uint16_t all = 0;
        for (const GraphRow& row : rows)
            all = static_cast<std::uint16_t>(all | row.above | row.below);
        std::size_t width = 2;
        for (std::uint32_t i = 0; i < graphLanes; ++i) {
            if (all >> i & 1U)
                width = (i + 1) * 2;
        }
        for (const GraphRow& row : rows) {
            if (row.joining)
                out << lanesText(row.above, row.joining, 0, 0) << "\n";
            const StateReport& one = row.state ? report.snapshots[*row.state] : report.now;
            const auto lanes = static_cast<std::uint16_t>((row.above | row.below) & ~row.joining);
            out.padded(lanesText(lanes, 0, row.lane, row.state ? 'o' : '*'), width) << " ";
            if (row.state) {
                const SnapshotInfo& snapshot = image.snapshots()[*row.state];
                out << escapedText(snapshot.id) << " " << escapedText(snapshot.name) << ", "
                    << localTimeText(snapshot.dateSeconds) << ", frees "
                    << sizeText(one.usage.alone);
            } else {
                out << "now, alone " << sizeText(one.usage.alone);
            }
            out << ", shared " << sizeText(one.usage.shared);
            if (one.parent.snapshot)
                out << ", from " << escapedText(image.snapshots()[*one.parent.snapshot].id) << " ("
                    << confidenceName(one.parent.confidence()) << ", "
                    << std::uint64_t{one.parent.percent} << " %)";
            out << "\n";
        }
        if (!report.sharedIsExact)
            out << "What is shared counts some clusters of compressed data twice.\n";
    }

    StateIndex stateNamed(const Image& image, const std::string& word)
    {
        if (word == "now")
            return std::nullopt;
        return findSnapshot(image, word);
    }

    std::string hexColumn(std::uint64_t value)
    {
        std::array<char, 24> text{};
        std::snprintf(text.data(), text.size(), "%#llx", static_cast<unsigned long long>(value));
        return text.data();
    }

    void printDifference(const std::shared_ptr<const Image>& image, StateIndex first,
        StateIndex second, const DifferenceOptions& options, GlobalOptions::Output output,
        StandardOutput& out, const JobControl& job)
    {
        constexpr std::size_t column = 18;
        const bool isJson = output == GlobalOptions::Output::Json;
        bool isFirst = true;
        if (isJson)
            out << "{ \"ranges\": [";
        else
            out.padded("Offset", column).padded("Length", column) << "Difference\n";
        const DifferenceTotals totals = compareStates(
            image, first, second, options,
            [&](const DifferenceRange& range) {
                if (range.kind == DifferenceKind::Same)
                    return;
                const char* const name = differenceName(range.kind);
                if (isJson) {
                    out << (isFirst ? "\n{ " : ",\n{ ");
                    out << "\"start\": " << range.start.value
                        << ", \"length\": " << range.length.value << ", \"difference\": \"" << name
                        << "\"}";
                } else {
                    out.padded(hexColumn(range.start.value), column);
                    out.padded(hexColumn(range.length.value), column) << name << "\n";
                }
                isFirst = false;
            },
            job);
        if (isJson)
            out << "],\n\"first-size\": " << totals.firstSize.value
                << ", \"second-size\": " << totals.secondSize.value << ",\n\"totals\": {";
        for (std::size_t i = 0; i < differenceKinds; ++i) {
            const auto kind = static_cast<DifferenceKind>(i);
            if (isJson)
                out << (i == 0 ? "\n" : ",\n") << "\"" << differenceName(kind)
                    << "\": { \"bytes\": " << totals.of(kind).value
                    << ", \"clusters\": " << totals.clustersOf(kind) << "}";
            else if (totals.of(kind).value)
                out << differenceName(kind) << ": " << sizeText(totals.of(kind)) << " ("
                    << totals.of(kind).value << " bytes, " << totals.clustersOf(kind)
                    << (totals.clustersOf(kind) == 1 ? " cluster)\n" : " clusters)\n");
        }
        if (isJson)
            out << "} }\n";
    }

} // namespace

int snapshot(const Invocation& invocation, Session& session)
{
    const std::string& file = invocation.operands.back();
    const auto first = invocation.value("--diff");
    const int forms
        = (invocation.has("-l") ? 1 : 0) + (invocation.has("--tree") ? 1 : 0) + (first ? 1 : 0);
    if (forms > 1)
        throw CommandError("snapshot", "Only one of -l, --tree and --diff can be asked for.");
    if (invocation.has("--content") && !first)
        throw CommandError("snapshot", "--content needs --diff.");
    // Lines and a progress line on one terminal would destroy each other.
    const bool sharesTerminal
        = invocation.global.progress == GlobalOptions::Progress::Auto && isatty(STDOUT_FILENO) == 1;
    ProgressLine progress{
        sharesTerminal ? GlobalOptions::Progress::Never : invocation.global.progress, session.stop};
    DifferenceOptions options;
    if (invocation.has("--content"))
        options.depth = DifferenceOptions::Depth::Content;
    const OpenedImage opened = openImage(file,
        openOptions(
            invocation, invocation.has("--content") ? Content::GuestData : Content::StructureOnly),
        progress.job());
    const Image& image = *opened.image;
    const GlobalOptions::Output output = invocation.global.output;
    if (first)
        printDifference(opened.image, stateNamed(image, *first),
            stateNamed(image, invocation.operands.front()), options, output, session.out,
            progress.job());
    else if (output == GlobalOptions::Output::Json)
        printAsJson(image, session.out, progress.job());
    else if (invocation.has("--tree"))
        printTree(image, session.out, progress.job());
    else if (!image.snapshots().empty())
        printSnapshots(session.out, image);
    return 0;
}

} // namespace platter::cli
