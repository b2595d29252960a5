// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditErrors.h"
#include "core/edit/EditIo.h"
#include "core/edit/EditPlan.h"
#include "core/jobs/JobControl.h"

#include <filesystem>

namespace platter {

/// What an edit did.
struct EditResult {
    std::filesystem::path journal; ///< empty: there was nothing to do
    Bytes journalSize{};
    Bytes bytesWritten{};
    DiskFile::Stamp after; ///< of the image
};

/// Changes the image at `image` as `plan` says, so that it can be taken back by takeBack().
///
/// In this order: the locks of a QEMU writer, held to the end; the image must still be the one that
/// the plan was made for (stamp, and the bytes that each step expects); the old bytes and the old
/// length go to an undo journal that is on stable storage before the first byte of the image is
/// written; then the epochs, each on stable storage before the next begins.
///
/// @param job   told in bytes written to journal and image. A stop is heeded while the journal is
///              written and between two epochs; what was written by then is taken back first
/// @throws      before anything is written: EditRefused, LockedError, OverlapError, IoError,
///              UnsupportedError, Cancelled. Afterwards: EditInterrupted, and the journal stays;
///              Cancelled if all was taken back.
/// Any thread; one edit of an image at a time. Whoever reads the image may hold it open, but no
/// FileLock of it.
EditResult applyEdit(const std::filesystem::path& image, const EditPlan& plan,
    const JobControl& job, EditIo& io = EditIo::system());

} // namespace platter
