// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/HtmlPictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace platter {

namespace {

    /// "12.5": enough for a drawing whose parts are thousands wide, whatever the locale.
    std::string decimal(double number)
    {
        const auto tenths = static_cast<long long>(std::lround(number * 10));
        return std::to_string(tenths / 10) + "." + std::to_string(std::abs(tenths % 10));
    }

    /// What a cell is painted as: a class, and how strongly.
    struct Paint {
        std::size_t kind = mapKinds; ///< mapKinds: ground; one more: not read
        std::size_t strength = 2; ///< index into strengths
        bool operator==(const Paint&) const = default;
    };
    constexpr std::size_t notRead = mapKinds + 1;
    constexpr std::array<const char*, 3> strengths{"w1", "w2", "w3"};

    Paint paintOf(const MapPyramid::Shares& shares)
    {
        if (!shares.known)
            return {notRead, 2};
        if (shares.problem)
            return {static_cast<std::size_t>(MapKind::Problem), 2};
        std::size_t most = 0;
        unsigned told = 0;
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            told += shares.of[kind];
            if (shares.of[kind] > shares.of[most])
                most = kind;
        }
        if (told == 0)
            return {mapKinds, 2};
        return {most, told < 64 ? 0U : told < 160 ? 1U : 2U};
    }

    const char* classOf(std::size_t kind)
    {
        return kind < mapKinds ? colourOf(static_cast<MapKind>(kind))
            : kind == mapKinds ? "k-free"
                               : "k-unread";
    }

    /// Rectangles of one paint, as one path.
    struct Strokes {
        Paint paint;
        std::string path;
    };

    std::vector<Strokes> strokesOf(const MapSummary& map, std::uint64_t columns)
    {
        std::vector<Strokes> all;
        const auto add = [&](const Paint& paint, std::uint64_t first, std::uint64_t count) {
            auto found = std::find_if(all.begin(), all.end(),
                [&](const Strokes& strokes) { return strokes.paint == paint; });
            if (found == all.end())
                found = all.insert(all.end(), {paint, {}});
            const std::string width = std::to_string(count);
            found->path += "M" + std::to_string(first % columns) + " "
                + std::to_string(first / columns) + "h" + width + "v1h-" + width + "z";
        };
        std::uint64_t start = 0;
        for (std::uint64_t i = 1; i <= map.cells.size(); ++i) {
            const bool ends = i == map.cells.size() || i % columns == 0
                || paintOf(map.cells[i]) != paintOf(map.cells[start]);
            if (!ends)
                continue;
            add(paintOf(map.cells[start]), start, i - start);
            start = i;
        }
        return all;
    }

} // namespace

const char* colourOf(MapKind kind)
{
    switch (kind) {
    case MapKind::Data: return "k-data";
    case MapKind::Zero: return "k-zero";
    case MapKind::Compressed: return "k-compressed";
    case MapKind::Snapshot: return "k-snapshot";
    case MapKind::Backing: return "k-backing";
    case MapKind::Metadata: return "k-metadata";
    case MapKind::Leaked: return "k-leaked";
    case MapKind::Problem: return "k-problem";
    }
    return "k-problem";
}

const char* colourOf(SpaceKind kind)
{
    switch (kind) {
    case SpaceKind::Data: return "k-data";
    case SpaceKind::OnlyInSnapshots:
    case SpaceKind::MachineState: return "k-snapshot";
    case SpaceKind::Compressed: return "k-compressed";
    case SpaceKind::KeptForZeros: return "k-zero";
    case SpaceKind::Metadata: return "k-metadata";
    case SpaceKind::Leaked: return "k-leaked";
    case SpaceKind::Problem: return "k-problem";
    case SpaceKind::Free: return "k-free";
    }
    return "k-problem";
}

std::uint64_t mapColumns(const MapSummary& map)
{
    const std::size_t cells = map.cells.size();
    return cells > 1024 ? 128 : cells > 256 ? 64 : 32;
}

void drawMap(HtmlOut& out, const MapSummary& map, std::string_view label)
{
    const std::uint64_t columns = mapColumns(map);
    const std::uint64_t rows = (map.cells.size() + columns - 1) / columns;
    out << "<svg class=\"map\" role=\"img\" viewBox=\"0 0 " << columns << " " << rows
        << "\"><title>" << label << "</title>";
    for (const Strokes& strokes : strokesOf(map, columns))
        out << "<path class=\"" << std::string_view{classOf(strokes.paint.kind)} << " "
            << std::string_view{strengths[strokes.paint.strength]} << "\" d=\"" << strokes.path
            << "\"/>";
    // A problem is marked by more than its colour.
    std::string crosses;
    for (std::size_t i = 0; i < map.cells.size(); ++i) {
        if (map.cells[i].known && map.cells[i].problem)
            crosses += "M" + std::to_string(i % columns) + " " + std::to_string(i / columns)
                + "l1 1m-1 0l1-1";
    }
    if (!crosses.empty())
        out << "<path class=\"cross\" d=\"" << crosses << "\"/>";
    out << "</svg>\n";
}

