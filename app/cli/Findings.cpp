// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Findings.h"

#include "app/cli/Json.h"
#include "core/base/Text.h"

namespace platter::cli {

PropertyList findingList(std::span<const Finding> findings)
{
    PropertyList list;
    for (const Finding& finding : findings) {
        PropertyObject one{
            {"id", {std::string{finding.kind->id}}},
            {"severity", {std::string{severityName(finding.kind->severity)}}},
            {"text", {describe(finding)}},
        };
        if (finding.host)
            one.push_back({"offset", {finding.host->value}});
        if (finding.guest)
            one.push_back({"guest-offset", {finding.guest->value}});
        if (finding.length.value)
            one.push_back({"length", {finding.length.value}});
        append(list, std::move(one));
    }
    return list;
}

void printFindings(StandardOutput& out, std::span<const Finding> findings, std::string_view indent)
{
    for (const Finding& finding : findings) {
        out << indent << severityName(finding.kind->severity);
        if (finding.host)
            out << " at " << hexText(finding.host->value);
        out << ": " << describe(finding) << "\n";
    }
}

std::string holdersText(const FileUse& use)
{
    std::string text;
    for (const FileHolder& holder : use.holders) {
        if (!text.empty())
            text += ", ";
        text += escapedText(holder.command) + " (process " + std::to_string(holder.pid) + ")";
    }
    return text;
}

} // namespace platter::cli
