// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Finding.h"
#include "core/disk/OpenPolicy.h"
#include "core/formats/Image.h"
#include "core/io/FileLock.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter {

/// How an image file is opened.
struct OpenOptions {
    std::optional<std::string> format; ///< stated by the user; nothing: by signature
    std::optional<std::string> passphrase; ///< for every encrypted layer
    /// Attached as the external data file in place of the one that the image names; naming it is
    /// the consent to open it. Only for openImageWithData(), and for the first image alone.
    std::optional<std::filesystem::path> dataFile;
    /// An earlier reading of the file: if it was unlocked, its key serves again; see
    /// Image::unlockLike(). Of another file it is not used.
    std::shared_ptr<const Image> keyOf;
    /// What to do about the locks of other programs.
    enum class Sharing {
        StandStill, ///< hold read locks; LockedError if somebody may write (the command line's
                    ///< default)
        Look, ///< hold nothing, never refuse; see OpenedImage::use (the window, and `-U`)
    };
    Sharing sharing = Sharing::StandStill;
    /// Without it an encrypted image opens locked; its structure can be seen, its data not.
    bool requirePassphrase = false;
};

/// An image and what belongs to its being open.
struct OpenedImage {
    std::filesystem::path path; ///< as the caller or the overlay named it
    std::shared_ptr<const Image> image;
    std::shared_ptr<const DiskFile> file;
    DiskFile::Stamp stamp; ///< of `file`, taken before the first byte was read
    std::shared_ptr<const FileLock> lock; ///< nullptr when only looking
    FileUse use; ///< as seen at opening
    bool formatWasGuessed = false; ///< nobody stated the format
    std::shared_ptr<const FileLock> dataFileLock; ///< external data file, if one was opened
};

/// Opens one file, nothing that it names. Throws IoError, LockedError, FormatError,
/// UnsupportedError, PassphraseError.
OpenedImage openImage(
    const std::filesystem::path& path, const OpenOptions& options, const JobControl& job);

/// Like openImage(), and attaches the external data file if there is one and `policy` allows it.
OpenedImage openImageWithData(const std::filesystem::path& path, const OpenOptions& options,
    const OpenPolicy& policy, const JobControl& job);

/// An image with everything below it, top first.
struct BackingChain {
    std::vector<OpenedImage> layers; ///< at least one
};

/// Most layers that a chain may have. Platter's own limit, against loops that device and inode do
/// not show.
inline constexpr std::size_t maximumChainLength = 200;

/// Opens the image at `path` and, as far as `policy` allows, all that it rests on. A backing file
/// is opened with the format stored in its overlay; one without a stored format is probed by
/// signature and never guessed to be raw. A VDI parent is found by its UUID among the files beside
/// the image. Throws what openImage() throws; ConsentError; FormatError for a loop or a chain that
/// is too long.
BackingChain openChain(const std::filesystem::path& path, const OpenOptions& options,
    const OpenPolicy& policy, const JobControl& job);

/// What is known of one link of a chain without having agreed to open it.
struct ChainLink {
    ResolvedName name;
    enum class State { Opened, NeedsConsent, Missing, Refused, Broken };
    State state = State::NeedsConsent;
    /// Missing, Refused, Broken: what stands in the way, where it has a name of its own.
    enum class Cause {
        Other,
        JsonName, ///< a tree of drivers instead of a name
        ProtocolName, ///< a name with a protocol in front
        NotAFile, ///< a folder, a pipe, a socket
        Loop, ///< the file is already part of the chain
        TooDeep, ///< more than maximumChainLength images
        OtherFormat, ///< its signature is not that of the format stored in the overlay
        UnknownFormat, ///< the overlay stores no format and the file has no signature
        Unreadable, ///< the system refuses to read it
    };
    Cause cause = Cause::Other;
    std::string problem; ///< Missing, Refused, Broken: a sentence
    /// NeedsConsent: the file that would be opened, symbolic links resolved; empty: there is none.
    std::filesystem::path leadsTo;
    std::optional<OpenedImage> opened;
    std::vector<Finding> remarks; ///< Opened: how it fits the image above; see ChainFindings.h
    bool isStandIn = false; ///< name.path was given as a stand-in for what the image names
};

/// Files to look at in place of those that images name: by the path of the image above. A stand-in
/// must be allowed by the OpenPolicy like any other file.
using ChainStandIns = std::map<std::filesystem::path, std::filesystem::path>;

/// Follows the chain below `top` as far as `policy` allows, for showing: problems become states,
/// nothing but Cancelled is thrown.
std::vector<ChainLink> inspectChain(const OpenedImage& top, const OpenPolicy& policy,
    const JobControl& job, const ChainStandIns& standIns = {});

} // namespace platter
