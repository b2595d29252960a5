// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/Compare.h"
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/base/Json.h"

namespace platter::cli {

namespace {

    // The exit codes of qemu-img compare.
    constexpr int different = 1;
    constexpr int cannotOpen = 2;
    constexpr int mappingFailed = 3;
    constexpr int readingFailed = 4;

    VirtualDisk openDisk(const Invocation& invocation, const std::string& file,
        const char* formatOption, const JobControl& job)
    {
        try {
            return VirtualDisk{
                openChain(file, openOptions(invocation, Content::GuestData, formatOption),
                    openPolicy(invocation, file), job)};
        } catch (const Error& error) {
            throw CommandError(subjectOf(error, file), error.what(), cannotOpen);
        }
    }

    const char* outcomeName(CompareResult::Outcome outcome)
    {
        switch (outcome) {
        case CompareResult::Outcome::Same: return "same";
        case CompareResult::Outcome::SizeDiffers: return "size-differs";
        case CompareResult::Outcome::AllocationDiffers: return "allocation-differs";
        case CompareResult::Outcome::ContentDiffers: return "content-differs";
        }
        return "content-differs";
    }

    void printResult(StandardOutput& out, const CompareResult& result, Bytes shorter)
    {
        constexpr std::uint64_t sector = 512; // qemu-img tells the sector, not the byte
        const bool allCommonIsSame = result.outcome == CompareResult::Outcome::Same
            || (result.outcome == CompareResult::Outcome::ContentDiffers
                && result.at.value >= shorter.value);
        if (result.sizesDiffer && allCommonIsSame)
            out << "Warning: Image size mismatch!\n";
        switch (result.outcome) {
        case CompareResult::Outcome::Same: out << "Images are identical.\n"; break;
        case CompareResult::Outcome::SizeDiffers:
            out << "Strict mode: Image size mismatch!\n";
            break;
        case CompareResult::Outcome::AllocationDiffers:
            out << "Strict mode: Offset " << result.at.value << " block status mismatch!\n";
            break;
        case CompareResult::Outcome::ContentDiffers:
            out << "Content mismatch at offset " << result.at.value / sector * sector << "!\n";
            break;
        }
    }

} // namespace

int compare(const Invocation& invocation, Session& session)
{
    const std::string& firstFile = invocation.operands[0];
    const std::string& secondFile = invocation.operands[1];
    ProgressLine progress{progressWish(invocation), session.stop};
    const VirtualDisk first = openDisk(invocation, firstFile, "-f", progress.job());
    const VirtualDisk second = openDisk(invocation, secondFile, "-F", progress.job());

    CompareOptions options;
    if (invocation.has("-s"))
        options.mode = CompareOptions::Mode::Strict;
    CompareResult result;
    try {
        result = compareDisks(first, second, options, progress.job());
    } catch (const Error& error) {
        throw CommandError(subjectOf(error, firstFile + ", " + secondFile), error.what(),
            dynamic_cast<const FormatError*>(&error) ? mappingFailed : readingFailed);
    }

    if (invocation.global.output == GlobalOptions::Output::Json) {
        PropertyObject answer{{"result", {std::string{outcomeName(result.outcome)}}},
            {"sizes-differ", {result.sizesDiffer}}};
        if (result.outcome == CompareResult::Outcome::AllocationDiffers
            || result.outcome == CompareResult::Outcome::ContentDiffers)
            answer.push_back({"offset", {result.at.value}});
        std::string text;
        appendJson(text, {std::move(answer)});
        session.out << text << "\n";
    } else if (!invocation.has("-q")) {
        printResult(session.out, result, std::min(first.size(), second.size()));
    }
    return result.outcome == CompareResult::Outcome::Same ? 0 : different;
}

} // namespace platter::cli
