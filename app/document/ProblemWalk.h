// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <functional>
#include <set>

namespace platter::app {

enum class Direction { Forward, Back };

/// Where a finding is, as a selection. Nothing: it names no place.
std::optional<Selection> placeOf(const Finding& finding);

/// Whether one finding of a report stands before another in lists and on the walk through them:
/// gravest first, each kind together, there by place in the file; what has no such place stands
/// before the others of its kind, by place on the guest's disk.
bool standsBefore(const Finding& a, const Finding& b);

/// Whether one kind of finding stands before another.
bool standsBefore(const FindingKind& a, const FindingKind& b);

/// Where on the walk through the problems somebody is. By default: before the first.
struct WalkPosition {
    const FindingKind* kind = nullptr; ///< alone: before the first of this kind
    std::optional<std::size_t> finding; ///< into CheckReport::findings
    std::optional<Selection> place; ///< without a finding: a place between those of its kind
};

/// What the walk steps over, beside notes, which are no problems.
struct WalkFilter {
    std::set<Severity> hidden;
    enum class Places { Any, Known } places = Places::Any; ///< Known: findings with a place only
    std::function<bool(const Finding&)> wanted{}; ///< only these; nothing: all
};

/// Where somebody is who was last led to `last` and has selected `selection` since.
WalkPosition positionOf(
    const CheckReport& report, const Selection& selection, const WalkPosition& last);

/// The next problem of the walk, or the one before: an index into the findings. Past the last it
/// begins anew. Nothing: there is none.
std::optional<std::size_t> nextProblem(const CheckReport& report, const WalkPosition& from,
    Direction direction, const WalkFilter& filter = {});

} // namespace platter::app
