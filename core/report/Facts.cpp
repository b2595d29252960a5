// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/Facts.h"

#include "core/base/Json.h"

#include <algorithm>

namespace platter {

namespace {

    constexpr std::size_t mostBytesInJson = 64 * 1024; // Platter's own limit: an answer, not a copy

    PropertyList snapshotList(const Image& image)
    {
        PropertyList list;
        for (const SnapshotInfo& snapshot : image.snapshots())
            append(list, snapshotFacts(snapshot));
        return list;
    }

    PropertyObject fieldObject(const ByteFile& file, const FieldMark& field)
    {
        PropertyObject result{
            {"name", {field.name}},
            {"offset", {field.at.value}},
            {"length", {field.length.value}},
            {"bytes", {fieldBytes(file, field, mostBytesInJson)}},
        };
        if (field.number)
            result.push_back({"number", {*field.number}});
        result.push_back({"value", {field.value}});
        result.push_back({"meaning", {field.meaning}});
        if (!field.verdict.empty())
            result.push_back({"verdict", {field.verdict}});
        if (!field.bits.empty()) {
            PropertyList bits;
            for (const FieldMark::Bit& bit : field.bits)
                append(bits,
                    PropertyObject{{"bit", {std::uint64_t{bit.bit}}}, {"set", {bit.set}},
                        {"name", {bit.name}}, {"meaning", {bit.meaning}}});
            result.push_back({"bits", {std::move(bits)}});
        }
        return result;
    }

    /// What a state uses and where it comes from, behind what an image says of it.
    void addReport(PropertyObject& one, const StateReport& report, const Image& image)
    {
        one.push_back({"frees", {report.usage.alone.value}});
        one.push_back({"shared", {report.usage.shared.value}});
        if (report.parent.snapshot) {
            const std::size_t index = *report.parent.snapshot;
            one.push_back({"parent", {image.snapshots()[index].id}});
            one.push_back({"parent-index", {std::uint64_t{index}}});
        }
        one.push_back({"parent-evidence", {std::string{evidenceName(report.parent.evidence)}}});
        one.push_back(
            {"parent-confidence", {std::string{confidenceName(report.parent.confidence())}}});
        one.push_back({"parent-percent", {std::uint64_t{report.parent.percent}}});
    }

} // namespace

PropertyList findingFacts(std::span<const Finding> findings)
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

std::string fullBackingName(const OpenedImage& opened, const NamedFile& backing)
{
    const ResolvedName resolved = resolveName(opened.path, backing);
    return resolved.path.empty() ? backing.name : resolved.path.string();
}

PropertyObject imageFacts(const OpenedImage& opened)
{
    const Image& image = *opened.image;
    PropertyObject result{
        {"filename", {opened.path.string()}},
        {"format", {image.formatId()}},
        {"virtual-size", {image.virtualSize().value}},
        {"actual-size", {image.file().allocatedBytes().value}},
        {"dirty-flag", {image.isDirty()}},
    };
    if (const auto cluster = image.clusterSize())
        result.push_back({"cluster-size", {cluster->value}});
    if (image.encryption())
        result.push_back({"encrypted", {true}});
    const auto backing = image.backingFile();
    if (backing && backing->role == NamedFile::Role::Backing) {
        result.push_back({"backing-filename", {backing->name}});
        result.push_back({"full-backing-filename", {fullBackingName(opened, *backing)}});
        if (backing->format)
            result.push_back({"backing-filename-format", {*backing->format}});
    }
    if (!image.snapshots().empty())
        result.push_back({"snapshots", {snapshotList(image)}});
    if (PropertyObject data = image.formatProperties(); !data.empty())
        result.push_back({"format-specific",
            {PropertyObject{{"type", {image.formatId()}}, {"data", {std::move(data)}}}}});

    result.push_back({"format-name", {image.formatName()}});
    if (backing && backing->role == NamedFile::Role::VdiParent)
        result.push_back({"parent-uuid", {backing->name}});
    if (opened.use.mayBeWritten)
        result.push_back({"in-use", {true}});
    if (const QuickLook look = image.quickLook(); !look.findings.empty())
        result.push_back({"findings", {findingFacts(look.findings)}});
    return result;
}

std::string fieldBytes(const ByteFile& file, const FieldMark& field, std::size_t atMost)
{
    std::vector<std::byte> bytes(std::min<std::uint64_t>(field.length.value, atMost));
    bytes.resize(file.read(field.at, bytes));
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::byte one : bytes) {
        text += digits[std::to_integer<unsigned>(one) >> 4];
        text += digits[std::to_integer<unsigned>(one) & 15U];
    }
    return text;
}

PropertyObject structureFacts(const ByteFile& file, const StructureMark& structure)
{
    PropertyList fields;
    for (const FieldMark& field : structure.fields)
        append(fields, fieldObject(file, field));
    return {{"name", {structure.name}}, {"offset", {structure.at.value}},
        {"length", {structure.length.value}}, {"note", {structure.note}},
        {"fields", {std::move(fields)}}};
}

PropertyObject checkFacts(const OpenedImage& opened, const CheckReport& report)
{
    PropertyObject result{
        {"filename", {opened.path.string()}},
        {"format", {opened.image->formatId()}},
        {"check-errors", {report.checkErrors}},
    };
    if (report.imageEnd && report.imageEnd->value)
        result.push_back({"image-end-offset", {report.imageEnd->value}});
    // qemu-img leaves out what is 0.
    const auto add = [&](const char* key, std::uint64_t value) {
        if (value)
            result.push_back({key, {value}});
    };
    add("corruptions", report.corruptions);
    add("leaks", report.leaks);
    add("total-clusters", report.totalClusters);
    add("allocated-clusters", report.allocatedClusters);
    add("fragmented-clusters", report.fragmentedClusters);
    add("compressed-clusters", report.compressedClusters);
    if (!report.countOf.empty()) {
        PropertyObject counts;
        for (const auto& [kind, count] : report.countOf)
            counts.push_back({kind->id, {count}});
        std::sort(counts.begin(), counts.end(),
            [](const Property& a, const Property& b) { return a.key < b.key; });
        result.push_back({"finding-counts", {std::move(counts)}});
        result.push_back({"findings", {findingFacts(report.findings)}});
    }
    return result;
}

PropertyObject snapshotFacts(const Image& image, const SnapshotReport& report, std::size_t index)
{
    PropertyObject one = snapshotFacts(image.snapshots()[index]);
    addReport(one, report.snapshots[index], image);
    return one;
}

PropertyObject presentStateFacts(const Image& image, const SnapshotReport& report)
{
    PropertyObject one;
    addReport(one, report.now, image);
    return one;
}

} // namespace platter
