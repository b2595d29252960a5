// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/RefcountReader.h"
#include "widgets/plots/BinPlot.h"

#include <vector>

namespace platter::app {

/// The clusters of each stored count; `whole` gives all bins, `part` what is let through.
std::vector<PlotBin> countBins(const RefcountSurvey& whole, const RefcountSurvey& part);
/// The stored counts along the file.
std::vector<PlotBin> placeBins(const RefcountSurvey& whole, const RefcountSurvey& part);
/// Stored minus counted along the file, of the clusters that the filter lets through. Below 0: used
/// more often than counted, which is a problem; above: lost space.
std::vector<PlotBin> differenceBins(
    const RefcountSurvey& whole, const RefcountFilter& filter, const CountDifferences& differences);

/// Where the kept differences end, if a check found more than are kept; empty: all are there.
QString differencesNote(const CountDifferences& differences);

/// The filter that a range of bins stands for.
RefcountFilter filterOfCounts(const RefcountSurvey& whole, BinPlot::Range range);
RefcountFilter filterOfPlaces(const RefcountSurvey& whole, BinPlot::Range range);
/// The bin of the file that a place lies in; -1: none.
int placeBinOf(const RefcountSurvey& whole, HostOffset place);

} // namespace platter::app
