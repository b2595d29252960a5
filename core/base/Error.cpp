// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"

#include "core/base/Text.h"

namespace platter {

IoError::IoError(std::string path, const std::string& action, std::error_code code,
    std::optional<std::uint64_t> hostOffset)
    : Error("Cannot " + action + ": " + code.message() + ".")
    , m_path(std::move(path))
    , m_code(code)
    , m_hostOffset(hostOffset)
{
}

FormatError::FormatError(
    std::string structure, std::string field, std::uint64_t hostOffset, const std::string& reason)
    : Error(structure + ", field " + field + " at " + hexText(hostOffset) + ": " + reason)
    , m_structure(std::move(structure))
    , m_field(std::move(field))
    , m_hostOffset(hostOffset)
{
}

} // namespace platter
