// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/RepairPlan.h"

#include <QString>
#include <QStringList>

namespace platter::app {

/// What a step of a repair does, translated.
QString repairStepText(const RepairStep& step);

/// What a step does to guest data: "brings up to 8 MiB back", "gives up to 64 KiB up", "guest data
/// stays as it is".
QString repairEffectText(const RepairStep& step);

/// "sure" or "70 % sure".
QString repairConfidenceText(const RepairStep& step);

/// Why a step is not chosen, translated. Empty: it is.
QString repairWhyNotText(const RepairStep& step);

/// What is wrong and stays so, a sentence each, translated. What a step of the plan would mend is
/// left out: the step itself stands there to be chosen.
QStringList repairRestTexts(const RepairPlan& plan);

/// What the image will be afterwards: "Afterwards a check finds nothing."
QString repairEndText(const RepairPlan& plan);

} // namespace platter::app
