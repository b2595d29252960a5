// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

namespace platter {

/// A mark on an axis with its words.
struct PlotTick {
    double at = 0;
    QString text;
    bool operator==(const PlotTick&) const = default;
};

/// Marks of a length in bytes that is drawn from 0 to `span`: at most `most` of them beside 0, at
/// round binary distances, in one unit: "0", "512 MiB", "1 GiB".
std::vector<PlotTick> binaryTicks(quint64 bytes, double span, int most);

/// A count in few characters: "950", "12 k", "3.5 M".
QString shortCount(double count);

} // namespace platter
