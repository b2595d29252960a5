// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/Report.h"

#include "core/disk/ClosedLinks.h"
#include "core/disk/VirtualDisk.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace platter {

namespace {

    constexpr std::uint64_t smallestCell = 4096; // of a map whose format has no clusters

    /// One part of the work and how much of it that is, roughly.
    struct Phase {
        std::uint64_t weight = 1;
        std::function<void(const JobControl&)> work;
    };

    void runPhases(const std::vector<Phase>& phases, const JobControl& job)
    {
        std::uint64_t total = 0;
        for (const Phase& phase : phases)
            total += phase.weight;
        std::uint64_t before = 0;
        for (const Phase& phase : phases) {
            job.checkStop();
            JobControl part{job.stop, {}};
            if (job.report)
                part.report = [&job, &phase, before, total](const ProgressUpdate& update) {
                    const auto permille = static_cast<std::uint64_t>(update.permille());
                    job.report({before * 1000 + phase.weight * permille, total * 1000});
                };
            phase.work(part);
            before += phase.weight;
        }
        job.step({1, 1});
    }

    /// Does one part; what goes wrong there becomes its reason.
    template <class Fact, class Work>
    void learn(Known<Fact>& known, const Work& work)
    {
        try {
            work(known);
        } catch (const Error& error) {
            known.why = error.what();
        }
    }

    Bytes cellFor(Bytes size, Bytes unit)
    {
        const std::uint64_t least
            = size.value / MapSummary::mostCells + (size.value % MapSummary::mostCells != 0);
        return {std::bit_ceil(std::max({least, unit.value, std::uint64_t{1}}))};
    }

    /// A pyramid whose leaves are the cells of the picture.
    MapPyramid emptyPyramid(Bytes size, const Image& image)
    {
        return MapPyramid{size, cellFor(size, image.clusterSize().value_or(Bytes{smallestCell}))};
    }

    MapCategory categoryOf(std::optional<MapKind> kind)
    {
        return kind ? MapCategory{static_cast<std::uint8_t>(*kind)} : std::nullopt;
    }

    MapSummary summaryOf(const MapPyramid& pyramid)
    {
        MapSummary summary;
        summary.size = pyramid.size();
        summary.cell = pyramid.leaf();
        Bytes told{};
        for (std::size_t kind = 0; kind < mapKinds; ++kind) {
            summary.totals[kind] = pyramid.total(kind);
            told += summary.totals[kind];
        }
        summary.unread = pyramid.unread();
        summary.ground = Bytes{
            summary.size.value - std::min(summary.size.value, told.value + summary.unread.value)};
        for (std::uint64_t at = 0; at < summary.size.value; at += summary.cell.value)
            summary.cells.push_back(
                pyramid.shares(at, Bytes{std::min(summary.cell.value, summary.size.value - at)}));
        return summary;
    }

    /// Fills a pyramid by `scan`, which may fail: then the picture shows what was read until there.
    template <class Scan>
    void drawMap(Known<MapSummary>& map, Bytes size, const Image& image, const Scan& scan)
    {
        MapPyramid pyramid = emptyPyramid(size, image);
        try {
            scan(pyramid);
            pyramid.finish();
        } catch (const Error& error) {
            map.why = error.what();
        }
        map.fact = summaryOf(pyramid);
    }

    void readFile(Report& report, const JobControl& job)
    {
        const Image& image = report.image();
        drawMap(report.fileMap, report.fileLength, image, [&](MapPyramid& pyramid) {
            std::uint64_t room = report.fileLength.value; // the file may have grown since
            const HostSink sink = [&](const HostRange& range) {
                const Bytes part{std::min(range.length.value, room)};
                room -= part.value;
                if (part.value)
                    pyramid.append(part, categoryOf(mapKindOf(range.use)));
            };
            learn(report.totals,
                [&](Known<HostTotals>& totals) { totals.fact = scanTotals(image, job, sink); });
            if (!report.totals.why.empty())
                throw Error(report.totals.why);
        });
    }

    void readGuest(Report& report, const VirtualDisk& disk, const JobControl& job)
    {
        drawMap(report.guestMap, disk.size(), report.image(), [&](MapPyramid& pyramid) {
            disk.scan(
                GuestOffset{0}, disk.size(),
                [&](const LayeredExtent& layered) {
                    std::optional<MapKind> kind = mapKindOf(layered);
                    if (layered.extent.kind == ExtentKind::Unallocated && report.belowIsUnknown)
                        kind = MapKind::Backing;
                    pyramid.append(layered.extent.length, categoryOf(kind));
                },
                job);
        });
    }

