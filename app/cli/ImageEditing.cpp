// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ImageEditing.h"

#include "app/cli/CommandError.h"
#include "app/cli/Opening.h"

#include <array>
#include <ctime>
#include <filesystem>

namespace platter::cli {

OpenedImage openToEdit(const Invocation& invocation, const std::string& file, const JobControl& job)
{
    OpenedImage opened = openImage(file, openOptions(invocation, Content::StructureOnly), job);
    const std::string format = opened.image->formatId();
    if (opened.formatWasGuessed && std::filesystem::path{file}.extension() != "." + format)
        throw CommandError(file,
            "Nothing was written. The file has the signature of " + format
                + ", but not its name; a guest can write such a signature into a raw disk. Say "
                  "what it is: -f "
                + format + ".");
    return opened;
}

std::string localTimeText(std::int64_t nanoseconds)
{
    const std::time_t when = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
    std::tm parts{};
    std::array<char, 32> text{};
    if (!localtime_r(&when, &parts)
        || !std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts))
        return "?";
    return text.data();
}

} // namespace platter::cli
