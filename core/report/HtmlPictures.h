// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/SnapshotGraph.h"
#include "core/report/Html.h"
#include "core/report/ReportWords.h"

namespace platter {

// The pictures of a page: drawings inside it whose size does not grow with the image. Colours are
// classes, which the style gives for a light, a dark and a printed page.

/// The class of a kind of the map and of a kind of space.
const char* colourOf(MapKind kind);
const char* colourOf(SpaceKind kind);

/// A map in rows, read like a text. `label` says what it shows.
void drawMap(HtmlOut& out, const MapSummary& map, std::string_view label);
/// How many cells a row of the map has.
std::uint64_t mapColumns(const MapSummary& map);

/// One bar that is divided by kind of space.
void drawSpace(HtmlOut& out, const HostTotals& totals, std::string_view label);

/// A small bar of which `part` of `whole` is filled.
void drawShare(HtmlOut& out, Bytes part, Bytes whole);

/// Bars of how many clusters have each count, on a logarithmic scale.
void drawCounts(HtmlOut& out, const RefcountSurvey& survey, std::string_view label);

/// The lines of one row of the tree of snapshots; `lanes` is the width of all rows.
void drawLanes(HtmlOut& out, const GraphRow& row, unsigned lanes);

} // namespace platter
