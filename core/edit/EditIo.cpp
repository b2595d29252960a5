// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/edit/EditIo.h"

#include "core/base/Error.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace platter {

std::shared_ptr<ByteFile> EditIo::layerOver(std::shared_ptr<DiskFile> file)
{
    return file;
}

std::shared_ptr<DiskFile> EditIo::makeFile(const std::filesystem::path& path)
{
    return DiskFile::create(path);
}

void EditIo::syncFolder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        throw IoError(
            folder.string(), "open the folder", std::error_code{errno, std::generic_category()});
    const bool failed = ::fsync(descriptor) != 0 && errno != EINVAL; // EINVAL: not needed there
    const int reason = errno;
    ::close(descriptor);
    if (failed)
        throw IoError(folder.string(), "make the new file name durable",
            std::error_code{reason, std::generic_category()});
}

void EditIo::removeFile(const std::filesystem::path& path)
{
    if (::unlink(path.c_str()) != 0)
        throw IoError(
            path.string(), "remove the file", std::error_code{errno, std::generic_category()});
}

std::filesystem::path EditIo::stateFolder() const
{
    const auto absolute = [](const char* name) -> std::filesystem::path {
        const char* const value = std::getenv(name);
        const std::filesystem::path path{value ? value : ""};
        return path.is_absolute() ? path : std::filesystem::path{};
    };
    std::filesystem::path base = absolute("XDG_STATE_HOME");
    if (base.empty() && !absolute("HOME").empty())
        base = absolute("HOME") / ".local" / "state";
    return base.empty() ? base : base / "platter" / "undo";
}

EditIo& EditIo::system()
{
    static EditIo io;
    return io;
}

} // namespace platter
