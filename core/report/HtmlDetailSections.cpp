// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/Facts.h"
#include "core/report/HtmlPictures.h"
#include "core/report/HtmlSections.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace platter {

namespace {

    // A page is for reading; JSON has everything.
    constexpr std::size_t mostStructures = 100;
    constexpr std::size_t mostSnapshots = 500;
    constexpr std::size_t mostBitmaps = 500;
    constexpr std::size_t mostPlaces = 50; // of findings of one kind
    constexpr std::size_t mostLetters = 200; // of a name or value
    constexpr std::size_t mostFieldBytes = 16;

    void writeLeftOut(HtmlOut& out, std::size_t all, std::size_t shown, const char* many)
    {
        if (all > shown)
            out << "<p class=\"second\">And " << groupedNumber(all - shown) << " more "
                << std::string_view{many} << ", which the report as JSON tells.</p>\n";
    }

    void writeField(HtmlOut& out, const ByteFile& file, const FieldMark& field)
    {
        std::string bytes = fieldBytes(file, field, mostFieldBytes);
        if (field.length.value > mostFieldBytes)
            bytes += "...";
        const bool isWrong = !field.verdict.empty();
        out << "<tr";
        if (isWrong)
            out << " class=\"wrong\"";
        out << "><td class=\"number\"><code>" << hexText(field.at.value)
            << "</code></td><td class=\"number\">" << groupedNumber(field.length.value)
            << "</td><td class=\"bytes\"><code>" << bytes
            << "</code></td><th scope=\"row\" class=\"field\"><code>"
            << shortened(escapedText(field.name), mostLetters) << "</code></th><td>"
            << shortened(escapedText(field.value), mostLetters) << "</td><td class=\"words\">"
            << field.meaning;
        if (isWrong)
            out << " <span class=\"wrong-text\">Wrong: " << field.verdict << "</span>";
        const bool anySet = std::any_of(field.bits.begin(), field.bits.end(),
            [](const FieldMark::Bit& bit) { return bit.set; });
        if (anySet) {
            out << "<ul>";
            for (const FieldMark::Bit& bit : field.bits) {
                if (bit.set)
                    out << "<li>bit " << std::uint64_t{bit.bit} << ", " << bit.name << ": "
                        << bit.meaning << "</li>";
            }
            out << "</ul>";
        }
        out << "</td></tr>\n";
    }

    void writeStructure(HtmlOut& out, const ByteFile& file, const StructureMark& structure)
    {
        const std::string name = shortened(escapedText(structure.name), mostLetters);
        out << "<h3>" << name << "</h3>\n<p class=\"second\">At <code>"
            << groupedHexText(structure.at.value) << "</code>, " << exactText(structure.length)
            << ". " << structure.note << "</p>\n";
        if (structure.fields.empty())
            return;
        out << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Fields: " << name
            << "\"><table>\n<thead><tr><th scope=\"col\" class=\"number\">Offset</th>"
               "<th scope=\"col\" class=\"number\">Length</th><th scope=\"col\">Bytes</th>"
               "<th scope=\"col\">Field</th><th scope=\"col\">Value</th><th scope=\"col\">"
               "Meaning</th></tr></thead>\n<tbody>\n";
        for (const FieldMark& field : structure.fields)
            writeField(out, file, field);
        out << "</tbody>\n</table></div>\n";
    }

    std::string clockText(std::uint64_t nanoseconds)
    {
        const std::uint64_t seconds = nanoseconds / 1'000'000'000;
        std::array<char, 48> text{};
        std::snprintf(text.data(), text.size(), "%02llu:%02llu:%02llu",
            static_cast<unsigned long long>(seconds / 3600),
            static_cast<unsigned long long>(seconds / 60 % 60),
            static_cast<unsigned long long>(seconds % 60));
        return text.data();
    }

    unsigned lanesOf(const std::vector<GraphRow>& rows, std::size_t count)
    {
        unsigned lanes = 1;
        for (std::size_t i = 0; i < count; ++i) {
            const auto lines = static_cast<unsigned>(rows[i].above | rows[i].below);
            for (unsigned lane = 0; lane < graphLanes; ++lane) {
                if ((lines >> lane & 1U) != 0 || lane == rows[i].lane)
                    lanes = std::max(lanes, lane + 1);
            }
        }
        return lanes;
    }

