// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/HtmlSections.h"
#include "core/report/HtmlStyle.h"
#include "core/report/ReportWords.h"

namespace platter {

namespace {

    std::string_view moodClass(ReportVerdict::Mood mood)
    {
        switch (mood) {
        case ReportVerdict::Mood::Good: return "good";
        case ReportVerdict::Mood::Plain: return "plain";
        case ReportVerdict::Mood::Warning: return "warning";
        case ReportVerdict::Mood::Problem: return "problem";
        }
        return "plain";
    }

    std::string_view moodSign(ReportVerdict::Mood mood)
    {
        switch (mood) {
        case ReportVerdict::Mood::Good: return "\u2713"; // check mark
        case ReportVerdict::Mood::Plain: return "i";
        case ReportVerdict::Mood::Warning: return "!";
        case ReportVerdict::Mood::Problem: return "\u00d7"; // cross
        }
        return "i";
    }

    std::string_view weightClass(ReportRemark::Weight weight)
    {
        switch (weight) {
        case ReportRemark::Weight::Note: return "plain";
        case ReportRemark::Weight::Warning: return "warning";
        case ReportRemark::Weight::Problem: return "problem";
        }
        return "plain";
    }

    std::string_view weightWord(ReportRemark::Weight weight)
    {
        switch (weight) {
        case ReportRemark::Weight::Note: return "Note";
        case ReportRemark::Weight::Warning: return "Warning";
        case ReportRemark::Weight::Problem: return "Problem";
        }
        return "Note";
    }

    void writeHead(HtmlOut& out, const std::string& name)
    {
        // The page may load nothing at all, whatever stands in it.
        out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'\"/>\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
               "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>"
            << name << " - disk image report</title>\n<style>";
        out.markup(reportStyle) << "</style>\n</head>\n";
    }

    void writeTop(HtmlOut& out, const Report& report, const std::string& name)
    {
        const Image& image = report.image();
        out << "<header>\n<p class=\"kicker\">Disk image report</p>\n<h1>" << name
            << "</h1>\n<p class=\"second\">" << image.formatName();
        if (const auto cluster = image.clusterSize())
            out << " \u00b7 " << sizeText(*cluster) << " clusters";
        out << " \u00b7 " << report.subject.top.path.string() << "</p>\n";
        const ReportVerdict verdict = verdictOf(report);
        out << "<div class=\"verdict " << moodClass(verdict.mood)
            << "\"><span class=\"sign\" aria-hidden=\"true\">" << moodSign(verdict.mood)
            << "</span><div><strong>" << verdict.title << "</strong><p>" << verdict.text
            << "</p><p class=\"when\">Looked at on " << utcText(report.madeAt)
            << "</p></div></div>\n</header>\n";
    }

    void writeNumbers(HtmlOut& out, const Report& report)
    {
        const auto card = [&](std::string_view caption, const std::string& value,
                              const std::string& exact, const std::string& note) {
            out << "<div class=\"card\"><dt>" << caption << "</dt><dd><div class=\"big\">" << value
                << "</div><div>" << exact << "</div><div class=\"small\">" << note
                << "</div></dd></div>\n";
        };
        const Bytes virtualSize = report.image().virtualSize();
        out << "<dl class=\"numbers\">\n";
        card("Virtual size", sizeText(virtualSize), exactText(virtualSize),
            "the disk that the machine sees");
        card("File length", sizeText(report.fileLength), exactText(report.fileLength),
            "what a copy of the file may take");
        card("On disk", sizeText(report.onDisk), exactText(report.onDisk),
            report.onDisk < report.fileLength ? "the rest of the file is holes"
                                              : "what the file system stores");
        if (const auto& totals = report.totals.fact) {
            const Bytes guest = totals->ofGuest();
            const Bytes snapshots = totals->onlyOfSnapshots();
            std::string note = report.image().snapshots().empty()
                ? "by the guest"
                : "guest " + sizeText(guest) + ", only snapshots " + sizeText(snapshots);
            if (report.image().formatId() != "raw")
                note += totals->reclaimable.value == 0
                    ? "; nothing could be saved"
                    : "; " + sizeText(totals->reclaimable) + " could be saved";
            card("In use", sizeText(guest + snapshots), exactText(guest + snapshots), note);
        } else {
            card("In use", "\u2013", "", "not known: " + report.totals.why);
        }
        out << "</dl>\n";
    }

