// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <string>

namespace platter {

/// SHA-256 of a file from its first byte to its last, holes included, as `sha256sum` prints it.
///
/// @param job  told in bytes of the file
/// @throws     IoError; Cancelled
std::string sha256OfFile(const ByteFile& file, const JobControl& job);

} // namespace platter