    void writeState(
        HtmlOut& out, const Image& image, const SnapshotInfo* snapshot, const StateReport* state)
    {
        out << "<th scope=\"row\">";
        if (snapshot)
            out << shortened(escapedText(snapshot->name), mostLetters)
                << " <span class=\"second\">(" << shortened(escapedText(snapshot->id), mostLetters)
                << ")</span>";
        else
            out << "Now";
        out << "</th>";
        if (snapshot)
            out << "<td class=\"tight\">" << utcText(snapshot->dateSeconds)
                << "</td><td class=\"number\">" << clockText(snapshot->vmClockNanoseconds)
                << "</td><td class=\"number\">" << sizeText(snapshot->vmStateSize) << "</td>";
        else
            out << "<td></td><td></td><td></td>";
        if (!state) {
            out << "<td class=\"number\">not known</td><td></td><td></td></tr>\n";
            return;
        }
        const StateParent& parent = state->parent;
        out << "<td class=\"number\">" << sizeText(state->usage.alone)
            << "</td><td class=\"number\">" << sizeText(state->usage.shared)
            << "</td><td class=\"words\">";
        if (const std::string from = parentText(image, parent); !from.empty()) {
            out << shortened(from, mostLetters);
            if (parent.snapshot)
                out << " (" << std::uint64_t{parent.percent} << " % sure)";
            out << "<br/>";
        }
        out << "<span class=\"second\">" << std::string_view{parentReason(parent.evidence)};
        out << "</span></td></tr>\n";
    }

    void writeShare(HtmlOut& out, const LayerShare* share, Bytes whole)
    {
        if (!share) {
            out << "<td class=\"number\">not known</td><td></td>";
            return;
        }
        out << "<td class=\"number\">" << sizeText(share->data());
        if (share->zeros.value)
            out << "<br/><span class=\"second\">and " << sizeText(share->zeros)
                << " of zeros</span>";
        if (share->damaged.value)
            out << "<br/><span class=\"wrong-text\">" << sizeText(share->damaged)
                << " damaged</span>";
        out << "</td><td>";
        drawShare(out, share->data(), whole);
        out << "<span class=\"second\">" << percentText(share->data(), whole) << "</span></td>";
    }

    void writeLink(
        HtmlOut& out, const ChainLink& link, std::size_t step, const LayerShare* share, Bytes all)
    {
        const bool isData = link.name.named.role == NamedFile::Role::Data;
        out << "<tr><td class=\"number\">";
        if (isData)
            out << "data file";
        else
            out << step;
        out << "</td><th scope=\"row\">"
            << shortened(escapedText(link.name.named.name), mostLetters);
        if (!link.name.path.empty() && link.name.path.string() != link.name.named.name)
            out << "<br/><span class=\"second\">" << link.name.path.string() << "</span>";
        out << "</th><td class=\"format\">";
        if (link.opened && !isData) {
            const Image& image = *link.opened->image;
            out << image.formatName() << "<br/><span class=\"second\">"
                << sizeText(image.virtualSize()) << " disk, "
                << sizeText(image.file().allocatedBytes()) << " on disk</span>";
        } else if (link.name.named.format) {
            out << "<span class=\"second\">said to be " << *link.name.named.format << "</span>";
        }
        out << "</td><td class=\"words\">" << linkStateText(link);
        if (!link.remarks.empty()) {
            out << "<ul>";
            for (const Finding& finding : link.remarks)
                out << "<li>" << describe(finding) << " " << std::string_view{finding.kind->meaning}
                    << "</li>";
            out << "</ul>";
        }
        out << "</td>";
        if (isData)
            out << "<td></td><td></td>";
        else
            writeShare(out, share, all);
        out << "</tr>\n";
    }

    std::string_view severityClass(Severity severity)
    {
        switch (severity) {
        case Severity::Note: return "plain";
        case Severity::Corruption: return "problem";
        case Severity::Warning:
        case Severity::Leak:
        case Severity::Unchecked: return "warning";
        }
        return "warning";
    }

    void writePlaces(HtmlOut& out, const FindingGroup& group)
    {
        const std::size_t shown = std::min(group.kept.size(), mostPlaces);
        if (shown == 0)
            return;
        const bool anyGuest = std::any_of(group.kept.begin(), group.kept.end(),
            [](const Finding* finding) { return finding->guest.has_value(); });
        out << "<table>\n<thead><tr><th scope=\"col\">In the file</th>";
        if (anyGuest)
            out << "<th scope=\"col\">On the disk</th>";
        out << "<th scope=\"col\">What</th></tr></thead>\n<tbody>\n";
        for (std::size_t i = 0; i < shown; ++i) {
            const Finding& finding = *group.kept[i];
            out << "<tr><td class=\"tight\"><code>";
            if (finding.host)
                out << groupedHexText(finding.host->value);
            out << "</code></td>";
            if (anyGuest) {
                out << "<td class=\"tight\"><code>";
                if (finding.guest)
                    out << groupedHexText(finding.guest->value);
                out << "</code>";
                if (finding.guest && finding.length.value)
                    out << " for " << sizeText(finding.length);
                out << "</td>";
            }
            out << "<td>" << describe(finding) << "</td></tr>\n";
        }
        out << "</tbody>\n</table>\n";
        if (group.count > shown)
            out << "<p class=\"second\">And " << groupedNumber(group.count - shown)
                << " more of this kind.</p>\n";
    }

