// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionDraft.h"
#include "core/disk/BackingChain.h"
#include "core/operations/Measure.h"

#include <QString>

#include <memory>

namespace platter::app {

/// What can be told of a conversion before it is done.
struct ConversionForecast {
    ConversionChoice choice; ///< it is for this one, as effectiveChoice() gives it
    std::shared_ptr<const Image> image; ///< and for this reading of the source
    std::optional<SizeRange> size; ///< of the file that will be made; nothing: problem says why
    SizeRange onDisk; ///< what it will take of the disk, holes left out
    /// The size is that of the present state alone; snapshots that are kept come to it.
    bool isLeast = false;
    std::uint64_t samples = 0; ///< clusters that were read to tell the size
    QString problem;
    int bitmapsLost = 0; ///< that the new image will not have
};

/// Measures what a conversion will need, by the map and by samples of the data. For workers. Throws
/// Cancelled; whatever else goes wrong becomes `problem`.
ConversionForecast forecastConversion(const BackingChain& chain, const ConversionChoice& choice,
    const ConversionSource& source, const JobControl& job);

/// "5.8 GiB", or "4.9 GiB to 5.3 GiB, from 512 samples"; empty without a size.
QString forecastText(const ConversionForecast& forecast);

} // namespace platter::app
