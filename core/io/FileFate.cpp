// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/FileFate.h"

#include "core/base/Error.h"

namespace platter {

namespace {

    template <class Ask>
    StampAnswer answerOf(Ask ask)
    {
        try {
            return ask();
        } catch (const IoError& error) {
            return error.code();
        }
    }

} // namespace

FileLook judgeFate(
    const DiskFile::Stamp& then, const StampAnswer& openFile, const StampAnswer& name)
{
    FileLook look;
    look.now = then;
    if (const auto* error = std::get_if<std::error_code>(&openFile)) {
        look.fate = FileFate::Unreachable;
        look.problem = error->message();
        return look;
    }
    look.now = std::get<DiskFile::Stamp>(openFile);
    if (const auto* error = std::get_if<std::error_code>(&name)) {
        const bool gone = *error == std::errc::no_such_file_or_directory
            || *error == std::errc::not_a_directory;
        look.fate = gone ? FileFate::Gone : FileFate::Unreachable;
        look.problem = gone ? std::string{} : error->message();
    } else if (std::get<DiskFile::Stamp>(name).identity != then.identity) {
        look.fate = FileFate::Replaced;
    } else if (look.now.length < then.length) {
        look.fate = FileFate::Shorter;
    } else if (look.now != then) {
        look.fate = FileFate::Changed;
    }
    return look;
}

FileLook lookAt(
    const DiskFile& file, const std::filesystem::path& path, const DiskFile::Stamp& then)
{
    return judgeFate(then, answerOf([&] { return file.stamp(); }),
        answerOf([&] { return DiskFile::stampOf(path); }));
}

} // namespace platter
