// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/RequireRoom.h"

#include "core/operations/Measure.h"

#include <algorithm>
#include <array>

#include <sys/statvfs.h>
#include <sys/vfs.h>

namespace platter {

namespace {

    /// File systems where a new file may share blocks with others, so that nobody knows beforehand
    /// what it takes: Btrfs, XFS, bcachefs, OCFS2, ZFS. Source: linux/magic.h and their sources.
    constexpr auto sharing = std::to_array<std::uint32_t>(
        {0x9123683e, 0x58465342, 0xca451a4e, 0x7461636f, 0x2fc12fc1});

} // namespace

std::optional<Bytes> freeSpaceAt(const std::filesystem::path& target)
{
    std::error_code missing;
    const std::filesystem::path real = std::filesystem::canonical(target, missing);
    std::filesystem::path folder = (missing ? target : real).parent_path();
    if (folder.empty())
        folder = ".";
    struct statfs kind { };
    if (::statfs(folder.c_str(), &kind) != 0
        || std::find(sharing.begin(), sharing.end(), static_cast<std::uint32_t>(kind.f_type))
            != sharing.end())
        return std::nullopt;
    struct statvfs system { };
    if (::statvfs(folder.c_str(), &system) != 0 || system.f_blocks == 0)
        return std::nullopt;
    return Bytes{std::uint64_t{system.f_frsize}} * system.f_bavail;
}

std::optional<std::string> whyNoRoom(
    const VirtualDisk& disk, const ConvertOptions& options, Bytes free, const JobControl& job)
{
    using Reading = MeasureOptions::Reading;
    const JobControl quiet{job.stop, {}};
    SizeRange need
        = measureConversion(disk, options, {Reading::Nothing, std::nullopt}, quiet).onDisk;
    if (need.high <= free)
        return std::nullopt;
    if (need.low <= free && !need.isExact())
        need = measureConversion(disk, options, {Reading::Samples, std::nullopt}, quiet).onDisk;
    if (need.low <= free)
        return std::nullopt;
    return std::string{"Nothing was written. The new image takes "}
    + (need.isExact() ? "" : "at least ") + std::to_string(need.low.value)
        + " bytes, and its file system has " + std::to_string(free.value)
        + " bytes free. Make room or choose another place.";
}

} // namespace platter
