// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Units.h"

#include <QStringList>

namespace platter::tests {

/// How a program ended and the most memory that it held at once.
struct MeasuredRun {
    int exitCode = -1;
    Bytes peakMemory{}; ///< resident, as the kernel counts it (ru_maxrss)
};

/// Runs a program with its output thrown away and waits for its end. A program that runs for more
/// than `seconds` is ended by a signal.
MeasuredRun runMeasured(const QString& program, const QStringList& arguments, unsigned seconds);

} // namespace platter::tests