    void writeGroup(HtmlOut& out, const FindingGroup& group)
    {
        const FindingKind& kind = *group.kind;
        out << "<div class=\"finding\">\n<h3><span class=\"badge " << severityClass(kind.severity)
            << "\">" << std::string_view{severityName(kind.severity)} << "</span> "
            << countText(group.count, "time", "times") << " <code class=\"second\">"
            << std::string_view{kind.id} << "</code></h3>\n<dl><dt>It means</dt><dd>"
            << std::string_view{kind.meaning} << "</dd><dt>The guest sees</dt><dd>"
            << std::string_view{kind.guestSees} << "</dd><dt>Likely cause</dt><dd>"
            << std::string_view{kind.causes} << "</dd><dt>How sure</dt><dd>"
            << std::string_view{basisText(kind.basis)} << "</dd>";
        if (group.guestBytes.value)
            out << "<dt>Of the disk</dt><dd>" << sizeText(group.guestBytes) << " ("
                << exactText(group.guestBytes) << ") are affected.</dd>";
        out << "</dl>\n";
        writePlaces(out, group);
        out << "</div>\n";
    }

} // namespace

void writeHeaderSection(HtmlOut& out, const Report& report)
{
    const auto& structures = *report.structures.fact;
    out << "<p class=\"second\">Every field of every structure: where it lies, its bytes as they "
           "are in the file, and what they mean.</p>\n";
    const std::size_t shown = std::min(structures.size(), mostStructures);
    for (std::size_t i = 0; i < shown; ++i)
        writeStructure(out, report.image().file(), structures[i]);
    writeLeftOut(out, structures.size(), shown, "structures");
}

void writeSnapshotSection(HtmlOut& out, const Report& report)
{
    const Image& image = report.image();
    const auto& snapshots = image.snapshots();
    const auto& known = report.snapshots.fact;
    out << "<p class=\"second\">The format does not store from which snapshot the disk went on: "
           "the "
           "tree is inferred from shared tables and clusters, and says how sure that is. What "
           "deleting a snapshot would free is exact.</p>\n";
    if (!report.snapshots.why.empty())
        out << "<p class=\"wrong-text\">What they use could not be read: " << report.snapshots.why
            << "</p>\n";
    out << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Tree of "
           "snapshots\"><table class=\"tree\">\n<thead><tr>";
    const std::vector<GraphRow> rows = known ? layOutSnapshots(*known) : std::vector<GraphRow>{};
    const std::size_t all = snapshots.size() + (known ? 1 : 0);
    const std::size_t shown = std::min(all, mostSnapshots);
    const unsigned lanes = known ? lanesOf(rows, shown) : 0;
    if (known)
        out << "<th scope=\"col\">Tree</th>";
    out << "<th scope=\"col\">Name</th><th scope=\"col\">Taken</th><th scope=\"col\" "
           "class=\"number\">VM clock</th><th scope=\"col\" class=\"number\">VM state</th>"
           "<th scope=\"col\" class=\"number\">Frees if deleted</th><th scope=\"col\" "
           "class=\"number\">Shared</th><th scope=\"col\">Went on</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < shown; ++i) {
        out << "<tr>";
        if (!known) {
            writeState(out, image, &snapshots[snapshots.size() - 1 - i], nullptr);
            continue;
        }
        const GraphRow& row = rows[i];
        out << "<td class=\"graph\" style=\"min-width:" << std::uint64_t{lanes * 16 + 14}
            << "px\">";
        drawLanes(out, row, lanes);
        out << "</td>";
        writeState(out, image, row.state ? &snapshots[*row.state] : nullptr,
            row.state ? &known->snapshots[*row.state] : &known->now);
    }
    out << "</tbody>\n</table></div>\n<p class=\"second\">For \"Now\", the column tells what only "
           "the present state holds. A dashed line is not sure.</p>\n";
    writeLeftOut(out, all, shown, "snapshots");
}

