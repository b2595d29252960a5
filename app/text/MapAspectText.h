// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"
#include "widgets/theme/Theme.h"

#include <QString>

#include <vector>

namespace platter::app {

/// A category of a map in words and colour.
struct MapCategoryWords {
    std::uint8_t category = 0;
    QString name; ///< "Data"
    QString meaning; ///< a phrase for a tooltip
    Token token = Token::MapFree;
};

/// The categories that a view can have in a colouring, in the order of the legend, translated.
std::vector<MapCategoryWords> mapCategories(MapView view, const MapAspect& aspect);
/// What is of no category, translated.
MapCategoryWords mapGround(MapView view, const MapAspect& aspect);

/// "Kind", "Changed since": what stands behind "Colour by", translated.
QString mapColourTitle(MapAspect::Colour colour);
/// Why an image's view cannot have the colouring, as a sentence; empty: it can.
QString whyNoColour(MapAspect::Colour colour, MapView view, const Image& image);
/// How many rows there are to choose from with a colouring: snapshots or bitmaps, perhaps all of
/// them as one; 0: nothing to choose.
int mapChoiceCount(MapAspect::Colour colour, const Image& image);
/// What a row stands for: an index of a snapshot or bitmap; nothing: all of them.
std::optional<std::size_t> mapChoice(MapAspect::Colour colour, int row);
/// The name of a row.
QString mapChoiceText(MapAspect::Colour colour, const Image& image, int row);

/// "Data", "Reads as zero": a kind as the legend of a view calls it, translated.
QString mapKindText(MapKind kind, MapView view);
/// What a kind means, a phrase for a tooltip, translated.
QString mapKindMeaning(MapKind kind, MapView view);
/// What is of no kind: "Unallocated" or "Free", translated.
QString mapGroundText(MapView view);
/// The colour of a kind.
Token mapKindToken(MapKind kind);

} // namespace platter::app
