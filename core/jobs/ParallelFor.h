// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"

#include <cstddef>
#include <functional>

namespace platter {

/// How many threads an operation uses when nobody says otherwise: the processors this process may
/// run on. One inside a parallelFor() of several threads, which has them all.
unsigned defaultThreads();

/// Calls body(worker, index) once for every index below `count`, on up to `threads` threads (the
/// caller's included).
///
/// `worker` is below `threads` and at any time used by one thread only: an index for per-thread
/// buffers. Indices are handed out in rising order. The first exception of any body stops the
/// others and is thrown here; a stop asked for through `job` throws Cancelled. Progress is reported
/// on the calling thread, in indices.
void parallelFor(std::size_t count, unsigned threads, const JobControl& job,
    const std::function<void(unsigned worker, std::size_t index)>& body);

} // namespace platter
