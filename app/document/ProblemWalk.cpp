// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ProblemWalk.h"

#include <algorithm>
#include <tuple>

namespace platter::app {

namespace {

    /// The order of the walk: by place in the file; what has none stands first, by place on the
    /// guest's disk.
    auto orderOf(const Selection& place)
    {
        return std::tuple{place.host, place.guest};
    }

} // namespace

std::optional<Selection> placeOf(const Finding& finding)
{
    if (!finding.host && !finding.guest)
        return std::nullopt;
    Selection place;
    place.host = finding.host;
    place.guest = finding.guest;
    if (finding.host)
        place.hostLength = finding.length;
    if (finding.guest)
        place.guestLength = finding.length;
    return place;
}

std::optional<Selection> nextProblem(
    const CheckReport& report, const Selection& from, Direction direction)
{
    std::vector<Selection> places;
    for (const Finding& finding : report.findings) {
        if (finding.kind->severity == Severity::Note)
            continue;
        if (auto place = placeOf(finding))
            places.push_back(std::move(*place));
    }
    if (places.empty())
        return std::nullopt;
    std::stable_sort(places.begin(), places.end(),
        [](const Selection& a, const Selection& b) { return orderOf(a) < orderOf(b); });
    const auto less
        = [](const Selection& a, const Selection& b) { return orderOf(a) < orderOf(b); };
    if (direction == Direction::Forward) {
        const auto next = from.isEmpty()
            ? places.begin()
            : std::upper_bound(places.begin(), places.end(), from, less);
        return next == places.end() ? places.front() : *next;
    }
    const auto next = from.isEmpty() ? places.end()
                                     : std::lower_bound(places.begin(), places.end(), from, less);
    return next == places.begin() ? places.back() : *std::prev(next);
}

} // namespace platter::app
