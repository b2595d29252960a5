// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operations/CreateSeries.h"

#include "core/base/Error.h"
#include "core/operations/NewFile.h"
#include "core/operations/NewFolder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace platter {

namespace {

    namespace fs = std::filesystem;

    constexpr std::size_t mostDigits = 9;

    /// The text in front of the number, behind it, and how many digits it has at least.
    struct Pattern {
        std::string before;
        std::string after;
        std::size_t digits = 1;
    };

    Pattern parsed(const std::string& text)
    {
        const auto fail = [] {
            throw Error(
                "Nothing was written. The name has to have one place for the number: %d, or "
                "%03d for three digits; %% stands for a percent sign.");
        };
        Pattern pattern;
        std::size_t places = 0;
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string& to = places ? pattern.after : pattern.before;
            if (text[at] != '%') {
                to += text[at];
                continue;
            }
            if (++at < text.size() && text[at] == '%') {
                to += '%';
                continue;
            }
            std::size_t digits = 0;
            for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && digits <= mostDigits;
                 ++at)
                digits = digits * 10 + static_cast<std::size_t>(text[at] - '0');
            if (at >= text.size() || text[at] != 'd' || digits > mostDigits)
                fail();
            pattern.digits = std::max<std::size_t>(1, digits);
            ++places;
        }
        if (places != 1)
            fail();
        return pattern;
    }

    /// Gives a file another name, which must be free.
    void place(const fs::path& from, const fs::path& to)
    {
        if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
            return;
        // Some file systems cannot; a second name is as safe.
        if (errno == EINVAL && ::link(from.c_str(), to.c_str()) == 0)
            return;
        throw IoError(to.string(), "give the finished file its name",
            std::error_code{errno, std::generic_category()});
    }

} // namespace

std::vector<fs::path> seriesNames(const fs::path& pattern, unsigned count)
{
    const Pattern parts = parsed(pattern.filename().string());
    std::vector<fs::path> names;
    for (unsigned number = 1; number <= count; ++number) {
        std::string digits = std::to_string(number);
        digits.insert(0, parts.digits - std::min(parts.digits, digits.size()), '0');
        names.push_back(pattern.parent_path() / (parts.before + digits + parts.after));
    }
    return names;
}

void createSeries(const std::vector<fs::path>& names, const std::string& format,
    const NewImage& image, const JobControl& job)
{
    const NewFolder workshop{names.front()}; // never committed: it goes with what is left in it
    for (std::size_t i = 0; i < names.size(); ++i) {
        createImage(workshop.path() / names[i].filename(), format, image,
            JobControl{job.stop, {}, job.hold});
        job.step({i + 1, names.size()});
    }
    std::size_t placed = 0;
    try {
        for (; placed < names.size(); ++placed)
            place(workshop.path() / names[placed].filename(), names[placed]);
        syncFolder(names.front().parent_path());
    } catch (...) {
        for (std::size_t i = 0; i < placed; ++i)
            ::unlink(names[i].c_str());
        throw;
    }
}

} // namespace platter
