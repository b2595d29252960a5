// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/RepairPlan.h"

namespace platter {

Bytes RepairPlan::bytesWritten() const
{
    Bytes bytes;
    for (const Epoch& epoch : epochs) {
        for (const Change& change : epoch.changes)
            bytes += change.length();
    }
    return bytes;
}

} // namespace platter
