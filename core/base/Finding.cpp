// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Finding.h"

namespace platter {

std::string describe(const Finding& finding)
{
    std::vector<std::string> safe;
    safe.reserve(finding.arguments.size());
    for (const std::string& argument : finding.arguments)
        safe.push_back(escapedText(argument));
    return fillText(finding.kind->text, safe.data(), safe.size());
}

const char* severityName(Severity severity)
{
    switch (severity) {
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Leak: return "leak";
    case Severity::Corruption: return "corruption";
    case Severity::Unchecked: return "unchecked";
    }
    return "unchecked";
}

} // namespace platter