    BitmapCounts countBitmap(const Image& image, std::size_t index, const JobControl& job)
    {
        BitmapCounts counts;
        learn(counts.dirty, [&](Known<Bytes>& dirty) {
            counts.inFile = image.bitmapBytesInFile(index, job);
            Bytes sum{};
            image.scanBitmap(
                index, [&](const Extent& extent) { sum += extent.length; }, job);
            dirty.fact = sum;
        });
        return counts;
    }

    /// The image with those files below it that are open, up to the first that is not.
    BackingChain openedLayers(Report& report)
    {
        BackingChain chain;
        chain.layers.push_back(report.subject.top);
        for (const ChainLink& link : report.subject.links) {
            if (link.name.named.role == NamedFile::Role::Data)
                continue;
            if (!link.opened) {
                report.belowIsUnknown = true;
                break;
            }
            chain.layers.push_back(*link.opened);
        }
        return chain;
    }

    /// Work that a format may not have: then there is nothing to tell, and no reason either.
    template <class Work>
    void unlessUnsupported(const char* feature, const Work& work)
    {
        try {
            work();
        } catch (const UnsupportedError& error) {
            if (error.feature() != feature)
                throw;
        }
    }

    bool hasChanged(const OpenedImage& opened)
    {
        try {
            return opened.file->stamp() != opened.stamp;
        } catch (const Error&) {
            return true; // what cannot be asked any more is not what it was
        }
    }

} // namespace

ReportSubject openForReport(const std::filesystem::path& path, const OpenOptions& options,
    ReportReach reach, const OpenPolicy& policy, const JobControl& job)
{
    const OpenPolicy allowed = reach == ReportReach::WholeChain ? policy : OpenPolicy::nothing();
    OpenedImage top = openImage(path, options, job);
    std::string dataProblem;
    const auto data = top.image->externalDataFile();
    if (data && reach == ReportReach::WholeChain) {
        try {
            top = openImageWithData(path, options, allowed, job);
        } catch (const ConsentError&) {
            // Its link says that it was not opened.
        } catch (const Error& error) {
            dataProblem = error.what();
        }
    }
    return subjectBelow(std::move(top), allowed, dataProblem, job);
}

ReportSubject subjectBelow(OpenedImage top, const OpenPolicy& policy,
    const std::string& dataProblem, const JobControl& job)
{
    ReportSubject subject;
    subject.top = std::move(top);
    subject.links = inspectChain(subject.top, policy, job);
    if (const auto data = subject.top.image->externalDataFile())
        subject.links.insert(subject.links.begin(), dataFileLink(subject.top, *data, dataProblem));
    for (ChainLink& link : subject.links)
        tellIfMissing(link);
    return subject;
}

Report gatherReport(ReportSubject subject, const ReportOptions& options, const JobControl& job)
{
    Report report;
    report.madeAt = options.madeAt;
    report.madeBy = options.madeBy;
    report.subject = std::move(subject);
    const Image& image = report.image();
    report.fileLength = image.file().size();
    report.onDisk = image.file().allocatedBytes();
    report.quickLook = image.quickLook();
    learn(report.structures,
        [&](Known<std::vector<StructureMark>>& known) { known.fact = image.describe(); });
    const VirtualDisk disk{openedLayers(report)};

    // Each part gives back its memory before the next one takes any.
    std::vector<Phase> phases{
        {6,
            [&](const JobControl& part) {
                learn(report.check, [&](Known<CheckReport>& known) {
                    unlessUnsupported("check", [&] { known.fact = image.check({}, part); });
                });
            }},
        {3, [&](const JobControl& part) { readFile(report, part); }},
        {2, [&](const JobControl& part) { readGuest(report, disk, part); }},
        {2,
            [&](const JobControl& part) {
                learn(report.shares,
                    [&](Known<ChainShare>& known) { known.fact = shareOfLayers(disk, {}, part); });
            }},
        {1,
            [&](const JobControl& part) {
                learn(report.refcounts, [&](Known<RefcountSurvey>& known) {
                    unlessUnsupported("refcounts", [&] {
                        known.fact = surveyRefcounts(image, {}, part);
                        std::vector<SurveyRun>{}.swap(known.fact->runs);
                    });
                });
            }},
    };
    if (!image.snapshots().empty())
        phases.push_back({3, [&](const JobControl& part) {
                              learn(report.snapshots, [&](Known<SnapshotReport>& known) {
                                  known.fact = image.examineSnapshots(part);
                              });
                          }});
    for (std::size_t i = 0; i < image.bitmaps().size(); ++i)
        phases.push_back({1, [&, i](const JobControl& part) {
                              report.bitmaps.push_back(countBitmap(image, i, part));
                          }});
    runPhases(phases, job);

    report.changedMeanwhile = hasChanged(report.subject.top)
        || std::any_of(report.subject.links.begin(), report.subject.links.end(),
            [](const ChainLink& link) { return link.opened && hasChanged(*link.opened); });
    return report;
}

} // namespace platter
