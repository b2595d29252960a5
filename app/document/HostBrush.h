// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/RefcountSurvey.h"

#include <memory>

namespace platter::app {

/// Clusters of the image file that the user picked in the plots of reference counts; other pages
/// show these and leave the rest out. A value that workers may hold.
struct HostBrush {
    RefcountFilter filter; ///< how they were picked; empty: nothing is picked
    /// The clusters that the filter lets through.
    std::shared_ptr<const RefcountSurvey> clusters;

    bool isEmpty() const { return !clusters || filter.isEmpty(); }
    /// Whether any of [from, from + length) was picked. Of more than RefcountSurvey::mostRuns runs
    /// only the first are known.
    bool touches(HostOffset from, Bytes length) const;
    bool operator==(const HostBrush&) const = default;
};

} // namespace platter::app
