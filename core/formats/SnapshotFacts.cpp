// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/SnapshotFacts.h"

namespace platter {

PropertyObject snapshotFacts(const SnapshotInfo& snapshot)
{
    constexpr std::uint64_t nanoseconds = 1'000'000'000; // of a second
    PropertyObject one{
        {"id", {snapshot.id}},
        {"name", {snapshot.name}},
        {"vm-state-size", {snapshot.vmStateSize.value}},
        {"date-sec", {std::uint64_t{snapshot.dateSeconds}}},
        {"date-nsec", {std::uint64_t{snapshot.dateNanoseconds}}},
        {"vm-clock-sec", {snapshot.vmClockNanoseconds / nanoseconds}},
        {"vm-clock-nsec", {snapshot.vmClockNanoseconds % nanoseconds}},
    };
    if (snapshot.icount)
        one.push_back({"icount", {*snapshot.icount}});
    one.push_back({"virtual-size", {snapshot.diskSize.value}});
    return one;
}

} // namespace platter