    void writeRemarks(HtmlOut& out, const Report& report)
    {
        const auto remarks = remarksOf(report);
        out << "<h3>Worth knowing</h3>\n";
        if (remarks.empty()) {
            out << "<p class=\"second\">Nothing out of the ordinary.</p>\n";
            return;
        }
        out << "<ul class=\"remarks\">\n";
        for (const ReportRemark& remark : remarks)
            out << "<li><span class=\"badge " << weightClass(remark.weight) << "\">"
                << weightWord(remark.weight) << "</span><span>" << remark.text << "</span></li>\n";
        out << "</ul>\n";
    }

    void writeGaps(HtmlOut& out, const Report& report)
    {
        const auto gaps = gapsOf(report);
        if (gaps.empty())
            return;
        out << "<h3>What could not be read</h3>\n<ul class=\"remarks\">\n";
        for (const ReportGap& gap : gaps)
            out << "<li><span class=\"badge warning\">Not read</span><span>"
                << std::string_view{gap.name} << ": " << gap.why << "</span></li>\n";
        out << "</ul>\n";
    }

    /// A section of the page and whether this image has it.
    struct Section {
        const char* id;
        const char* title;
        const char* shortTitle; ///< in the list of contents
        void (*write)(HtmlOut&, const Report&);
        bool isThere;
    };

    void writeSummary(HtmlOut& out, const Report& report)
    {
        writeNumbers(out, report);
        writeRemarks(out, report);
        writeGaps(out, report);
    }

    std::vector<Section> sectionsOf(const Report& report)
    {
        const Image& image = report.image();
        return {
            {"summary", "Summary", "Summary", writeSummary, true},
            {"space", "Where the space goes", "Space", writeSpaceSection,
                report.totals.fact.has_value()},
            {"guest-map", "Map of the disk", "Map of the disk", writeGuestMapSection, true},
            {"file-map", "Map of the file", "Map of the file", writeFileMapSection, true},
            {"snapshots", "Snapshots", "Snapshots", writeSnapshotSection,
                !image.snapshots().empty()},
            {"chain", "Backing chain", "Chain", writeChainSection, !report.subject.links.empty()},
            {"bitmaps", "Bitmaps", "Bitmaps", writeBitmapSection, !image.bitmaps().empty()},
            {"check", "Check", "Check", writeCheckSection, report.check.fact.has_value()},
            {"refcounts", "Reference counts", "Refcounts", writeRefcountSection,
                report.refcounts.fact.has_value()},
            {"header", "Header, field by field", "Header", writeHeaderSection,
                report.structures.fact && !report.structures.fact->empty()},
        };
    }

} // namespace

void writeHtmlReport(const Report& report, const TextSink& sink, const JobControl& job)
{
    HtmlOut out{sink, job};
    const std::string name = report.subject.top.path.filename().string();
    const std::vector<Section> sections = sectionsOf(report);
    writeHead(out, name);
    out << "<body>\n";
    writeTop(out, report, name);
    out << "<nav aria-label=\"Contents\"><ul>\n";
    for (const Section& section : sections) {
        if (section.isThere)
            out << "<li><a href=\"#" << std::string_view{section.id} << "\">"
                << std::string_view{section.shortTitle} << "</a></li>\n";
    }
    out << "</ul></nav>\n<main>\n";
    for (const Section& section : sections) {
        if (!section.isThere)
            continue;
        const std::string_view id{section.id};
        out << "<section id=\"" << id << "\" aria-labelledby=\"" << id << "-title\">\n<h2 id=\""
            << id << "-title\">" << std::string_view{section.title} << "</h2>\n";
        section.write(out, report);
        out << "</section>\n";
    }
    out << "</main>\n<footer><p>Made by " << report.madeBy << " on " << utcText(report.madeAt)
        << ". The image was only read. Times are in UTC.</p></footer>\n</body>\n</html>\n";
    out.flush();
}

} // namespace platter
