// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/ByteFile.h"
#include "core/jobs/JobControl.h"

#include <memory>

namespace platter {

/// Flushes `file` on a thread of its own, as a slow disk may take minutes for it and the call
/// cannot be interrupted. Throws IoError; Cancelled as soon as a stop is asked for: then the flush
/// ends by itself and keeps the file until then.
void flushUnlessStopped(std::shared_ptr<ByteFile> file, const JobControl& job);

} // namespace platter
