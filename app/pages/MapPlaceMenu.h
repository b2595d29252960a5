// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapReader.h"

class QMenu;

namespace platter::app {

/// Fills a menu with what can be done with the place of a map that begins at `from`, with reasons
/// where it cannot. `here` is the same place in all address spaces where it is known. Actions
/// belong to the menu and use the document.
void fillMapPlaceMenu(QMenu& menu, ImageDocument& document, const MapReader& reader,
    std::uint64_t from, const Selection& here);

} // namespace platter::app
