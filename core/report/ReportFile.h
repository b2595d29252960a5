// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/Report.h"

#include <filesystem>
#include <functional>
#include <string_view>

namespace platter {

enum class ReportFormat {
    Html, ///< one page that needs nothing else: no script, no picture, no network
    Json, ///< the same facts for programs; the README tells its keys
};

/// Takes a text part by part.
using TextSink = std::function<void(std::string_view)>;

/// Writes the page: HTML 5 that is well-formed XML as well. Names out of the image can be any
/// bytes; they stay text. Long lists are cut and say so. Throws IoError if the image cannot be read
/// any more; Cancelled.
void writeHtmlReport(const Report& report, const TextSink& sink, const JobControl& job);

/// Writes one JSON object: nothing is cut. Throws as writeHtmlReport().
void writeJsonReport(const Report& report, const TextSink& sink, const JobControl& job);

void writeReport(
    const Report& report, ReportFormat format, const TextSink& sink, const JobControl& job);

/// JSON for a name that ends with ".json", else HTML.
ReportFormat reportFormatOf(const std::filesystem::path& target);

/// What to do about a file that is there already.
enum class Existing { Refuse, Replace };

/// Throws Error if the report cannot be written to `target`: its folder does not exist (IoError),
/// it exists and is not to be replaced, or it is one of the files that the report is about.
void requireReportTarget(
    const ReportSubject& subject, const std::filesystem::path& target, Existing existing);

/// Writes the report to a file that appears under its name when it is complete. Throws what
/// requireReportTarget(), NewFile and writing throw.
void saveReport(const Report& report, ReportFormat format, const std::filesystem::path& target,
    Existing existing, const JobControl& job);

} // namespace platter
