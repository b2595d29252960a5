// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/ImageOptions.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"
#include "core/base/Text.h"
#include "core/formats/Registry.h"
#include "core/operations/Conversion.h"
#include "core/operations/VerifyConversion.h"
#include "core/operations/resume/PartFile.h"

#include <iostream>

namespace platter::cli {

namespace {

    constexpr unsigned mostThreads = 256; // Platter's own limit

    std::string targetFormat(const Invocation& invocation)
    {
        const auto format = invocation.value("-O");
        if (!format)
            throw CommandError(
                "convert", "The format to write is missing: add -O qcow2, qcow, vdi or raw.");
        formatCalled(*format); // throws with the names that there are
        return *format;
    }

    /// One line on standard error about what the target will not have.
    void warnOfLosses(const std::string& source, const std::vector<std::string>& lost)
    {
        if (lost.empty())
            return;
        std::string list;
        for (std::size_t i = 0; i < lost.size(); ++i)
            list += (i == 0 ? "" : i + 1 == lost.size() ? " and " : ", ") + lost[i];
        std::cerr << "platter-cli: " << escapedText(source)
                  << ": The new image will not have what the source has: " << list << ".\n";
    }

    void tell(const std::vector<ConversionRemark>& remarks)
    {
        for (const ConversionRemark& remark : remarks)
            std::cerr << "platter-cli: " << escapedText(remark.file.string()) << ": " << remark.text
                      << "\n";
    }

    /// What was verified, one state a line.
    void print(StandardOutput& out, const Conversion& conversion,
        const std::vector<VerifiedState>& verified)
    {
        const ConversionRequest& request = conversion.request();
        for (const VerifiedState& state : verified) {
            out << state.hash << "  ";
            if (!state.file.empty())
                out << escapedText((request.target / state.file).string());
            else if (!request.keepSnapshots)
                out << escapedText(request.target.string());
            else if (const SnapshotInfo* snapshot = conversion.snapshotOf(state))
                out << escapedText(snapshot->id) << " " << escapedText(snapshot->name);
            else
                out << "now";
            out << "\n";
        }
    }

    void printJson(StandardOutput& out, const Conversion& conversion,
        const std::vector<VerifiedState>& verified)
    {
        PropertyList states;
        for (const VerifiedState& state : verified) {
            PropertyObject facts{{"hash", {state.hash}}, {"virtual-size", {state.size.value}}};
            if (const SnapshotInfo* snapshot = conversion.snapshotOf(state)) {
                facts.push_back({"id", {snapshot->id}});
                facts.push_back({"name", {snapshot->name}});
            }
            if (!state.file.empty())
                facts.push_back({"file", {state.file}});
            append(states, std::move(facts));
        }
        std::string text;
        appendJson(text,
            {PropertyObject{{"target", {conversion.request().target.string()}},
                {"verified", {true}}, {"states", {std::move(states)}}}});
        out << text << "\n";
    }

    ConversionRequest requested(const Invocation& invocation)
    {
        ConversionRequest request;
        request.source = invocation.operands[0];
        request.target = invocation.operands[1];
        ConvertOptions& options = request.options;
        options.format = targetFormat(invocation);
        options.image = newImageOptions(invocation, options.format);
        if (const auto size = invocation.value("-S"))
            options.sparseBlock = Bytes{parseSize(*size, "-S")};
        if (const auto threads = invocation.value("-m"))
            options.threads = parseNumber(*threads, 1, mostThreads, "-m");
        if (const auto base = invocation.value("-B"))
            options.image.backingName = *base;
        if (const auto format = invocation.value("-F"))
            options.image.backingFormat = *format;
        request.open = openOptions(invocation, Content::GuestData);
        request.policy = openPolicy(invocation, invocation.operands[0]);
        request.snapshot = invocation.value("-l");
        request.overwrite = invocation.has("--overwrite");
        request.options.resume.restart = invocation.has("--restart");
        request.keepSnapshots = invocation.has("--keep-snapshots");
        request.eachSnapshot = invocation.has("--all-snapshots");
        request.keepBitmaps = !invocation.has("--no-bitmaps");
        request.verify = invocation.has("--verify");
        request.decrypt = invocation.has("--decrypt");
        request.targetPassphrase = targetPassphrase(invocation);
        return request;
    }

    /// What to know when a conversion has stopped halfway; empty: nothing is left of it.
    std::string wayOn(const std::string& target)
    {
        const auto part = unfinishedPart(target);
        return part ? "The same command goes on where it stopped; what is done is kept in "
                + escapedText(part->path.string()) + " (--restart throws it away)."
                    : std::string{};
    }

} // namespace

int convert(const Invocation& invocation, Session& session)
{
    try {
        ConversionRequest request = requested(invocation);
        ProgressLine progress{progressWish(invocation), session.stop};
        request.options.resume.goesOn = [&](const ProgressUpdate& now) {
            progress.say(escapedText(invocation.operands[1]) + ": The conversion goes on at "
                + std::to_string(now.permille() / 10) + " %, where an earlier run stopped.");
        };
        const Conversion conversion{std::move(request), progress.job()};
        const bool tells = !invocation.has("-q");
        if (tells) {
            tell(conversion.remarks());
            warnOfLosses(invocation.operands[0], conversion.losses());
        }
        const ConversionResult result = conversion.run(progress.job());
        if (tells) {
            tell(result.remarks);
            if (invocation.global.output == GlobalOptions::Output::Json
                && conversion.request().verify)
                printJson(session.out, conversion, result.verified);
            else
                print(session.out, conversion, result.verified);
        }
    } catch (const VerificationError& error) {
        throw CommandError(invocation.operands[1], error.what());
    } catch (const ConversionRefused& refusal) {
        throw CommandError(
            refusal.subject().empty() ? "convert" : refusal.subject(), refusal.what());
    } catch (const Cancelled&) {
        if (const std::string way = wayOn(invocation.operands[1]); !way.empty())
            session.whenCancelled = "Cancelled. " + way;
        throw;
    } catch (const IoError& error) {
        const std::string way = wayOn(invocation.operands[1]);
        if (way.empty())
            throw;
        throw CommandError(subjectOf(error, invocation.operands[0]), error.what() + (" " + way));
    }
    return 0;
}

} // namespace platter::cli
