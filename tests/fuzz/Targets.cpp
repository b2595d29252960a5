// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/Targets.h"

#include <array>

namespace platter::fuzz {

std::span<const Target> allTargets()
{
    static constexpr auto targets = std::to_array<Target>({
        {"qcow2", fuzzQcow2},
        {"qcow2-patch", fuzzQcow2Patch},
        {"qcow1", fuzzQcow1},
        {"vdi", fuzzVdi},
        {"raw", fuzzRaw},
        {"luks", fuzzLuks},
        {"deflate", fuzzDeflate},
        {"zstd", fuzzZstd},
        {"text", fuzzText},
        {"journal", fuzzJournal},
        {"repair", fuzzRepair},
        {"part-journal", fuzzPartJournal},
    });
    return targets;
}

} // namespace platter::fuzz
