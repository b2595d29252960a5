// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/SnapshotList.h"

#include "core/base/Text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace platter::cli {

namespace {

    std::string clockText(std::uint64_t nanoseconds)
    {
        const std::uint64_t milliseconds = nanoseconds / 1'000'000;
        const std::uint64_t seconds = milliseconds / 1000;
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%02llu:%02llu:%02llu.%03llu",
            static_cast<unsigned long long>(seconds / 3600),
            static_cast<unsigned long long>(seconds / 60 % 60),
            static_cast<unsigned long long>(seconds % 60),
            static_cast<unsigned long long>(milliseconds % 1000));
        return text.data();
    }

} // namespace

std::string localTimeText(std::uint32_t secondsSince1970)
{
    const std::time_t when = secondsSince1970;
    std::tm parts{};
    std::array<char, 40> text{};
    if (!localtime_r(&when, &parts)
        || !std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts))
        return std::to_string(secondsSince1970);
    return text.data();
}

void printSnapshots(StandardOutput& out, const Image& image)
{
    out << "Snapshot list:\n";
    out.padded("ID", 10).padded("TAG", 17).paddedLeft("VM SIZE", 8).paddedLeft("DATE", 20);
    out.paddedLeft("VM CLOCK", 13).paddedLeft("ICOUNT", 11) << "\n";
    for (const SnapshotInfo& snapshot : image.snapshots()) {
        out.padded(escapedText(snapshot.id), 9) << " ";
        out.padded(escapedText(snapshot.name), 16) << " ";
        out.paddedLeft(sizeText(snapshot.vmStateSize), 8);
        out.paddedLeft(localTimeText(snapshot.dateSeconds), 20);
        out.paddedLeft(clockText(snapshot.vmClockNanoseconds), 13);
        out.paddedLeft(snapshot.icount ? std::to_string(*snapshot.icount) : "", 11) << "\n";
    }
}

} // namespace platter::cli
