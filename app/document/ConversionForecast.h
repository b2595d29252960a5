// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionDraft.h"
#include "core/disk/BackingChain.h"

#include <QString>

#include <memory>

namespace platter::app {

/// What can be told of a conversion before it is done.
struct ConversionForecast {
    ConversionChoice choice; ///< it is for this one, as effectiveChoice() gives it
    std::shared_ptr<const Image> image; ///< and for this reading of the source
    QString problem; ///< why it could not be found out; empty: it could
    int bitmapsLost = 0; ///< that the new image will not have
};

/// Finds out what a conversion will lose. For workers. Throws
/// Cancelled; whatever else goes wrong becomes `problem`.
ConversionForecast forecastConversion(const BackingChain& chain, const ConversionChoice& choice,
    const ConversionSource& source, const JobControl& job);

} // namespace platter::app
