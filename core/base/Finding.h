// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Text.h"
#include "core/base/Units.h"

#include <optional>
#include <string>
#include <vector>

namespace platter {

/// How grave a finding is, from worth knowing to not examined.
enum class Severity {
    Note, ///< worth knowing, nothing is wrong
    Warning, ///< suspicious or out of the specification, nothing depends on it
    Leak, ///< space lost, no danger
    Corruption, ///< data is, or can become, wrong
    Unchecked, ///< a part could not be examined
};

/// What the certainty of a kind of finding rests on.
enum class Basis {
    Bytes, ///< the bytes break a rule of the format, whatever the rest of the image says
    Counted, ///< it follows from counting references: as sure as every table could be read
    Presumed, ///< the bytes also allow a harmless explanation
};

/// One kind of finding: a static constant beside the code that detects it.
struct FindingKind {
    const char* id; ///< stable, never translated: "qcow2.refcount.leak"
    Severity severity;
    const char* text; ///< a sentence with %1 … %9; marked by PLATTER_TEXT("Finding", …)
    const char* meaning; ///< what it means for the user; marked likewise
    Basis basis; ///< how sure it is
    const char* guestSees; ///< what a guest notices of it; marked likewise
    const char* causes; ///< what may have led to it; marked likewise
};

/// One damage, contradiction or peculiarity at one place.
struct Finding {
    const FindingKind* kind = nullptr;
    std::optional<HostOffset> host; ///< where the wrong bytes are, or the cluster meant
    std::optional<GuestOffset> guest; ///< the guest range that is affected, if any
    Bytes length{}; ///< of the affected range; 0: unknown or none
    std::vector<std::string> arguments; ///< for %1 … %9 of the text
};

/// The English sentence of a finding, arguments filled in (escaped for a terminal).
std::string describe(const Finding& finding);

/// "note", "warning", "leak", "corruption", "unchecked".
const char* severityName(Severity severity);

} // namespace platter
