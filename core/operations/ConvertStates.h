// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/operations/Convert.h"

namespace platter {

/// Writes a new image with the present state of the disk and all internal snapshots of its top
/// image: their ids, names, dates, clocks, sizes and saved memory. What states share in the source
/// they share in the new image: a unit is common if all of its bytes lie at the same places.
///
/// The chain is flattened down to options.keepFrom: in every state, what lies in the layers that
/// are kept is left to them, and zeros above them stay zeros. Bounded memory; the bytes do not
/// depend on the number of threads.
///
/// @throws  as convert() does; UnsupportedError (feature "new-image") also if the format has no
///          snapshots, or more states share a unit than can be counted
void convertWithSnapshots(const BackingChain& chain, const std::filesystem::path& target,
    const ConvertOptions& options, const JobControl& job);

/// The same into an empty file at hand, which is not made durable. `log`: see writeImage().
void writeStates(const BackingChain& chain, ByteFile& file, const ConvertOptions& options,
    const JobControl& job, RunLog* log = nullptr);

/// Throws Error if the file ends inside its snapshot table, so that nobody knows of all snapshots.
void requireWholeSnapshotTable(const Image& image);

} // namespace platter
