// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"
#include "core/formats/ImageWriter.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace platter {

/// A state of a disk that a new image was found to hold.
struct VerifiedState {
    std::optional<std::size_t> snapshot; ///< index in both images; nothing: the present state
    std::string file{}; ///< of a set of files: its name there, and `snapshot` is the source's
    Bytes size{}; ///< of the disk
    std::string hash; ///< of the new image; see contentHash()
};

/// Has a new image read again and compared with its source before it gets its name; see
/// VerifyConversion.h.
struct Verification {
    std::function<void()> begins; ///< called when the image is complete; may be empty
    /// Called with each state, once all that was made is known to be the same.
    std::function<void(const VerifiedState&)> same;
};

class EditIo;

/// How a conversion goes on that an earlier run did not finish. What that has left lies beside the
/// target: see writeResumable().
struct ResumeOptions {
    bool restart = false; ///< what is left is thrown away
    /// Between two checkpoints, each of which costs a flush; 0: one after each piece of the disk,
    /// waiting for the flush.
    std::chrono::milliseconds interval{5000};
    /// Called once, with how far the conversion is, if it goes on with what is left.
    std::function<void(const ProgressUpdate&)> goesOn{};
    EditIo* io = nullptr; ///< how part files are reached; nullptr: as usual
};

struct ConvertOptions {
    std::string format = "raw"; ///< id of the format to write
    /// How the new image is made; its size may be left 0 for that of the source. Not for raw.
    NewImage image;
    /// Layers of the source's chain that the new image keeps below itself: those from this index
    /// on. image.backingName names the first of them. Nothing: the whole chain is flattened.
    std::optional<std::size_t> keepFrom;
    /// Bitmaps of the source's top image that the new image has too, as indices; for a disk of the
    /// present state only. See bitmapsToKeep().
    std::vector<std::size_t> bitmaps;
    Bytes sparseBlock{64 << 10}; ///< raw only; see ConvertToRawOptions
    unsigned threads = 0; ///< 0: all processors
    std::optional<Verification> verification;
    ResumeOptions resume;
};

class RunLog;

/// Writes what the guest reads to a new image of any format that can be written, which appears
/// under its name when it is complete and on stable storage. The bytes of the new image do not
/// depend on the number of threads, nor on whether the work was interrupted.
///
/// @param disk    the present state of its chain, or a snapshot
/// @param target  may exist; then it is replaced
/// @param job     told in bytes of the guest disk, of which verification counts as many again
/// @throws        what reading the disk throws; what NewFile throws; UnsupportedError (feature
///                "new-image") for what the format cannot have; Error if the target is one of the
///                files that the disk rests on; VerificationError; IoError; Cancelled
void convert(const VirtualDisk& disk, const std::filesystem::path& target,
    const ConvertOptions& options, const JobControl& job);

/// The same into an empty file at hand, which is not made durable; not for raw.
///
/// @param log  told of each piece; nullptr: a later run cannot go on with it
void writeImage(const VirtualDisk& disk, ByteFile& file, const ConvertOptions& options,
    const JobControl& job, RunLog* log = nullptr);

/// Makes a new image without content. Throws as convert() does.
void createImage(const std::filesystem::path& target, const std::string& format,
    const NewImage& image, const JobControl& job);

/// Makes `image` like `source` where nothing else was asked for: version, cluster size, widths,
/// codec; or UUIDs, comment, geometry and type. For two images of the format QCOW2 or VDI; else
/// nothing is changed.
void keepWhatSourceHas(NewImage& image, const std::string& format, const Image& source);

/// What the source has and a new image will not, except for encryption, which takes a word: "3
/// internal snapshots".
/// @param keptBitmaps       indices; see ConvertOptions
/// @param withoutSnapshots  snapshots are kept, or not meant because the disk of one is converted
std::vector<std::string> whatConversionLoses(
    const Image& source, std::span<const std::size_t> keptBitmaps, bool withoutSnapshots);

/// Those data files of the disk's layers that `target` can share blocks with. It stays as it is,
/// but for a moment behind its end. Throws IoError.
std::vector<const ByteFile*> filesToShare(const VirtualDisk& disk, ByteFile& target);

/// Throws Error if `target` is a file that the disk is read from.
void requireNotItself(const VirtualDisk& disk, const std::filesystem::path& target);

} // namespace platter
