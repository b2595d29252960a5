// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapScan.h"

namespace platter::app {

/// What colouring a view needs to know about all of the file before it starts; nullptr: nothing.
/// Throws IoError, FormatError, Cancelled, and Error if it is more than can be kept.
std::shared_ptr<const HostCategories> hostCategoriesFor(
    const Image& image, MapView view, const MapAspect& aspect, const JobControl& job);

/// Tells the categories of [from, from + length) in every colouring but Colour::Kind. The subject
/// is prepared. Throws IoError, FormatError, Cancelled.
void scanAspect(const MapSubject& subject, std::uint64_t from, Bytes length,
    const MapCategorySink& sink, const JobControl& job);

} // namespace platter::app
