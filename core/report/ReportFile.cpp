// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/ReportFile.h"

#include "core/operations/NewFile.h"

namespace platter {

namespace {

    namespace fs = std::filesystem;

    bool isSameFile(const fs::path& one, const fs::path& other)
    {
        std::error_code ignored;
        return fs::equivalent(one, other, ignored);
    }

} // namespace

void writeReport(
    const Report& report, ReportFormat format, const TextSink& sink, const JobControl& job)
{
    if (format == ReportFormat::Json)
        writeJsonReport(report, sink, job);
    else
        writeHtmlReport(report, sink, job);
}

ReportFormat reportFormatOf(const fs::path& target)
{
    return target.extension() == ".json" ? ReportFormat::Json : ReportFormat::Html;
}

void requireReportTarget(const ReportSubject& subject, const fs::path& target, Existing existing)
{
    std::error_code ignored;
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path{"."};
    if (!fs::is_directory(folder, ignored))
        throw IoError(target.string(), "create the file",
            std::make_error_code(std::errc::no_such_file_or_directory));
    // A link that leads nowhere is a name that is taken, too.
    if (!fs::exists(fs::symlink_status(target, ignored)))
        return;
    bool isSource = isSameFile(subject.top.path, target);
    for (const ChainLink& link : subject.links)
        isSource = isSource || (!link.name.path.empty() && isSameFile(link.name.path, target));
    if (isSource)
        throw Error("The report would replace a file that it is about; choose another name.");
    if (existing == Existing::Refuse)
        throw Error("The file for the report exists already; choose another name, or --overwrite "
                    "it.");
}

void saveReport(const Report& report, ReportFormat format, const fs::path& target,
    Existing existing, const JobControl& job)
{
    requireReportTarget(report.subject, target, existing);
    writeNewFile(target, [&](DiskFile& file) {
        HostOffset at{0};
        writeReport(
            report, format,
            [&](std::string_view text) {
                file.write(at, std::as_bytes(std::span{text.data(), text.size()}));
                at += Bytes{text.size()};
            },
            job);
        job.checkStop();
        // Somebody else may have taken the name in the meantime.
        requireReportTarget(report.subject, target, existing);
    });
}

} // namespace platter
