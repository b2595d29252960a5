// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/ReportWords.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>

namespace platter {

namespace {

    std::string timeText(std::int64_t seconds, const char* form)
    {
        const std::time_t when = seconds;
        std::tm parts{};
        std::array<char, 40> text{};
        if (!gmtime_r(&when, &parts) || !std::strftime(text.data(), text.size(), form, &parts))
            return std::to_string(seconds);
        return text.data();
    }

    bool looksWrong(const QuickLook& look)
    {
        return std::any_of(look.findings.begin(), look.findings.end(),
            [](const Finding& finding) { return finding.kind->severity != Severity::Note; });
    }

    using Mood = ReportVerdict::Mood;

    ReportVerdict verdictOfCheck(const CheckReport& check)
    {
        if (check.corruptions > 0)
            return {Mood::Problem, "damaged",
                countText(check.corruptions, "problem found", "problems found"),
                "Data is, or can become, wrong. The findings below say where."};
        if (check.checkErrors > 0)
            return {Mood::Warning, "not-examined", "Not everything could be examined",
                countText(check.checkErrors, "part", "parts")
                    + " could not be read; the findings below name them."};
        if (check.leaks > 0)
            return {Mood::Good, "leaks", "Healthy, some space is lost",
                countText(check.leaks, "cluster is", "clusters are")
                    + " counted but not used. No data is in danger."};
        return {
            Mood::Good, "clean", "Healthy", "Every reference was counted and nothing contradicts."};
    }

