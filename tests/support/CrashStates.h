// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/ScriptedIo.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace platter::tests {

/// Edits the image at `image`, or takes an edit back, through `io`.
using EditUnderTest = std::function<void(const std::filesystem::path& image, EditIo& io)>;

/// An image as a crash may have left it, and a few words on which one it is.
struct CrashedImage {
    std::filesystem::path image;
    std::string words; ///< "after 7 of 19 calls, 3 of 4 unsynced reached the disk"
};

/// Looks at one state before anything is resolved; throws, with a reason, if it must not exist.
using StateCheck = std::function<void(const CrashedImage& state)>;

/// How much everyCrashState() did.
struct CrashCount {
    std::size_t calls = 0; ///< of the edit to the disk
    std::size_t states = 0; ///< different ones that were looked at
};

/// Runs `edit` once, then puts the image and its journals into every state that a crash could have
/// left and checks each.
///
/// A state has all that the edit did before a flush of that file, and any subset of what it did
/// since: every subset of up to 10 calls, 2000 seeded samples of more; a write may be torn between
/// sectors of 512 bytes; a new or removed name counts from the sync of its folder on.
/// In each state: `check` is called; then what can be taken back is taken back, and the image must
/// be, byte for byte, `original`. Throws std::runtime_error, naming the state. Leaves the image as
/// `original`, without journals.
CrashCount everyCrashState(const std::filesystem::path& image,
    const std::vector<std::byte>& original, const EditUnderTest& edit, const StateCheck& check);

/// Lets each call of `edit` to the disk fail, in every way that fits it, once and from then on.
/// After each: `check`, and taking back, as above.
CrashCount everyIoError(const std::filesystem::path& image, const std::vector<std::byte>& original,
    const EditUnderTest& edit, const StateCheck& check);

/// For QTemporaryDir: a template of a folder in memory, where there is one, because thousands of
/// states mean tens of thousands of syncs.
std::string folderInMemory();

/// The bytes of a file.
std::vector<std::byte> bytesOf(const std::filesystem::path& file);

} // namespace platter::tests
