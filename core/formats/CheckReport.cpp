// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/CheckReport.h"

#include <algorithm>

namespace platter {

void CheckReport::add(Finding finding, std::size_t keepFindings)
{
    const FindingKind& kind = *finding.kind;
    count(kind, finding.guest ? finding.length : Bytes{}, 1);
    if (hasRoomFor(kind, keepFindings))
        keep(std::move(finding), keepFindings);
}

void CheckReport::count(const FindingKind& kind, Bytes guestLength, std::uint64_t times)
{
    switch (kind.severity) {
    case Severity::Corruption: corruptions += times; break;
    case Severity::Leak: leaks += times; break;
    case Severity::Unchecked: checkErrors += times; break;
    case Severity::Note:
    case Severity::Warning: break;
    }
    countOf[&kind] += times;
    // Lengths come from entries of a hostile file, as many as it likes.
    Bytes& hit = guestBytesOf[&kind];
    hit.value = guestLength.value > ~hit.value ? ~std::uint64_t{0} : hit.value + guestLength.value;
}

bool CheckReport::hasRoomFor(const FindingKind& kind, std::size_t keepFindings) const
{
    if (findings.size() < keepFindings)
        return true;
    const std::size_t sure = (keepFindings + 99) / 100;
    const auto kept = keptOf.find(&kind);
    return (kept == keptOf.end() || kept->second < sure)
        && std::any_of(
            keptOf.begin(), keptOf.end(), [&](const auto& other) { return other.second > sure; });
}

void CheckReport::keep(Finding finding, std::size_t keepFindings)
{
    ++keptOf[finding.kind];
    if (findings.size() < keepFindings) {
        findings.push_back(std::move(finding));
        return;
    }
    const auto most = std::max_element(keptOf.begin(), keptOf.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto last = std::find_if(findings.rbegin(), findings.rend(),
        [&](const Finding& kept) { return kept.kind == most->first; });
    --most->second;
    *last = std::move(finding);
}

} // namespace platter