    ReportVerdict verdictWithoutCheck(const Report& report)
    {
        if (!report.check.why.empty())
            return {
                Mood::Warning, "not-examined", "The check could not be finished", report.check.why};
        if (looksWrong(report.quickLook))
            return {Mood::Problem, "damaged", "Something looks wrong",
                "The first look at header and top tables found contradictions. This format has "
                "nothing more to check."};
        if (report.image().formatId() == "raw")
            return {Mood::Plain, "nothing-to-check", "Nothing to check",
                "A raw image has no tables that could be damaged."};
        return {Mood::Plain, "nothing-to-check", "Looks fine",
            "Header and top table were read and nothing contradicts. This format keeps no counts "
            "to check."};
    }

} // namespace

ReportVerdict verdictOf(const Report& report)
{
    ReportVerdict verdict
        = report.check.fact ? verdictOfCheck(*report.check.fact) : verdictWithoutCheck(report);
    const bool moved = report.changedMeanwhile || report.subject.top.use.mayBeWritten;
    if (!moved)
        return verdict;
    if (verdict.mood == Mood::Good) {
        verdict.mood = Mood::Plain;
        verdict.title = std::string{"No problem seen"};
    }
    verdict.text += report.changedMeanwhile
        ? " Another program wrote the file while it was read: what is told may be of that moment "
          "only, and its parts may not fit together."
        : " Another program may have been writing the file while it was read: parts may not fit "
          "together.";
    return verdict;
}

std::vector<ReportGap> gapsOf(const Report& report)
{
    std::vector<ReportGap> gaps;
    const auto add = [&](const char* id, const char* name, const std::string& why) {
        if (!why.empty())
            gaps.push_back({id, name, why});
    };
    add("header", "Header", report.structures.why);
    add("check", "Check", report.check.why);
    add("space", "Where the space goes", report.totals.why);
    add("file-map", "Map of the file", report.fileMap.why);
    add("guest-map", "Map of the disk", report.guestMap.why);
    add("backing-chain", "Shares of the chain", report.shares.why);
    add("refcounts", "Reference counts", report.refcounts.why);
    add("snapshots", "Snapshots", report.snapshots.why);
    for (std::size_t i = 0; i < report.bitmaps.size(); ++i) {
        if (!report.bitmaps[i].dirty.why.empty())
            gaps.push_back({"bitmaps", "Bitmaps",
                "\"" + escapedText(report.image().bitmaps()[i].name)
                    + "\": " + report.bitmaps[i].dirty.why});
    }
    return gaps;
}

std::vector<FindingGroup> groupsOf(const CheckReport& report)
{
    std::map<const FindingKind*, FindingGroup> byKind;
    for (const auto& [kind, count] : report.countOf) {
        FindingGroup& group = byKind[kind];
        group.kind = kind;
        group.count = count;
        if (const auto bytes = report.guestBytesOf.find(kind); bytes != report.guestBytesOf.end())
            group.guestBytes = bytes->second;
    }
    for (const Finding& finding : report.findings)
        byKind[finding.kind].kept.push_back(&finding);
    std::vector<FindingGroup> groups;
    for (auto& [kind, group] : byKind)
        groups.push_back(std::move(group));
    std::sort(groups.begin(), groups.end(), [](const FindingGroup& a, const FindingGroup& b) {
        return a.kind->severity != b.kind->severity
            ? a.kind->severity > b.kind->severity
            : std::string_view{a.kind->id} < std::string_view{b.kind->id};
    });
    return groups;
}

const char* basisName(Basis basis)
{
    switch (basis) {
    case Basis::Bytes: return "bytes";
    case Basis::Counted: return "counted";
    case Basis::Presumed: return "presumed";
    }
    return "presumed";
}

const char* basisText(Basis basis)
{
    switch (basis) {
    case Basis::Bytes: return "Certain: the bytes break a rule of the format.";
    case Basis::Counted: return "As sure as every table could be read: it follows from counting.";
    case Basis::Presumed: return "Presumed: the bytes also allow a harmless explanation.";
    }
    return "";
}

const char* kindId(MapKind kind)
{
    switch (kind) {
    case MapKind::Data: return "data";
    case MapKind::Zero: return "zero";
    case MapKind::Compressed: return "compressed";
    case MapKind::Snapshot: return "snapshot";
    case MapKind::Backing: return "backing";
    case MapKind::Metadata: return "metadata";
    case MapKind::Leaked: return "leaked";
    case MapKind::Problem: return "problem";
    }
    return "problem";
}

const char* kindName(MapKind kind)
{
    switch (kind) {
    case MapKind::Data: return "Data";
    case MapKind::Zero: return "Reads as zeros";
    case MapKind::Compressed: return "Compressed data";
    case MapKind::Snapshot: return "Only in or shared with snapshots";
    case MapKind::Backing: return "From a backing file";
    case MapKind::Metadata: return "Metadata";
    case MapKind::Leaked: return "Leaked";
    case MapKind::Problem: return "Problem";
    }
    return "Problem";
}

const char* groundName(ReportMap map)
{
    return map == ReportMap::Guest ? "Unallocated, reads as zeros" : "Free";
}

const char* spaceId(SpaceKind kind)
{
    switch (kind) {
    case SpaceKind::Data: return "data";
    case SpaceKind::OnlyInSnapshots: return "only-in-snapshots";
    case SpaceKind::Compressed: return "compressed";
    case SpaceKind::KeptForZeros: return "kept-for-zeros";
    case SpaceKind::MachineState: return "machine-state";
    case SpaceKind::Metadata: return "metadata";
    case SpaceKind::Leaked: return "leaked";
    case SpaceKind::Problem: return "problem";
    case SpaceKind::Free: return "free";
    }
    return "problem";
}

std::string spaceName(SpaceKind kind, const Image& image)
{
    switch (kind) {
    case SpaceKind::Data: return "Data";
    case SpaceKind::OnlyInSnapshots: return "Only in snapshots";
    case SpaceKind::Compressed: return "Compressed data";
    case SpaceKind::KeptForZeros: return "Kept for zeros";
    case SpaceKind::MachineState: return "Saved machine state";
    case SpaceKind::Metadata: return "Metadata";
    case SpaceKind::Leaked: return "Leaked";
    case SpaceKind::Problem: return "Problems";
    case SpaceKind::Free:
        return image.formatId() == "raw" ? "Holes, not stored" : "Free inside the file";
    }
    return {};
}

const char* linkStateId(const ChainLink& link)
{
    switch (link.state) {
    case ChainLink::State::Opened: return "opened";
    case ChainLink::State::NeedsConsent: return "not-opened";
    case ChainLink::State::Missing: return "missing";
    case ChainLink::State::Refused: return "refused";
    case ChainLink::State::Broken: return "broken";
    }
    return "broken";
}

std::string linkStateText(const ChainLink& link)
{
    const std::string why = link.problem.empty() ? "" : " " + link.problem;
    switch (link.state) {
    case ChainLink::State::Opened: return link.isStandIn ? "Opened in place of it" : "Opened";
    case ChainLink::State::NeedsConsent:
        return "Named, not opened: a report opens other files only after somebody agreed to it";
    case ChainLink::State::Missing: return "Missing." + why;
    case ChainLink::State::Refused: return "This name is not followed." + why;
    case ChainLink::State::Broken: return "It cannot be used." + why;
    }
    return {};
}

std::string parentText(const Image& image, const StateParent& parent)
{
    if (!parent.snapshot)
        return parent.evidence == ParentEvidence::NothingFits ? "from none that is left"
            : parent.evidence == ParentEvidence::Unreadable   ? "its tables cannot be followed"
                                                              : "";
    const SnapshotInfo& from = image.snapshots()[*parent.snapshot];
    const std::string name = from.name.empty() ? "snapshot " + escapedText(from.id)
                                               : "\"" + escapedText(from.name) + "\"";
    switch (parent.confidence()) {
    case ParentConfidence::Sure: return "from " + name;
    case ParentConfidence::Probable: return "probably from " + name;
    case ParentConfidence::Guess: return "perhaps from " + name;
    }
    return {};
}

const char* parentReason(ParentEvidence evidence)
{
    switch (evidence) {
    case ParentEvidence::KeepsItsClusters:
        return "It holds data that this snapshot was the first to hold.";
    case ParentEvidence::SameContent:
        return "Several snapshots have the same content; the latest was taken.";
    case ParentEvidence::OnlyOrder:
        return "Nothing contradicts it, but nothing of its own is left either.";
    case ParentEvidence::First: return "There is no earlier snapshot.";
    case ParentEvidence::NothingFits:
        return "Every earlier snapshot holds something newer at some place.";
    case ParentEvidence::Unreadable: return "Its L1 table is not where one can be.";
    }
    return "";
}

const char* bitmapState(const BitmapInfo& bitmap)
{
    if (bitmap.inUse)
        return "In use: not reliable";
    if (!bitmap.consistent)
        return "Stale: not reliable";
    return bitmap.autoLoad ? "Enabled" : "Disabled";
}

std::string countText(std::uint64_t count, const char* one, const char* many)
{
    return groupedNumber(count) + " " + (count == 1 ? one : many);
}

std::string groupedNumber(std::uint64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string shortNumber(std::uint64_t number)
{
    if (number < 100'000)
        return groupedNumber(number);
    constexpr std::array<const char*, 6> units{"k", "M", "G", "T", "P", "E"};
    double shown = static_cast<double>(number) / 1000;
    std::size_t unit = 0;
    for (; shown >= 999.5 && unit + 1 < units.size(); ++unit)
        shown /= 1000;
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%.3g %s", shown, units[unit]);
    return text.data();
}

std::string exactText(Bytes size)
{
    return countText(size.value, "byte", "bytes");
}

std::string percentText(Bytes part, Bytes whole)
{
    if (whole.value == 0 || part.value == 0)
        return "0 %";
    const double percent
        = static_cast<double>(part.value) * 100.0 / static_cast<double>(whole.value);
    if (percent < 0.1)
        return "less than 0.1 %";
    if (part != whole && percent > 99.9)
        return "more than 99.9 %";
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), percent >= 10 ? "%.0f %%" : "%.1f %%", percent);
    return text.data();
}

std::string utcText(std::int64_t secondsSince1970)
{
    return timeText(secondsSince1970, "%Y-%m-%d %H:%M:%S UTC");
}

std::string isoText(std::int64_t secondsSince1970)
{
    return timeText(secondsSince1970, "%Y-%m-%dT%H:%M:%SZ");
}

} // namespace platter
