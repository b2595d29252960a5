// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/HtmlPictures.h"
#include "core/report/HtmlSections.h"

#include <algorithm>

namespace platter {

namespace {

    void writeSwatch(HtmlOut& out, const char* colour)
    {
        out << "<span class=\"swatch " << std::string_view{colour}
            << "\" aria-hidden=\"true\"></span>";
    }

    /// Kind, size, exact bytes, share: a row of a legend that is a table.
    void writeLegendRow(
        HtmlOut& out, const char* colour, std::string_view name, Bytes part, Bytes whole)
    {
        out << "<tr><th scope=\"row\">";
        writeSwatch(out, colour);
        out << name << "</th><td class=\"number\">" << sizeText(part)
            << "</td><td class=\"number\">" << percentText(part, whole)
            << "</td><td class=\"number exact\">" << groupedNumber(part.value) << "</td></tr>\n";
    }

    void startLegend(HtmlOut& out, std::string_view what)
    {
        out << "<table>\n<thead><tr><th scope=\"col\">" << what
            << "</th><th scope=\"col\" class=\"number\">Size</th><th scope=\"col\" "
               "class=\"number\">Share</th><th scope=\"col\" class=\"number exact\">Bytes</th></tr>"
               "</thead>\n<tbody>\n";
    }

    /// "61 % data, 30 % reads as zeros": what cells from `first` on are made of.
    std::string sharesText(
        const MapSummary& map, std::size_t first, std::size_t count, ReportMap which)
    {
        std::array<std::uint64_t, mapKinds> sums{};
        std::uint64_t told = 0;
        std::uint64_t read = 0;
        for (std::size_t i = first; i < first + count; ++i) {
            if (!map.cells[i].known)
                continue;
            read += 255;
            for (std::size_t kind = 0; kind < mapKinds; ++kind) {
                sums[kind] += map.cells[i].of[kind];
                told += map.cells[i].of[kind];
            }
        }
        if (read == 0)
            return "not read";
        std::string text;
        const auto add = [&](std::uint64_t sum, std::string_view name) {
            if (sum == 0)
                return;
            text += text.empty() ? "" : ", ";
            text += percentText(Bytes{sum}, Bytes{read}) + " ";
            text += name;
        };
        for (std::size_t kind = 0; kind < mapKinds; ++kind)
            add(sums[kind], kindName(static_cast<MapKind>(kind)));
        add(read - std::min(read, told), groundName(which));
        return text;
    }

    /// The picture once more, in at most sixteen rows.
    void writeMapTable(HtmlOut& out, const MapSummary& map, ReportMap which)
    {
        const std::size_t perRow = std::max<std::size_t>(1, (map.cells.size() + 15) / 16);
        out << "<details><summary>The picture as a table</summary>\n<table>\n<thead><tr>"
               "<th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">What is "
               "there</th></tr></thead>\n<tbody>\n";
        for (std::size_t first = 0; first < map.cells.size(); first += perRow) {
            const std::size_t count = std::min(perRow, map.cells.size() - first);
            const std::uint64_t end = std::min((first + count) * map.cell.value, map.size.value);
            out << "<tr><td class=\"tight\"><code>" << groupedHexText(first * map.cell.value)
                << "</code></td><td class=\"tight\"><code>" << groupedHexText(end)
                << "</code></td><td>" << sharesText(map, first, count, which) << "</td></tr>\n";
        }
        out << "</tbody>\n</table></details>\n";
    }

