// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ConversionForecast.h"

#include "app/text/CoreText.h"
#include "app/text/ErrorText.h"
#include "core/operations/KeepBitmaps.h"

#include <QCoreApplication>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(ConversionForecast)
    };

} // namespace

ConversionForecast forecastConversion(const BackingChain& chain, const ConversionChoice& choice,
    const ConversionSource& source, const JobControl& job)
{
    ConversionForecast forecast;
    forecast.choice = choice;
    forecast.image = source.image;
    try {
        std::optional<std::size_t> snapshot;
        if (choice.snapshot)
            snapshot = findSnapshot(*source.image, *choice.snapshot);
        ConvertOptions options = convertOptionsFor(choice, source, source.path.parent_path());
        keepWhatSourceHas(options.image, options.format, *source.image);
        const auto bitmaps = source.image->bitmaps().size();
        if (!snapshot && choice.keepBitmaps)
            options.bitmaps = bitmapsToKeep(*source.image, options, job);
        forecast.bitmapsLost = static_cast<int>(bitmaps - options.bitmaps.size());
        const ConversionSize size
            = measureConversion(VirtualDisk{chain, snapshot}, options, {}, job);
        forecast.size = size.fileLength;
        forecast.onDisk = size.onDisk;
        forecast.samples = size.unitsRead;
        // To know the snapshots too, everything would have to be read.
        forecast.isLeast = choice.keepSnapshots && !source.image->snapshots().empty();
    } catch (const Cancelled&) {
        throw;
    } catch (...) {
        forecast.problem = describeError(std::current_exception()).why;
    }
    return forecast;
}

QString forecastText(const ConversionForecast& forecast)
{
    if (!forecast.size)
        return {};
    // A raw file is as long as the disk, whatever it takes.
    const bool hasHoles = forecast.choice.format == "raw";
    const SizeRange& range = hasHoles ? forecast.onDisk : *forecast.size;
    const QString low = shownSize(range.low);
    const QString high = shownSize(range.high);
    if (hasHoles && low == high)
        return Words::tr("%1 on disk, %2 long", "sizes of a file")
            .arg(low, shownSize(forecast.size->expected));
    if (low == high)
        return low;
    return Words::tr("%1 to %2, from %n sample(s)", nullptr, static_cast<int>(forecast.samples))
        .arg(low, high);
}

} // namespace platter::app
