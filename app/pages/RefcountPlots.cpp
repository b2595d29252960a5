// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/RefcountPlots.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace platter::app {

namespace {

    struct RefcountPlots {
        Q_DECLARE_TR_FUNCTIONS(RefcountPlots)
    };

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

    QString placeName(const PlaceBin& bin)
    {
        return RefcountPlots::tr("%1 to %2")
            .arg(shownOffset(bin.start.value), shownOffset(bin.start.value + bin.length.value - 1));
    }

    QString clustersText(std::uint64_t clusters)
    {
        return clusters == 1 ? RefcountPlots::tr("1 cluster")
                             : RefcountPlots::tr("%1 clusters").arg(number(clusters));
    }

    QString signedText(double difference)
    {
        const QString text = number(static_cast<std::uint64_t>(std::abs(difference)));
        return (difference < 0 ? QStringLiteral("−") : QStringLiteral("+")) + text;
    }

} // namespace

std::vector<PlotBin> countBins(const RefcountSurvey& whole, const RefcountSurvey& part)
{
    std::vector<PlotBin> bins;
    for (std::size_t i = 0; i < whole.counts.size(); ++i) {
        const CountBin& all = whole.counts[i];
        const std::uint64_t some = i < part.counts.size() ? part.counts[i].clusters : 0;
        PlotBin bin;
        bin.name = all.least == all.most
            ? number(all.least)
            : QStringLiteral("%1–%2").arg(number(all.least), number(all.most));
        bin.words = some == all.clusters
            ? clustersText(all.clusters)
            : RefcountPlots::tr("%1 of %2 clusters").arg(number(some), number(all.clusters));
        bin.high = static_cast<double>(some);
        bin.whole = static_cast<double>(all.clusters);
        bins.push_back(std::move(bin));
    }
    return bins;
}

std::vector<PlotBin> placeBins(const RefcountSurvey& whole, const RefcountSurvey& part)
{
    std::vector<PlotBin> bins;
    for (std::size_t i = 0; i < whole.places.size(); ++i) {
        const PlaceBin& all = whole.places[i];
        const PlaceBin& some = part.places[i];
        PlotBin bin;
        bin.name = placeName(all);
        bin.low = static_cast<double>(some.least);
        bin.high = static_cast<double>(some.most);
        bin.whole = static_cast<double>(all.most);
        if (some.clusters == 0)
            bin.words = all.unknown > 0 ? RefcountPlots::tr("counts cannot be read")
                                        : RefcountPlots::tr("none of the selection");
        else
            bin.words = some.least == some.most
                ? RefcountPlots::tr("count %1").arg(number(some.most))
                : RefcountPlots::tr("counts %1 to %2").arg(number(some.least), number(some.most));
        if (all.unknown > 0)
            bin.mark = PlotBin::Mark::Problem;
        bins.push_back(std::move(bin));
    }
    return bins;
}

std::vector<PlotBin> differenceBins(
    const RefcountSurvey& whole, const RefcountFilter& filter, const CountDifferences& differences)
{
    std::vector<PlotBin> bins;
    for (const PlaceBin& place : whole.places) {
        PlotBin bin;
        bin.name = placeName(place);
        bins.push_back(std::move(bin));
    }
    if (bins.empty())
        return bins;
    const std::uint64_t perBin = whole.places.front().length.value;
    for (const CountDifference& run : differences.runs) {
        if (filter.counts
            && (run.stored < filter.counts->least || run.stored > filter.counts->most))
            continue;
        // A difference of counts near 2^64 is told by its size, which is what the eye sees.
        const double difference = run.stored >= run.found
            ? static_cast<double>(run.stored - run.found)
            : -static_cast<double>(run.found - run.stored);
        const std::uint64_t first = run.start.value / perBin;
        const std::uint64_t last = (run.end().value - 1) / perBin;
        for (std::uint64_t i = first; i <= last && i < bins.size(); ++i) {
            bins[i].low = std::min(bins[i].low, difference);
            bins[i].high = std::max(bins[i].high, difference);
        }
    }
    for (PlotBin& bin : bins) {
        if (bin.low < 0)
            bin.mark = PlotBin::Mark::Problem;
        bin.words = bin.low < 0 && bin.high > 0
            ? RefcountPlots::tr("%1 to %2").arg(signedText(bin.low), signedText(bin.high))
            : bin.low < 0  ? signedText(bin.low)
            : bin.high > 0 ? signedText(bin.high)
                           : RefcountPlots::tr("no difference");
    }
    if (differences.runsLeftOut == 0)
        return bins;
    const HostOffset end = differences.runs.empty() ? HostOffset{} : differences.runs.back().end();
    for (std::size_t i = 0; i < bins.size(); ++i) {
        const PlaceBin& place = whole.places[i];
        if (place.start >= end)
            bins[i].words = RefcountPlots::tr("not kept");
        else if (end < place.start + place.length)
            bins[i].words = RefcountPlots::tr("%1, as far as it is kept").arg(bins[i].words);
    }
    return bins;
}

QString differencesNote(const CountDifferences& differences)
{
    if (differences.runsLeftOut == 0)
        return {};
    const HostOffset end = differences.runs.empty() ? HostOffset{} : differences.runs.back().end();
    return RefcountPlots::tr("Shown up to %1 of the file, where the list of differences is full; "
                             "%2 more lie behind it.")
        .arg(shownOffset(end.value), number(differences.runsLeftOut));
}

RefcountFilter filterOfCounts(const RefcountSurvey& whole, BinPlot::Range range)
{
    RefcountFilter filter;
    filter.counts = {whole.counts[static_cast<std::size_t>(range.first)].least,
        whole.counts[static_cast<std::size_t>(range.last)].most};
    return filter;
}

RefcountFilter filterOfPlaces(const RefcountSurvey& whole, BinPlot::Range range)
{
    const PlaceBin& first = whole.places[static_cast<std::size_t>(range.first)];
    const PlaceBin& last = whole.places[static_cast<std::size_t>(range.last)];
    RefcountFilter filter;
    filter.place = {first.start, (last.start - first.start) + last.length};
    return filter;
}

int placeBinOf(const RefcountSurvey& whole, HostOffset place)
{
    if (whole.places.empty() || place.value >= whole.fileSize.value)
        return -1;
    return static_cast<int>(place.value / whole.places.front().length.value);
}

} // namespace platter::app