    void writeMap(HtmlOut& out, const Known<MapSummary>& known, ReportMap which)
    {
        if (!known.why.empty())
            out << "<p class=\"wrong-text\">Not all of it could be read: " << known.why << "</p>\n";
        if (!known.fact || known.fact->cells.empty()) {
            out << "<p class=\"second\">It has no bytes to show.</p>\n";
            return;
        }
        const MapSummary& map = *known.fact;
        out << "<figure>\n";
        drawMap(out, map,
            which == ReportMap::Guest ? "Map of the disk; the tables below tell the same"
                                      : "Map of the file; the tables below tell the same");
        out << "<figcaption>Reads like a text, from 0 at the top left to " << sizeText(map.size)
            << ". One cell stands for " << sizeText(map.cell) << ", a full row for "
            << sizeText(map.cell * mapColumns(map))
            << ". A paler cell is only partly in use; a problem always shows and is "
               "crossed.</figcaption>\n</figure>\n";
        startLegend(out, "Kind");
        for (std::size_t i = 0; i < mapKinds; ++i) {
            const auto kind = static_cast<MapKind>(i);
            if (map.totals[i].value)
                writeLegendRow(out, colourOf(kind), kindName(kind), map.totals[i], map.size);
        }
        if (map.ground.value)
            writeLegendRow(out, "k-free", groundName(which), map.ground, map.size);
        if (map.unread.value)
            writeLegendRow(out, "k-unread", "Not read", map.unread, map.size);
        out << "</tbody>\n</table>\n";
        writeMapTable(out, map, which);
    }

} // namespace

void writeSpaceSection(HtmlOut& out, const Report& report)
{
    const HostTotals& totals = *report.totals.fact;
    out << "<p class=\"second\">What the bytes of the file are for. This is the length of the "
           "file; holes in it take no space on disk.</p>\n<figure>\n";
    drawSpace(out, totals, "Parts of the file by kind; the table below tells the same");
    out << "</figure>\n";
    startLegend(out, "Kind");
    for (std::size_t i = 0; i < spaceKinds; ++i) {
        const auto kind = static_cast<SpaceKind>(i);
        if (const Bytes bytes = totals.of(kind); bytes.value)
            writeLegendRow(
                out, colourOf(kind), spaceName(kind, report.image()), bytes, totals.all());
    }
    out << "</tbody>\n</table>\n<details><summary>Each use by itself</summary>\n<table>\n"
           "<thead><tr><th scope=\"col\">Use</th><th scope=\"col\" class=\"number\">Size</th>"
           "<th scope=\"col\" class=\"number\">Share</th><th scope=\"col\" class=\"number exact\">"
           "Bytes</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < totals.bytes.size(); ++i) {
        if (totals.bytes[i].value)
            out << "<tr><th scope=\"row\"><code>"
                << std::string_view{hostUseName(static_cast<HostUse>(i))}
                << "</code></th><td class=\"number\">" << sizeText(totals.bytes[i])
                << "</td><td class=\"number\">" << percentText(totals.bytes[i], totals.all())
                << "</td><td class=\"number exact\">" << groupedNumber(totals.bytes[i].value)
                << "</td></tr>\n";
    }
    out << "</tbody>\n</table></details>\n";
}

void writeGuestMapSection(HtmlOut& out, const Report& report)
{
    out << "<p class=\"second\">What the machine sees: where each part of its disk comes "
           "from.</p>\n";
    if (report.belowIsUnknown)
        out << "<p>What the image does not hold itself lies in a file that was not opened.</p>\n";
    writeMap(out, report.guestMap, ReportMap::Guest);
}

void writeFileMapSection(HtmlOut& out, const Report& report)
{
    out << "<p class=\"second\">What each part of the file is for, from its first byte to its "
           "last.</p>\n";
    writeMap(out, report.fileMap, ReportMap::File);
}

void writeRefcountSection(HtmlOut& out, const Report& report)
{
    const RefcountSurvey& survey = *report.refcounts.fact;
    std::uint64_t unknown = 0;
    for (const PlaceBin& bin : survey.places)
        unknown += bin.unknown;
    out << "<p class=\"second\">How often the image counts each of its "
        << countText(survey.clusters, "cluster", "clusters") << " of "
        << sizeText(survey.clusterSize)
        << ". 0 is free, 1 has one user, more are shared with snapshots or hold several compressed "
           "clusters.</p>\n";
    if (!survey.counts.empty()) {
        out << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Plot of the "
               "counts\"><figure>\n";
        drawCounts(out, survey,
            "Clusters by their count, on a logarithmic scale; the table below tells the same");
        out << "<figcaption>Clusters by their count; the scale is logarithmic.</figcaption>\n"
               "</figure></div>\n";
    }
    out << "<table>\n<thead><tr><th scope=\"col\">Count</th><th scope=\"col\" "
           "class=\"number\">Clusters</th><th scope=\"col\" class=\"number\">Size</th></tr>"
           "</thead>\n<tbody>\n";
    const auto row = [&](const std::string& count, std::uint64_t clusters) {
        out << "<tr><th scope=\"row\">" << count << "</th><td class=\"number\">"
            << groupedNumber(clusters) << "</td><td class=\"number\">"
            << sizeText(survey.clusterSize * clusters) << "</td></tr>\n";
    };
    for (const CountBin& bin : survey.counts) {
        if (bin.clusters)
            row(groupedNumber(bin.least)
                    + (bin.least == bin.most ? "" : " to " + groupedNumber(bin.most)),
                bin.clusters);
    }
    if (unknown)
        row("cannot be read", unknown);
    out << "</tbody>\n</table>\n";
}

} // namespace platter
