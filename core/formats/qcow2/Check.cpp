// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Text.h"
#include "core/formats/qcow2/CheckPass.h"
#include "core/formats/qcow2/DeepCheck.h"
#include "core/formats/qcow2/Findings.h"
#include "core/formats/qcow2/LostTables.h"
#include "core/formats/qcow2/SnapshotCheck.h"
#include "core/jobs/ParallelFor.h"

#include <algorithm>

namespace platter::qcow2 {

namespace {

    /// The window once so many clusters are used twice that each needs a counter of four bytes.
    constexpr std::uint64_t smallWindow = std::uint64_t{1} << 24;

    CheckReport checkByWindows(const Qcow2Image& image, const RefcountTable& refcounts,
        const CheckOptions& options, unsigned threads, std::uint64_t window,
        const CountDifferenceSink& differences, const JobControl& job)
    {
        CheckReport report;
        FindingCollector findings{report, options.keepFindings};
        const std::uint64_t clusters = examinedClusters(image);
        std::uint64_t highest = 0;
        for (std::uint64_t first = 0; first < clusters; first += window) {
            const auto role = first == 0 ? CheckPass::Role::First : CheckPass::Role::Later;
            CheckPass pass{image, refcounts, {first, std::min(window, clusters - first)}, role,
                threads, job, findings, differences};
            pass.run();
            highest = std::max(highest, pass.highestCluster());
            if (role == CheckPass::Role::First)
                pass.addTallies(report);
        }
        report.imageEnd = HostOffset{(highest + 1) * image.geometry().cluster.bytes().value};
        report.totalClusters = image.geometry().cluster.clustersFor(image.virtualSize());
        return report;
    }

    /// Bitmaps whose tables are larger than the disk needs; smaller ones make the whole directory
    /// unusable.
    void reportBitmapTables(const Qcow2Image& image, FindingCollector& findings)
    {
        const Geometry& geometry = image.geometry();
        for (const BitmapEntry& bitmap : image.bitmapEntries()) {
            const std::uint64_t each
                = (geometry.cluster.bytes() * 8 * (std::uint64_t{1} << bitmap.granularityBits))
                      .value;
            const std::uint64_t needed
                = image.virtualSize().value / each + (image.virtualSize().value % each != 0);
            if (bitmap.tableEntries != needed && needed != 0)
                findings.add(bitmapTableSize, bitmap.at, {}, {}, 1, [&] {
                    return std::vector<std::string>{
                        bitmap.name, std::to_string(bitmap.tableEntries), std::to_string(needed)};
                });
        }
    }

    /// What the leaked clusters look like.
    void reportLost(const Qcow2Image& image, const LeakedClusters& leaked, unsigned threads,
        const JobControl& job, FindingCollector& findings)
    {
        for (const LostStructure& lost : searchLeaks(image, leaked, threads, job)) {
            const std::string at = hexText(lost.at.value);
            const std::string percent = std::to_string(lost.likeness.percent);
            if (!lost.l1Index) {
                findings.add(leakLooksLike, lost.at, {}, {}, 1, [&] {
                    return std::vector<std::string>{at, hostUseName(lost.likeness.use), percent};
                });
                continue;
            }
            const Bytes coverage = image.geometry().tableCoverage();
            const GuestOffset guest{coverage.value * *lost.l1Index};
            findings.add(leakFillsRange, lost.at, guest,
                Bytes{std::min(coverage.value, image.virtualSize().value - guest.value)}, 1, [&] {
                    return std::vector<std::string>{at, percent, std::to_string(*lost.l1Index),
                        std::to_string(lost.placePercent)};
                });
        }
    }

} // namespace

CheckReport Qcow2Image::check(const CheckOptions& options, const JobControl& job) const
{
    const unsigned threads = options.threads ? options.threads : defaultThreads();
    const RefcountTable refcounts{
        file(), m_geometry, m_header.refcountTableOffset, m_header.refcountTableClusters};
    // A check that begins again in smaller windows must not tell the same twice.
    HostOffset told{};
    LeakedClusters leaked;
    const CountDifferenceSink differences = [&](CountDifference difference) {
        if (difference.end() <= told)
            return;
        if (difference.start < told) {
            difference.length = difference.end() - told;
            difference.start = told;
        }
        told = difference.end();
        if (difference.found == 0)
            leaked.add(difference.start, difference.length);
        if (options.differences)
            options.differences(difference);
    };
    CheckReport report;
    try {
        report = checkByWindows(*this, refcounts, options, threads,
            std::max<std::uint64_t>(options.clustersPerPass & ~(ReferenceCounts::pageClusters - 1),
                ReferenceCounts::pageClusters),
            differences, job);
    } catch (const WindowTooLarge&) {
        report = checkByWindows(*this, refcounts, options, threads, smallWindow, differences, job);
    }
    FindingCollector more{report, options.keepFindings};
    if (!leaked.ranges().empty())
        reportLost(*this, leaked, threads, job, more);
    if (bitmapsAreValid())
        reportBitmapTables(*this, more);
    if (options.deep)
        checkCompressedClusters(*this, threads, job, more);
    for (const Finding& finding : m_snapshots.findings)
        report.add(finding, options.keepFindings);
    for (const Finding& finding : examineSnapshotTable(*this))
        report.add(finding, options.keepFindings);
    for (const Finding& finding : quickLook().findings) {
        const bool counted = finding.kind == &snapshotsWithDataFile
            || finding.kind == &bitmapDirectoryBroken || finding.kind == &l1PastEnd
            || finding.kind == &dataFileRawWithoutDataFile
            || finding.kind->severity == Severity::Warning
            || finding.kind->severity == Severity::Note;
        if (counted)
            report.add(finding, options.keepFindings);
    }
    std::stable_sort(report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.host < b.host; });
    return report;
}

} // namespace platter::qcow2
