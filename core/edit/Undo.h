// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/edit/EditErrors.h"
#include "core/edit/EditIo.h"
#include "core/jobs/JobControl.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// One edit that Platter made to an image, as its journal tells.
struct PastEdit {
    std::filesystem::path journal;
    Bytes journalSize{};
    std::uint64_t number = 0; ///< edits of an image count from 1
    std::int64_t time = 0; ///< when it began, nanoseconds since 1970
    std::string act; ///< untrusted text
    std::string summary; ///< untrusted text
    Bytes oldLength{}; ///< of the image
    Bytes newLength{};
    enum class State {
        Complete,
        Interrupted, ///< stopped halfway, while it was made or taken back
        Damaged, ///< its journal cannot be read
    };
    State state = State::Complete;
    std::string problem; ///< Interrupted: what stopped it, if known; Damaged: what is wrong
    /// Why it cannot be taken back now, an English sentence; empty: it can, if it is the newest,
    /// or once the newer ones are taken back.
    std::string whyNot;
};

/// The edits of an image, newest first. Reads journals' first pages only, takes no lock, writes
/// nothing. What is just being prepared is left out. Throws IoError, UnsupportedError.
std::vector<PastEdit> listEdits(const std::filesystem::path& image, EditIo& io = EditIo::system());

/// The edit that stopped halfway, if there is one: before it is taken back, the image may be
/// neither as it was nor as it should become.
std::optional<PastEdit> interruptedEdit(
    const std::filesystem::path& image, EditIo& io = EditIo::system());

/// What takeBack() did.
struct TakenBackEdit {
    PastEdit edit;
    Bytes bytesRestored{};
    DiskFile::Stamp after; ///< of the image
};

/// Makes the image what it was before its newest edit: every byte and its length. Holds the locks
/// of a writer meanwhile. If it is itself interrupted, it can be done again.
///
/// A complete edit is taken back only if nothing else wrote the image since: length and time of
/// content must be those that it left, and the bytes that it wrote must still be there.
/// @param job   told in bytes of the journal; a stop is heeded until the first byte is restored
/// @throws      before anything is written: EditRefused, LockedError, IoError, Cancelled.
///              Afterwards: EditInterrupted
TakenBackEdit takeBack(
    const std::filesystem::path& image, const JobControl& job, EditIo& io = EditIo::system());

/// Removes the journals of the image, all edits' or those that can never be taken back. The image
/// stays as it is. @returns how many there were. Throws what openForEdit() throws; IoError.
enum class Forget { All, Unusable };
std::size_t forgetEdits(
    const std::filesystem::path& image, Forget which, EditIo& io = EditIo::system());

} // namespace platter
