// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/CheckReport.h"

namespace platter {

void CheckReport::add(Finding finding, std::size_t keepFindings)
{
    switch (finding.kind->severity) {
    case Severity::Corruption: ++corruptions; break;
    case Severity::Leak: ++leaks; break;
    case Severity::Unchecked: ++checkErrors; break;
    case Severity::Note:
    case Severity::Warning: break;
    }
    ++countOf[finding.kind];
    if (findings.size() < keepFindings)
        findings.push_back(std::move(finding));
}

} // namespace platter
