// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Findings.h"

#include "core/base/Text.h"

namespace platter::cli {

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
