// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/CommandError.h"

namespace platter::cli {

std::string subjectOf(const Error& error, const std::string& otherwise)
{
    if (const auto* command = dynamic_cast<const CommandError*>(&error))
        return command->subject();
    std::string path;
    if (const auto* io = dynamic_cast<const IoError*>(&error))
        path = io->path();
    else if (const auto* locked = dynamic_cast<const LockedError*>(&error))
        path = locked->path();
    return path.empty() ? otherwise : path;
}

} // namespace platter::cli
