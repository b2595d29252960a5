// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/Report.h"
#include "app/cli/CommandError.h"
#include "app/cli/Commands.h"
#include "app/cli/Opening.h"
#include "app/cli/ProgressLine.h"
#include "core/report/ReportFile.h"

#include <ctime>

#include <unistd.h>

namespace platter::cli {

namespace {

    /// Nothing: standard output.
    std::optional<std::string> targetOf(const Invocation& invocation)
    {
        auto target = invocation.value("-o");
        if (target == "-")
            target.reset();
        else if (target == "")
            throw CommandError("report", "-o needs the name of a file.");
        return target;
    }

    ReportFormat formatOf(const Invocation& invocation, const std::optional<std::string>& target)
    {
        if (invocation.global.output == GlobalOptions::Output::Json)
            return ReportFormat::Json;
        return target ? reportFormatOf(*target) : ReportFormat::Html;
    }

    ReportSubject open(const Invocation& invocation, const JobControl& job)
    {
        const std::string& file = invocation.operands.front();
        // Nothing of the guest is read; a passphrase that is given has to fit all the same.
        const Content content
            = invocation.global.passphraseFile ? Content::GuestData : Content::StructureOnly;
        return openForReport(file, openOptions(invocation, content),
            invocation.has("--backing-chain") ? ReportReach::WholeChain : ReportReach::OnlyImage,
            openPolicy(invocation, file), job);
    }

    /// What stands in the way of the target is told about it, not about the image.
    template <class Work>
    void aboutTarget(const std::string& target, const Work& work)
    {
        try {
            work();
        } catch (const IoError&) {
            throw; // names its file itself
        } catch (const LockedError&) {
            throw;
        } catch (const Error& error) {
            throw CommandError(target, error.what());
        }
    }

} // namespace

int report(const Invocation& invocation, Session& session)
{
    const auto target = targetOf(invocation);
    const ReportFormat format = formatOf(invocation, target);
    const Existing existing = invocation.has("--overwrite") ? Existing::Replace : Existing::Refuse;
    // A page and a progress line on one terminal would destroy each other.
    const bool sharesTerminal = !target
        && invocation.global.progress == GlobalOptions::Progress::Auto
        && isatty(STDOUT_FILENO) == 1;
    ProgressLine progress{
        sharesTerminal ? GlobalOptions::Progress::Never : invocation.global.progress, session.stop};
    ReportSubject subject = open(invocation, progress.job());
    if (target)
        aboutTarget(*target, [&] { requireReportTarget(subject, *target, existing); });
    const Report gathered = gatherReport(
        std::move(subject), {std::time(nullptr), "Platter " PLATTER_VERSION}, progress.job());
    const JobControl writing{session.stop, {}};
    if (target)
        aboutTarget(*target, [&] { saveReport(gathered, format, *target, existing, writing); });
    else
        writeReport(
            gathered, format, [&](std::string_view text) { session.out << text; }, writing);
    return 0;
}

} // namespace platter::cli
