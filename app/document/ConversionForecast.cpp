// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ConversionForecast.h"

#include "app/text/ErrorText.h"
#include "core/operations/KeepBitmaps.h"

namespace platter::app {

ConversionForecast forecastConversion(const BackingChain& chain, const ConversionChoice& choice,
    const ConversionSource& source, const JobControl& job)
{
    ConversionForecast forecast;
    forecast.choice = choice;
    forecast.image = source.image;
    try {
        ConvertOptions options = convertOptionsFor(choice, source, source.path.parent_path());
        keepWhatSourceHas(options.image, options.format, *source.image);
        if (!choice.snapshot && choice.keepBitmaps)
            options.bitmaps = bitmapsToKeep(*chain.layers.front().image, options, job);
        forecast.bitmapsLost
            = static_cast<int>(source.image->bitmaps().size() - options.bitmaps.size());
    } catch (const Cancelled&) {
        throw;
    } catch (...) {
        forecast.problem = describeError(std::current_exception()).why;
    }
    return forecast;
}

} // namespace platter::app
