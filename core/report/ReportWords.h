// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/Report.h"

#include <string>
#include <string_view>
#include <vector>

namespace platter {

// The English words of a report, the same in every form of it. Ids are stable and stand in JSON.
// Names out of the image are escaped as for a terminal.

/// How sound an image is, in honest words.
struct ReportVerdict {
    enum class Mood { Good, Plain, Warning, Problem };
    Mood mood = Mood::Plain;
    const char* id = ""; ///< "clean", "leaks", "damaged", "not-examined", "nothing-to-check"
    std::string title;
    std::string text;
};
ReportVerdict verdictOf(const Report& report);

/// Something that whoever has the image should know.
struct ReportRemark {
    enum class Weight { Note, Warning, Problem };
    Weight weight = Weight::Note;
    const char* id = "";
    std::string text;
};
/// Gravest first.
std::vector<ReportRemark> remarksOf(const Report& report);
const char* weightName(ReportRemark::Weight weight); ///< "note", "warning", "problem"

/// A part of the report that could not be read, or not to its end.
struct ReportGap {
    const char* id = ""; ///< the key of the part in JSON
    const char* name = "";
    std::string why;
};
std::vector<ReportGap> gapsOf(const Report& report);

/// Findings of one kind.
struct FindingGroup {
    const FindingKind* kind = nullptr;
    std::uint64_t count = 0; ///< all of them
    Bytes guestBytes{}; ///< that they affect
    std::vector<const Finding*> kept; ///< those whose place is known; point into the check's report
};
/// Gravest kind first.
std::vector<FindingGroup> groupsOf(const CheckReport& report);
const char* basisName(Basis basis); ///< "bytes", "counted", "presumed"
const char* basisText(Basis basis); ///< how sure a finding is

enum class ReportMap { Guest, File };
const char* kindId(MapKind kind);
const char* kindName(MapKind kind);
const char* groundName(ReportMap map); ///< of what has no kind
const char* spaceId(SpaceKind kind);
std::string spaceName(SpaceKind kind, const Image& image);

const char* linkStateId(const ChainLink& link);
std::string linkStateText(const ChainLink& link);

/// "from "clean"", with how sure that is in words; empty: there is no parent to speak of.
std::string parentText(const Image& image, const StateParent& parent);
const char* parentReason(ParentEvidence evidence);
const char* bitmapState(const BitmapInfo& bitmap);

/// "1 cluster", "2,048 clusters".
std::string countText(std::uint64_t count, const char* one, const char* many);
std::string groupedNumber(std::uint64_t number); ///< "36,765,696"
/// Three digits where there is little room: "93,204", "1.21 M", "640 G"; units of 1000.
std::string shortNumber(std::uint64_t number);
std::string exactText(Bytes size); ///< "36,765,696 bytes"
std::string percentText(Bytes part, Bytes whole); ///< "12.5 %", "less than 0.1 %"
/// "2026-11-24 14:53:43 UTC"; the same with T and Z for programs.
std::string utcText(std::int64_t secondsSince1970);
std::string isoText(std::int64_t secondsSince1970);

} // namespace platter