void writeChainSection(HtmlOut& out, const Report& report)
{
    const auto& shares = report.shares.fact;
    const Bytes whole = report.image().virtualSize();
    const auto shareOf = [&](std::size_t layer) -> const LayerShare* {
        return shares && layer < shares->layers.size() ? &shares->layers[layer] : nullptr;
    };
    out << "<p class=\"second\">What the image does not hold itself is read from the files below "
           "it. Each file serves the part of the disk that none above it has.</p>\n"
           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Files of the "
           "chain\"><table>\n<thead><tr><th scope=\"col\" class=\"number\">Layer</th><th "
           "scope=\"col\">File</th><th scope=\"col\">Format</th><th scope=\"col\">State</th><th "
           "scope=\"col\" class=\"number\">Serves</th><th scope=\"col\">Of the disk</th></tr>"
           "</thead>\n<tbody>\n<tr><td class=\"number\">0</td><th scope=\"row\">"
        << shortened(escapedText(report.subject.top.path.string()), mostLetters) << "</th><td>"
        << report.image().formatName() << "</td><td>This image</td>";
    writeShare(out, shareOf(0), whole);
    out << "</tr>\n";
    std::size_t layer = 0;
    for (const ChainLink& link : report.subject.links) {
        if (link.name.named.role != NamedFile::Role::Data)
            ++layer;
        writeLink(out, link, layer, link.opened ? shareOf(layer) : nullptr, whole);
    }
    out << "</tbody>\n</table></div>\n";
    if (!shares)
        return;
    out << "<p>";
    if (report.belowIsUnknown)
        out << sizeText(shares->nowhere)
            << " of the disk are in none of the opened files: what lies there is not known.";
    else
        out << sizeText(shares->nowhere)
            << " of the disk are in none of the files and read as zeros.";
    out << "</p>\n";
}

void writeBitmapSection(HtmlOut& out, const Report& report)
{
    const auto& bitmaps = report.image().bitmaps();
    const std::size_t shown = std::min(bitmaps.size(), mostBitmaps);
    out << "<p class=\"second\">A bitmap records which parts of the disk were written, so that a "
           "backup need not read the rest.</p>\n<table>\n<thead><tr><th scope=\"col\">Name</th>"
           "<th scope=\"col\" class=\"number\">Changed</th><th scope=\"col\" class=\"number\">Of "
           "the disk</th><th scope=\"col\" class=\"number\">Granularity</th><th scope=\"col\">"
           "State</th><th scope=\"col\" class=\"number\">In the file</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < shown; ++i) {
        const BitmapCounts& counts = report.bitmaps[i];
        out << "<tr><th scope=\"row\">" << shortened(escapedText(bitmaps[i].name), mostLetters)
            << "</th>";
        if (counts.dirty.fact)
            out << "<td class=\"number\">" << sizeText(*counts.dirty.fact)
                << "</td><td class=\"number\">"
                << percentText(*counts.dirty.fact, report.image().virtualSize()) << "</td>";
        else
            out << "<td colspan=\"2\"><span class=\"wrong-text\">" << counts.dirty.why
                << "</span></td>";
        out << "<td class=\"number\">" << sizeText(bitmaps[i].granularity) << "</td><td>"
            << std::string_view{bitmapState(bitmaps[i])} << "</td><td class=\"number\">"
            << sizeText(counts.inFile) << "</td></tr>\n";
    }
    out << "</tbody>\n</table>\n";
    writeLeftOut(out, bitmaps.size(), shown, "bitmaps");
}

void writeCheckSection(HtmlOut& out, const Report& report)
{
    const CheckReport& check = *report.check.fact;
    out << "<p>" << countText(check.corruptions, "corruption", "corruptions") << ", "
        << countText(check.leaks, "leaked cluster", "leaked clusters") << ", "
        << countText(check.checkErrors, "part", "parts") << " not examined.</p>\n";
    if (check.totalClusters)
        out << "<p class=\"second\">" << groupedNumber(check.allocatedClusters) << " of "
            << countText(check.totalClusters, "cluster", "clusters") << " of the disk are in use, "
            << groupedNumber(check.compressedClusters) << " compressed, "
            << groupedNumber(check.fragmentedClusters) << " fragmented.</p>\n";
    const auto groups = groupsOf(check);
    if (groups.empty())
        out << "<p>Nothing was found.</p>\n";
    for (const FindingGroup& group : groups)
        writeGroup(out, group);
}

} // namespace platter