void drawSpace(HtmlOut& out, const HostTotals& totals, std::string_view label)
{
    constexpr double width = 1000;
    const auto all = static_cast<double>(totals.all().value);
    out << "<svg class=\"bar\" role=\"img\" viewBox=\"0 0 1000 28\" "
           "preserveAspectRatio=\"none\"><title>"
        << label << "</title>";
    double at = 0;
    for (std::size_t i = 0; i < spaceKinds && all > 0; ++i) {
        const auto kind = static_cast<SpaceKind>(i);
        const double part = static_cast<double>(totals.of(kind).value) * width / all;
        if (part <= 0)
            continue;
        out << "<rect class=\"" << std::string_view{colourOf(kind)} << "\" x=\"" << decimal(at)
            << "\" y=\"0\" height=\"28\" width=\"" << decimal(std::max(part, 1.0)) << "\"/>";
        at += part;
    }
    out << "</svg>\n";
}

void drawShare(HtmlOut& out, Bytes part, Bytes whole)
{
    const double filled = whole.value
        ? static_cast<double>(part.value) * 100.0 / static_cast<double>(whole.value)
        : 0.0;
    out << "<svg class=\"share\" aria-hidden=\"true\" viewBox=\"0 0 100 8\" "
           "preserveAspectRatio=\"none\"><rect class=\"k-free\" width=\"100\" height=\"8\"/>"
           "<rect class=\"k-data\" height=\"8\" width=\""
        << decimal(part.value ? std::clamp(filled, 1.0, 100.0) : 0.0) << "\"/></svg>";
}

void drawCounts(HtmlOut& out, const RefcountSurvey& survey, std::string_view label)
{
    constexpr double height = 120;
    constexpr std::uint64_t top = 20; // for the number above the highest bar
    const std::uint64_t slot = survey.counts.size() <= 17 ? 58 : 46;
    std::uint64_t most = 1;
    for (const CountBin& bin : survey.counts)
        most = std::max(most, bin.clusters);
    const std::uint64_t width = std::max<std::uint64_t>(survey.counts.size() * slot, 124);
    const double scale = height / std::log1p(static_cast<double>(most));
    out << "<svg class=\"counts\" role=\"img\" viewBox=\"0 0 " << width << " 164\" width=\""
        << width << "\"><title>" << label << "</title>";
    for (std::size_t i = 0; i < survey.counts.size(); ++i) {
        const CountBin& bin = survey.counts[i];
        const auto left = static_cast<double>(i * slot);
        const double middle = left + static_cast<double>(slot) / 2;
        // A bar for a single cluster must be seen, too.
        const double tall = bin.clusters
            ? std::max(3.0, std::log1p(static_cast<double>(bin.clusters)) * scale)
            : 0.0;
        const double above = top + height - tall;
        if (bin.clusters)
            out << "<rect class=\"" << (i == 0 ? std::string_view{"k-free"} : "k-data") << "\" x=\""
                << decimal(left + 4) << "\" y=\"" << decimal(above) << "\" width=\"" << slot - 8
                << "\" height=\"" << decimal(tall) << "\"/><text x=\"" << decimal(middle)
                << "\" y=\"" << decimal(above - 5) << "\">" << shortNumber(bin.clusters)
                << "</text>";
        out << "<text class=\"tick\" x=\"" << decimal(middle) << "\" y=\"157\">"
            << (bin.least == bin.most ? "" : "\u2264") + shortNumber(bin.most) << "</text>";
    }
    out << "<path class=\"axis\" d=\"M0 140.5h" << width << "\"/></svg>\n";
}

void drawLanes(HtmlOut& out, const GraphRow& row, unsigned lanes)
{
    constexpr unsigned step = 16; // between two lanes
    const auto middleOf = [](unsigned lane) { return lane * step + step / 2; };
    const unsigned dot = middleOf(std::min(row.lane, graphLanes - 1));
    std::string sure;
    std::string guessed;
    for (unsigned lane = 0; lane < graphLanes; ++lane) {
        const bool above = (row.above >> lane & 1U) != 0;
        const bool below = (row.below >> lane & 1U) != 0;
        const bool joins = (row.joining >> lane & 1U) != 0;
        const std::string x = std::to_string(middleOf(lane));
        if (joins) {
            sure += "M" + x + " 0L" + std::to_string(dot) + " 50";
        } else if (lane == row.lane) {
            if (above)
                sure += "M" + x + " 0V50";
            if (below)
                (row.parentIsGuessed ? guessed : sure) += "M" + x + " 50V100";
        } else if (above && below) {
            sure += "M" + x + " 0V100";
        }
    }
    const unsigned width = std::max(lanes, 1U) * step;
    // The rows of a table have any height, so that the drawing is stretched and its lines are not.
    out << "<svg class=\"lanes\" aria-hidden=\"true\" preserveAspectRatio=\"none\" viewBox=\"0 0 "
        << std::uint64_t{width} << " 100\" width=\"" << std::uint64_t{width} << "\">";
    if (!sure.empty())
        out << "<path class=\"line\" d=\"" << sure << "\"/>";
    if (!guessed.empty())
        out << "<path class=\"line guessed\" d=\"" << guessed << "\"/>";
    out << "<path class=\"" << (row.state ? std::string_view{"dot"} : "dot now") << "\" d=\"M"
        << std::uint64_t{dot} << " 50h0\"/></svg>";
}

} // namespace platter
