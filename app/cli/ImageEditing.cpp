// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ImageEditing.h"

#include "app/cli/CommandError.h"
#include "app/cli/Opening.h"
#include "core/base/Text.h"
#include "core/edit/Undo.h"

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

std::string ageText(std::int64_t nanoseconds)
{
    struct Unit {
        std::int64_t seconds;
        const char* one;
        const char* many;
    };
    constexpr auto units = std::to_array<Unit>(
        {{86'400, "day", "days"}, {3'600, "hour", "hours"}, {60, "minute", "minutes"}});
    const std::int64_t age
        = static_cast<std::int64_t>(std::time(nullptr)) - nanoseconds / 1'000'000'000;
    for (const Unit& unit : units) {
        const std::int64_t count = age / unit.seconds;
        if (count >= 1)
            return std::to_string(count) + " " + (count == 1 ? unit.one : unit.many) + " ago";
    }
    return "just now";
}

std::string interruptionOf(const std::string& file)
{
    try {
        const auto edit = interruptedEdit(file);
        if (!edit)
            return {};
        return "An edit of the image stopped halfway (" + escapedText(edit->summary)
            + "), so it may be neither as it was nor as it should become. "
            + (edit->whyNot.empty()
                    ? "Take it back before anything else: platter-cli undo " + escapedText(file)
                    : "It cannot be taken back: " + escapedText(edit->whyNot));
    } catch (const Error&) {
        return {}; // whoever opens the file tells what is wrong with it
    }
}

} // namespace platter::cli
