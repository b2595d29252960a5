// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/HostMap.h"
#include "core/formats/qcow1/Mapping.h"

namespace platter::qcow1 {

/// Hands out what each range of the file is for, from 0 to its end. The format counts nothing, so
/// what is used twice (Problem) and what nothing uses is found by laying all references over the
/// file. A gap of a cluster or more is Leaked: programs only ever add at the end of the file.
/// Needs about 64 MiB of memory at most; files with very many pieces are gone through in several
/// passes. Throws IoError, Cancelled.
void scanHostRanges(const ByteFile& file, const Header& header, const Mapping& mapping,
    const HostSink& sink, const JobControl& job);

} // namespace platter::qcow1
