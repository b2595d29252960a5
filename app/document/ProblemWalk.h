// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

namespace platter::app {

enum class Direction { Forward, Back };

/// Where a finding is, as a selection. Nothing: it names no place.
std::optional<Selection> placeOf(const Finding& finding);

/// The next finding with a place behind, or before, what is selected; past the last it begins anew.
/// Notes are left out: they are no problems. Nothing: there is none.
std::optional<Selection> nextProblem(
    const CheckReport& report, const Selection& from, Direction direction);

} // namespace platter::app
