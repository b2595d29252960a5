// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/PlotTicks.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace platter {

std::vector<PlotTick> binaryTicks(quint64 bytes, double span, int most)
{
    if (bytes == 0 || most < 1)
        return {{0, QStringLiteral("0")}};
    const quint64 least = std::max<quint64>(1, bytes / static_cast<quint64>(most));
    const quint64 step = std::bit_ceil(least);
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::vector<PlotTick> ticks{{0, QStringLiteral("0")}};
    for (quint64 at = step; at <= bytes && at >= step; at += step) {
        std::size_t unit = 0;
        double value = static_cast<double>(at);
        while (value >= 1024 && unit + 1 < units.size()) {
            value /= 1024;
            ++unit;
        }
        ticks.push_back({static_cast<double>(at) / static_cast<double>(bytes) * span,
            QLocale().toString(value, 'g', 4) + QLatin1Char(' ') + QLatin1String(units[unit])});
    }
    return ticks;
}

QString shortCount(double count)
{
    constexpr std::array units{"", " k", " M", " G", " T"};
    std::size_t unit = 0;
    double value = count;
    while (std::abs(value) >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return QLocale().toString(value, 'g', 4) + QLatin1String(units[unit]);
}

} // namespace platter
