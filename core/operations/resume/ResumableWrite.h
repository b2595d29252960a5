// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/JobControl.h"
#include "core/operations/Convert.h"
#include "core/operations/resume/RunLog.h"

#include <filesystem>
#include <functional>
#include <optional>

namespace platter {

/// What a new image is written to.
struct NewTarget {
    ByteFile& file;
    const DiskFile& onDisk; ///< the same file, for reading it again
    const NewImage& image; ///< with the data file, and the key of an earlier run
    RunLog& log;
};

/// Has `write` fill a new image, and its external data file if `image` names one, like
/// writeNewImage(); but what is written lies in part files of lasting names, and if the work is
/// stopped, fails at a file or is killed, a later call with the same `key` goes on behind the last
/// checkpoint.
///
/// Part files of runs that cannot be gone on with are replaced. After an error or a stop they stay
/// if there is a checkpoint. Without a key, or where files cannot be held, nothing stays.
///
/// A new image whose LUKS key is random gets that of its part file, if the passphrase opens it;
/// else it begins anew.
///
/// @param write  called again if it throws EarlierRunDiffers
/// @throws       what writeNewImage() throws; LockedError if another program is working on the part
///               file
void writeResumable(const std::filesystem::path& target, const NewImage& image,
    const std::optional<ConversionKey>& key, const ResumeOptions& options,
    const std::function<void(const NewTarget&)>& write, const JobControl& job);

} // namespace platter
