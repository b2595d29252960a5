// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/formats/HostMap.h"

#include <QString>

#include <filesystem>
#include <string_view>

namespace platter::app {

/// Text from an image or a file name made safe to show: valid UTF-8, control and bidirectional
/// characters visible as escapes.
QString shownText(std::string_view untrusted);

/// A path made safe to show.
QString shownPath(const std::filesystem::path& path);

/// "1.33 GiB", in the user's number format.
QString shownSize(Bytes size);

/// "1 428 357 120 bytes", for tooltips.
QString exactSize(Bytes size);

/// "0x1_4000_0000".
QString shownOffset(std::uint64_t offset);

/// "12.5 %", of a whole that may be zero.
QString shownShare(Bytes part, Bytes whole);

/// A text that the core says of a field (its meaning, its verdict, the name of a bit), translated
/// and safe to show.
QString fieldText(std::string_view text);

/// The translated sentence of a finding with its arguments.
QString findingText(const Finding& finding);

/// What a kind of finding means for the user, translated.
QString findingMeaning(const FindingKind& kind);

/// What a guest notices of a kind of finding, translated.
QString findingGuestSees(const FindingKind& kind);

/// What may have led to a kind of finding, translated.
QString findingCauses(const FindingKind& kind);

/// How sure a kind of finding is and what that rests on, translated.
QString findingBasis(const FindingKind& kind);

/// "Note", "Warning", "Lost space", "Damage", "Not examined", translated.
QString severityText(Severity severity);

/// What a host range is for in the words of the map's legend, translated: "Only in snapshots".
QString hostUseText(HostUse use);

} // namespace platter::app
