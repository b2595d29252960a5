// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ProblemWalk.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace platter::app {

namespace {

    int gravity(Severity severity)
    {
        switch (severity) {
        case Severity::Corruption: return 4;
        case Severity::Unchecked: return 3;
        case Severity::Leak: return 2;
        case Severity::Warning: return 1;
        case Severity::Note: return 0;
        }
        return 0;
    }

    auto orderOf(const FindingKind& kind)
    {
        return std::tuple{-gravity(kind.severity), std::string_view{kind.id}};
    }

    using Place = std::tuple<std::optional<HostOffset>, std::optional<GuestOffset>>;

    bool isAt(const Finding& finding, const Selection& selection)
    {
        if (!finding.host && !finding.guest)
            return false;
        return selection.host ? finding.host == selection.host
                              : selection.guest && finding.guest == selection.guest;
    }

    /// Whether a finding stands behind a position (1), before it (-1), or is it (0).
    int sideOf(const CheckReport& report, std::size_t index, const WalkPosition& position)
    {
        const Finding& finding = report.findings[index];
        if (!position.kind)
            return 1;
        if (finding.kind != position.kind)
            return standsBefore(*finding.kind, *position.kind) ? -1 : 1;
        if (position.finding) {
            const Finding& from = report.findings[*position.finding];
            if (index == *position.finding)
                return 0;
            if (standsBefore(finding, from))
                return -1;
            // Of findings at one place the first of the report comes first.
            return standsBefore(from, finding) || index > *position.finding ? 1 : -1;
        }
        if (!position.place)
            return 1;
        return Place{finding.host, finding.guest}
                < Place{position.place->host, position.place->guest}
            ? -1
            : 1;
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

bool standsBefore(const FindingKind& a, const FindingKind& b)
{
    return orderOf(a) < orderOf(b);
}

bool standsBefore(const Finding& a, const Finding& b)
{
    return std::tuple{orderOf(*a.kind), Place{a.host, a.guest}}
    < std::tuple{orderOf(*b.kind), Place{b.host, b.guest}};
}

WalkPosition positionOf(
    const CheckReport& report, const Selection& selection, const WalkPosition& last)
{
    if (!selection.host && !selection.guest)
        return last;
    if (last.finding && *last.finding < report.findings.size()
        && isAt(report.findings[*last.finding], selection))
        return last;
    std::optional<std::size_t> here;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const Finding& finding = report.findings[i];
        if (finding.kind->severity != Severity::Note && isAt(finding, selection)
            && (!here || standsBefore(finding, report.findings[*here])))
            here = i;
    }
    if (here)
        return {report.findings[*here].kind, here, {}};
    // Between the problems: on with the kind that was walked, else with the gravest.
    const FindingKind* kind = last.kind;
    for (const Finding& finding : report.findings) {
        if (!last.kind && (!kind || standsBefore(*finding.kind, *kind)))
            kind = finding.kind;
    }
    return {kind, {}, selection};
}

std::optional<std::size_t> nextProblem(const CheckReport& report, const WalkPosition& from,
    Direction direction, const WalkFilter& filter)
{
    // The nearest on the wanted side, and the furthest on the other for going round.
    std::optional<std::size_t> nearest;
    std::optional<std::size_t> round;
    const bool forward = direction == Direction::Forward;
    const auto nearer = [&](std::size_t a, const std::optional<std::size_t>& b) {
        if (!b)
            return true;
        const Finding& one = report.findings[a];
        const Finding& other = report.findings[*b];
        if (standsBefore(one, other))
            return forward;
        return !forward && (standsBefore(other, one) || a > *b);
    };
    const int wanted = forward ? 1 : -1;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const Finding& finding = report.findings[i];
        if (finding.kind->severity == Severity::Note
            || filter.hidden.contains(finding.kind->severity)
            || (filter.wanted && !filter.wanted(finding))
            || (filter.places == WalkFilter::Places::Known && !finding.host && !finding.guest))
            continue;
        auto& best = sideOf(report, i, from) == wanted ? nearest : round;
        if (nearer(i, best))
            best = i;
    }
    return nearest ? nearest : round;
}

} // namespace platter::app
