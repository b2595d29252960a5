// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/HostUse.h"
#include "core/base/Units.h"
#include "core/edit/WriteGuard.h"
#include "core/io/DiskFile.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace platter {

/// Gives the bytes of a long write in pieces: fills `piece` with what is to stand `from` bytes into
/// the range. It is asked for each byte at least twice and must answer alike, also after the steps
/// before it were written. Called on the edit's thread.
using EditSource = std::function<void(Bytes from, std::span<std::byte> piece)>;

/// One change of the image file.
struct EditStep {
    enum class Kind {
        Write, ///< [at, at + length) gets `after`, or what `source` gives
        Punch, ///< [at, at + length) reads as zeros and its storage is given back
        SetLength, ///< the file ends at `at`
    };
    Kind kind = Kind::Write;
    HostOffset at{};
    Bytes length{}; ///< SetLength: 0
    HostUse use = HostUse::Free; ///< what the bytes belong to; see WriteGuard
    /// Write: what the range must hold when its turn comes; empty: it is not compared. Shorter than
    /// `length` where the file ends.
    std::vector<std::byte> before;
    std::vector<std::byte> after; ///< Write without a source: `length` bytes
    EditSource source; ///< Write of any length, in bounded memory
    std::string purpose; ///< what it does, in a few English words; may be empty
};

/// Steps of which any may reach the disk before any other. The next epoch begins when all of them
/// are on stable storage.
struct EditEpoch {
    std::string purpose; ///< why these come now, an English sentence; may be empty
    std::vector<EditStep> steps;
    /// Ranges that are structures from the end of this epoch on.
    std::vector<GuardedRange> claims;
    /// Ranges that are nobody's from the end of this epoch on.
    std::vector<GuardedRange> releases;
};

/// A change of an image as data: shown, compared by tests, then applied by applyEdit().
///
/// Whoever makes it chooses the epochs so that the image is valid between any two steps: what a
/// pointer leads to is written in an earlier epoch than the pointer, and what nothing needs any
/// more is freed in a later one.
struct EditPlan {
    std::string act; ///< a stable id: "amend"
    std::string summary; ///< one English sentence: "Turn lazy refcounts on."
    std::vector<std::string> notices; ///< what somebody should know before; English sentences
    DiskFile::Stamp base; ///< of the image when it was read for this plan
    std::vector<EditEpoch> epochs;
    WriteGuard guard; ///< the structures of the image before the first epoch
    /// Other files that must stand still meanwhile: they are locked for reading.
    std::vector<std::filesystem::path> reliesOn;

    bool isEmpty() const; ///< no step at all: there is nothing to do
    Bytes bytesChanged() const; ///< bytes of the file that are written or punched, each once
    std::size_t places() const; ///< ranges of those bytes, none touching another
    Bytes lengthAfter() const; ///< of the file, if it has base.length now
    /// How large the undo journal is at most; holes of the image make it smaller.
    Bytes largestJournal() const;
    /// Throws Error for a plan that contradicts itself: a programming mistake of its maker.
    void requireSound() const;
    /// Asks the guard about every step, with what each epoch claims and releases. Throws
    /// OverlapError.
    void requireNoOverlap() const;
};

/// A step that replaces what stands at `at` now by `after`; what stands there is read from `file`.
/// Throws IoError.
EditStep writeStep(const ByteFile& file, HostOffset at, std::vector<std::byte> after, HostUse use,
    std::string purpose = {});

} // namespace platter
